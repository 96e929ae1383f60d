"""Measurements as text and as tables, of times that are given; and timers, of which only the counts are steady."""

import pickle

import torch.utils.benchmark as benchmark
from torch.utils.benchmark.utils.common import Measurement, TaskSpec


def measured(*times, runs=1, stmt="f(x)", setup="pass", **names):
    return Measurement(runs, list(times), TaskSpec(stmt, setup, **names))


def shown(measurement):
    return repr(measurement).partition("\n")[2]


m = measured(1e-3, 1.1e-3, 1.2e-3, 1.15e-3, runs=10, label="sums", sub_label="small", description="new", setup="x = 1")
print(shown(m), m.median, m.significant_figures, m.meets_confidence(), m.title, "|", m.as_row_name)
print(shown(measured(1.0, stmt="a\nb")), shown(measured(*[1e-6, 2e-6, 3e-6, 9e-6, 1e-6] * 5, num_threads=2)))
print(len(Measurement.merge([m, m])[0].times), pickle.loads(pickle.dumps(m)).times == m.times)
print(benchmark.select_unit(1e-5), benchmark.trim_sigfig(1.23456, 3), benchmark.unit_to_english("ns"))

results = [
    measured(1e-3, label="sums", sub_label="small", description="old"),
    measured(1.5e-1, label="sums", sub_label="a longer name", description="old"),
    measured(7e-3, label="sums", sub_label="small", description="new"),
    measured(2.2e-3, label="sums", sub_label="small", description="new", num_threads=4),
    measured(5e-6, label="products", sub_label="small", description="old", env="here"),
    measured(6e-6, label="products", sub_label="small", description="old", env="there"),
]
table = benchmark.Compare(results)
table.print()
table.trim_significant_figures()
table.colorize()
print(repr(str(table)))
table.colorize(rowwise=True)
print(repr(str(table)))
warned = benchmark.Compare([measured(1e-6, 2e-6, 9e-6, label="w", description="d"), measured(1e-6, label="w", description="e")])
warned.highlight_warnings()
print(warned)

timer = benchmark.Timer("y = x + one", "one = torch.ones(2)", globals={"x": 1.0}, label="add", num_threads=1)
m = timer.timeit(3)
print(type(m), len(m.times), m.number_per_run, m.title, m.median > 0)
print(timer.blocked_autorange(min_run_time=0.001).mean > 0, len(timer.adaptive_autorange(max_run_time=0.01).times) > 0)
for make in (lambda: benchmark.Timer("x +"), lambda: benchmark.Timer("y").timeit(1)):
    try:
        make()
    except (SyntaxError, NameError) as error:
        print(type(error).__name__)

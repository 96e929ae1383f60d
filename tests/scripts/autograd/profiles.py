"""What ran in a block, in order; events added up by name; random tensors for tests; gather of no dimensions."""

import tempfile

import torch
from torch.autograd.profiler import emit_nvtx, profile, record_function
from torch.autograd.profiler_util import EventList, FunctionEvent, FunctionEventAvg, _format_time
from torch.testing import make_tensor

one, two = torch.nn.Linear(4, 3), torch.nn.Linear(3, 2)


@record_function("decorated")
def step(x):
    with record_function("outer"):
        y = two(one(x)) * 2 + 4
        with record_function("inner"):
            y = y - 1
    return y / 1


step(torch.ones(2, 4))
with profile(record_shapes=True, use_kineto=torch.autograd.kineto_available()) as prof:
    print(torch.autograd._profiler_enabled())
    step(torch.ones(2, 4))
print(torch.autograd._profiler_enabled())
shown = ("decorated", "outer", "inner", "aten::linear", "aten::mul", "aten::add", "aten::sub", "aten::div")
for event in prof.function_events:
    if event.name in shown:
        print(event.name, event.count, event.input_shapes[:3] if event.name == "aten::linear" else "")
        print(" ", [child.name for child in event.cpu_children if child.name in shown])
print(prof.table() == str(prof), "aten::linear" in prof.key_averages(group_by_input_shape=True).table(sort_by="cpu_time_total"))
averages = {each.key: each.count for each in prof.key_averages()}
print([(name, averages[name]) for name in shown])
top = prof.table(sort_by="self_cpu_time_total", row_limit=2, header="TEST", top_level_events_only=True)
print(top.count("\n") > 5, "aten" not in top)
with tempfile.NamedTemporaryFile() as file:
    prof.export_chrome_trace(file.name)

events = EventList()
for thread, ranges in ((1, [(0, 1, 1), (1, 2, 2)]), (0, [(0, 2, 3), (1, 2, 4), (1, 3, 5)])):
    for start, end, number in ranges:
        events.append(FunctionEvent(id=number, node_id=0, name="", thread=thread, start_us=start, end_us=end))
events._populate_cpu_children()
print([[child.id for child in event.cpu_children] for event in events])
total = FunctionEventAvg()
total.add(FunctionEvent(id=0, node_id=0, name="foo", thread=0, start_us=10, end_us=15))
total.add(FunctionEvent(id=1, node_id=0, name="foo", thread=0, start_us=20, end_us=30))
total.add(total)
print(total.key, total.count, total.cpu_time_total, total.self_cpu_time_total, total.cpu_time, total.device_time_total)
print(_format_time(1.5), _format_time(2500), _format_time(3.25e6))
with emit_nvtx(enabled=False):
    pass

torch.manual_seed(0)
for dtype in (torch.float32, torch.float64, torch.complex64, torch.int64, torch.uint8, torch.bool):
    print(make_tensor(2, 3, dtype=dtype, device="cpu"))
    exact = dtype is not torch.bool
    print(make_tensor((3,), dtype=dtype, device="cpu", low=0, high=2, noncontiguous=True, exclude_zero=exact).stride())
for options in (
    dict(dtype=torch.float32, low=2, high=1),
    dict(dtype=torch.int64, requires_grad=True),
    dict(dtype=torch.uint8, low=300, high=400),
):
    try:
        print(make_tensor(2, device="cpu", **options))
    except ValueError as error:
        print(error)
print(make_tensor((), dtype=torch.double, device="cpu", requires_grad=True), make_tensor(0, dtype=torch.double, device="cpu"))

for size, places in (((10,), ()), ((), (2,)), ((), ()), ((3, 4), (2, 4)), ((10,), (0,))):
    x = (torch.arange(12.0)[: torch.Size(size).numel()].reshape(size) + 1).requires_grad_()
    index = torch.zeros(places, dtype=torch.int64) + (2 if size == (10,) else 0)
    y = torch.gather(x, 0, index, sparse_grad=False)
    (g,) = torch.autograd.grad((y * y).sum(), x, create_graph=True)
    print(y.detach(), g.detach(), torch.autograd.grad((g * g).sum(), x)[0])

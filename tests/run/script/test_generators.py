"""Generators of scripts within limits; what they do is held by the scripts in tests/scripts/generators."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from tests.run.script.ran import ran

ENDLESS = "def endless():\n    while True:\n        yield 1\n"


def out(text: str) -> str:
    """What a script prints."""
    result = ran(text)
    assert result.problem is None, result.problem
    return result.out


def test_generators_within_generators_are_bounded_and_can_be_caught() -> None:
    wrap = "def wrap(inner):\n    for each in inner:\n        yield each\n"
    layers = "g = endless()\nfor _ in range(50_000):\n    g = wrap(g)\n"
    caught = "try:\n    next(g)\nexcept RecursionError as error:\n    print(error)\ndel g\nprint('done')\n"
    assert out(ENDLESS + wrap + layers + caught) == "maximum recursion depth exceeded\ndone\n"


def test_a_sieve_of_a_hundred_generators_works() -> None:
    text = """
def numbers():
    n = 2
    while True:
        yield n
        n += 1

def sift(source, prime):
    for n in source:
        if n % prime:
            yield n

source = numbers()
for _ in range(100):
    prime = next(source)
    source = sift(source, prime)
print(prime)
"""
    assert out(text) == "541\n"


@pytest.mark.parametrize(
    "use", ["sum(endless())", "list(endless())", "for _ in endless():\n    pass", "1 in map(str, endless())"]
)
def test_the_limit_on_time_reaches_into_generators(use: str, tmp_path) -> None:
    script = tmp_path / "script.py"
    script.write_text(f"{ENDLESS}{use}\n")
    begin = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "gradcli", "run", "--max-time", "0.5", str(script)], capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 1
    assert "stopped after 0.5 s" in done.stderr or "would need" in done.stderr
    assert time.monotonic() - begin < 10


def test_what_is_left_of_a_generator_is_cleaned_up_at_once() -> None:
    text = """
def source():
    try:
        yield 1
    finally:
        print("cleaned up")
for each in source():
    break
print("after")
"""
    assert out(text) == "cleaned up\nafter\n"


def test_an_error_inside_is_shown_at_its_own_line() -> None:
    problem = ran("def f():\n    x = yield 1\n    yield x + missing\n\ng = f()\nnext(g)\ng.send(2)\n").problem
    assert problem is not None
    assert problem.message == "NameError: name 'missing' is not defined"
    assert problem.span is not None
    assert problem.span.line == 3


def test_the_host_is_out_of_reach() -> None:
    for name in ("gi_frame", "gi_code", "_frame", "_steps", "__next__.__self__.gi_frame"):
        problem = ran(f"def f():\n    yield\nf().{name}\n").problem
        assert problem is not None
        assert problem.type == "AttributeError"


def test_yield_where_no_value_can_wait_is_refused_with_a_way_out() -> None:
    problem = ran("def f():\n    x = {}\n    x[(yield)] = 1\n").problem
    assert problem is not None
    assert problem.message.endswith("'yield' is not supported in this place")
    assert problem.hint is not None
    assert "value = yield" in problem.hint


def test_a_mode_that_decorates_a_generator_holds_in_its_steps_alone() -> None:
    text = """
import torch
w = torch.ones(1, requires_grad=True)

@torch.no_grad()
def doubled():
    for _ in range(2):
        yield (w * 2).requires_grad

for each in doubled():
    print(each, (w * 2).requires_grad)
"""
    assert out(text) == "False True\nFalse True\n"

"""Evaluations that run at once do not see each other, and leave nothing behind in the program that asks for them."""

from __future__ import annotations

import signal
import subprocess
import sys
import warnings
from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import numpy as np
import pytest

import gradcli
from gradcli.errors import Problem
from gradcli.graph import context
from gradcli.run.evaluate import evaluate
from gradcli.run.limits import within
from gradcli.run.request import Request
from gradcli.run.result import Result

ROUNDS = 60


def numbers(result: Result) -> Any:
    return [output.value.tolist() for output in result.outputs], [
        None if each.grad is None else each.grad.tolist() for each in result.leaves.values()
    ]


def evaluated(expr: str, *bindings: tuple[str, Any, bool], **options: Any) -> Callable[[], Any]:
    return lambda: numbers(evaluate(Request(expr, bindings, **options)))


def limited(most: int) -> Callable[[], Any]:
    def ask() -> Any:
        try:
            with within(None, most):
                return evaluated("sum(x.repeat(200))", ("x", np.ones(200), False), no_grad=True)()
        except Problem as problem:
            return problem.message

    return ask


ONE = ("x", np.array([0.1, 0.2, 0.3]), False)
QUESTIONS: list[Callable[[], Any]] = [
    evaluated("sum(rand(3) * x)", ("x", "[1., 2, 3]", False), seed=1, dtype="float32"),
    evaluated("sum(rand(3) * x)", ("x", "[1., 2, 3]", False), seed=2, dtype="float64"),
    evaluated("sum(tanh(x*x + 1/3) * 0.1)", ("x", "[0.1, 0.2]", False), dtype="float32"),
    evaluated("sum(tanh(x*x + 1/3) * 0.1)", ("x", "[0.1, 0.2]", False), dtype="float64"),
    evaluated("sum(grad(sum(exp(x) * x), x) * x)", ONE),
    evaluated("sum(log(x - 0.1))", ONE, no_grad=True),
    limited(1000),
    lambda: gradcli.hessian("sum(x**3 / 3)", x=np.array([1.0, 2.0])).tolist(),
    lambda: gradcli.compile("sum(x / 3)", dtype="float32").grad(x=[1, 2]).tolist(),
    limited(10_000_000),
]


def test_threads_get_the_answers_that_they_get_alone() -> None:
    alone = [ask() for ask in QUESTIONS]
    assert "more than the limit" in str(alone[6])
    assert alone[9] == ([40_000.0], [None])
    differing: list[Any] = []
    together = Barrier(8)

    def work(number: int) -> None:
        together.wait()
        for turn in range(ROUNDS):
            for place in range(len(QUESTIONS)):
                which = (place + number * 3 + turn) % len(QUESTIONS)
                found = QUESTIONS[which]()
                if repr(found) != repr(alone[which]):
                    differing.append((which, found))

    threads = [Thread(target=work, args=(number,)) for number in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert differing == []


def test_an_evaluation_ends_with_what_it_set() -> None:
    before = context.current(), vars_of(context.default_settings), np.geterr()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        evaluated("sum(log(x) + rand(1))", ("x", "[0.]", False), dtype="float32", seed=3)()
    assert (context.current(), vars_of(context.default_settings), np.geterr()) == before


def vars_of(settings: context.Settings) -> tuple[Any, ...]:
    return settings.default_dtype, settings.generator


def test_what_a_program_set_for_itself_changes_no_answer() -> None:
    expected = evaluated("sum(exp(x) / 3)", ONE)()
    with context.grad_mode(False), context.changed(settings=context.Settings(np.dtype(np.float32))):
        assert evaluated("sum(exp(x) / 3)", ONE)() == expected
        assert not context.grad_enabled()


@pytest.mark.parametrize("kind", ["evaluate", "answer", "explain", "check", "partials", "picture"])
def test_a_request_is_never_changed(kind: str) -> None:
    from gradcli.run import derivatives, picture
    from gradcli.run import evaluate as evaluating
    from gradcli.run.checking import check
    from gradcli.run.explaining import explain

    request = Request("sum(x**2) + y", [("x", "[1., 2.]", False), ("y", "2*x[0]", False)], wrt=["x"])
    before = {field: repr(getattr(request, field)) for field in request.__slots__}
    asked: dict[str, Callable[[], Any]] = {
        "evaluate": lambda: evaluating.evaluate(request),
        "answer": lambda: evaluating.answer(request),
        "explain": lambda: explain.explain(request),
        "check": lambda: check.check(request),
        "partials": lambda: derivatives.partials("jacobian", request),
        "picture": lambda: picture.picture(request),
    }
    asked[kind]()
    assert {field: repr(getattr(request, field)) for field in request.__slots__} == before


def test_importing_changes_nothing() -> None:
    program = (
        "import numpy, signal, sys, warnings\n"
        "def state(): return numpy.geterr(), [signal.getsignal(each) for each in signal.valid_signals()], "
        "sys.getrecursionlimit(), sys.excepthook, warnings.filters[:]\n"
        "before = state()\n"
        "import gradcli\n"
        "for name in gradcli.__all__: getattr(gradcli, name)\n"
        "gradcli.grad('sum(log(x))', x=[0.0, 1.0]); gradcli.compile('x**2')(x=2.0)\n"
        "assert state() == before, (before, state())"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert (run.returncode, run.stderr) == (0, "")


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="signals are POSIX's")
def test_each_thread_has_its_own_deadline() -> None:
    ended: dict[float, str] = {}

    def work(seconds: float) -> None:
        try:
            with within(seconds, None):
                for _ in range(100_000):
                    evaluated("sum(tanh(x))", ONE)()
        except Problem as problem:
            ended[seconds] = problem.message

    threads = [Thread(target=work, args=(seconds,)) for seconds in (0.2, 0.4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert ended == {each: f"stopped after {each:g} s, the limit on time" for each in (0.2, 0.4)}

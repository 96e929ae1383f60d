"""What names mean, and what is said of those that mean nothing."""

from __future__ import annotations

import math

import pytest

from gradcli.ops.catalogue import ATTRIBUTES, FUNCTIONS, METHODS
from gradcli.ops.core import dtypes
from gradcli.run import names
from tests.report.evaluated import problem, result


def test_every_function_method_and_attribute_of_the_table_is_found() -> None:
    for name in FUNCTIONS:
        if "." not in name:
            assert isinstance(names.lookup(name), names.RowFunction)
    for name in METHODS:
        assert names.lookup(name) is not None
    assert ATTRIBUTES
    for name, dtype in dtypes.NAMES.items():
        if name not in FUNCTIONS:
            assert names.lookup(name) == dtype
    assert names.lookup("no_such") is None


@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        ("pi", math.pi),
        ("e", math.e),
        ("inf", math.inf),
        ("tau", math.tau),
        ("math.pi", math.pi),
        ("torch.inf", math.inf),
        ("torch.exp(x)", math.exp(2)),
        ("math.exp(x)", math.exp(2)),
        ("F.relu(x)", 2),
        ("nn.functional.relu(x)", 2),
        ("torch.nn.functional.relu(x)", 2),
        ("torch.linalg.norm(x[None])", 2),
        ("linalg.norm(x[None])", 2),
        ("torch.special.expm1(x)", math.expm1(2)),
        ("torch.abs(x)", 2),
        ("np.power(x, 2)", 4),
        ("jnp.linalg.norm(x[None])", 2),
        ("tf.math.reduce_sum(x)", 2),
        ("Math.PI*x", 2 * math.pi),
        ("scipy.special.gamma(x + 1)", 2),
        ("mpmath.sin(x)", math.sin(2)),
        ("math.factorial(x + 1)", 6),
        ("math.log(x, 4)", 0.5),
        ("math.hypot(x, 3, 6)", 7),
        ("math.remainder(x, 3)", -1),
        ("max(x, 5, 3)", 5),
        ("round(x/3, 1)", 0.7),
        ("comb(x + 3, 2)", 10),
        ("isqrt(17)*x", 8),
        ("autograd.grad(x**2, x)[0]", 4),
        ("torch.autograd.grad(x**2, x)[0]", 4),
    ],
)
def test_prefixes_are_understood_and_never_needed(expr: str, expected: float) -> None:
    assert result(expr, "x=2", no_grad=True).outputs[0].value.item() == pytest.approx(expected)


@pytest.mark.parametrize(
    ("expr", "message", "hint"),
    [
        ("log_sofmax(x)", "name 'log_sofmax' is not defined", "did you mean 'log_softmax'?"),
        ("slope*y", "name 'y' is not defined", "bind it: y=VALUE"),
        ("slop*2", "name 'slop' is not defined", "did you mean 'slope'?"),
        ("NaN", "name 'NaN' is not defined", "did you mean 'nan'?"),
        ("Infinity", "name 'Infinity' is not defined", "did you mean 'inf'?"),
        ("true", "name 'true' is not defined", "did you mean 'True'?"),
        ("null", "name 'null' is not defined", "did you mean 'None'?"),
        ("ln(slope)", "name 'ln' is not defined", "did you mean 'log'?"),
        ("torch.sofmax(slope)", "module 'torch' has no attribute 'sofmax'", "did you mean 'softmax'?"),
        ("math.zzzz(1)", "module 'math' has no attribute 'zzzz'", "gradcli ops lists every function"),
        ("slope.summ()", "'Tensor' object has no attribute 'summ'", "did you mean 'sum'?; slope has shape []"),
        ("slope.backward()", "'Tensor' object has no attribute 'backward'", None),
        ("slope.grad", "'Tensor' object has no attribute 'grad'", None),
        ("3 .sum()", "a whole number has no attribute 'sum'", "a method needs a tensor before the dot"),
        ("slope.sum.sum", "a function has no attribute 'sum'", None),
        ("slope.shape.foo", "a shape has no attribute 'foo'", None),
    ],
)
def test_what_means_nothing_gets_a_suggestion(expr: str, message: str, hint: str | None) -> None:
    found = problem(expr, "slope=2")
    assert found.message == message
    assert found.type in ("NameError", "AttributeError")
    assert found.hint if hint is None else found.hint == hint


def test_bound_names_come_before_those_of_the_table() -> None:
    assert result("relu*pi", "relu=2", "pi=5").outputs[0].value == 10
    assert result("sum = x*2; sum*sum", "x=3").outputs[0].value == 36

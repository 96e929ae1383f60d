"""The machine: every form of syntax, without recursion, and errors with their place."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradcli.graph import memory
from gradcli.run.comparing import MOST_COMPARED
from gradcli.run.flatten import flatten
from gradcli.run.instructions import MOST_ENTRIES
from gradcli.text import parse
from tests.report.evaluated import problem, result


def value(expr: str, *bindings: str, **options: Any) -> Any:
    """What an expression gives, as Python's numbers and lists."""
    return result(expr, *bindings, no_grad=True, **options).outputs[0].value.tolist()


# ---- what each form means


@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        ("-x**2", -4),
        ("2**-1", 0.5),
        ("2**3**2", 512),
        ("-2**2", -4),
        ("7//2", 3),
        ("-7 % 3", 2),
        ("~3", -4),
        ("~True", -2),
        ("+x", 2),
        ("1 < x < 3", True),
        ("1 < x > 3", False),
        ("3 < x < 1/0", False),
        ("not x", False),
        ("not not 0.0", False),
        ("x and 5", 5),
        ("0 and 1/0", 0),
        ("x or 1/0", 2),
        ("0 or x", 2),
        ("[] or x", 2),
        ("x if x > 1 else 1/0", 2),
        ("1/0 if x is None else x", 2),
        ("1 if None else 2", 2),
        ("1 if 'a' else 2", 1),
        ("x in [1, 2]", True),
        ("x not in (1, 3)", True),
        ("2 in ones(3)*2", True),
        ("'b' in 'abc'", True),
        ("None in (None, 1)", True),
        ("(x, 1) == (x, 1)", True),
        ("(x, 1) == (2, 1)", True),
        ("(x,) == ('a',)", False),
        ("x == None", False),
        ("None != x", True),
        ("x == 'a'", False),
        ("x is x", True),
        ("x is not None", True),
        ("(1, 2) == (1, 2)", True),
        ("(1, (2, 3)) == (1, (2, 4))", False),
        ("(1, 2) != (1, 2, 3)", True),
        ("x.shape == ()", True),
        ("float32 == float64", False),
        ("x.dtype == None", False),
        ("'a' == 'a'", True),
        ("[1, 2] == [1, 3]", [True, False]),
        ("(1, 2, 3)[1:]", [2, 3]),
        ("[1, 2, 3][-1]", 3),
        ("[[1, 2], [3, 4]][1][0]", 3),
        ("[1, 2, 3][[0, 2]]", [1, 3]),
        ("(1, 2) + (3,)", [1, 2, 3]),
        ("[1, 2] + [3, 4]", [4, 6]),
        ("zeros(2).shape + (1,)", [2, 1]),
        ("a = 2; b = a*3; a + b", 8),
        ("a, b = 1, 2; b", 2),
        ("a, = [5]; a", 5),
        ("a, b = [3, 4]; a*b", 12),
        ("math.pi > 3", True),
        ("torch.float32 == float32", True),
        ("F.relu(-x)", 0),
        ("item(x)", 2),
        ("x.add(other=3)", 5),
        ("sum([1, 2, 3])", 6),
        ("f = sum; f([1, 2])", 3),
        ("x.sum().item()", 2),
    ],
)
def test_meaning(expr: str, expected: Any) -> None:
    assert value(expr, "x=2.") == expected


def test_a_tensor_with_one_element_has_a_truth_and_others_have_none() -> None:
    for expr in ("x and 1", "not x", "1 if x else 2", "0 < x < 1", "x or 1"):
        found = problem(expr, "x=[1, 2]", no_grad=True)
        assert found.message == "Boolean value of Tensor with more than one value is ambiguous"
        assert "any() or all()" in str(found.hint)
    assert problem("not x", "x=[]", no_grad=True).message == "Boolean value of Tensor with no values is ambiguous"


def test_a_chain_of_comparisons_stops_where_it_is_decided() -> None:
    assert value("[1, 5] < [2, 6]") == [True, True]
    assert value("2 < 1 < 1/0") is False
    assert problem("1 < 2 < 1/0").code == "zero-division"


# ---- errors and their places


@pytest.mark.parametrize(
    ("expr", "marked", "type", "words"),
    [
        ("1 + y*2", "y", "NameError", "name 'y' is not defined"),
        ("1 + x(2)", "x(2)", "TypeError", "'x' is a tensor of shape [2], not a function"),
        ("x.T(2)", "x.T(2)", "TypeError", "a tensor of shape [2] is not callable"),
        ("2*sum + 1", "2*sum", "TypeError", "sum is a function and stands here without arguments"),
        ("1 + 'a'", "1 + 'a'", "TypeError", "expected a tensor or a number here, not a string"),
        ("None < 1", "None < 1", "TypeError", "expected a tensor or a number here, not None"),
        ("~3.5", "~3.5", "TypeError", "bad operand for unary ~"),
        ("3.5 & 1", "3.5 & 1", "TypeError", "unsupported operand types for &"),
        ("'abc'[0]", "'abc'[0]", "TypeError", "a string cannot be indexed"),
        ("3[0]", "3[0]", "TypeError", "a whole number cannot be indexed"),
        ("(1, 2)[5]", "(1, 2)[5]", "IndexError", "tuple index out of range"),
        ("[1, 2][::0]", "[1, 2][::0]", "ValueError", "slice step cannot be zero"),
        ("1 in 'abc'", "1 in 'abc'", "TypeError", "'in <string>' requires a string as left operand"),
        ("1 in 5", "1 in 5", "TypeError", "cannot look for a whole number in a whole number"),
        ("a, b = 3; a", "3", "TypeError", "cannot unpack a whole number into 2 names"),
        ("a, b = x[0]; a", "x[0]", "TypeError", "iteration over a 0-d tensor"),
        ("a, b, c = x; a", "x", "ValueError", "not enough values to unpack (expected 3, got 2)"),
        ("a, = (1, 2); a", "(1, 2)", "ValueError", "too many values to unpack (expected 1, got 2)"),
        ("sum(x, foo=1)", "sum(x, foo=1)", "TypeError", "sum() got an unexpected keyword argument 'foo'"),
        ("x[0].size(0)", "x[0].size(0)", "IndexError", "Dimension specified as 0 but tensor has no dimensions"),
        ("log(x) @ ones(3)", "log(x) @ ones(3)", "RuntimeError", "inconsistent tensor size"),
    ],
)
def test_a_problem_marks_its_place(expr: str, marked: str, type: str, words: str) -> None:
    found = problem(expr, "x=[1, 2]")
    assert found.span is not None
    assert expr[found.span.start : found.span.end] == marked
    assert (found.type, found.source, found.text) == (type, "expr", expr)
    assert found.message.startswith(words)


@pytest.mark.parametrize(
    ("expr", "shapes"),
    [
        ("x + y", "x has shape [2], y has shape [3]"),
        ("y.view(2, 2)", "y has shape [3]"),
        ("mm(x, y)", "x has shape [2], y has shape [3]"),
        ("cat([x, y[None]])", "x has shape [2]"),
        ("sum(x, dim=7)", "x has shape [2]"),
        ("a, b = y; a", "y has shape [3]"),
    ],
)
def test_a_problem_names_the_values_with_their_shapes(expr: str, shapes: str) -> None:
    assert str(problem(expr, "x=[1, 2]", "y=[1, 2, 3]").hint).endswith(shapes)


def test_a_name_that_hides_a_function_is_the_hint() -> None:
    assert str(problem("sum(x)", "sum=3", "x=2").hint).startswith("the name hides the function sum")
    assert str(problem("grad(x, x)", "grad=3", "x=2").hint).startswith("the name hides the function grad")
    assert str(problem("k(x)", "k=3", "x=2").hint).startswith("write k * (...) for a product")


def test_a_number_made_of_a_tensor_is_a_constant() -> None:
    assert "made of constants" in str(problem("float(x)", "x=2").hint)


# ---- size


@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        ("+".join(["x"] * 20_000), 20_000),
        ("-" * 50_000 + "x", 1),
        ("x" + ".abs()" * 10_000, 1),
        (" and ".join(["x"] * 20_000), 1),
        (" or ".join(["0"] * 20_000), 0),
        ("not " * 20_000 + "x", True),
        (" <= ".join(["x"] * 20_000), True),
        ("1 if x else " * 20_000 + "2", 1),
        ("**".join(["1"] * 20_000), 1),
        ("x = x + 1; " * 10_000 + "x", 10_001),
        ("cat([" + "x[None]," * 10_000 + "]).sum()", 10_000),
        ("x" + " " * 1_000_000 + "+ 1", 2),
    ],
)
def test_long_and_deep_expressions(expr: str, expected: float) -> None:
    assert value(expr, "x=1") == expected


def test_a_long_sum_has_its_gradient() -> None:
    assert result("+".join(["x"] * 20_000), "x=1").grads["x"] == 20_000


def test_nothing_doubles_without_end() -> None:
    """A few words must not make more than memory holds, nor take a lifetime."""
    doubled = "a = (1, 1); " + "a = (a, a); " * 60
    again = doubled.replace("a", "b")
    for expr in (
        "a = (1,); " + "a = a + a; " * 60 + "1",
        doubled + "sum(a)",
        doubled + again + "a == b",
        doubled + again + "a in (b,)",
    ):
        assert problem(expr).code == "limit"
    assert MOST_COMPARED >= MOST_ENTRIES == 1_000_000


def test_whole_numbers_end_before_they_are_a_burden() -> None:
    for expr in ("a = 9**300; " + "a = a*a; " * 60 + "a", "9" * 4_000, "9**9**9**9", "-10**300 * 10**300", "2**1024"):
        found = problem(expr)
        assert (found.code, found.type, "more than a whole number may have here" in found.message) == (
            "limit",
            "OverflowError",
            True,
        )
    assert value("2**1022 * 1.0") == 2.0**1022


def test_the_limit_on_memory_holds_before_anything_is_made() -> None:
    with memory.limited(1_000_000):
        for expr in (
            "ones(10**12)",
            "x.expand(10**6, 10**6).sum()",
            "cat([ones(10**5), ones(10**5)])",
            "x[:, None] + x",
            "outer(x, x)",
            "x.repeat(1000)",
            "arange(1e18)",
            "rand(10**6)",
            "eye(1000)",
            "x[None].repeat(500, 1)",
        ):
            found = problem(expr, "x=1" if "expand" in expr else "x=ones(20_000)", no_grad=True)
            assert (found.code, found.type) == ("limit", "MemoryError"), expr
            assert "more than the limit of 1 MB" in found.message
            assert "--max-memory" in str(found.hint)
        assert value("ones(10**6, dtype=bool).all()") is True  # a byte each


# ---- instructions


def test_flattening_is_done_once_for_a_program() -> None:
    program = parse("sin(x) + 1")
    assert flatten(program) is flatten(program)


def test_a_program_can_be_run_again_and_again() -> None:
    for x in (1.0, 2.0, -1.0):
        assert value("y = x*2; y if y > 0 else (0 < y < 1)", f"x={x}") == (2 * x if x > 0 else False)


def test_a_tensor_unpacks_as_pytorch_does_it() -> None:
    found = result("a, b = x; a*b", "x=[2, 3]")
    assert [node.grad_fn for node in found.nodes] == [None, "UnbindBackward0", "UnbindBackward0", "MulBackward0"]
    assert found.grads["x"].tolist() == [3, 2]


def test_gradients_within_an_expression() -> None:
    assert value("grad(grad(grad(x**4, x), x), x)", "x=2") == 48
    assert result("grad(grad(grad(x**4, x), x), x)", "x=2").grads["x"] == 24
    assert value("a, b = grad(x*y, (x, y)); a - b", "x=2", "y=3") == 1
    assert value("torch.autograd.grad(x**3, x)[0]", "x=2") == 12
    assert value("grad(x*2, x)", "x=2") == 2  # which has no graph of its own
    assert value("y = x**2; grad(y*y, y)", "x=3") == 18
    assert value("grad(x**2, [x])[0]", "x=3") == 6
    assert value("grad(x**2, x, [1., 10.])", "x=[1, 2]") == [2, 40]
    assert value("grad(x**2, x, ones_like(x))", "x=[1, 2]") == [2, 4]
    assert value("grad((x**2, x*3), x)", "x=2") == 7
    assert value("grad((x**2, x*3), x, grad_outputs=(10., None))", "x=2") == 43
    assert value("grad((x**2, x*3), x, grad_outputs=[2., 1.])", "x=2") == 11
    assert value("grad(x*2, (x, y), materialize_grads=True)[1]", "x=2", "y=3") == 0
    assert value("grad(x*2, (x, y), allow_unused=True)[1] is None", "x=2", "y=3") is True
    assert value("grad(x**2, x, create_graph=False).requires_grad", "x=2") is False
    assert result("grad(x**2, x, retain_graph=False)", "x=2").grads["x"] == 2


def test_the_graph_that_the_report_shows_outlives_a_gradient_within() -> None:
    found = result("y = sin(x); y + grad(y, x)", "x=1")
    assert found.grads["x"] == pytest.approx(np.cos(1) - np.sin(1))


@pytest.mark.parametrize(
    ("expr", "words"),
    [
        ("grad(x)", "grad(): takes outputs and inputs, and 1 argument was given"),
        ("grad(x, x, None, 1)", "grad(): takes outputs and inputs, and 4 arguments were given"),
        ("grad(x, x, foo=1)", "grad(): got an unexpected argument 'foo'"),
        ("grad(x, x, inputs=x)", "grad(): got an unexpected argument 'inputs'"),
        ("grad(3, x)", "grad(): outputs must be tensors, not a whole number"),
        ("grad(x, 3)", "grad(): inputs must be tensors, not a whole number"),
        ("grad(x**2, ())", "`inputs` argument to `grad()` cannot be empty."),
        ("grad(x**2, x)", "grad can be implicitly created only for scalar outputs"),
        ("grad(x**2, x, ones(3))", "Mismatch in shape: grad_output[0] has a shape of torch.Size([3])"),
        ("grad(x**2, x, (ones(2), ones(2)))", "got 1 tensors and 2 gradients"),
        ("grad(x**2, x, 'a')", "expected a tensor, not a string"),
        ("grad(x.sum(), (x, y))", "The differentiated Tensor at index 1 appears to not have been used in the graph."),
        ("grad(x.sum(), x.detach())", "One of the differentiated Tensors does not require grad"),
        ("grad(x.detach().sum(), x)", "element 0 of tensors does not require grad"),
    ],
)
def test_what_grad_refuses(expr: str, words: str) -> None:
    found = problem(expr, "x=[1, 2]", "y=1", no_grad=True)
    assert found.message.startswith(words)
    assert found.span is not None
    assert "-w" not in str(found.hint)  # grad has weights of its own

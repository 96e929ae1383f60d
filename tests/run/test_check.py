"""`check`: what is right passes, whatever its numbers; kinks are told; claims are believed as far as they hold."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradcli.errors import Problem
from gradcli.run.checking.check import check
from gradcli.run.checking.result import CheckResult, Comparison
from gradcli.run.request import Request


def checked(
    expr: str, *bindings: str, const: tuple[str, ...] = (), weights: Any = (), wrt: Any = None, seed: Any = None, **options: Any
) -> CheckResult:
    """A check with bindings as they are typed."""
    pairs = [(*each.split("=", 1), False) for each in bindings] + [(*each.split("=", 1), True) for each in const]
    return check(Request(expr, pairs, weights=weights, wrt=wrt, seed=seed), **options)


def claimed(expr: str, x: str, formula: str, **options: Any) -> Comparison:
    """What came of a claim about x."""
    return checked(expr, f"x={x}", claims=[("x", formula)], **options).comparisons[-1]


# --- differences ----------------------------------------------------------------------------------------------------

SMOOTH = [
    ("mean(3*(x+2)**2)", "ones(2, 2)"),
    ("sin(1e6*x)", "[1., 2.]"),  # narrower than the usual step
    ("sin(x).sum()", "[1e8, -3e6]"),  # and at numbers at which that step is as large as they are
    ("log(x)", "[1e-12, 1e-6, 1., 1e6]"),
    ("1/x", "[1e-9, -1e9]"),
    ("exp(x) + 1e8", "[0.3, -2.]"),  # rounded to 1e-8
    ("sum((sin(x) + 1e8) - 1e8)", "[0.3, -2., 1.]"),  # though one does not see it
    ("sin(x)**2 + cos(x)**2", "[0.3, -2.]"),  # constant, but for rounding
    ("x - x.mean()", "[1., 2., 3.]"),
    ("sum(x - x.mean())", "[1., 2., 4.]"),
    ("x**4", "[0., 1e-3]"),
    ("abs(x)**3", "[0., -1.]"),
    ("softmax(30*x, 0)", "[0., 1., 2.]"),
    ("tanh(x)", "[0., 20., -3.]"),
    ("relu(x)", "[1e-5, -1e-5, 3.]"),  # near its kink
    ("x.float().exp()", "[0.5, 1., 2.]"),
    ("rand(3)*x", "[0.5, 1., 2.]"),  # the same numbers each time
    ("grad(x**3, x)*x", "2."),
    ("y = x + 2; z = y*y*3; z.mean()", "ones(2, 2)"),
    ("x[0] if x[0] > 1 else x[1]**2", "[0.5, 3.]"),
    ("x.sum()*0", "[1., 2.]"),
    ("x", "zeros(0, 3)"),
]


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize(("expr", "x"), SMOOTH)
def test_what_is_right_passes(expr: str, x: str, order: int) -> None:
    result = checked(expr, f"x={x}", order=order)
    assert result.passed, result.comparisons
    assert result.kinks == ()
    if order == 1:
        assert [each.unresolved for each in result.comparisons] == [0]


def test_every_entry_of_every_leaf_is_compared() -> None:
    result = checked("x @ y + z", "x=ones(2, 3)", "y=ones(3, 4)", "z=2", const=("k=1",))
    assert [(each.leaf, each.entries) for each in result.comparisons] == [("x", 48), ("y", 96), ("z", 8)]
    assert result.weighted is None
    assert [each.leaf for each in checked("x*y", "x=1", "y=2", wrt=["y"]).comparisons] == ["y"]


def test_large_outputs_are_weighted() -> None:
    by_seed = [checked("tanh(x)", "x=linspace(-1, 1, 300)", seed=seed) for seed in (None, 0, 1)]
    assert [(each.weighted, each.seed, each.comparisons[0].entries) for each in by_seed] == [
        ("random", 0, 300),
        ("random", 0, 300),
        ("random", 1, 300),
    ]
    given = checked("tanh(x)", "x=[1, 2, 3]", weights=["[1, 0, 2]"])
    assert (given.weighted, given.comparisons[0].entries) == ("given", 3)


def test_values_too_long_for_a_report_are_checked_as_well() -> None:
    assert checked("tanh(x)", "x=linspace(-1, 1, 3000)").comparisons[0].entries == 3000


def test_second_derivatives() -> None:
    result = checked("sin(x)*y", "x=[1, 2]", "y=3", weights=["ones"], order=2)
    assert [(each.leaf, each.order, each.entries) for each in result.comparisons] == [
        ("x", 1, 2),
        ("y", 1, 1),
        ("x", 2, 6),
        ("y", 2, 3),
    ]
    assert checked("sin(x)", "x=[1, 2]", order=2).weighted == "random"


def test_constants_keep_their_dtype_and_leaves_are_doubles() -> None:
    assert checked("x[i]**2", "x=tensor([1, 2, 3], dtype=float32)", const=("i=[0, 2, 2]",)).passed


# --- kinks ----------------------------------------------------------------------------------------------------------


def test_the_kink_of_relu() -> None:
    result = checked("relu(x)", "x=[-1, 0, 2]")
    assert result.passed
    assert [each.message for each in result.kinks] == [
        "kink at x[1]: any value in [0, 1] is a subgradient; PyTorch's convention, used here, is 0"
    ]
    (note,) = result.notes
    assert (note.index, note.interval) == ((1,), (0, 1))


KINKS = [
    ("abs(x)", "0.", 0.0, (-1, 1)),
    ("abs(3*x)", "0.", 0.0, (-3, 3)),
    ("-relu(x)", "0.", 0.0, (-1, 0)),
    ("maximum(x, x**2)", "1.", 1.5, (1, 2)),
    ("clamp(x, 0, 1)", "1.", 1.0, (0, 1)),
    ("norm(x)", "0.", 0.0, (-1, 1)),
    ("where(x > 0, 2*x, 0.)", "0.", 0.0, (0, 2)),  # which no operation declares
    ("floor(x)", "2.", 0.0, None),
    ("sign(x)", "0.", 0.0, None),
    ("x % 1", "3.", 1.0, None),
]


@pytest.mark.parametrize(("expr", "x", "used", "interval"), KINKS)
def test_kinks_are_told_and_pass(expr: str, x: str, used: float, interval: Any) -> None:
    result = checked(expr, f"x={x}")
    assert result.passed
    (kink,) = result.kinks
    assert (kink.place.entry, kink.used) == ("x", used)
    assert kink.interval == (interval if interval is None else pytest.approx(interval, abs=1e-6))
    assert result.comparisons[0].kinks == 1


def test_ties() -> None:
    result = checked("max(x)", "x=[1, 3, 3]")
    assert [(each.place.entry, each.used, each.interval) for each in result.kinks] == [
        ("x[1]", 0.5, (0, 1)),
        ("x[2]", 0.5, (0, 1)),
    ]


def test_infinity_is_no_agreement() -> None:
    result = checked("sqrt(x).sum()", "x=[0, 1]")
    assert (result.passed, result.word) == (False, "not all could be settled")
    assert result.comparisons[0].reasons == {"infinite": 1}
    assert checked("asin(x)", "x=1").word == "nothing could be settled"
    assert not checked("x*1e-200*1e200*1e200", "x=1e-100").passed  # autograd: inf, the truth: 1e200
    assert checked("log(x)", "x=0.5", claims=[("x", "1/x")]).passed


@pytest.mark.parametrize(
    ("expr", "x", "reason"), [("sin(1e8*x)", "1", "steep"), ("x.half()", "0.3", "noise"), ("exp(x)", "709.78", "overflow")]
)
def test_what_cannot_be_settled_says_why(expr: str, x: str, reason: str) -> None:
    result = checked(expr, f"x={x}")
    assert (result.passed, result.word) == (False, "nothing could be settled")
    assert list(result.comparisons[0].reasons) == [reason]


# --- symmetric matrices ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize(
    "expr",
    [
        "linalg.cholesky(a).sum()",
        "linalg.eigh(a)[0]",
        "linalg.eigvalsh(2*a)[0]",
        "linalg.cholesky(a)[1, 0]**2",
        "linalg.pinv(a, hermitian=True)",
    ],
)
@pytest.mark.parametrize(
    ("a", "kind", "moved"), [("[[4., 1], [1, 3]]", "symmetric", 3), ("[[4., 1j], [-1j, 3]]", "Hermitian", 4)]
)
def test_symmetric_matrices_move_along_symmetric_directions(a: str, kind: str, moved: int, expr: str, order: int) -> None:
    request = f"({expr}).abs().sum()"
    result = checked(request, f"a={a}", order=order)
    assert result.passed
    assert [(leaf, word) for leaf, _, word in result.symmetric] == [("a", kind)]
    assert (result.others, result.comparisons[0].entries) == (10, moved)


def test_what_is_made_symmetric_moves_entry_by_entry() -> None:
    result = checked("linalg.cholesky(x @ x.mT + eye(2)).sum()", "x=[[4., 1], [2, 3]]")
    assert (result.passed, result.symmetric, result.comparisons[0].entries) == (True, (), 4)


WRONG = [
    ("relu(x) - relu(-x)", "0.", 0.0, 1.0),  # x itself: two conventions do not add up to its derivative
    ("where(x > 0, sqrt(x), 0.)", "0.", float("nan"), float("inf")),
    ("where(x != 0, sin(x)/x, 1.)", "0.", float("nan"), 0.0),
]


@pytest.mark.parametrize(("expr", "x", "found", "expected"), WRONG)
def test_where_autograd_is_wrong_it_is_blamed(expr: str, x: str, found: float, expected: float) -> None:
    result = checked(expr, f"x={x}")
    assert not result.passed
    (difference,) = result.comparisons[0].differences
    assert difference.found == pytest.approx(found, nan_ok=True)
    assert difference.expected == pytest.approx(expected, abs=1e-9)


# --- claims ---------------------------------------------------------------------------------------------------------


def test_a_right_formula_passes() -> None:
    claim = claimed("mean(3*(x+2)**2)", "ones(2, 2)", "6*(x+2)/4")
    assert (claim.entries, claim.differing, claim.formula) == (4, 0, "6*(x+2)/4")
    assert claimed("y = x + 2; sum(y**2)", "[1., 2.]", "2*y").differing == 0  # names of the expression
    assert claimed("sum(x)", "[1., 2.]", "1").differing == 0
    assert claimed("tanh(x)", "15.", "1/cosh(x)**2").differing == 0  # more exact than 1 - tanh(x)**2


def test_a_wrong_formula_shows_its_entries() -> None:
    claim = claimed("mean(3*(x+2)**2)", "ones(2, 2)", "6*(x+2)")
    assert (claim.differing, claim.ratio) == (4, 4.0)
    first = claim.differences[0]
    assert (str(first.place), first.found, first.expected, first.ratio) == ("x[0, 0]", 18.0, 4.5, 4.0)


@pytest.mark.parametrize(
    ("formula", "ratio"), [("-cos(x)", -1), ("cos(x)/2", 0.5), ("cos(x) + 1", None), ("0*x", 0), ("sin(x)", None)]
)
def test_a_constant_ratio_is_named(formula: str, ratio: float | None) -> None:
    assert claimed("sum(sin(x))", "[1., 2., 3.]", formula).ratio == (ratio if ratio is None else pytest.approx(ratio))


def test_a_slip_of_a_thousandth_is_caught() -> None:
    assert claimed("sum(sin(x))", "[1., 2., 3.]", "1.001*cos(x)").differing == 3


def test_any_subgradient_may_be_claimed() -> None:
    assert claimed("sum(relu(x))", "[-1., 0., 2.]", "(x >= 0)*1.").kinks == 1
    assert claimed("sum(relu(x))", "[-1., 0., 2.]", "(x >= 0)*2.").differing == 2


def test_claims_about_weighted_sums_jacobians_and_second_derivatives() -> None:
    assert claimed("sin(x)", "[1., 2.]", "cos(x)", weights=["ones"]).differing == 0
    assert claimed("x**2", "[1., 2.]", "2*x*eye(2)").differing == 0
    assert claimed("x**3", "2.", "6*x", order=2).differing == 0
    assert claimed("sum(x**3)", "[1., 2.]", "6*x*eye(2)", order=2).entries == 4


@pytest.mark.parametrize(
    ("expr", "formula", "code", "hint"),
    [
        ("sum(x)", "ones(3)", "shape-mismatch", "it has to have the shape [2, 3]"),
        ("sum(x)", "ones(3, 2)", "shape-mismatch", "it fits when it is transposed"),
        ("x*2", "2*x", "not-scalar", "give weights with -w (-w ones), or reduce the output with .sum()"),
        ("sum(x)", "foo(x)", "unknown-name", None),
        ("sum(x)", "x +", "syntax", None),
    ],
)
def test_claims_that_cannot_be_compared(expr: str, formula: str, code: str, hint: str | None) -> None:
    with pytest.raises(Problem) as caught:
        claimed(expr, "ones(2, 3)", formula)
    assert (caught.value.code, caught.value.source) == (code, "--claim")
    assert hint is None or caught.value.hint == hint


@pytest.mark.parametrize(("expr", "x", "formula"), [("x**3", "2", "1.5*x**3"), ("sin(x)", "0", "1"), ("x**2", "[2.]", "x**2")])
def test_a_formula_that_holds_by_accident_fails_elsewhere(expr: str, x: str, formula: str) -> None:
    result = checked(expr, f"x={x}", claims=[("x", formula)])
    claim = result.comparisons[-1]
    assert (result.passed, result.points, result.others, claim.differing, claim.elsewhere) == (False, 11, 10, 10, 10)
    assert checked(expr, f"x={x}", claims=[("x", formula)], points=0).passed


def test_constants_stay_and_shapes_may_change_between_points() -> None:
    assert checked("c*x**2", "x=1", const=("c=3",), claims=[("x", "6*x")]).points == 11
    assert checked("x[i].prod()", "x=[1., 2, 3]", const=("i=[0, 2]",)).passed
    assert checked("x[x > 0]", "x=[1, 0.5, -2]").passed
    assert checked("log(x).sum()", "x=[1, 2]").others == 10  # inside the domain


# --- points ---------------------------------------------------------------------------------------------------------


def test_random_points_lie_in_the_domain() -> None:
    result = checked("log(x)/y + asin(z)", "x=-ones(3)", "y=0", "z=5", points=20)
    assert (result.passed, result.points, result.skipped) == (True, 20, 0)
    assert [each.entries for each in result.comparisons] == [180, 60, 60]


def test_a_domain_that_the_table_does_not_know_is_found_by_trying() -> None:
    result = checked("sum(log(x + 1)*sqrt(x - 5))", "x=[7, 8]", points=10)
    assert (result.passed, result.points) == (True, 10)
    assert result.skipped > 0


def test_points_follow_the_seed() -> None:
    def where(seed: int) -> Any:
        return checked("x**2", "x=1.", points=3, seed=seed, claims=[("x", "3*x")]).at

    assert [point for point, _ in where(1)] == [0, 1, 2]
    assert [values["x"] for _, values in where(1)] == [values["x"] for _, values in where(1)]
    assert [values["x"] for _, values in where(1)] != [values["x"] for _, values in where(2)]


# --- problems -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expr", "bindings", "options", "message"),
    [
        ("x*2", (), {"const": ("x=1",)}, "there is nothing to check: no leaf is bound"),
        ("x.max(0)", ("x=[1, 2]",), {}, "the expression gives a tuple of 2, and a check wants one tensor"),
        ("log(x)", ("x=-1",), {}, "the value is nan at this point"),
        ("log(x) + log(-x)", ("x=1",), {"points": 3}, "no random point was found at which the expression is finite"),
        ("x > 0", ("x=1",), {}, "element 0 of tensors does not require grad"),
        ("x", ("x=1",), {"wrt": ["y"]}, "--wrt names 'y', which is not bound"),
        ("x", ("x=1",), {"claims": [("y", "1")]}, "--claim names 'y', which is not a leaf that is checked"),
        ("x", ("x=[1, 2]",), {"weights": ["ones", "ones"]}, "a check takes one --weights, and here are 2"),
        ("x", ("x=[1, 2]",), {"weights": ["[1, 2, 3]"]}, "Mismatch in shape: grad_output[0] has a shape of torch.Size([3])"),
    ],
)
def test_what_cannot_be_checked(expr: str, bindings: tuple[str, ...], options: Any, message: str) -> None:
    with pytest.raises(Problem) as caught:
        checked(expr, *bindings, **options)
    assert caught.value.message.startswith(message)


def test_nothing_that_was_given_is_changed() -> None:
    x = np.array([1.0, 2.0])
    check(Request("x.exp()", [("x", x, False)]), order=2, points=2)
    assert x.tolist() == [1.0, 2.0]

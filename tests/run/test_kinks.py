"""Gradients that used a convention say so: every kink of the table, and only where a gradient flowed through it."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from gradcli.graph.operation import rule_parameters
from gradcli.ops import catalogue
from gradcli.run.evaluate import evaluate
from gradcli.run.request import Request
from gradcli.run.result import Note


def notes(expr: str, x: str, **options: Any) -> tuple[Note, ...]:
    return evaluate(Request(expr, [("x", x, False)], notes=True, **options)).notes


# What each kink of the table is met by: an expression with the values of x, and where the first entry at the kink is.
MET = {
    "AbsBackward0": ("abs(x).sum()", "[1, 0, -1, 0]", (1,)),
    "ReluBackward0": ("relu(x).sum()", "[[1, 2], [-1, 0]]", (1, 1)),
    "SignBackward0": ("sign(x).sum()", "[1, 0]", (1,)),
    "AngleBackward0": ("angle(x).sum()", "[1, 0]", (1,)),
    "FloorBackward0": ("floor(x).sum()", "[0.5, 2]", (1,)),
    "CeilBackward0": ("ceil(x).sum()", "[0.5, 2]", (1,)),
    "TruncBackward0": ("trunc(x).sum()", "[0, 2]", (1,)),
    "RoundBackward0": ("round(x).sum()", "[1, 1.5]", (1,)),
    "RoundBackward1": ("round(x, decimals=1).sum()", "[0.5, 0.25]", (1,)),
    "FracBackward0": ("frac(x).sum()", "[0, 3]", (1,)),
    "DivBackward2": ("div(x, 2, rounding_mode='floor').sum()", "[1, 4]", (1,)),
    "RemainderBackward0": ("(x % 2).sum()", "[1, 4]", (1,)),
    "RemainderBackward1": ("(x % (0*x + 2)).sum()", "[1, 4]", (1,)),
    "FmodBackward0": ("fmod(x, 2).sum()", "[0, 4]", (1,)),
    "FmodBackward1": ("fmod(x, 0*x + 2).sum()", "[0, 4]", (1,)),
    "MaximumBackward0": ("maximum(x, x**2).sum()", "[2, 1]", (1,)),
    "MinimumBackward0": ("minimum(x, x**2).sum()", "[2, 1]", (1,)),
    "FmaxBackward0": ("fmax(x, x**2).sum()", "[2, 1]", (1,)),
    "FminBackward0": ("fmin(x, x**2).sum()", "[2, 1]", (1,)),
    "ClampBackward0": ("clamp(x, min=0*x + 1).sum()", "[2, 1]", (1,)),
    "ClampBackward1": ("clamp(x, 0, 1).sum()", "[2, 1]", (1,)),
    "ClampMinBackward0": ("clamp_min(x, 1).sum()", "[2, 1]", (1,)),
    "ClampMinBackward1": ("clamp_min(x, 0*x + 1).sum()", "[2, 1]", (1,)),
    "ClampMaxBackward0": ("clamp_max(x, 1).sum()", "[2, 1]", (1,)),
    "ClampMaxBackward1": ("clamp_max(x, 0*x + 1).sum()", "[2, 1]", (1,)),
    "EluBackward0": ("elu(x, 2).sum()", "[2, 0]", (1,)),
    "LeakyReluBackward0": ("leaky_relu(x).sum()", "[2, 0]", (1,)),
    "HardtanhBackward0": ("hardtanh(x).sum()", "[2, 1]", (1,)),
    "HardsigmoidBackward0": ("F.hardsigmoid(x).sum()", "[2, 3]", (1,)),
    "PreluKernelBackward0": ("F.prelu(x, tensor([0.5])).sum()", "[2, 0]", (1,)),
    "HardswishBackward0": ("hardswish(x).sum()", "[2, 3]", (1,)),
    "HardshrinkBackward0": ("hardshrink(x).sum()", "[2, 0.5]", (1,)),
    "SoftshrinkBackward0": ("softshrink(x).sum()", "[2, 0.5]", (1,)),
    "ThresholdBackward0": ("threshold(x, 1, 7).sum()", "[2, 1]", (1,)),
    "SgnBackward0": ("sgn(x).sum()", "[1, 0]", (1,)),
    "CopysignBackward0": ("copysign(x, 0*x + 1).sum()", "[1, 0]", (1,)),
    "CopysignBackward1": ("copysign(x, 1).sum()", "[1, 0]", (1,)),
    "SortBackward0": ("sort(x, 1)[0].sum()", "[[1, 2], [3, 3]]", (1, 0)),
    "SortBackward1": ("x.sort(dim=1, stable=True)[0].sum()", "[[1, 2], [3, 3]]", (1, 0)),
    "TopkBackward0": ("topk(x, 2, 1)[0].sum()", "[[1, 2], [3, 3]]", (1, 0)),
    "KthvalueBackward0": ("kthvalue(x, 1, 1)[0].sum()", "[[1, 2], [3, 3]]", (1,)),
    "MedianBackward0": ("median(x)", "[3, 3, 1]", ()),
    "MedianBackward1": ("median(x, 1)[0].sum()", "[[1, 2], [3, 3]]", (1,)),
    "ModeBackward0": ("mode(x, 1)[0].sum()", "[[1, 2], [3, 3]]", (1,)),
    "MaxBackward0": ("max(x, dim=1)[0].sum()", "[[1, 2], [3, 3]]", (1,)),
    "MaxBackward1": ("max(x)", "[3, 3, 1]", ()),
    "AmaxBackward0": ("amax(x, 0).sum()", "[[1, 3], [2, 3]]", (1,)),
    "MinBackward0": ("min(x, dim=1)[0].sum()", "[[1, 2], [3, 3]]", (1,)),
    "MinBackward1": ("min(x)", "[1, 3, 1]", ()),
    "AminBackward0": ("amin(x, 0).sum()", "[[1, 3], [2, 3]]", (1,)),
    "AminmaxBackward0": ("aminmax(x, dim=1)[0].sum()", "[[1, 2], [3, 3]]", (1,)),
    "NanmedianBackward0": ("nanmedian(x)", "[3, 3, 1]", ()),
    "MaxPool2DWithIndicesBackward0": ("max_pool2d(x[None], (1, 2)).sum()", "[[1, 2], [3, 3]]", (0, 1, 0)),
    "StdMeanBackward0": ("std_mean(x, dim=1)[0].sum()", "[[1, 3], [2, 2]]", (1,)),
    "NormBackward1": ("pairwise_distance(x, x**2, eps=0).sum()", "[[0, 2], [1, 1]]", (1,)),
    "DistBackward0": ("dist(x, x**2)", "[1, 1]", ()),
    "EmbeddingBackward0": ("F.embedding((x != 1)[0].long(), x, 0).sum()", "[[1, 2], [3, 4]]", (0, 0)),
    "CdistBackward0": ("cdist(x, x**2).sum()", "[[2, 3], [1, 1]]", (1, 1)),
    "StdBackward0": ("std(x, dim=1).sum()", "[[1, 3], [2, 2]]", (1,)),
    "LinalgVectorNormBackward0": ("linalg.vector_norm(x, dim=1).sum()", "[[0, 3], [0, 0]]", (1,)),
}


@pytest.mark.parametrize("grad_fn", sorted({str(row.grad_fn) for row in catalogue.rows() if row.kinks}))
def test_every_kink_of_the_table_is_told(grad_fn: str) -> None:
    expr, values, index = MET[grad_fn]
    row = next(row for row in catalogue.rows() if row.grad_fn == grad_fn)
    result = evaluate(Request(expr, [("x", values, False)], notes=True))
    (note,) = result.notes
    assert result.nodes[note.node].grad_fn == grad_fn
    assert (note.code, note.index, note.interval) == ("kink", index, row.kinks[0].interval)
    assert result.nodes[note.node].source in note.message
    assert note.message.endswith(row.kinks[0].text)
    assert note.span is not None
    assert expr[note.span.start : note.span.end] == result.nodes[note.node].source


def test_what_a_kink_asks_for_is_there() -> None:
    """Outputs and operands are at hand, and the statics that the operation was called with."""
    for row in catalogue.rows():
        known = {*row.outputs, *row.operands, *[each.name for each in row.statics]}
        for kink in row.kinks:
            assert set(rule_parameters(kink.at)) <= known, row


@pytest.mark.parametrize(("expr", "values", "index"), MET.values(), ids=MET)
def test_nothing_is_told_away_from_kinks(expr: str, values: str, index: tuple[int, ...]) -> None:
    assert notes(expr, f"{values} + rand(8)[:{values.count(',') + 1}].reshape(tensor({values}).shape)*1e-3", seed=1) == ()


def test_only_where_a_gradient_flowed() -> None:
    assert notes("(relu(x)*tensor([0., 1.])).sum()", "[0, 3]") == ()
    assert notes("relu(x).detach().sum() + x.sum()", "[0, 3]") == ()
    assert notes("relu(x).sum()", "[0, 3]", no_grad=True) == ()
    (note,) = notes("(relu(x)*tensor([0., 1., 1.])).sum()", "[0, 0, 0]")
    assert (note.index, note.count) == ((1,), 2)
    bound = [("x", "0.", False), ("y", "0.", False)]
    (note,) = evaluate(Request("relu(x) + abs(y)", bound, notes=True, wrt=["y"])).notes
    assert note.message.startswith("kink in abs(y): any value in [-1, 1] is a subgradient")


def test_every_pass_counts() -> None:
    assert notes("relu(x)", "[0, 3]", weights=["[0, 1]"]) == ()
    (note,) = notes("relu(x)", "[0, 3]", weights=["[0, 1]", "[1, 0]"], retain_graph=True)
    assert note.index == (0,)


def test_gradients_within_the_expression_count() -> None:
    assert [each.message.split(":")[0] for each in notes("grad(abs(x)**2 + abs(x), x)*x", "0.")] == ["kink in abs(x)"]


def test_a_convention_that_changes_nothing_is_not_told() -> None:
    """The square of abs bends nowhere: no gradient arrives at its kink."""
    assert notes("abs(x)**2", "0.") == ()


def test_a_report_without_kinks_imports_nothing_for_them() -> None:
    script = (
        "import sys; from gradcli.cli import main; sys.argv = ['gradcli', 'x**2', 'x=3', '--json']; main.main(); "
        "print(sorted(name for name in sys.modules if name.startswith(('gradcli.run.kinks', 'gradcli.run.checking'))))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_jacobians_beside_the_passes_stay_quick() -> None:
    """A hook would make them compute row by row; kinks are watched in the passes alone."""
    result = evaluate(Request("abs(x)", [("x", "[0., 1.]", False)], notes=True, weights=["ones"], also=["jacobian"]))
    assert len(result.notes) == 1
    (jacobian,) = result.derivatives
    assert jacobian.blocks[0].structure == "diagonal"


def test_nobody_asked() -> None:
    assert evaluate(Request("relu(x)", [("x", "0.", False)])).notes == ()


@pytest.mark.parametrize("expr", ["abs(x)", "angle(x)", "sgn(x).real", "linalg.vector_norm(x)", "std(stack([x, x]))"])
def test_kinks_of_complex_numbers_are_told_without_an_interval(expr: str) -> None:
    (note,) = notes(f"({expr}).sum()", "0j")
    assert (note.code, note.interval) == ("kink", None)
    assert not notes(f"({expr}).sum()", "1+1j") or "std" in expr

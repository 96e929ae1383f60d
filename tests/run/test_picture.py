"""The graph as data: its functions are PyTorch's, and every gradient in it is the one that a pass through it has."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest

from gradcli.engine import reverse_mode
from gradcli.errors import Problem
from gradcli.graph.tensor import from_array
from gradcli.run.evaluate import evaluate
from gradcli.run.picture import Picture, Vertex, of_tensors, picture
from gradcli.run.request import Request


def drawn(expr: str, *bindings: str, const: tuple[str, ...] = (), differentiated: bool = True, **options: Any) -> Picture:
    return picture(request(expr, *bindings, const=const, **options), differentiated=differentiated)


def request(expr: str, *bindings: str, const: tuple[str, ...] = (), **options: Any) -> Request:
    pairs = [(*each.split("=", 1), False) for each in bindings] + [(*each.split("=", 1), True) for each in const]
    return Request(expr, pairs, **options)


def vertex(found: Picture, name: str) -> Vertex:
    (only,) = [each for each in found.vertices if each.name == name]
    return only


def ways(found: Picture) -> list[tuple[str, str, str]]:
    """The edges as (start, operand, end), by the user's own words."""
    said = [each.name or each.source for each in found.vertices]
    return [(str(said[edge.start]), edge.operand, str(said[edge.end])) for edge in found.edges]


def check(found: Picture) -> None:
    """Assert what holds for every picture."""
    assert [each.id for each in found.vertices] == list(range(len(found.vertices)))
    assert found.roots
    assert all(edge.start < edge.end for edge in found.edges), "gradients go from earlier ids to later ones"
    leaves = [each.is_leaf for each in found.vertices]
    assert leaves == sorted(leaves), "leaves are last"
    arriving: dict[int, list[Any]] = {}
    for edge in found.edges:
        arriving.setdefault(edge.end, []).append(edge.share)
    for end, shares in arriving.items():
        whole = found.vertices[end].grad
        if len(shares) > 1 and whole is not None:
            parts = [share for share in shares if share is not None]
            assert np.allclose(np.sum(parts, axis=0), whole), found.vertices[end]
        elif len(shares) == 1 and whole is not None:
            assert shares == [None]


NAMED = [
    ("y = x + 2; z = y*y*3; o = z.mean(); o", ("x=ones(2,2)",), {}),
    ("a = x**2; b = a*x; c = sin(b) + a; d = c*b; d.sum()", ("x=[1.,2,3]",), {}),
    ("h = tanh(W @ x); k = h*h + x.sum(); o = exp(k); o", ("W=[[1.,2],[3,4]]", "x=[0.1,0.2]"), {"weights": ["[1., 0.5]"]}),
    ("s = softmax(x, 0); m = s.max(dim=0)[0]; l = log(s); o = (s*l).sum() + m; o", ("x=[1.,2,3]",), {}),
    ("c = cat([x, y, x*y]); o = c*c; o.mean()", ("x=[1.,2]", "y=[3.,4]"), {}),
    ("b = x + y; c = b*y; c", ("x=ones(2,3)", "y=[[1.],[2.]]"), {"weights": ["ones", "2*ones(2,3)"], "retain_graph": True}),
    ("b = x*y; c = b*b; c", ("x=3", "y=4"), {"passes": 3, "retain_graph": True}),
    ("b = x*y; c = b*b; c", ("x=3", "y=4"), {"passes": 3, "retain_graph": True, "zero_grad": True}),
    ("b = x*y; c = b*x; c", ("x=3", "y=4"), {"wrt": ["x"]}),
    ("b = x*x; c = b.sum(dim=0); c.sum()", ("x=ones(2,3)",), {"dtype": "float32"}),
    ("b = where(x > 0, x*x, y); c = b/y; c.sum()", ("x=[1.,-1]", "y=[2.,3]"), {}),
]


@pytest.mark.parametrize(("expr", "bindings", "options"), NAMED)
def test_gradients_are_those_that_eval_retains(expr: str, bindings: tuple[str, ...], options: dict[str, Any]) -> None:
    names = [part.partition("=")[0].strip() for part in expr.split(";") if "=" in part.replace("==", "")][:-1]
    names = [name for name in names if name.isidentifier()]
    expected = {node.name: node for node in evaluate(request(expr, *bindings, retain_grad=names, **options)).nodes if node.name}
    found = drawn(expr, *bindings, **options)
    check(found)
    compared = 0
    for each in found.vertices:
        if each.name in {*names, *[binding.partition("=")[0] for binding in bindings]}:
            other = expected[each.name]
            assert (each.shape, each.dtype) == (other.shape, other.dtype)
            assert np.array_equal(each.value, other.value)
            assert (each.grad is None) == (other.grad is None)
            assert each.grad is None or np.allclose(each.grad, other.grad, rtol=1e-12)
            compared += 1
    assert compared >= len(bindings) + 1


def test_functions_edges_and_saved_tensors() -> None:
    found = drawn("z = x*y + x; z", "x=2", "y=3")
    check(found)
    assert [each.grad_fn for each in found.vertices] == ["AddBackward0", "MulBackward0", "AccumulateGrad", "AccumulateGrad"]
    assert ways(found) == [("z", "self", "x*y"), ("z", "other", "x"), ("x*y", "self", "x"), ("x*y", "other", "y")]
    saved = [(each.name, each.source, float(each.value)) for each in found.vertices[1].saved]
    assert saved == [("self", "x", 2.0), ("other", "y", 3.0)]
    assert (found.vertices[0].freed, found.vertices[1].freed) == (False, True)
    assert (found.expr, found.roots, found.has_gradients) == ("z = x*y + x; z", (0,), True)
    assert [edge.share and float(edge.share) for edge in found.edges] == [None, 1.0, 3.0, None]


def test_saved_tensors_are_kept_for_another_pass() -> None:
    assert not drawn("x*x", "x=2", retain_graph=True).vertices[0].freed


def test_saved_words() -> None:
    found = drawn("t = tanh(x); (t*k)**2 + max(x, t)", "x=2", const=("k=3.",))
    saved = {each.grad_fn: [(kept.name, kept.source) for kept in each.saved] for each in found.vertices}
    assert saved["TanhBackward0"] == [("result", "t")]
    assert saved["MulBackward0"] == [("other", "k")]
    assert saved["PowBackward0"] == [("self", "t*k")]
    assert saved["MaximumBackward0"] == [("self", "x"), ("other", "t")]
    assert saved["AddBackward0"] == []


def test_before_any_pass() -> None:
    found = drawn("x*y", "x=[1.,2]", "y=3", differentiated=False)
    assert not found.has_gradients
    assert [each.grad for each in found.vertices] == [None, None, None]
    assert not any(each.freed for each in found.vertices)
    assert len(found.vertices[0].saved) == 2


def test_several_outputs_without_a_pass() -> None:
    found = drawn("(x*2, x + 1, 3)", "x=1", differentiated=False)
    assert found.roots == (1, 0)
    assert len(found.vertices) == 3


def test_several_outputs_of_one_function() -> None:
    found = drawn("u = x.unbind(0); u[0]*u[1] + u[0]", "x=[2.,3]")
    check(found)
    (unbind,) = [each for each in found.vertices if each.grad_fn == "UnbindBackward0"]
    assert (unbind.grad, unbind.value, unbind.shape) == (None, None, ())
    outputs = {(edge.output, float(edge.share)) for edge in found.edges if edge.end == unbind.id}
    assert outputs == {(0, 3.0), (0, 1.0), (1, 2.0)}
    assert vertex(found, "x").grad.tolist() == [4.0, 2.0]


def test_the_only_way_to_one_output_of_several_brings_all_of_it() -> None:
    found = drawn("x.split(2)[0].sum() + x.split(2)[1].prod()", "x=[1.,2,3]")
    splits = [each for each in found.vertices if each.grad_fn == "SplitBackward0"]
    assert sorted([each.grad.tolist() for each in splits]) == [[1.0], [1.0, 1.0]]
    assert [edge.share for edge in found.edges if edge.end in {each.id for each in splits}] == [None, None]


def test_one_output_of_several_is_the_root() -> None:
    found = drawn("x.unbind(0)[1]", "x=[2.,3]")
    assert found.vertices[0].grad_fn == "UnbindBackward0"
    assert float(found.vertices[0].grad) == 1.0
    assert vertex(found, "x").grad.tolist() == [0.0, 1.0]


def test_a_leaf_alone() -> None:
    found = drawn("x", "x=2")
    assert [(each.grad_fn, each.name, float(each.grad)) for each in found.vertices] == [("AccumulateGrad", "x", 1.0)]
    assert found.edges == ()


def test_two_edges_to_one_leaf() -> None:
    found = drawn("x*x", "x=3")
    assert [(edge.operand, float(edge.share)) for edge in found.edges] == [("self", 3.0), ("other", 3.0)]
    assert float(vertex(found, "x").grad) == 6.0


def test_constants_and_detached_values_are_no_part_of_it() -> None:
    found = drawn("k*x + (x**3).detach()", "x=2", const=("k=3",))
    assert [each.grad_fn for each in found.vertices] == ["AddBackward0", "MulBackward0", "AccumulateGrad"]


def test_gradients_of_gradients() -> None:
    found = drawn("g = grad(x**3, x); g", "x=2")
    check(found)
    assert float(vertex(found, "x").grad) == 12.0
    assert all(each.source for each in found.vertices)


def test_large_values_are_left_out_unless_asked_for() -> None:
    assert vertex(drawn("x.sum()", "x=ones(2000)"), "x").value is None
    whole = vertex(drawn("x.sum()", "x=ones(2000)", values=True), "x")
    assert whole.value.shape == whole.grad.shape == (2000,)


def test_an_operand_that_the_pass_leaves_out() -> None:
    found = drawn("(x*y)*x", "x=2", "y=3", wrt=["x"])
    assert vertex(found, "y").grad is None
    assert float(vertex(found, "x").grad) == 12.0


@pytest.mark.parametrize(
    ("expr", "bindings", "options", "words"),
    [
        ("2*3", (), {}, "does not require grad and does not have a grad_fn"),
        ("x.detach()", ("x=1",), {}, "does not require grad"),
        ("x*2", ("x=[1,2]",), {}, "grad can be implicitly created only for scalar outputs"),
        ("x*2", ("x=[1,2]",), {"weights": ["[1,2,3]"]}, "Mismatch in shape"),
        ("x*x", ("x=1",), {"passes": 2}, "Trying to backward through the graph a second time"),
        ("x*x", ("x=1",), {"wrt": ["q"]}, "--wrt names 'q'"),
        ("x*x", ("x=1",), {"retain_grad": ["q"]}, "--retain-grad names 'q'"),
        ("x//2", ("x=1",), {}, "derivative for aten::floor_divide is not implemented"),
        ("(x, x*2)", ("x=1",), {}, "a tuple of 2"),
        ("x +", ("x=1",), {}, ""),
    ],
)
def test_problems_are_eval_s(expr: str, bindings: tuple[str, ...], options: dict[str, Any], words: str) -> None:
    with pytest.raises(Problem) as caught:
        drawn(expr, *bindings, **options)
    assert words in caught.value.message
    assert caught.value.source
    assert caught.value.hint


def test_a_graph_behind_tensors() -> None:
    x = from_array(np.array([1.0, 2.0])).require_grad()
    y = x * x
    out = y * 3.0
    reverse_mode.retain_grad(y)
    reverse_mode.backward([out], [from_array(np.ones(2))])
    found = of_tensors([out], {"x": x, "y": y, "k": 7, "other": from_array(np.zeros(1))})
    assert found.expr is None
    assert [(each.grad_fn, each.name) for each in found.vertices] == [
        ("MulBackward0", None),
        ("MulBackward0", "y"),
        ("AccumulateGrad", "x"),
    ]
    assert [None if each.grad is None else each.grad.tolist() for each in found.vertices] == [None, [3.0, 3.0], [6.0, 12.0]]
    assert [None if each.value is None else each.value.tolist() for each in found.vertices] == [[3, 12], [1, 4], [1, 2]]
    assert [each.freed for each in found.vertices] == [True, True, False]
    assert found.has_gradients


def test_a_graph_behind_tensors_before_any_pass() -> None:
    x = from_array(np.array(2.0)).require_grad()
    found = of_tensors([x * x, x], {})
    assert found.roots == (0, 1)
    assert [(kept.name, float(kept.value)) for kept in found.vertices[0].saved] == [("self", 2.0), ("other", 2.0)]
    assert not found.has_gradients
    with pytest.raises(Problem, match="does not have a grad_fn"):
        of_tensors([from_array(np.array(2.0))], {})


def test_twenty_thousand_nodes() -> None:
    begun = time.process_time()
    found = drawn(" + ".join(["x*x"] * 10_000), "x=1")
    assert len(found.vertices) == 20_000
    assert float(vertex(found, "x").grad) == 20_000.0
    assert time.process_time() - begun < 15

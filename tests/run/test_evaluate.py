"""Evaluation as a whole: bindings, outputs, backward passes, and where each problem says it stands."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradcli.errors import Problem
from gradcli.run.evaluate import computed_bindings, evaluate
from gradcli.run.passes import MOST_PASSES
from gradcli.run.request import Request
from tests.report.evaluated import problem, result

# ---- the main job


def test_value_names_and_gradient() -> None:
    found = result("mean(3*(x+2)**2)", "x=ones(2,2)")
    assert [(node.source, node.grad_fn, node.inputs) for node in found.nodes] == [
        ("x", None, ()),
        ("x+2", "AddBackward0", (0,)),
        ("(x+2)**2", "PowBackward0", (1,)),
        ("3*(x+2)**2", "MulBackward0", (2,)),
        ("mean(3*(x+2)**2)", "MeanBackward0", (3,)),
    ]
    assert found.outputs[0].value == 27
    assert found.grads["x"].tolist() == [[4.5, 4.5], [4.5, 4.5]]


def test_only_the_branch_that_is_taken_is_in_the_graph() -> None:
    found = result("x*2 if x > 0 else sin(x)", "x=-1")
    assert [node.grad_fn for node in found.nodes] == [None, None, "SinBackward0"]
    assert found.grads["x"] == pytest.approx(np.cos(-1))


def test_a_list_with_a_name_is_labelled_by_its_own_text() -> None:
    found = result("y = [1, 2]; a, b = x; sum(a*y) + b", "x=[3, 4]")
    named = {node.name: node.source for node in found.nodes}
    assert (named["y"], named["a"], named["b"]) == ("[1, 2]", "x", "x")


def test_leaves_that_the_expression_makes_are_leaves_too() -> None:
    """What people paste from a script."""
    found = result("x = tensor([1., 2.], requires_grad=True); k = tensor(3.); z = x; (k*z**2).sum()")
    assert {name: grad.tolist() for name, grad in found.grads.items()} == {"x": [6, 12]}
    assert found.leaves["x"].source == "tensor([1., 2.], requires_grad=True)"
    both = result("w = ones(2, requires_grad=True); (w*x).sum()", "x=3", wrt=["w"])
    assert both.grads["x"] is None
    assert both.grads["w"].tolist() == [3, 3]
    assert result("w = ones(2, requires_grad=True); w*2", no_grad=True).grads == {"w": None}
    hidden = result("x = tensor(2., requires_grad=True); x*3", "x=5")
    assert (hidden.leaves["x"].value, hidden.grads["x"]) == (5, None)


# ---- bindings


@pytest.mark.parametrize(
    ("bound", "dtype", "expected"),
    [
        ("3", "float64", 3.0),
        ("True", "float64", 1.0),
        ("[1, 2]", "float64", [1.0, 2.0]),
        ("[]", "float64", []),
        ("1.5", "float32", 1.5),
        ("tensor([1, 2], dtype=float32)", "float64", [1.0, 2.0]),
        ("(1, 2)", "float64", [1, 2]),
        ("10**30", "float64", 1e30),
        ("[2**63, 1]", "float64", [2.0**63, 1.0]),
        ("-1e400", "float64", -np.inf),
    ],
)
def test_a_leaf_is_floating_point(bound: str, dtype: str, expected: Any) -> None:
    found = result("x.sum()", f"x={bound}", dtype=dtype).leaves["x"]
    assert found.value.tolist() == expected
    assert found.requires_grad
    assert found.dtype == ("float32" if dtype == "float32" or "float32" in bound else "float64")


def test_a_constant_keeps_its_dtype_and_needs_no_gradient() -> None:
    found = result("x[i]", "x=[1.5, 2.5]", const=("i=1", "unused=True"))
    assert {node.name: node.dtype for node in found.nodes[:2]} == {"x": "float64", "i": "int64"}
    assert list(found.grads) == ["x"]
    assert found.grads["x"].tolist() == [0, 1]


def test_bindings_come_in_order_and_hide_what_they_are_called_after() -> None:
    found = result("sum*e", "e=2", "sum=e*3")
    assert found.outputs[0].value == 12
    assert {name: grad.item() for name, grad in found.grads.items()} == {"e": 6, "sum": 2}


def test_arrays_keep_their_dtype() -> None:
    found = evaluate(Request("(x*k).sum()", [("k", np.array([2], np.int64), True), ("x", np.array([1, 2], np.float32), False)]))
    assert found.leaves["x"].dtype == "float32"
    assert found.grads["x"].dtype == np.float32


def test_settled_bindings_can_be_used_again() -> None:
    made = computed_bindings(Request("", [("k", "[1, 2]", True), ("j", "k*2", True)]))
    assert [(name, value.tolist(), constant) for name, value, constant in made] == [
        ("k", [1, 2], True),
        ("j", [2, 4], True),
    ]


@pytest.mark.parametrize(
    ("bindings", "code", "source", "words"),
    [
        (["x=y+1"], "unknown-name", "x", "name 'y' is not defined"),
        (["x=1", "y=x +"], "syntax", "y", "an operand is missing"),
        (["x='a'"], "type", "x", "expected a tensor, not a string"),
        (["x=sum"], "type", "x", "expected a tensor, not a function"),
        (["x=torch"], "type", "x", "expected a tensor, not a module"),
        (["x=[1, [2]]"], "type", "x", "only numbers can stand in a tensor's list"),
        (["x=[[1, 2], [3]]"], "ragged", "x", "expected sequence of length 2 at dim 1 (got 1)"),
        (["x=@"], "file", "x", "no file is named"),
        (["x= @no/such.npy"], "file", "x", "No such file or directory"),
        (["x=ones(10**20)"], "limit", "x", "Storage size calculation overflowed"),
    ],
)
def test_a_problem_of_a_binding_says_which(bindings: list[str], code: str, source: str, words: str) -> None:
    found = problem("x", *bindings)
    assert (found.code, found.source) == (code, source)
    assert words in found.message
    assert found.text == bindings[-1].partition("=")[2]


# ---- outputs


@pytest.mark.parametrize(
    ("expr", "value"),
    [
        ("()", []),
        ("[]", []),
        ("1, 2, 3", [1, 2, 3]),
        ("x.shape", [2]),
        ("x.tolist()", [1, 2]),
        ("True", True),
        ("x.numel()", 2),
        ("x.dtype == float64", True),
        ("'a' in 'abc'", True),
        ("2**70 * 1.0", 2.0**70),
    ],
)
def test_plain_results_become_one_tensor(expr: str, value: Any) -> None:
    found = result(expr, "x=[1, 2]", no_grad=True)
    assert not found.is_tuple
    assert found.outputs[0].value.tolist() == value


def test_several_tensors_are_a_tuple() -> None:
    found = result("max(x, dim=0)", "x=[1, 2]", no_grad=True)
    assert found.is_tuple
    assert [each.value.tolist() for each in found.outputs] == [2, 1]
    assert len(result("(x,)", "x=1", no_grad=True).outputs) == 1


@pytest.mark.parametrize(
    ("expr", "what"),
    [
        ("sum", "a function"),
        ("x.sum", "a function"),
        ("grad", "a function"),
        ("torch", "a module"),
        ("float32", "a dtype"),
        ("None", "None"),
        ("'a'", "a string"),
        ("...", "..."),
        ("(x, None)", "None"),
        ("(x, sum)", "a function"),
    ],
)
def test_what_is_no_tensor_is_no_answer(expr: str, what: str) -> None:
    found = problem(expr, "x=1", no_grad=True)
    assert found.message == f"the expression gives {what}, and a tensor is wanted"
    assert (found.code, found.type, found.source, found.span is not None) == ("type", "TypeError", "expr", True)


@pytest.mark.parametrize(
    ("expr", "gradient"),
    [
        ("sum([x, 2*x]) + x", 4),
        ("[x, 2*x]*2", 6),
        ("det([[x, 1], [2, x]])", 6),
        ("x + [x]", 2),
        ("[[x, 1], [x, x]]", 3),
        ("[x, 2] @ [3, 4]", 3),
    ],
)
def test_gradients_reach_the_tensors_of_a_list(expr: str, gradient: float) -> None:
    assert result(expr, "x=3", weights=["ones"]).grads["x"] == pytest.approx(gradient)


@pytest.mark.parametrize("expr", ["k @ x", "hypot(x, k).sum()", "linalg.solve(diag(k), x).sum()", "x.dot(k)"])
def test_whole_numbers_beside_floats_are_floats_where_an_operation_needs_them(expr: str) -> None:
    requests = [Request(expr, [("x", "[1, 2]", False), ("k", text, True)]) for text in ("[3, 4]", "[3., 4.]")]
    whole, floats = [evaluate(each).grads["x"] for each in requests]
    assert np.array_equal(whole, floats)


# ---- weights and passes


def test_no_weights_need_one_element() -> None:
    found = problem("x*2", "x=[1, 2]")
    assert found.message.startswith("grad can be implicitly created only for scalar outputs")
    assert (found.code, found.source, found.text) == ("not-scalar", "expr", "x*2")
    assert "-w ones" in str(found.hint)
    assert result("x*2", "x=[[5]]").grads["x"].tolist() == [[2]]  # whatever its shape


@pytest.mark.parametrize(
    ("weights", "grad"),
    [
        ("ones", [2, 2]),
        (" ones ", [2, 2]),
        ("[1, 0.5]", [2, 1]),
        ("x", [2, 4]),
        ("[nan, 1]", [np.nan, 2]),
        ("[1, True]", [2, 2]),
        ("tensor([1, 2], dtype=float32)", [2, 4]),
        (np.array([3.0, 4.0]), [6, 8]),
    ],
)
def test_weights(weights: Any, grad: list[float]) -> None:
    found = result("x*2", "x=[1, 2]", weights=[weights])
    np.testing.assert_array_equal(found.grads["x"], grad)
    assert found.leaves["x"].grad.dtype == np.float64


@pytest.mark.parametrize(("weights", "shape"), [("[1, 2, 3]", "[3]"), ("1", "[]"), ("[[1, 2]]", "[1, 2]")])
def test_weights_have_the_output_s_own_shape(weights: str, shape: str) -> None:
    found = problem("x*2", "x=[1, 2]", weights=[weights])
    assert found.message == (
        f"Mismatch in shape: grad_output[0] has a shape of torch.Size({shape}) and output[0] has a shape of torch.Size([2])."
    )


@pytest.mark.parametrize(
    ("weights", "code"),
    [("y", "unknown-name"), ("[1, 2", "syntax"), ("'a'", "type"), ("", "syntax"), ("@no.npy", "file")],
)
def test_a_problem_of_the_weights_says_so(weights: str, code: str) -> None:
    found = problem("x*2", "x=[1, 2]", weights=[weights])
    assert (found.code, found.source, found.text) == (code, "--weights", weights)


def test_passes_accumulate_unless_zeroed() -> None:
    both = {"weights": ["[1., 0.]", "[0., 1.]"], "retain_graph": True}
    added = result("x**2", "x=[3, 4]", **both)
    assert [each.grads["x"].tolist() for each in added.passes] == [[6, 0], [6, 8]]
    assert [each.weights.tolist() for each in added.passes] == [[1, 0], [0, 1]]
    zeroed = result("x**2", "x=[3, 4]", zero_grad=True, **both)
    assert [each.grads["x"].tolist() for each in zeroed.passes] == [[6, 0], [0, 8]]
    repeated = result("x*x", "x=3", passes=3, retain_graph=True)
    assert [each.grads["x"].item() for each in repeated.passes] == [6, 12, 18]


def test_a_second_pass_needs_a_graph_that_was_kept() -> None:
    found = problem("x*x", "x=3", passes=2)
    assert found.message.startswith("Trying to backward through the graph a second time")
    assert "--retain-graph" in str(found.hint)
    assert len(result("x + 1", "x=3", passes=2).passes) == 2  # which saved nothing that could be freed


def test_passes_beyond_count_are_refused_at_once() -> None:
    for passes, weights in ((2**62, []), (MOST_PASSES, ["1.", "1."])):
        found = problem("x*x", "x=3", passes=passes, weights=weights, retain_graph=True)
        assert (found.code, "1,000,000" in found.message) == ("limit", True)


def test_a_tuple_has_no_backward_pass() -> None:
    found = problem("max(x, dim=0)", "x=[1, 2]")
    assert found.message == "grad can be implicitly created only for scalar outputs, and the expression gives a tuple of 2"
    assert "--no-grad" in str(found.hint)
    assert result("max(x, dim=0)[0]", "x=[1, 2]").grads["x"].tolist() == [0, 1]


# ---- which gradients


def test_wrt_limits_the_pass() -> None:
    found = result("x*y", "x=2", "y=3", wrt=["y", "y"])
    assert (found.grads["x"], found.grads["y"].item()) == (None, 2)
    assert result("x*2", "x=2", "y=3", wrt=["y"]).grads == {"x": None, "y": None}


@pytest.mark.parametrize(
    ("wrt", "words", "hint"),
    [
        (["z"], "--wrt names 'z', which is not bound", None),
        (["k"], "--wrt names 'k', which is a constant", None),
        (["slop"], "--wrt names 'slop', which is not bound", "did you mean 'slope'?"),
        ([], "`inputs` argument to `backward()` cannot be empty", None),
    ],
)
def test_wrt_names_leaves(wrt: list[str], words: str, hint: str | None) -> None:
    found = problem("slope*k", "slope=2", const=("k=3",), wrt=wrt)
    assert (found.message.startswith(words), found.source) == (True, "--wrt")
    assert hint is None or found.hint == hint


def test_retained_gradients_of_intermediate_values() -> None:
    found = result("y = x*2; z = x*3; y*y", "x=3", retain_grad=["y", "z", "x"])
    assert {node.name: None if node.grad is None else node.grad.item() for node in found.nodes} == {
        "x": 24,
        "y": 12,
        "z": None,
        None: None,
    }


@pytest.mark.parametrize(
    ("expr", "name", "words"),
    [
        ("y*y", "z", "--retain-grad names 'z', which is no value of the expression"),
        ("y*y", "k", "--retain-grad names 'k', which is a whole number, not a tensor"),
        ("y*y", "d", "can't retain_grad on Tensor that has requires_grad=False"),
    ],
)
def test_only_values_in_the_graph_retain_gradients(expr: str, name: str, words: str) -> None:
    found = problem(f"k = 3; y = x*2; d = x.detach(); {expr}", "x=3", retain_grad=[name])
    assert (found.message, found.source, found.text) == (words, "--retain-grad", name)
    assert found.hint != f"did you mean '{name}'?"


def test_no_grad_runs_forward_only() -> None:
    found = result("x*2", "x=[1, 2]", no_grad=True, weights=["not even looked at"])
    assert (found.passes, found.grads, found.outputs[0].requires_grad) == ((), {"x": None}, False)
    assert [node.grad_fn for node in found.nodes] == [None, None]


def test_no_grad_records_only_where_the_expression_itself_asks_for_gradients() -> None:
    assert result("grad(x**2, x)", "x=3", no_grad=True).outputs[0].value == 6
    assert result("grad*2", "grad=3", no_grad=True).nodes[1].grad_fn is None


def test_a_constant_has_no_backward_pass() -> None:
    assert problem("x.detach()", "x=1").message.startswith("element 0 of tensors does not require grad")
    assert result("k*2", const=("k=3",)).passes == ()
    assert problem("k*2", const=("k=3",), weights=["1"]).code == "no-grad"


# ---- numbers


def test_the_default_dtype_is_that_of_the_request_only() -> None:
    narrow = result("x/3 + 0.1", "x=1", dtype="float32")
    assert (narrow.outputs[0].dtype, narrow.default_dtype, narrow.grads["x"].dtype.name) == (
        "float32",
        "float32",
        "float32",
    )
    assert result("x/3", "x=1").outputs[0].dtype == "float64"


def test_a_seed_is_taken_before_anything_is_drawn() -> None:
    drawn = [result("x*rand(2)", "x=rand(2)", weights=["ones"], seed=seed).outputs[0].value.tolist() for seed in (7, 7, 8)]
    assert drawn[0] == drawn[1] != drawn[2]


@pytest.mark.parametrize(
    ("expr", "code", "words"),
    [
        ("x + 10**400", "limit", "the power has about 401 digits"),
        ("x[None]" + "[None]" * 64, "limit", "a tensor has at most 64 dimensions here"),
        ("sum(" + "[" * 65 + "1" + "]" * 65 + ")", "limit", "64 dimensions"),
        ("ones(0, 2**62, 2**62)", "limit", "Storage size calculation overflowed"),
        ("zeros(0, 2**63)", "limit", "Storage size calculation overflowed"),
        ("x*2", None, None),
    ],
)
def test_what_numpy_refuses_is_a_problem_with_a_place(expr: str, code: str | None, words: str | None) -> None:
    if code is None:
        assert result(expr, "x=1").outputs[0].value == 2
        return
    found = problem(expr, "x=1", no_grad=True)
    assert (found.code, found.source, found.span is not None) == (code, "expr", True)
    assert str(words) in found.message


def test_a_backward_pass_that_does_not_fit_has_a_place(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise MemoryError

    monkeypatch.setattr("gradcli.run.passes.reverse_mode.backward", full)
    found = problem("y = x*2; y*y", "x=1")
    assert (found.code, found.type, found.text) == ("limit", "MemoryError", "y = x*2; y*y")
    assert found.span is not None
    assert (found.span.start, found.span.end) == (9, 12)


def test_a_bug_is_not_taken_for_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ValueError("something that nobody foresaw")

    monkeypatch.setattr("gradcli.run.passes.reverse_mode.backward", broken)
    with pytest.raises(ValueError, match="nobody foresaw"):
        result("x*2", "x=1")


def test_evaluations_leave_nothing_behind() -> None:
    """The same request gives the same nodes, whatever was evaluated (or failed) before it."""
    expected = [node.id for node in result("sin(x)*2", "x=1").nodes]
    with pytest.raises(Problem):
        evaluate(Request("x + [1, 2, 3]", [("x", "[1, 2]", False)]))
    assert [node.id for node in result("sin(x)*2", "x=1").nodes] == expected


# --- derivatives within expressions ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expr", "value", "gradient"),
    [
        ("jacobian(x**2, x).sum()", 6, [2, 2]),
        ("hessian((x**3).sum(), x).sum()", 18, [6, 6]),
        ("hessian(x.sum(), x).sum() + 0*x.sum()", 0, [0, 0]),
        ("jvp(x**2, x, [1., 3.]).sum()", 14, [2, 6]),
        ("hvp((x**3).sum(), x, [1., 1.]).sum()", 18, [6, 6]),
        ("f = (x**2).sum(); (x - solve(hessian(f, x), grad(f, x))).square().sum()", 0, [0, 0]),
    ],
)
def test_derivatives_of_all_kinds_can_be_differentiated_again(expr: str, value: float, gradient: list[float]) -> None:
    found = result(expr, "x=[1, 2]")
    assert found.outputs[0].value == pytest.approx(value)
    assert found.grads["x"] == pytest.approx(gradient)
    inner = [
        node for node in found.nodes if node.source.startswith(("jacobian(", "hessian(", "jvp(", "hvp(")) and node.shape == (2,)
    ]
    assert sum([not node.is_step for node in inner]) <= 1  # what leads to the result is left out of the report


@pytest.mark.parametrize(
    ("expr", "said"),
    [
        ("jacobian(x)", "jacobian() takes outputs and inputs"),
        ("hessian(x*2, x)", "should contain a single element"),
        ("jvp(x, x, [1.])", "v has shape [1], and its input [2]"),
        ("hvp(x.sum(), x)", "hvp() takes outputs, inputs and v"),
    ],
)
def test_what_such_functions_refuse(expr: str, said: str) -> None:
    with pytest.raises(Problem) as caught:
        result(expr, "x=[1, 2]")
    assert said in caught.value.message

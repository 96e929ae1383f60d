"""Backward passes: accumulation, retained graphs, gradients of gradients, chosen inputs, kept gradients."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from gradcli.engine import reverse_mode
from gradcli.errors import Problem
from gradcli.graph.tape import grad_mode
from gradcli.graph.tensor import Tensor, from_array
from gradcli.ops.catalogue import FUNCTIONS


def leaf(values: Any = 3.0, dtype: str = "float64") -> Tensor:
    return from_array(np.array(values, dtype), True)


def backward(out: Tensor, weight: Any = None, **options: Any) -> None:
    reverse_mode.backward([out], [None if weight is None else from_array(np.array(weight, out.ndarray.dtype))], **options)


def grad(out: Tensor, *inputs: Tensor, weight: Any = None, **options: Any) -> list[Any]:
    return reverse_mode.grad(
        [out], list(inputs), [None if weight is None else from_array(np.array(weight, out.ndarray.dtype))], **options
    )


# --- weights --------------------------------------------------------------------------------------------------------


def test_an_output_of_one_element_needs_no_weight() -> None:
    for shape in ((), (1,), (1, 1, 1)):
        x = leaf(np.full(shape, 3.0))
        backward(x * x)
        assert x._grad is not None
        np.testing.assert_array_equal(x._grad.ndarray, np.full(shape, 6.0))


def test_a_weight_has_the_shape_of_its_output() -> None:
    x = leaf([1.0, 2.0])
    with pytest.raises(Problem, match="grad can be implicitly created only for scalar outputs"):
        backward(x * 2)
    with pytest.raises(
        Problem, match=re.escape("grad_output[0] has a shape of torch.Size([3]) and output[0] has a shape of torch.Size([2]).")
    ):
        backward(x * 2, [1, 2, 3])
    with pytest.raises(Problem, match="Mismatch in shape"):
        backward(x * 2, 1.0)
    assert x._grad is None
    reverse_mode.backward([x * 2], [from_array(np.array([1, 2]))])  # whole numbers become the output's dtype
    np.testing.assert_array_equal(x._grad.ndarray, [2, 4])


def test_what_needs_no_gradient_has_no_backward_pass() -> None:
    message = "element 0 of tensors does not require grad and does not have a grad_fn"
    for out in (from_array(np.array(1.0)), leaf().detach(), leaf() > 1):
        with pytest.raises(Problem, match=message):
            backward(out)
    with pytest.raises(Problem, match="element 1 of tensors"):
        reverse_mode.backward([leaf(), from_array(np.array(1.0))], [None, None])


# --- accumulation ---------------------------------------------------------------------------------------------------


def test_gradients_accumulate_into_the_same_tensor() -> None:
    x = leaf([1.0, 2.0])
    out = (x * x).__mul__(1.0)
    backward(out, [1, 1], retain_graph=True)
    first = x._grad
    assert first is not None
    kept = first.ndarray
    backward(out, [1, 0])
    assert x._grad is first
    assert x._grad.ndarray is kept
    np.testing.assert_array_equal(kept, [4, 4])


def test_a_leaf_is_its_own_graph() -> None:
    x = leaf([1.0, 2.0])
    for _ in range(2):
        backward(x, [5, 6])
    assert x._grad is not None
    np.testing.assert_array_equal(x._grad.ndarray, [10, 12])
    (alone,) = grad(x, x, weight=[5, 6])
    np.testing.assert_array_equal(alone.ndarray, [5, 6])


def test_none_is_not_zero() -> None:
    x, y = leaf(), leaf()
    backward(x * 0)
    assert x._grad is not None
    assert x._grad.ndarray == 0
    assert y._grad is None


def test_gradients_have_the_shape_and_dtype_of_their_leaf() -> None:
    x, y = leaf([[1.0], [2.0]], "float32"), leaf([1.0, 2.0, 3.0])
    backward(x * y, np.ones((2, 3)))
    assert x._grad is not None
    assert y._grad is not None
    assert (x._grad.ndarray.dtype, x._grad.shape) == (np.float32, (2, 1))
    assert (y._grad.ndarray.dtype, y._grad.shape) == (np.float64, (3,))
    np.testing.assert_array_equal(x._grad.ndarray, [[6], [6]])
    np.testing.assert_array_equal(y._grad.ndarray, [3, 3, 3])


def test_gradients_share_no_memory() -> None:
    """Rules hand on the cotangent itself; what is stored is added to in place, and must be nobody else's."""
    x, y, weight = leaf(np.ones(4)), leaf(np.ones(4)), from_array(np.full(4, 2.0))
    reverse_mode.backward([x + y], [weight])
    assert x._grad is not None
    assert y._grad is not None
    arrays = [x._grad.ndarray, y._grad.ndarray, weight.ndarray, x.ndarray, y.ndarray]
    assert not any(np.shares_memory(one, two) for place, one in enumerate(arrays) for two in arrays[:place])
    backward(x.__mul__(1.0), [1, 1, 1, 1])
    np.testing.assert_array_equal(y._grad.ndarray, [2, 2, 2, 2])
    np.testing.assert_array_equal(weight.ndarray, [2, 2, 2, 2])


@pytest.mark.parametrize("name", ["sum", "mean", "t", "clone", "ravel", "neg"])
def test_gradients_are_writable_and_whole(name: str) -> None:
    """A sum's cotangent is spread without copying: what the leaf keeps is an array of its own."""
    x = leaf(np.ones((2, 3)))
    out = FUNCTIONS[name][0].call(x)
    weight = from_array(np.ones(out.shape))
    reverse_mode.backward([out], [weight], retain_graph=True)
    reverse_mode.backward([out], [weight])
    assert x._grad is not None
    assert x._grad.ndarray.flags.writeable
    assert x._grad.ndarray.flags.owndata or not np.shares_memory(x._grad.ndarray, weight.ndarray)
    x._grad.ndarray[0, 0] = 7
    assert (x._grad.ndarray == 7).sum() == 1


def test_gradients_returned_share_no_memory() -> None:
    x, y = leaf(np.ones(4)), leaf(np.ones(4))
    one, two, same = grad(x + y, x, y, x, weight=np.ones(4))
    assert not np.shares_memory(one.ndarray, two.ndarray)
    np.testing.assert_array_equal(one.ndarray, same.ndarray)


# --- released and retained graphs -----------------------------------------------------------------------------------


def test_a_second_pass_needs_a_retained_graph() -> None:
    x = leaf(2.0)
    out = x * x
    backward(out, retain_graph=True)
    backward(out)
    with pytest.raises(Problem, match="Trying to backward through the graph a second time") as caught:
        backward(out)
    assert caught.value.code == "second-backward"
    assert x._grad is not None
    assert x._grad.ndarray == 8  # the pass that failed has changed nothing


def test_a_failed_pass_leaves_no_trace() -> None:
    x = leaf(2.0)
    shared = x + 1
    broken = shared * shared
    backward(broken)
    with pytest.raises(Problem, match="a second time"):
        backward(shared + broken)
    backward(shared * 2)
    assert x._grad is not None
    assert x._grad.ndarray == 6 + 2


def test_backward_works_where_nothing_is_recorded() -> None:
    x = leaf(2.0)
    out = x * x * x
    with grad_mode(False):
        backward(out)
        (gradient,) = grad(x, x)
    assert x._grad is not None
    assert x._grad.ndarray == 12
    assert gradient.ndarray == 1
    assert not x._grad.requires_grad


# --- gradients of gradients -----------------------------------------------------------------------------------------


def test_gradients_that_can_be_differentiated_again() -> None:
    x = leaf(2.0)
    out = x * x * x * x
    for expected in (32, 48, 48, 24):
        (out,) = grad(out, x, create_graph=True)
        assert out.ndarray == expected
    assert not out.requires_grad or out.node is not None
    with pytest.raises(Problem, match="does not require grad"):
        grad(grad(x * 3, x, create_graph=True)[0], x)


def test_create_graph_gives_grad_a_history() -> None:
    x = leaf(2.0)
    backward(x * x * x, create_graph=True)
    first = x._grad
    assert first is not None
    assert first.requires_grad
    assert first.node is not None
    backward(x * x * x, create_graph=True)
    assert x._grad is not first  # added out of place
    assert x._grad is not None
    assert x._grad.node is not None
    assert x._grad.node.name() == "AddBackward0"
    assert (first.ndarray, x._grad.ndarray) == (12, 24)
    out = x * x
    backward(out, create_graph=True)
    backward(out)  # create_graph retains


def test_a_penalty_on_the_gradient() -> None:
    x = leaf([1.0, 2.0])
    (gradient,) = grad((x * x * x).__mul__(1.0), x, weight=[1, 1], create_graph=True)
    backward((gradient * gradient), [1, 1])
    assert x._grad is not None
    np.testing.assert_allclose(x._grad.ndarray, [36, 288], rtol=1e-15)  # d (3 x^2)^2 = 36 x^3


def test_second_order_through_a_constant_keeps_its_value() -> None:
    x = leaf(2.0)
    (gradient,) = grad(x * x.detach(), x, create_graph=True)
    assert gradient.ndarray == 2
    assert not gradient.requires_grad


# --- chosen inputs --------------------------------------------------------------------------------------------------


def test_inputs_limit_the_pass() -> None:
    x, y = leaf(2.0), leaf(3.0)
    middle = x * y
    out = middle * middle
    backward(out, inputs=[x], retain_graph=True)
    assert x._grad is not None
    assert x._grad.ndarray == 36
    assert y._grad is None
    backward(out, inputs=[middle])
    assert middle._grad is not None
    assert middle._grad.ndarray == 12
    assert x._grad.ndarray == 36
    unused = leaf()
    backward(x * 2, inputs=[x, unused])
    assert unused._grad is None


def test_inputs_leave_the_rest_of_the_graph_as_it_was() -> None:
    x, y = leaf(2.0), leaf(3.0)
    left, right = x * x, y * y
    backward(left + right, inputs=[x])
    with pytest.raises(Problem, match="a second time"):
        backward(left)
    backward(right)  # was not on the way
    assert y._grad is not None
    assert y._grad.ndarray == 6


def test_grad_of_intermediate_values() -> None:
    x = leaf(2.0)
    middle = x * x
    out = middle * x
    by_middle, by_x, by_out = grad(out, middle, x, out)
    assert (by_middle.ndarray, by_x.ndarray, by_out.ndarray) == (2, 12, 1)
    assert x._grad is None
    assert middle._grad is None


def test_grad_of_unused_inputs() -> None:
    x, y, constant = leaf(2.0), leaf([1.0, 2.0]), from_array(np.array(1.0))
    out = x * x
    with pytest.raises(Problem, match="The differentiated Tensor at index 1 appears to not have been used in the graph"):
        grad(out, x, y, retain_graph=True)
    with pytest.raises(Problem, match="One of the differentiated Tensors does not require grad"):
        grad(out, x, constant, retain_graph=True)
    assert grad(out, y, retain_graph=True, allow_unused=True) == [None]
    (zeros,) = grad(out, y, materialize_grads=True)
    np.testing.assert_array_equal(zeros.ndarray, [0, 0])


def test_several_outputs_add_up() -> None:
    x = leaf(2.0)
    (found,) = reverse_mode.grad([x * x, x * 3], [x], [None, from_array(np.array(10.0))])
    assert found is not None
    assert found.ndarray == 4 + 30


# --- kept gradients -------------------------------------------------------------------------------------------------


def test_retain_grad() -> None:
    x = leaf(2.0)
    middle = x * x
    reverse_mode.retain_grad(middle)
    out = middle * 3
    reverse_mode.retain_grad(out)
    reverse_mode.retain_grad(x)  # a leaf keeps its gradient anyhow
    backward(out)
    assert (middle._grad.ndarray, out._grad.ndarray, x._grad.ndarray) == (3, 1, 12)
    with pytest.raises(Problem, match=r"can't retain_grad on Tensor that has requires_grad=False"):
        reverse_mode.retain_grad(from_array(np.array(1.0)))


def test_retained_gradients_are_nobody_elses() -> None:
    x = leaf([1.0, 2.0])
    middle = x + 1
    reverse_mode.retain_grad(middle)
    weight = from_array(np.array([1.0, 1.0]))
    reverse_mode.backward([middle + 0], [weight])
    arrays = [middle._grad.ndarray, x._grad.ndarray, weight.ndarray]
    assert not any(np.shares_memory(one, two) for place, one in enumerate(arrays) for two in arrays[:place])

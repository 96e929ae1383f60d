"""What can be asked of, and set on, a tensor as such: its version, its `.data`, its flags, its `.grad`, its hooks.

    version(x)                   x._version: how often its memory was changed in place
    data_of(x), set_data(x, y)   x.data, and x.data = y
    requires_grad_(x, flag)      x.requires_grad_(flag), and x.requires_grad = flag
    detach_(x)                   x.detach_()
    set_grad(x, y)               x.grad = y
    register_hook(x, function)   x.register_hook(function): gives a handle with remove()
    retain_grad(x), retains_grad(x)

All raise Problem where PyTorch refuses, in its words.
"""

from __future__ import annotations

from gradcli.errors import Problem
from gradcli.graph import hooks, versions, views
from gradcli.graph.context import current
from gradcli.graph.half_precision import name_of
from gradcli.graph.node import origin_of
from gradcli.graph.tensor import Tensor, from_array, is_unstrided
from gradcli.graph.types import Array, Operand
from gradcli.ops.core.dtypes import c_name, scalar_name

retain_grad = hooks.retain_grad
retains_grad = hooks.retains_grad
register_hook = hooks.register


def version(tensor: Tensor) -> int:
    """How often the memory of a tensor was changed in place: shared with its views and what was detached from it."""
    if tensor._inference:
        raise Problem("inference", "Inference tensors do not track version counter.", hint="x.clone() is a normal tensor")
    return versions.version(tensor.ndarray)


def data_of(tensor: Tensor) -> Tensor:
    """The same values in the same memory, outside the graph; changes of one are not counted for the other."""
    made = from_array(versions.uncounted_view(tensor.ndarray))
    made._inference = tensor._inference
    return made


def set_data(tensor: Tensor, value: Tensor) -> Tensor:
    """Let a tensor have the memory of another, and nothing else of it; its version stays.  Gives `tensor`."""
    if not isinstance(value, Tensor):
        raise Problem("type", f"Variable data has to be a tensor, but got {type(value).__name__}", type="TypeError")
    if tensor._requires_grad and value.ndarray.dtype.kind not in "fc":
        raise Problem("dtype", "data set to a tensor that requires gradients must be floating point or complex dtype")
    one, other = tensor.ndarray, value.ndarray
    if is_unstrided(one) != is_unstrided(other):
        words = "`variable` and `tensor` have incompatible tensor type."
        raise Problem("layout", f"Attempted to call `variable.set_data(tensor)`, but {words}", hint="y.to_dense() is dense")
    if is_unstrided(one):
        tensor.ndarray = other
        return tensor
    if one.shape != other.shape or one.strides != other.strides or one.dtype != other.dtype or not _same_place(one, other):
        tensor.ndarray = versions.uncounted_view(other)
        versions.count_together(tensor.ndarray, one)
    return tensor


def _same_place(one: Array, other: Array) -> bool:
    return bool(one.__array_interface__["data"] == other.__array_interface__["data"])


def requires_grad_(tensor: Tensor, flag: bool = True) -> Tensor:
    """Let a leaf want a gradient, or no longer.  Gives `tensor`."""
    if tensor._inference and not current().inference:
        raise Problem(
            "inference",
            "Setting requires_grad=True on inference tensor outside InferenceMode is not allowed.",
            hint="x.clone() is a normal tensor",
        )
    if not flag and origin_of(tensor) is not None:
        raise Problem(
            "leaf",
            "you can only change requires_grad flags of leaf variables. If you want to use a computed variable in a "
            "subgraph that doesn't require differentiation use var_no_grad = var.detach().",
        )
    if flag and tensor.ndarray.dtype.kind not in "fc":
        clause = "only Tensors of floating point dtype can require gradients"
        raise Problem(
            "dtype",
            f"{clause}, and this one is {name_of(tensor.ndarray.dtype)}",
            hint="convert it first, as in x.double()",
            theirs=clause,
        )
    if (tensor.node is None and tensor._requires_grad != flag) or views.flagged(tensor):
        tensor.node, tensor._requires_grad = None, flag
        views.follow(tensor)
    return tensor


def detach_(tensor: Tensor) -> Tensor:
    """Take a tensor out of the graph that made it.  Gives `tensor`."""
    if tensor._view is not None:
        clause = "Can't detach views in-place. Use detach() instead."
        more = (
            "If you are using DistributedDataParallel (DDP) for training, and gradient_as_bucket_view is set as True, "
            "gradients are views of DDP buckets, and hence detach_() cannot be called on these gradients. To fix this error, "
            "please refer to the Optimizer.zero_grad() function in torch/optim/optimizer.py as the solution."
        )
        raise Problem("view", clause, hint="x = x.detach()", theirs=f"{clause} {more}")
    if tensor.grad_fn is not None:
        versions.detached_in_place(tensor.ndarray, tensor.node, _detached(tensor))
    tensor.node = None
    tensor._requires_grad = False
    level = current().level
    if level is not None:
        level.forget(tensor)
    views.follow(tensor)
    return tensor


def _detached(tensor: Tensor) -> Problem:
    clause = "Trying to use a saved tensor that has been detached in-place, i.e. with .detach_()."
    return Problem(
        "detached",
        f"{clause} This is not supported: one of shape {list(tensor.shape)} was needed by a backward pass",
        hint="please use out-of-place `.detach()` instead: x = x.detach()",
        theirs=f"{clause}This is not supported, please use out-of-place `.detach()` instead",
    )


def set_grad(tensor: Tensor, value: Operand) -> None:
    """Set what backward passes add to: a tensor of the same shape and dtype, or None."""
    if value is None:
        tensor._grad = None
        return
    if not isinstance(value, Tensor):
        raise Problem(
            "type",
            f"assigned grad expected to be a Tensor or None but got grad of type {type(value).__name__}",
            type="TypeError",
        )
    if value is tensor:
        raise Problem("argument", "can't assign Variable as its own grad", hint="assign a copy: x.detach().clone()")
    if value.ndarray.dtype != tensor.ndarray.dtype:
        dtypes = f"'{c_name(value.ndarray.dtype)}' to a tensor with grad_dtype '{scalar_name(tensor.ndarray.dtype)}'"
        clause = f"attempting to assign a gradient with dtype {dtypes}. The gradient must match the tensor's"
        raise Problem(
            "dtype",
            f"{clause} dtype",
            theirs=f"{clause} grad_dtype (defaults to the tensor's dtype). You can set the tensor's grad_dtype attribute "
            "with a specific dtype, or None to allow any dtype. Set grad_dtype with caution. Diverging the dtypes of a tensor "
            "and its gradient may break downstream systems that assume they match.",
        )
    if value.shape != tensor.shape:
        raise Problem(
            "shape-mismatch",
            f"attempting to assign a gradient of size '{list(value.shape)}' to a tensor of size "
            f"'{list(tensor.shape)}'. Please ensure that the gradient and the tensor are the same size",
        )
    tensor._grad = value

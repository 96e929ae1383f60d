"""The plain engine: eager forward (the tape's own), and backward passes one node at a time.

`backward` accumulates into leaves, `grad` returns gradients and touches no leaf; both take what `torch.autograd.backward`
and `torch.autograd.grad` take.
"""

from __future__ import annotations

from collections.abc import Sequence
from sys import getrefcount
from typing import Any

import numpy as np

from gradcli.engine import overlaps
from gradcli.errors import Problem
from gradcli.graph import hooks, versions, views
from gradcli.graph.context import current
from gradcli.graph.half_precision import in_dtype, name_of
from gradcli.graph.node import Node
from gradcli.graph.operators import OPERATORS
from gradcli.graph.sweep import sweep
from gradcli.graph.symbolic import Unstrided, ones
from gradcli.graph.tape import grad_mode
from gradcli.graph.tensor import Tensor, as_array, from_array, is_unstrided
from gradcli.graph.types import Array, Cotangent
from gradcli.ops.creation.factories import ones_like
from gradcli.ops.movement.in_place import overlap_within
from gradcli.ops.movement.shapes import detach

_ALONE = 5  # references to a cotangent that a pass delivers: the pass's, deliver's, two of _owned, and that of its question


def backward(
    outputs: Sequence[Tensor],
    weights: Sequence[Tensor | None],
    *,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Sequence[Tensor] | None = None,
) -> None:
    """Accumulate the vector-Jacobian products of `outputs` with `weights` into the `.grad` of leaves.

    weights  for each output a tensor of its own shape, or None for an output of one element
    inputs   the tensors to accumulate into; None is every leaf that requires grad
    Raises Problem.
    """
    traced = create_graph or _is_seen()
    roots = _roots(outputs, weights, traced)
    wanted = None if inputs is None else [_edge_of(x) for x in inputs]
    for x in inputs or ():
        hooks.retain_grad(x)

    def deliver(leaf: Tensor, cotangent: Cotangent) -> None:
        if not _wants_still(leaf) or cotangent is None:
            return
        if create_graph:
            _accumulate_traced(leaf, cotangent)
            return
        if traced:
            cotangent = detach(cotangent)
            if type(cotangent) is not Tensor:  # a class that says itself how it adds
                total: Any = cotangent if leaf._grad is None else leaf._grad + cotangent
                leaf._grad = total
                return
            cotangent = cotangent.ndarray
        if leaf._grad is None:
            leaf._grad = _owned(cotangent, leaf)
        elif isinstance(leaf._grad.ndarray, Unstrided):
            leaf._grad = _accumulated(leaf._grad, cotangent)
        else:
            _accumulate(leaf._grad.ndarray, cotangent)

    sweep(
        roots,
        wanted=wanted,
        create_graph=create_graph,
        traced=traced,
        through=True,
        retain_graph=create_graph if retain_graph is None else retain_graph,
        deliver=deliver,
    )


def grad(
    outputs: Sequence[Tensor],
    inputs: Sequence[Tensor],
    weights: Sequence[Tensor | None],
    *,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool = False,
    materialize_grads: bool = False,
) -> list[Tensor | None]:
    """The gradients of `outputs` (each weighted) with respect to `inputs`; no `.grad` is touched.  Raises Problem."""
    traced = create_graph or _is_seen()
    roots = _roots(outputs, weights, traced)
    for x in inputs:
        if not x._requires_grad:
            raise Problem(
                "no-grad",
                "One of the differentiated Tensors does not require grad",
                hint="bind it as NAME=VALUE, not as a constant, and do not detach it",
            )
    found = sweep(
        roots,
        wanted=[_edge_of(x) for x in inputs],
        create_graph=create_graph,
        traced=traced,
        retain_graph=create_graph if retain_graph is None else retain_graph,
    )
    owner = _Owner(roots)
    gradients: list[Tensor | None] = []
    for position, x in enumerate(inputs):
        cotangent = None if views.flagged(x) else found.get(_edge_of(x))
        if cotangent is None and not (allow_unused or materialize_grads):
            clause = f"The differentiated Tensor at index {position} appears to not have been used in the graph."
            raise Problem(
                "unused",
                clause,
                hint="set allow_unused=True if this is what you want",
                theirs=f"{clause} Set allow_unused=True if this is the desired behavior.",
            )
        if cotangent is None and materialize_grads:
            cotangent = from_array(np.zeros(x.shape, x.ndarray.dtype), create_graph)
        gradients.append(None if cotangent is None else owner.own(cotangent))
    return gradients


def _owned(cotangent: Cotangent, leaf: Tensor) -> Tensor:
    """A leaf's cotangent as a tensor that may grow in place: copied where something else may hold its memory, or where its
    elements have another order than the leaf's.

    Rules give a new array, a view, or the cotangent itself (as `add` does, to both sides).
    """
    array = as_array(cotangent)
    if array.base is not None or getrefcount(cotangent) > _ALONE or array.strides != leaf.ndarray.strides:
        array = _copied_like(array, leaf.ndarray)
    return from_array(array)


def _copied_like(array: Array, own: Array) -> Array:
    """A copy with the elements in the order of another array's if those fill their memory, else one after the other."""
    if type(own) is not np.ndarray or isinstance(array, Unstrided):  # which has no strides, as what stands for it in a plan
        return array.copy()
    made = np.empty_like(own, array.dtype)
    if made.strides != own.strides:
        made = np.empty(own.shape, array.dtype)
    made[...] = array
    return made


def _accumulate(gradient: Array, cotangent: Cotangent) -> None:
    """Add to the gradient that a leaf has, in place."""
    if overlaps.repeats(gradient):  # as one that was set by hand may
        raise overlap_within()
    if gradient.dtype.isnative:
        gradient += cotangent
    else:
        gradient[...] = in_dtype(gradient + cotangent, gradient.dtype)
    memory = versions.changed(gradient, placed=False)
    if memory.views:
        views.refresh(memory)


def _accumulated(gradient: Tensor, cotangent: Cotangent) -> Tensor:
    """A sparse gradient with more added: itself where that is sparse, too, else a new one, which is dense."""
    if not isinstance(cotangent, Unstrided):
        return from_array(cotangent + gradient.ndarray)
    gradient.ndarray[...] = gradient.ndarray + cotangent
    views.refresh(versions.changed(gradient.ndarray, placed=False))
    return gradient


def _accumulate_traced(leaf: Tensor, cotangent: Cotangent) -> None:
    """Store a gradient that can be differentiated again, or add one: out of place, as the sum must stay differentiable."""
    gradient = cotangent if isinstance(cotangent, Tensor) else _owned(cotangent, leaf)
    with grad_mode(True):
        if leaf._grad is None:
            leaf._grad = _copied(gradient)
        else:
            leaf._grad = gradient + leaf._grad if is_unstrided(leaf._grad) else leaf._grad + gradient


def _copied(gradient: Tensor) -> Tensor:
    """A gradient as PyTorch stores one that can be differentiated again: CopyBackwards, into new memory."""
    if is_unstrided(gradient):
        clone: Tensor = OPERATORS["clone"](gradient)
        return clone
    copy: Tensor = OPERATORS["copy"](from_array(np.zeros_like(gradient.ndarray)), gradient)
    copy.ndarray = copy.ndarray.copy()
    return copy


def _wants_still(leaf: Tensor) -> bool:
    """Whether a leaf still wants the gradient that a graph sends it.  Raises Problem where it has become an inner value."""
    if leaf.node is not None:
        raise Problem(
            "in-place",
            "leaf variable has been moved into the graph interior",
            hint="it was changed in place after this graph was made; make a new tensor instead: x = x * y in place of x *= y",
        )
    return leaf._requires_grad


retain_grad = hooks.retain_grad


def _is_seen() -> bool:
    """Whether what a pass computes goes by the tape although nobody differentiates it: modes see it, or it has tangents."""
    here = current()
    return here.interceptor is not None or (here.level is not None and here.level.active)


def _roots(outputs: Sequence[Tensor], weights: Sequence[Tensor | None], traced: bool) -> list[tuple[Any, Any]]:
    roots = []
    for position, (out, weight) in enumerate(zip(outputs, weights)):
        if not out._requires_grad or views.flagged(out):
            raise Problem(
                "no-grad",
                f"element {position} of tensors does not require grad and does not have a grad_fn",
                hint="it is made of constants, detached values or comparisons",
            )
        start = checked(weight, out, position)
        roots.append((_edge_of(out), start if traced else start.ndarray))
    return roots


def checked(weight: Tensor | None, out: Tensor, position: int) -> Tensor:
    """The weight of an output, which must have its shape and dtype; ones where it may be left out."""
    if weight is None:
        if out.ndarray.size != 1:
            clause = "grad can be implicitly created only for scalar outputs"
            raise Problem(
                "not-scalar",
                f"{clause}, and this one has shape {list(out.shape)}",
                hint="give weights, reduce it with .sum(), or ask for the jacobian",
                theirs=clause,
            )
        if out.ndarray.dtype.kind == "c":
            clause = f"grad can be implicitly created only for real scalar outputs but got torch.{name_of(out.ndarray.dtype)}"
            hint = "give a weight with -w, or take a real part of it: .real, .imag, .abs()"
            raise Problem("not-scalar", clause, hint=hint, theirs=clause)
        return from_array(ones(out.ndarray)) if current().interceptor is None else ones_like(out)
    if weight.shape != out.shape:
        raise Problem(
            "shape-mismatch",
            f"Mismatch in shape: grad_output[{position}] has a shape of {size(weight.shape)} and "
            f"output[{position}] has a shape of {size(out.shape)}.",
            hint="the weights of a vector-Jacobian product must have the output's own shape",
        )
    given, own = weight.ndarray.dtype, out.ndarray.dtype
    if (given.kind == "c") != (own.kind == "c"):
        clause = (
            "For complex Tensors, both grad_output and output are required to have the same dtype. "
            f"Mismatch in dtype: grad_output[{position}] has a dtype of torch.{given.name} and "
            f"output[{position}] has a dtype of torch.{own.name}."
        )
        raise Problem("dtype", clause, hint=f"give {'complex' if own.kind == 'c' else 'real'} weights", theirs=clause)
    if given != own:
        with grad_mode(False):
            return from_array(in_dtype(weight.ndarray, out.ndarray.dtype))
    return weight


def size(shape: tuple[int, ...]) -> str:
    """A shape in PyTorch's words: "torch.Size([2, 3])"."""
    return f"torch.Size({list(shape)})"


def _edge_of(tensor: Tensor) -> Any:
    """Where the gradient of a tensor goes, be it wanted or not.  Raises Problem where that is not known any more."""
    node = tensor.node
    if node is None or views.flagged(tensor):
        return tensor
    return node if isinstance(node, Node) else tensor.grad_fn


class _Owner:
    """Makes sure that what is given out as a gradient belongs to one tensor alone; see _owned."""

    def __init__(self, roots: list[tuple[Any, Any]]) -> None:
        self._taken = {id(start) for _, start in roots}

    def own(self, cotangent: Cotangent) -> Tensor:
        """The cotangent as a tensor, copied where something else may hold its memory."""
        if isinstance(cotangent, Tensor):
            return cotangent
        array = as_array(cotangent)
        if array.base is not None or id(array) in self._taken:
            array = array.copy()
        self._taken.add(id(array))
        return from_array(array)

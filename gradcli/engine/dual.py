"""Dual tensors: forward mode while operations run, as `torch.autograd.forward_ad` has it.

    level = enter_level()               from now on tensors may have tangents
    x = make_dual(primal, tangent)      a view of `primal` that has one
    tangent_of(x), exit_level(level)

While a level lasts, every operation of which an operand has a tangent gives its result one, by the row's own rules for forward
mode (`jvps`).  Rules are made of operations: where something in them requires grad, tangents are recorded on the tape and can
be differentiated.  Changes in place change the tangent, too, in the memory that it shares with those of views.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from functools import cache, partial
from typing import Any
from weakref import WeakKeyDictionary, ref

import numpy as np

from gradcli.engine.forward_mode import no_forward_rule
from gradcli.errors import Problem
from gradcli.graph import conjugates, context, versions
from gradcli.graph.layout import Layout
from gradcli.graph.node import Node
from gradcli.graph.operation import Operation, OutputSelector, rule_parameters
from gradcli.graph.tensor import Tensor, from_array
from gradcli.graph.types import Operand, Tangent
from gradcli.ops.elementwise.conversion import to
from gradcli.ops.movement.as_strided import laid, offset_of
from gradcli.ops.movement.broadcasting import expand
from gradcli.ops.movement.shapes import view


class Level:
    """The tangents of the tensors that have one, as long as the level and the tensors last."""

    __slots__ = ("_saved", "_tangents")

    def __init__(self) -> None:
        self._tangents: dict[int, tuple[ref[Tensor], Tensor]] = {}  # by the id of the tensor
        # What nodes have saved of tensors that had one: by the node, and the id of the array that it saved.
        self._saved: WeakKeyDictionary[Node, dict[int, Tensor]] = WeakKeyDictionary()

    def tangent(self, tensor: Any) -> Tensor | None:
        """The tangent of a tensor, or None."""
        found = self._tangents.get(id(tensor))
        return None if found is None else found[1]

    def set(self, tensor: Tensor, tangent: Tensor) -> None:
        """Give a tensor a tangent, which is forgotten with it."""
        forget = partial(self._tangents.pop, id(tensor))
        self._tangents[id(tensor)] = ref(tensor, lambda _: forget(None)), tangent

    def forget(self, tensor: Tensor) -> None:
        """Let a tensor have no tangent any more."""
        self._tangents.pop(id(tensor), None)

    @property
    def active(self) -> bool:
        """Whether any tensor has a tangent, so that a backward pass has one, too."""
        return bool(self._tangents) and context.current().pushing

    def restore(self, tensor: Tensor, holder: Node) -> None:
        """Give a tensor that a node has saved, and that is made anew, the tangent that it had."""
        found = self._saved.get(holder, {}).get(id(tensor.ndarray))
        if found is not None:
            self.set(tensor, found)

    def moves(self, operands: Sequence[Any]) -> bool:
        """Whether one of the operands, or of the tensors in a list among them, has a tangent."""
        here = context.current()
        if not self._tangents or not here.pushing or here.inference:
            return False
        return any([self.tangent(x) is not None for x in operands])

    # --- what the tape calls ----------------------------------------------------------------------------------------

    def push(
        self,
        operation: Operation,
        operands: Sequence[Any],
        arrays: list[Any],
        statics: Sequence[Any],
        results: Sequence[Tensor],
    ) -> None:
        """Give the results of an application their tangents."""
        if operation.grad_fn is None or results[0].ndarray.dtype.kind not in "fc" or not self.moves(operands):
            return
        with context.changed(level=None, observer=None):
            moved = _moved(
                operation, [self.tangent(x) for x in operands], _values(operation, operands, arrays, statics, results)
            )
            for result, tangent in zip(results, moved if isinstance(moved, tuple) else (moved,)):
                if tangent is not None and result.ndarray.dtype.kind in "fc":
                    self.set(result, _fit(tangent, result))
        node = results[0].node
        if node is not None:
            function = node.edges[0] if isinstance(node.operation, OutputSelector) else node
            self._note_saved(function, (*zip(operands, arrays), *[(x, x.ndarray) for x in results]))

    def _note_saved(self, node: Node, used: Sequence[tuple[Any, Any]]) -> None:
        """Note the tangents of tensors that a node may have saved, of which these are the arrays."""
        tangents = [(id(array), self.tangent(x)) for x, array in used if isinstance(x, Tensor)]
        self._saved[node] = {number: tangent for number, tangent in tangents if tangent is not None}

    def follow(self, tensor: Tensor, tangent: Tensor | None) -> None:
        """After a tensor was changed in place, let it have this tangent; where it has none and gets none, nothing is done."""
        own = self.tangent(tensor)
        if own is None:
            if tangent is not None:
                self._begin(tensor, tangent)
        elif tangent is None:
            own.ndarray[...] = 0
        elif tangent._requires_grad or own._requires_grad:
            self.set(tensor, tangent)
        else:
            own.ndarray[...] = tangent.ndarray

    def _begin(self, tensor: Tensor, tangent: Tensor) -> None:
        """The first tangent of a changed tensor; a view's is that of its base, looked at as the view looks at the base."""
        base = None if tensor._view is None else tensor._view.base
        if base is None or self.tangent(base) is not None:
            self.set(tensor, tangent if tangent._requires_grad else from_array(tangent.ndarray.copy()))
            return
        whole, part = Layout(base.ndarray, tensor.ndarray).zeros(tensor.ndarray.dtype)
        part[...] = tangent.ndarray
        self.set(base, from_array(whole))
        self.set(tensor, from_array(part))


def enter_level() -> Level:
    """Let tensors have tangents from now on.  Raises Problem where they may already."""
    if context.current().level is not None:
        raise Problem("not-supported", "Nested forward mode AD is not supported at the moment")
    level = Level()
    context.enter(level=level)
    return level


def exit_level() -> None:
    """Forget all tangents.  Raises Problem where there is no level."""
    if context.current().level is None:
        raise Problem("argument", "Dual level must be a positive number.")
    context.enter(level=None)


def make_dual(primal: Tensor, tangent: Tensor) -> Tensor:
    """A view of `primal` that has a tangent.  Raises Problem."""
    level = context.current().level
    if level is None:
        raise Problem(
            "argument",
            "Trying to create a dual Tensor for forward AD but no level exists, make sure to enter_dual_level() first.",
            hint="with forward_ad.dual_level():",
        )
    if level.tangent(tangent) is not None:
        message = "Setting a forward grad that itself has a forward gradient at the same level0 is not supported."
        raise Problem("argument", message, hint="give the tangent alone: forward_ad.unpack_dual(t).primal")
    check_tangent(primal, tangent)
    dual: Tensor = view(primal, primal.shape)
    level.set(dual, _laid_like(primal, tangent))
    return dual


def _laid_like(primal: Tensor, tangent: Tensor) -> Tensor:
    """A tangent that lies in its memory as the tensor does: itself, or a copy, so that views see the same part of both."""
    own, other = primal.ndarray, tangent.ndarray
    if tangent._requires_grad or not own.size or other.dtype != own.dtype:
        return tangent
    room, needed = versions.root_of(other), versions.root_of(own)
    alike = conjugates.is_conj(own) == conjugates.is_conj(other) and conjugates.is_neg(own) == conjugates.is_neg(other)
    if other.strides == own.strides and room.nbytes == needed.nbytes and alike:
        return tangent
    whole = np.zeros(needed.nbytes // own.itemsize, own.dtype)
    copy = laid(whole, own.dtype, offset_of(own), own.shape, tuple([step // own.itemsize for step in own.strides]))
    copy[...] = other
    return from_array(copy)


def check_tangent(primal: Tensor, tangent: Tensor) -> None:
    """Refuse a tangent of another shape than the tensor's.  Raises Problem."""
    if tangent.shape != primal.shape:
        raise Problem(
            "shape-mismatch",
            "Trying to set a forward gradient that has a different size than that of the original Tensor, this is not "
            f"supported. Tensor is of size {list(primal.shape)} while the given forward gradient is of size "
            f"{list(tangent.shape)}.",
        )


@cache
def _identity() -> Operation:
    row = copy(view)
    row.grad_fn = "Identity"  # PyTorch's name of where the primal of a dual tensor comes from
    return row


def primal_of(tensor: Tensor) -> Tensor:
    """A view of a tensor that has no tangent."""
    with context.changed(level=None):
        primal: Tensor = view(tensor, tensor.shape)
    if isinstance(primal.node, Node):
        primal.node.operation = _identity()
    return primal


def tangent_of(tensor: Tensor) -> Tensor | None:
    """The tangent of a tensor in the level that lasts, or None."""
    level = context.current().level
    return None if level is None else level.tangent(tensor)


# --- rules ----------------------------------------------------------------------------------------------------------


def _values(
    operation: Operation, operands: Sequence[Any], arrays: list[Any], statics: Sequence[Any], results: Sequence[Tensor]
) -> dict[str, Any]:
    """Whatever a rule may name: outputs, operands in the dtype of the application, static parameters, shapes."""
    values: dict[str, Any] = dict(zip(operation.outputs, results))
    if operation.variadic:
        (name,) = operation.operands
        values |= {name: list(operands), f"{name}_shape": [np.shape(x) for x in arrays]}
    else:
        for name, x, array in zip(operation.operands, operands, arrays):
            values[name] = to(x, array.dtype) if isinstance(x, Tensor) and x.ndarray is not array else x
            values[f"{name}_shape"] = np.shape(array)
    return values | {parameter.name: value for parameter, value in zip(operation.statics, statics)}


def _moved(operation: Operation, tangents: list[Tensor | None], values: dict[str, Any]) -> Any:
    """The tangent of the result; of several results, the tuple of theirs."""
    traced = operation.shares or any([isinstance(x, Tensor) and x._requires_grad for x in (*values.values(), *tangents)])
    try:
        return _summed(operation, tangents, values) if traced else _bare(operation, tangents, values)
    except (TypeError, AttributeError, NotImplementedError):  # a rule that is for arrays alone
        return _bare(operation, tangents, values)


def _bare(operation: Operation, tangents: list[Tensor | None], values: dict[str, Any]) -> Any:
    """The same of bare arrays, which is quicker where nothing is to be recorded."""
    plain = {name: _array(value) for name, value in values.items()}
    return _summed(operation, [_array(each) for each in tangents], plain)


def _array(value: Any) -> Any:
    if isinstance(value, list):
        return [_array(each) for each in value]
    return value.ndarray if isinstance(value, Tensor) else value


def _summed(operation: Operation, tangents: list[Any], values: dict[str, Any]) -> Any:
    if operation.variadic:
        (rule,) = operation.jvps
        (name,) = operation.operands
        whole = [_still(x) if each is None else each for each, x in zip(tangents, values[name])]
        return _applied(operation, rule, whole, values)
    moving = [(rule, each) for rule, each in zip(operation.jvps, _with_zeros(operation, tangents, values)) if each is not None]
    shares = [_applied(operation, rule, each, values) for rule, each in moving]
    total = shares[0]
    for share in shares[1:]:
        total = total + share
    return total


def _with_zeros(operation: Operation, tangents: list[Any], values: dict[str, Any]) -> list[Any]:
    """The tangents, and zeros for the lacking ones whose rules take what requires grad: PyTorch records these shares, too."""
    rules = zip(tangents, operation.jvps, operation.operands)
    return [_still(values[name]) if each is None and _records(rule, values, name) else each for each, rule, name in rules]


def _records(rule: Callable[..., Any] | None, values: dict[str, Any], name: str) -> bool:
    if rule is None or not isinstance(values[name], Tensor):
        return False
    taken = [values.get(each) for each in rule_parameters(rule)[1:]]
    return any([isinstance(each, Tensor) and each._requires_grad for each in taken])


def _applied(operation: Operation, rule: Callable[..., Any] | None, tangent: Any, values: dict[str, Any]) -> Any:
    names = () if rule is None else rule_parameters(rule)[1:]
    if rule is None or not all([name in values for name in names]):
        raise no_forward_rule(operation)
    return rule(tangent, *[values[name] for name in names])


def _still(x: Operand) -> Any:
    return from_array(np.zeros(x.shape, x.ndarray.dtype)) if isinstance(x, Tensor) else np.zeros_like(x)


def _fit(tangent: Tangent, result: Tensor) -> Tensor:
    """A tangent as a tensor of the result's own shape (an operand may have been broadcast) and dtype."""
    made = tangent if isinstance(tangent, Tensor) else from_array(np.asarray(tangent))
    if made.shape != result.shape:
        made = expand(made, result.shape)
    return to(made, result.ndarray.dtype)

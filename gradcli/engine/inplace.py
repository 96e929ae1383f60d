"""Changes in place: `x.add_(y)`, `x += y`, `x[i] = v`.

The new values come from the same row of the table that makes them out of place, applied to the tensor as it was.  Then
they are written over the old ones, the version of the memory goes up, and the tensor (or its base, if it is a view) comes
from that row's node.  What a rule needs of the old values is kept as a copy, as PyTorch does.

    change(name, tensor, ...)        x.add_(y, alpha=2), x.zero_(), x.t_(), ...
    augment(symbol, tensor, other)   x += other
    assign_index(tensor, key, value) x[key] = value

All of them give the tensor itself.  They raise Problem with nothing written.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import Any

import numpy as np

from gradcli.engine import overlaps
from gradcli.errors import Problem
from gradcli.graph import hooks, subclasses, versions, views
from gradcli.graph.context import changed, current
from gradcli.graph.half_precision import in_dtype, is_half
from gradcli.graph.node import Node, next_order, stored
from gradcli.graph.operation import Operation
from gradcli.graph.operators import OPERATORS
from gradcli.graph.tape import grad_enabled, grad_mode, record
from gradcli.graph.tensor import Tensor, from_array, is_unstrided
from gradcli.graph.types import Array, Index, Operand
from gradcli.ops.catalogue import CHANGES
from gradcli.ops.core import binding
from gradcli.ops.core.dtypes import as_dtype, c_name, scalar_name, tensor_type
from gradcli.ops.movement import in_place, indexing
from gradcli.ops.movement.broadcasting import expand
from gradcli.ops.movement.shapes import view

_METHODS = {
    "+": "add_",
    "-": "sub_",
    "*": "mul_",
    "/": "div_",
    "//": "floor_divide_",
    "%": "remainder_",
    "**": "pow_",
    "&": "bitwise_and_",
    "|": "bitwise_or_",
    "^": "bitwise_xor_",
    "<<": "bitwise_left_shift_",
    ">>": "bitwise_right_shift_",
}
_PLAIN = frozenset({Tensor, int, float})  # operands that every row takes as they are
_RANK = {"b": 0, "u": 1, "i": 1, "f": 2, "c": 3}  # of NumPy's kinds of dtype: results never go into a lower one


def change(name: str, tensor: Tensor, *args: Any, **keywords: Any) -> Tensor:
    """Call a method that changes its tensor: `change("add_", x, y, alpha=2)` is `x.add_(y, alpha=2)`."""
    row, operands, statics = binding.bind(name, CHANGES[name], (tensor, *args), keywords, bound=1)
    return apply(row, tensor, operands[1:], statics)


def augment(symbol: str, tensor: Tensor, other: Operand) -> Any:
    """`tensor += other`, for the symbol "+".  For "@", which changes nothing in place, gives a new tensor."""
    name = _METHODS.get(symbol)
    if type(other) in _PLAIN and name is not None:
        row = CHANGES[name][0]
        if len(row.operands) == 2 and not row.statics:  # the everyday case needs no binding
            return apply(row, tensor, (other,))
    if not isinstance(other, (Tensor, bool, int, float, complex)):
        message = f"unsupported operand type(s) for {symbol}=: 'Tensor' and '{type(other).__name__}'"
        raise Problem("type", message, type="TypeError")
    return OPERATORS[symbol](tensor, other) if name is None else change(name, tensor, other)


def assign_index(tensor: Tensor, key: Index, value: Operand, accumulate: bool = False) -> Tensor:
    """`tensor[key] = value`.

    key         integers, slices, None, `...`, masks and lists of indices, one or a tuple of them
    value       a tensor that broadcasts into the place, in any dtype, or a number
    accumulate  whether to add, at places that indices name more than once too, instead of putting
    """
    if key is False:
        return tensor
    new = _as_value(tensor, value)
    place, gathers = indexing.viewed(tensor, None if key is True else key, whole=False)
    passing = place is not tensor
    if not gathers:
        row, new = _as_assigned(place, new)
        apply(row, place, (new,), passing=passing)
        return tensor
    new = _without_leading_ones(new)
    _recorded(place, (new,))  # refused before the index is
    where = indexing.gather_key(gathers, place.shape)
    _check_dtype(place, new, gathers, where)
    apply(in_place.index_put, place, (new,), (where, accumulate), passing=passing)
    return tensor


# --- the change itself ----------------------------------------------------------------------------------------------


def apply(
    row: Operation, tensor: Tensor, others: Sequence[Any] = (), statics: Sequence[Any] = (), *, passing: bool = False
) -> Tensor:
    """Write over a tensor what a row makes of it.

    others   the row's other operands: tensors and numbers
    passing  whether the tensor is a view that nobody will look at again
    """
    context = current()
    plain = context.direct and not context.recording and context.preserver is None and not tensor._inference
    if plain and _written_directly(row, tensor.ndarray, others, False):  # an optimizer's step
        return _settle(tensor, None, passing=passing)
    if tensor._inference and not context.inference:
        raise _of_inference()
    if context.preserver is not None:
        context.preserver(tensor)
    level = context.level
    if level is not None and not level.moves((tensor, *others)):
        level = None
    recording = context.recording and _recorded(tensor, others)
    if row is in_place.zero and level is not None:
        level.follow(tensor, None)
    seen = level is not None or context.interceptor is not None  # by somebody who is to see the values that are written
    if (not seen or (row is in_place.zero and context.interceptor is None)) and _written_directly(
        row, tensor.ndarray, others, recording
    ):
        node = record(row, (tensor, *others), [tensor.ndarray, *others], (), (tensor.ndarray,)) if recording else None
        return _settle(tensor, node, passing=passing)
    tensors = [x for x in others if isinstance(x, Tensor)]
    old = tensor.ndarray[...] if context.interceptor is None else _copied(tensor)  # an interceptor may write at once
    before = from_array(old, tensor._requires_grad, tensor.node)  # not an equal operand's array
    before._inference = False  # so that a view of it is known for one
    if level is not None and level.tangent(tensor) is not None:
        level.set(before, level.tangent(tensor))
    try:
        after = _computed(row, tensor, before, others, statics)
    except Problem as problem:
        if problem.code == "shape-mismatch":  # PyTorch complains of memory first
            overlaps.check(row, tensor.ndarray, [x.ndarray for x in tensors])
        raise
    look = after._view
    if look is not None and look.base is before:
        return _reshaped(tensor, after)
    overlaps.check(row, tensor.ndarray, [x.ndarray for x in tensors])
    _check_fits(after.ndarray, tensor.ndarray)
    node = after.node
    if node is not None and node.edges[0] is not before.edge:  # several operations made it: then their result is copied
        return apply(in_place.copy, tensor, (after,), passing=passing)
    if node is not None:
        _keep_old(node, before.ndarray, after.ndarray, tensor.ndarray, copied=context.interceptor is not None)
    _overwrite(tensor.ndarray, after.ndarray)
    if level is not None:
        level.follow(tensor, level.tangent(after))
    return _settle(tensor, node, tensors, passing=passing)


def _computed(row: Operation, tensor: Tensor, before: Tensor, others: Sequence[Any], statics: Sequence[Any]) -> Tensor:
    """What a row makes of a tensor as it was; an interceptor is told that the tensor itself changes."""
    if current().interceptor is None:
        return row.call(before, *others, *statics)  # type: ignore[no-any-return]
    with changed(changing=(tensor, before)):
        return row.call(before, *others, *statics)  # type: ignore[no-any-return]


def _copied(tensor: Tensor) -> Any:
    """The values of a tensor in memory of their own; what copies them is its class, if that keeps them elsewhere."""
    if id(tensor.ndarray) not in subclasses.known:
        return tensor.ndarray.copy()
    with grad_mode(False):
        made: Tensor = OPERATORS["clone"](tensor)
    return made.ndarray


def write(row: Operation, tensor: Tensor, others: Sequence[Any], statics: Sequence[Any]) -> Tensor:
    """Write over a tensor's values for an interceptor, below the graph: the change that it sees is counted once, by `apply`."""
    before = from_array(tensor.ndarray[...])
    after = _computed(row, tensor, before, others, statics)
    if after._view is not None and after._view.base is before:
        tensor.ndarray = after.ndarray
        return tensor
    _check_fits(after.ndarray, tensor.ndarray)
    _overwrite(tensor.ndarray, after.ndarray)
    return tensor


def _of_inference() -> Problem:
    clause = "Inplace update to inference tensor outside InferenceMode is not allowed."
    return Problem(
        "inference",
        clause,
        hint="change a copy: x.clone() is a normal tensor",
        theirs=f"{clause}You can make a clone to get a normal tensor before doing inplace update."
        "See https://github.com/pytorch/rfcs/pull/17 for more details.",
    )


def _recorded(tensor: Tensor, others: Sequence[Any]) -> bool:
    """Whether a change goes into the graph.  Raises Problem where it would have to and must not."""
    recording = any([isinstance(x, Tensor) and x._requires_grad for x in (tensor, *others)]) and grad_enabled()
    if recording:
        views.check_writable(tensor)
        _ = [x.edge for x in others if isinstance(x, Tensor)]  # one that cannot tell where it comes from refuses
    return recording


def _written_directly(row: Operation, array: Array, others: Sequence[Any], recording: bool) -> bool:
    """Write at once where that is plain: zeros, one tensor's values, or what a function of NumPy's can put there."""
    if row is in_place.zero:
        array.fill(0)
        return True
    if row is in_place.copy or row is in_place.fill_tensor:
        (value,) = values = [x.ndarray if isinstance(x, Tensor) else x for x in others]
        if (
            not isinstance(value, np.ndarray)
            or is_unstrided(value)
            or is_unstrided(array)
            or not _fits(value.shape, () if row is in_place.fill_tensor else array.shape)
        ):
            return False
        overlaps.check(row, array, values)
        array[...] = value if value.dtype.kind != "c" and array.dtype.isnative else as_dtype(value, array.dtype)
        return True
    if type(array) is not np.ndarray:
        return False
    if recording or type(row.forward) is not np.ufunc or array.dtype.kind != "f" or row.grad_fn is None or is_half(array.dtype):
        return False
    values = []
    for x in others:
        if isinstance(x, Tensor):
            x = x.ndarray
            if type(x) is not np.ndarray or x.dtype is not array.dtype or not _fits(x.shape, array.shape):
                return False
        elif type(x) is not float:
            return False
        values.append(x)
    if array.base is not None or any([type(x) is not float and (x.base is not None or x is array) for x in values]):
        overlaps.check(row, array, [x for x in values if type(x) is not float])
    if array.flags.forc:
        row.forward(array, *values, array)
    else:  # NumPy 2.4 computes wrong values for -x, float32, where strided memory is operand and result
        array[...] = row.forward(array, *values)
    return True


def _fits(shape: tuple[int, ...], into: tuple[int, ...]) -> bool:
    return shape == into or (len(shape) <= len(into) and all([m in (1, n) for m, n in zip(shape[::-1], into[::-1])]))


def _check_fits(result: Array, array: Array) -> None:
    if result.shape != array.shape:
        raise Problem(
            "shape-mismatch",
            f"output with shape {list(array.shape)} doesn't match the broadcast shape {list(result.shape)}",
            hint="what is changed in place keeps its shape; make a new tensor: x = x + y",
        )
    if _RANK[result.dtype.kind] > _RANK[array.dtype.kind]:
        raise Problem(
            "dtype",
            f"result type {scalar_name(result.dtype)} can't be cast to the desired output type {scalar_name(array.dtype)}",
            hint="what is changed in place keeps its dtype; convert it first: x.double()",
        )


def _keep_old(node: Node, before: Any, after: Any, array: Array, *, copied: bool) -> None:
    """Let a node save the tensor itself in place of the result, and a copy in place of the old values."""
    old: list[Any] = []

    def kept(value: Any) -> Any:
        if value is before:
            old[:] = old or [before if copied else before.copy()]
            return old[0]
        return array if value is after else value

    node.saved = tuple([values and tuple([kept(value) for value in values]) for values in stored(node)])
    node.dtype = array.dtype


def _overwrite(array: Array, new: Any) -> None:
    """Write new values over old; where places share their memory only those that changed, or the old ones would win."""
    if is_unstrided(new) and not is_unstrided(array):
        new = new.dense()
    if not array.dtype.isnative:
        new = in_dtype(new, array.dtype)
    if overlaps.repeats(array):
        where = new != array
        array[where] = new[where]
    else:
        array[...] = new


def _settle(tensor: Tensor, node: Node | None, others: Sequence[Tensor] = (), *, passing: bool = False) -> Tensor:
    """After new values were written: count the change, and set right where the tensor and its kin come from."""
    memory = versions.changed(tensor.ndarray)
    if node is not None:
        if not any([versions.memory_of(x.ndarray) is memory for x in others]):
            node.order = next_order()  # what it saved is fresh; an operand that was overwritten, too, stays stale
        views.rewrite(tensor, node)
    if memory.views:
        views.refresh(memory, but=tensor if passing else None)
    return tensor


# --- changes of shape -----------------------------------------------------------------------------------------------

_renumbered: dict[Operation, Operation] = {}


def _reshaped(tensor: Tensor, after: Tensor) -> Tensor:
    """Let a tensor look at its memory as the result does: t_, squeeze_ and the like."""
    tensor.ndarray = after.ndarray
    memory = versions.changed(after.ndarray)
    if after.node is None or views.flagged(after):
        views.refresh(memory)
        return tensor
    after.node.operation = _in_place_version(after.node.operation)
    old, tensor.node, tensor._requires_grad = tensor.node, after.node, True
    view = tensor._view
    if view is not None:  # its base is not changed by that
        view.changes = memory.changes
    views.refresh(memory, but=tensor)
    hooks.move_retention(old, tensor.node)
    return tensor


def _in_place_version(row: Operation) -> Operation:
    """A row as PyTorch numbers its in-place form: t_ comes after all forms of t, so it is TBackward1."""
    if row not in _renumbered:
        forms = [each for each in CHANGES[f"{row.name}_"] if each.grad_fn is not None]
        name, number = str(row.grad_fn)[:-1], int(str(row.grad_fn)[-1])
        _renumbered[row] = copy(row)
        _renumbered[row].grad_fn = f"{name}{number + max(1, len(forms))}"
    return _renumbered[row]


# --- values to assign -----------------------------------------------------------------------------------------------


def _as_value(tensor: Tensor, value: Operand) -> Tensor:
    if isinstance(value, Tensor):
        return value
    if isinstance(value, complex) and tensor.ndarray.dtype.kind != "c":
        words = f"value cannot be converted to type {c_name(tensor.ndarray.dtype)} without overflow"
        raise Problem("overflow", words, hint="its imaginary part has no place here: x.to(torch.complex64) has one")
    if isinstance(value, (bool, int, float, complex)):
        return from_array(in_dtype(value, tensor.ndarray.dtype))
    raise Problem(
        "type",
        f"can't assign a {type(value).__name__} to a {tensor_type(tensor.ndarray.dtype)}",
        type="TypeError",
        hint="make it a tensor first: torch.tensor(...)",
    )


def _as_assigned(place: Tensor, value: Tensor) -> tuple[Operation, Tensor]:
    """How a value gets into a place, and as what: copied in its shape, filled in as one number, or broadcast and copied."""
    shape = place.shape
    if value.shape == shape:
        return in_place.copy, value
    if not value.ndim:
        return in_place.fill_tensor, value
    value = _without_leading_ones(value)
    return in_place.copy, value if value.shape == shape else expand(value, shape)


def _check_dtype(place: Tensor, value: Tensor, gathers: dict[int, Any], where: Any) -> None:
    """Refuse to put a value at indices that is of another dtype, unless it is one number for one mask.  Raises Problem."""
    mask, *others = gathers.values()
    if value.ndarray.dtype != place.ndarray.dtype and (value.ndarray.size != 1 or others or mask.dtype != np.bool_):
        in_place.put(place.ndarray, value.ndarray, where)  # for its complaints about shapes, which come first
        raise Problem(
            "dtype",
            f"Index put requires the source and destination dtypes match, got {scalar_name(place.ndarray.dtype)} for "
            f"the destination and {scalar_name(value.ndarray.dtype)} for the source.",
            hint="convert the value: v.to(x.dtype)",
        )


def _without_leading_ones(value: Tensor) -> Tensor:
    shape = value.shape
    while shape and shape[0] == 1:
        shape = shape[1:]
    return value if shape == value.shape else view(value, shape)

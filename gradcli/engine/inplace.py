"""Changes in place: `x.add_(y)`, `x += y`, `x[i] = v`.

The new values come from the same row of the table that makes them out of place, applied to the tensor as it was; then they
are written over the old ones, the memory's version goes up, and the tensor (or, where it is a view, its base) comes from
that row's node.  What a rule needs of the old values is kept as a copy, as PyTorch does.

    change(name, tensor, ...)          x.add_(y, alpha=2), x.zero_(), x.t_(), ...
    augment(symbol, tensor, other)     x += other
    assign_index(tensor, key, value)   x[key] = value

All of them give the tensor itself, and raise Problem with nothing written.
"""

from __future__ import annotations

import copy as copies
from collections.abc import Sequence
from typing import Any

import numpy as np

from gradcli.engine import overlaps
from gradcli.errors import Problem
from gradcli.graph import versions, views
from gradcli.graph.node import Node, next_order
from gradcli.graph.operation import Operation
from gradcli.graph.operators import OPERATORS
from gradcli.graph.tape import grad_enabled
from gradcli.graph.tensor import Tensor
from gradcli.ops import binding, in_place, indexing
from gradcli.ops.dtypes import scalar_name, tensor_type
from gradcli.ops.shapes import expand, view
from gradcli.ops.table import CHANGES, TABLE

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
}
_RANK = {"b": 0, "u": 1, "i": 1, "f": 2}  # of NumPy's kinds of dtype: results never go into a lower one


def changes(name: str) -> bool:
    """Whether tensors have a method of that name which changes them."""
    return name in CHANGES


def change(name: str, tensor: Tensor, *args: Any, **keywords: Any) -> Tensor:
    """Call a method that changes its tensor: `change("add_", x, y, alpha=2)` is `x.add_(y, alpha=2)`.  Gives `tensor`."""
    row, operands, statics = binding.bind(name, CHANGES[name], (tensor, *args), keywords)
    return apply(row, tensor, operands[1:], statics)


def augment(symbol: str, tensor: Tensor, other: Any) -> Any:
    """`tensor += other`, for the symbol "+".  Gives `tensor`; for "@", which changes nothing in place, a new tensor."""
    name = _METHODS.get(symbol)
    if type(other) is not Tensor and not isinstance(other, (bool, int, float)):
        raise Problem(
            "type", f"unsupported operand type(s) for {symbol}=: 'Tensor' and '{type(other).__name__}'", type="TypeError"
        )
    if name is None or name not in CHANGES:
        return OPERATORS[symbol](tensor, other)
    return change(name, tensor, other)


def assign_index(tensor: Tensor, key: Any, value: Any) -> Tensor:
    """`tensor[key] = value`: integers, slices, None, `...`, masks and lists of indices; `value` is a tensor or a number."""
    if key is False:
        return tensor
    new = _as_value(tensor, value)
    place, gathers = indexing.viewed(tensor, None if key is True else key, whole=False)
    if not gathers:
        _write(place, new)
        return tensor
    _recorded(place, (new,))
    key = indexing.gather_key(gathers, place.shape)
    if new.dtype != place.dtype and not _is_one_for_mask(new, gathers):
        in_place.put(place.array, _without_leading_ones(new).array, key)  # for its complaints about shapes, which come first
        raise Problem(
            "dtype",
            f"Index put requires the source and destination dtypes match, got {scalar_name(place.dtype)} for the "
            f"destination and {scalar_name(new.dtype)} for the source.",
            hint="convert the value, as in v.to(x.dtype)",
        )
    apply(in_place.index_put, place, (_without_leading_ones(new),), (key, False))
    return tensor


def apply(row: Operation, tensor: Tensor, others: Sequence[Any] = (), statics: Sequence[Any] = ()) -> Tensor:
    """Write what a row makes of a tensor over the tensor.  Gives `tensor`; raises Problem with nothing written."""
    if not _recorded(tensor, others) and _written_directly(row, tensor.array, others):
        _settle(tensor, None)
        return tensor
    before = Tensor(tensor.array[...], tensor.requires_grad, tensor.node)  # an array of its own tells it from an equal operand
    after = row.call(before, *others, *statics)
    if (look := views.view_of(after)) is not None and look.base is before:
        return _reshaped(tensor, after)
    overlaps.check(row, tensor.array, [x.array for x in others if type(x) is Tensor])
    _check_fits(after.array, tensor.array)
    node = after.node
    if node is not None and node.edges[0] is not before.edge:  # made of several operations: then it is their result, copied
        return apply(in_place.copy, tensor, (after,))
    if node is not None:
        _keep_old(node, before.array, after.array, tensor.array)
    _overwrite(tensor.array, after.array)
    _settle(tensor, node, [x for x in others if type(x) is Tensor])
    return tensor


def _overwrite(array: Any, new: Any) -> None:
    """Write new values over old ones; where places share their memory, only those that changed, or the old would win."""
    if overlaps.repeats(array):
        where = new != array
        array[where] = new[where]
    else:
        array[...] = new


def _recorded(tensor: Tensor, others: Sequence[Any]) -> bool:
    """Whether a change goes into the graph.  Raises Problem where it would have to and must not."""
    recording = grad_enabled() and any([type(x) is Tensor and x.requires_grad for x in (tensor, *others)])
    if recording:
        views.check_writable(tensor)
    return recording


def _settle(tensor: Tensor, node: Node | None, others: Sequence[Tensor] = ()) -> None:
    """After new values were written: count the change, and set right where the tensor and its kin come from."""
    versions.changed(tensor.array)
    if node is not None:
        root = versions.root_of(tensor.array)
        if not any([versions.root_of(x.array) is root for x in others]):
            node.order = next_order()  # what it saved is fresh; but an operand that was overwritten, too, stays stale
        views.rewrite(tensor, node)
    views.refresh(tensor.array)


def _written_directly(row: Operation, array: Any, others: Sequence[Any]) -> bool:
    """Compute into the memory itself, where one of NumPy's own functions can do that and nothing needs to be converted."""
    if type(row.forward) is not np.ufunc or array.dtype.kind != "f" or row.grad_fn is None:
        return False
    values = [x.array if type(x) is Tensor else x for x in others]
    if not all(
        [
            isinstance(x, float) or (isinstance(x, np.ndarray) and x.dtype == array.dtype and _fits(x.shape, array.shape))
            for x in values
        ]
    ):
        return False
    overlaps.check(row, array, [x for x in values if isinstance(x, np.ndarray)])
    row.forward(array, *values, out=array)
    return True


def _fits(shape: tuple[int, ...], into: tuple[int, ...]) -> bool:
    return shape == into or (len(shape) <= len(into) and all([m in (1, n) for m, n in zip(shape[::-1], into[::-1])]))


def _check_fits(result: Any, array: Any) -> None:
    if result.shape != array.shape:
        raise Problem(
            "shape-mismatch",
            f"output with shape {list(array.shape)} doesn't match the broadcast shape {list(result.shape)}",
            hint="a tensor keeps its shape when it is changed in place; make a new one: x = x + y",
        )
    if _RANK[result.dtype.kind] > _RANK[array.dtype.kind]:
        raise Problem(
            "dtype",
            f"result type {scalar_name(result.dtype)} can't be cast to the desired output type {scalar_name(array.dtype)}",
            hint="a tensor keeps its dtype when it is changed in place; convert it first, as in x = x.double()",
        )


def _keep_old(node: Node, before: Any, after: Any, array: Any) -> None:
    """Let a node save the tensor itself in place of the result, and a copy in place of the old values."""
    old: list[Any] = []

    def kept(value: Any) -> Any:
        if value is after:
            return array
        if value is before:
            old[:] = old or [before.copy()]
            return old[0]
        return value

    node.saved = tuple([None if values is None else tuple([kept(value) for value in values]) for values in node.saved])
    node.dtype = array.dtype


# --- changes of shape -----------------------------------------------------------------------------------------------

_renumbered: dict[Operation, Operation] = {}


def _reshaped(tensor: Tensor, after: Tensor) -> Tensor:
    """Let a tensor look at its memory as the result does: t_, squeeze_ and the like."""
    tensor.array = after.array
    versions.changed(after.array)
    if after.node is None or views.flagged(after):
        views.refresh(tensor.array)
        return tensor
    after.node.operation = _in_place_version(after.node.operation)
    tensor.node, tensor.requires_grad = after.node, True
    view = views.view_of(tensor)
    if view is not None:  # a view of another shape is not a change of its base
        view.changes = versions.version(tensor.array)
    views.refresh(tensor.array, but=tensor)
    return tensor


def _in_place_version(row: Operation) -> Operation:
    """The row as PyTorch numbers its in-place form: t_ comes after t, so it is TBackward1."""
    if row not in _renumbered:
        overloads = sum([each.name == row.name and each.grad_fn is not None and each.in_place for each in TABLE])
        name, number = row.grad_fn[:-1] if row.grad_fn else "", int(row.grad_fn[-1]) if row.grad_fn else 0
        _renumbered[row] = copies.copy(row)
        _renumbered[row].grad_fn = f"{name}{number + overloads}"
    return _renumbered[row]


# --- values to assign -----------------------------------------------------------------------------------------------


def _as_value(tensor: Tensor, value: Any) -> Tensor:
    if type(value) is Tensor:
        return value
    if isinstance(value, (bool, int, float)):
        return Tensor(np.asarray(value).astype(tensor.dtype))
    raise Problem(
        "type",
        f"can't assign a {type(value).__name__} to a {tensor_type(tensor.dtype)}",
        type="TypeError",
        hint="make it a tensor first: torch.tensor(...)",
    )


def _is_one_for_mask(value: Tensor, gathers: dict[int, Any]) -> bool:
    """Whether one value goes wherever one mask holds, which PyTorch sees as a filling."""
    mask, *others = gathers.values()
    return value.array.size == 1 and not others and mask.dtype == np.bool_


def _write(place: Tensor, value: Tensor) -> None:
    """Copy a value into a place of its own shape, fill the place with one number, or broadcast, as PyTorch does each."""
    if value.shape == place.shape:
        apply(in_place.copy, place, (value,))
    elif not value.ndim:
        apply(in_place.fill_tensor, place, (value,))
    else:
        value = _without_leading_ones(value)
        apply(in_place.copy, place, (value if value.shape == place.shape else expand(value, place.shape),))


def _without_leading_ones(value: Tensor) -> Tensor:
    shape = value.shape
    while shape and shape[0] == 1:
        shape = shape[1:]
    return value if shape == value.shape else view(value, shape)

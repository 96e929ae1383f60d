"""Ways to make a tensor that are no operations: `torch.tensor`, `torch.Tensor(2, 3)`, `torch.from_numpy`, `x.new_zeros(2)`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from functools import cache, wraps
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph import memory, subclasses
from gradcli.graph.node import Node
from gradcli.graph.operation import Operation
from gradcli.graph.tensor import Tensor, from_array, is_unstrided
from gradcli.ops.core import dtypes
from gradcli.ops.core.parameter_types import type_name
from gradcli.ops.elementwise.conversion import to as converted
from gradcli.ops.movement.properties import Size
from gradcli.ops.movement.shapes import view
from gradcli.torch import _dispatch, _sequences
from gradcli.torch._boundary import guarded
from gradcli.torch._dtypes import LEGACY, kind_of, of, wants_meta
from gradcli.torch._rows import as_operand, drop_places, only_places
from gradcli.torch._warnings import warn

_COPY = (
    "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or "
    "sourceTensor.detach().clone().requires_grad_(True), rather than {}(sourceTensor)."
)


def _where_asked(make: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """A function that makes tensors of given numbers, on the device "meta" without them: by its option, or in a mode."""

    @wraps(make)
    def call(*args: Any, **words: Any) -> Tensor:
        place = words.get("device")
        if not (_dispatch.makes_no_values() if place is None else wants_meta(place)):
            return make(*args, **words)
        from gradcli.torch._meta import placed  # few programs ask for that device

        words.pop("device", None)
        made: Tensor = placed(make(*args, **words))
        return made

    return call


@guarded
@_where_asked
def tensor(data: Any, *, dtype: Any = None, requires_grad: bool = False, **places: Any) -> Tensor:
    """A new tensor of numbers in nested lists, of an array, or of another tensor's values, which are copied.

    data   any shape; whole numbers become int64, others the default dtype, an array keeps its own
    Raises TypeError, ValueError (rows of different lengths), RuntimeError.
    """
    only_places("tensor", places)
    if isinstance(data, Tensor):
        warn(_COPY.format("torch.tensor"))
    return leaf(np.array(values_of(data, None if dtype is None else kind_of(dtype))), requires_grad)


@guarded
@_where_asked
def scalar_tensor(s: Any, *, dtype: Any = None, requires_grad: bool = False, **places: Any) -> Tensor:
    """A tensor of one number, in the default dtype unless told otherwise."""
    only_places("scalar_tensor", places)
    kind = dtypes.default_dtype() if dtype is None else kind_of(dtype)
    return leaf(np.array(dtypes.fitting(as_operand(s), kind), kind), requires_grad)


def leaf(array: Any, requires_grad: bool) -> Tensor:
    """A tensor on an array.  Raises Problem where it requires grad and cannot."""
    made = from_array(array)
    return made.require_grad() if requires_grad else made


def values_of(data: Any, kind: np.dtype[Any] | None) -> Any:
    """What a tensor can be made of, as an array; it may share the memory of `data`.  Raises Problem."""
    if isinstance(data, Tensor):
        return data.ndarray if kind is None or data.ndarray.dtype == kind else dtypes.as_dtype(data.ndarray, kind)
    if isinstance(data, (np.ndarray, np.generic)):
        array = np.asarray(data)
        _check_layout(array)
        of(array.dtype)  # which refuses what no tensor holds
        return array if kind is None or array.dtype == kind else dtypes.as_dtype(array, kind)
    return _sequences.array_of(data, kind)


def _check_layout(array: Any) -> None:
    """Refuse NumPy's arrays in the other order of bytes, and those that run backward."""
    if min(array.strides, default=0) < 0:
        words = (
            "At least one stride in the given numpy array is negative, and tensors with negative strides are not currently "
            "supported. (You can probably work around this by making a copy of your array  with array.copy().) "
        )
        raise Problem("argument", words, type="ValueError")
    if not array.dtype.isnative:
        clause = "given numpy array has byte order different from the native byte order."
        words = f"{clause} Conversion between byte orders is currently not supported."
        raise Problem("dtype", words, type="ValueError", hint="array.astype(array.dtype.newbyteorder('=')) has the usual one")


@guarded
@_where_asked
def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Tensor:
    """The tensor itself, a tensor on the memory of an array, or a new one of numbers in lists."""
    drop_places({"device": device})
    kind = None if dtype is None else kind_of(dtype)
    if isinstance(data, Tensor):
        return data if kind is None or data.ndarray.dtype == kind else converted(data, kind)
    return from_array(values_of(data, kind))


@guarded
def asarray(
    obj: Any, *, dtype: Any = None, device: Any = None, copy: bool | None = None, requires_grad: bool = False
) -> Tensor:
    """A tensor of whatever holds numbers, on its memory where that can be (and `copy` does not forbid it)."""
    made = as_tensor(obj, dtype, device)
    if copy or (requires_grad and made is obj):
        made = from_array(made.ndarray.copy()) if copy else made.detach()
    return made.require_grad() if requires_grad else made


@guarded
def from_numpy(ndarray: Any) -> Tensor:
    """A tensor on the memory of an array.  Raises TypeError for anything else, and for dtypes that tensors lack."""
    if not isinstance(ndarray, np.ndarray):
        raise Problem(
            "type",
            f"expected np.ndarray (got {type_name(ndarray)})",
            type="TypeError",
            hint="torch.tensor(...) takes nested lists and numbers",
        )
    _check_layout(ndarray)
    of(ndarray.dtype)
    return from_array(np.asarray(ndarray))


# --- classes that make tensors --------------------------------------------------------------------------------------


@guarded
def new_of_class(cls: type[Tensor], *args: Any, **places: Any) -> Tensor:
    """`torch.Tensor(...)`, also of a class derived from it: of a size, of numbers in nested lists, or on another's memory."""
    made: Tensor = _of_class(cls, dtypes.default_dtype(), args, places)
    return made


def _of_class(cls: type[Tensor], kind: np.dtype[Any], args: tuple[Any, ...], places: dict[str, Any]) -> Any:
    if "data" in places and not args:
        args = (places.pop("data"),)
    only_places("new", places)
    made = from_array(_legacy_values(kind, args))
    return made if cls is Tensor else as_subclass(made, cls)


def _legacy_values(kind: np.dtype[Any], args: tuple[Any, ...]) -> Any:
    data = args[0] if len(args) == 1 else args
    if isinstance(data, Tensor):
        if data.ndarray.dtype != kind:
            return dtypes.as_dtype(data.ndarray, kind)
        return data.ndarray[...]
    if all([type(each) is int for each in args]) or isinstance(data, Size):
        return np.zeros(sizes("new", args) if args else 0, kind)
    if isinstance(data, np.ndarray):
        return data.astype(kind)
    if isinstance(data, str):
        _sequences.check(data)
    if len(args) > 1 or not isinstance(data, (list, tuple, range)):
        raise Problem(
            "type",
            f"new(): data must be a sequence (got {type(data).__name__})",
            type="TypeError",
            hint="write torch.Tensor([1, 2]) for numbers, torch.Tensor(2, 3) for a size",
        )
    return np.array(_sequences.array_of(data, kind))


_OWN = [name for name in Tensor.__slots__ if not name.startswith("__")]  # what every tensor has


def as_subclass(x: Tensor, cls: type[Tensor]) -> Any:
    """The same tensor, with its place in the graph, as one of a class derived from Tensor."""
    made = object.__new__(cls)
    for name in _OWN:
        setattr(made, name, getattr(x, name))
    return made


def alias(x: Tensor, cls: type[Tensor]) -> Any:
    """A view of all of a tensor, as one of a class derived from Tensor: `x.as_subclass(cls)`."""
    made: Tensor = view(x, x.shape)
    if isinstance(made.node, Node):
        made.node.operation = _alias_row()
    made.__class__ = cls
    return made


@cache
def _alias_row() -> Operation:
    row = copy(view)
    row.grad_fn = "AliasBackward0"
    return row


def make_subclass(cls: type[Tensor], data: Tensor, require_grad: bool = False, *_: Any, **__: Any) -> Any:
    """A leaf of a class derived from Tensor, on the memory of a tensor."""
    made = as_subclass(data.detach(), cls)
    return made.require_grad() if require_grad else made


def make_wrapper_subclass(
    cls: Any,
    size: Sequence[int],
    strides: Sequence[int] | None = None,
    storage_offset: int | None = None,
    memory_format: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    *_: Any,
    **__: Any,
) -> Any:
    """A leaf that has a shape and a dtype only: `cls.__torch_dispatch__` says what operations do with it.

    strides  the order of its dimensions in memory; those of contiguous memory unless given
    Raises Problem (TypeError) for what is no class, or has no `__torch_dispatch__`.
    """
    if not isinstance(cls, type):
        raise Problem("type", f"cls must be a type (got {type(cls).__name__})", type="TypeError")
    if not _dispatch.computes(cls):
        raise Problem("type", f"{cls.__name__} must define __torch_dispatch__", type="TypeError")
    shape, kind = tuple(size), dtypes.default_dtype() if dtype is None else kind_of(dtype)
    array = np.zeros(shape, kind)  # of pages that nobody touches
    if strides is not None:
        order = sorted(range(len(shape)), key=lambda axis: -strides[axis])
        array = np.zeros([shape[axis] for axis in order], kind).transpose(np.argsort(order))
    made = as_subclass(from_array(array), cls)
    subclasses.note(made)
    return made.require_grad() if requires_grad else made


class TensorType(type):
    """The class of `torch.FloatTensor` and the like: of no instances, but tensors of that dtype seem to be some."""

    kind: np.dtype[Any]

    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, Tensor) and value.ndarray.dtype == cls.kind and not is_unstrided(value)

    @property
    def dtype(cls) -> Any:
        """The dtype of such tensors."""
        return of(cls.kind)

    def __call__(cls, *args: Any, **places: Any) -> Any:
        return guarded(_of_class)(Tensor, cls.kind, args, places)


def legacy_classes() -> dict[str, TensorType]:
    """`FloatTensor` and its kin, by name."""
    return {name: TensorType(name, (), {"kind": each.kind, "__module__": "torch"}) for name, each in LEGACY.items()}


def sizes(name: str, args: tuple[Any, ...]) -> tuple[int, ...]:
    """A size given as so many numbers or as one list.  Raises Problem."""
    given = args[0] if len(args) == 1 and isinstance(args[0], (list, tuple)) else args
    lengths = tuple([each.ndarray.item() if isinstance(each, Tensor) else as_operand(each) for each in given])
    total = 1
    for each in lengths:
        if not isinstance(each, int):
            raise Problem("type", f"{name}(): a size is made of whole numbers, not {type(each).__name__}", type="TypeError")
        if each < 0:
            raise Problem("shape", f"Trying to create tensor with negative dimension {each}: {list(lengths)}")
        total *= each
    memory.reserve(total, name)
    return lengths


# --- methods: new tensors of a tensor's dtype -----------------------------------------------------------------------


@guarded
def new_tensor(self: Tensor, data: Any, *, dtype: Any = None, requires_grad: bool = False, **places: Any) -> Tensor:
    """Numbers as a tensor of this one's dtype."""
    only_places("new_tensor", places)
    if isinstance(data, Tensor):
        warn(_COPY.format("tensor.new_tensor"))
    return leaf(np.array(values_of(data, self.ndarray.dtype if dtype is None else kind_of(dtype))), requires_grad)


def new_filled(name: str, value: Any) -> Any:
    """The method `x.new_zeros(2, 3)` (or ones, or empty): a tensor of the dtype of x, of that size."""

    @guarded
    def new(
        self: Tensor, *lengths: Any, size: Any = None, dtype: Any = None, requires_grad: bool = False, **places: Any
    ) -> Tensor:
        only_places(name, places)
        kind = self.ndarray.dtype if dtype is None else kind_of(dtype)
        return leaf(np.full(sizes(name, lengths if size is None else (size,)), value, kind), requires_grad)

    new.__name__ = new.__qualname__ = name
    return new


@guarded
def new_full(
    self: Tensor, size: Any, fill_value: Any, *, dtype: Any = None, requires_grad: bool = False, **places: Any
) -> Tensor:
    """A tensor of a size, filled with one number in this one's dtype."""
    only_places("new_full", places)
    kind = self.ndarray.dtype if dtype is None else kind_of(dtype)
    number = dtypes.fitting(as_operand(fill_value), kind)
    return leaf(np.full(sizes("new_full", (size,)), number, kind), requires_grad)


@guarded
def new(self: Tensor, *args: Any) -> Any:
    """The old way: a tensor of this one's dtype, of a size or of numbers."""
    return _of_class(Tensor, self.ndarray.dtype, args, {})

"""The memory that tensors share, and ways to look at it by strides: `resize_`, `set_`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph import memory, versions
from gradcli.graph.context import current, grad_enabled
from gradcli.graph.tensor import Tensor
from gradcli.ops.core import dtypes
from gradcli.ops.core.dims import one_dim
from gradcli.ops.movement import shapes
from gradcli.ops.movement.as_strided import address, laid, look, offset_of
from gradcli.torch import _dtypes, _rows
from gradcli.torch._boundary import guarded
from gradcli.torch._construction import leaf, sizes
from gradcli.torch._dtypes import CHANNELS_LAST, MEMORY_FORMATS, in_format, kind_of
from gradcli.torch._rows import only_places
from gradcli.torch._warnings import warn_once

_DEPRECATED = (
    "TypedStorage is deprecated. It will be removed in the future and UntypedStorage will be the only storage class. This "
    "should only matter to you if you are using storages directly.  To access UntypedStorage directly, use "
    "tensor.untyped_storage() instead of tensor.storage()"
)
CONTIGUOUS = MEMORY_FORMATS["contiguous_format"]


@guarded
def stride(self: Tensor, dim: int | None = None) -> Any:
    """How many elements apart neighbours are in memory, along each dimension or along one."""
    array = self.ndarray
    if array.size:
        strides = tuple([step // array.itemsize for step in array.strides])
    else:  # NumPy has zeros there
        strides = tuple([math.prod([max(1, length) for length in array.shape[place + 1 :]]) for place in range(array.ndim)])
    return strides if dim is None else strides[one_dim(dim, self.ndim)]


def storage_offset(self: Tensor) -> int:
    """How many elements into its memory the tensor begins."""
    return offset_of(self.ndarray)


class UntypedStorage:
    """The memory that a tensor and its views share: where it is, and how large."""

    __module__ = "torch.storage"

    def __init__(self, x: Tensor) -> None:
        self._root = versions.root_of(x.ndarray)

    def data_ptr(self) -> int:
        """Its address."""
        return address(self._root)

    def nbytes(self) -> int:
        """Its size in bytes."""
        return int(self._root.nbytes)

    size = __len__ = nbytes

    def __repr__(self) -> str:
        return f"[torch.storage.UntypedStorage(device=cpu) of size {self.nbytes()}]"


class TypedStorage(UntypedStorage):
    """The same, counted in elements of the tensor's dtype."""

    def __init__(self, x: Tensor) -> None:
        super().__init__(x)
        self._dtype = x.ndarray.dtype

    def __len__(self) -> int:
        return self.nbytes() // int(self._dtype.itemsize)

    size = __len__

    @guarded
    def tolist(self) -> list[Any]:
        """Its elements."""
        return list(np.frombuffer(self._root, self._dtype).tolist())


def storage(self: Tensor) -> TypedStorage:
    """The memory of the tensor, in elements."""
    warn_once(_DEPRECATED)
    return TypedStorage(self)


def untyped_storage(self: Tensor) -> UntypedStorage:
    """The memory of the tensor, in bytes."""
    return UntypedStorage(self)


# --- looks at memory ------------------------------------------------------------------------------------------------


@guarded
def empty_strided(
    size: Sequence[int], stride: Sequence[int], *, dtype: Any = None, requires_grad: bool = False, **places: Any
) -> Tensor:
    """A new tensor of that size, with neighbours so many elements apart."""
    only_places("empty_strided", places)
    kind = dtypes.default_dtype() if dtype is None else kind_of(dtype)
    extent = 1 + sum([(length - 1) * step for length, step in zip(size, stride)]) if 0 not in size else 0
    memory.reserve(extent, "empty_strided")
    block = np.zeros(extent, kind)
    return leaf(laid(block, kind, 0, tuple(size), tuple(stride)), requires_grad)


@guarded
def new_empty_strided(self: Tensor, size: Sequence[int], stride: Sequence[int], *, dtype: Any = None, **options: Any) -> Tensor:
    """The same, in the dtype of this tensor."""
    kind = self.ndarray.dtype if dtype is None else kind_of(dtype)
    return empty_strided(size, stride, dtype=_dtypes.of(kind), **options)


@guarded
def empty_permuted(
    size: Sequence[int], physical_layout: Sequence[int], *, dtype: Any = None, requires_grad: bool = False, **places: Any
) -> Tensor:
    """A new tensor of that size whose dimensions lie in memory in that order, the last one closest together."""
    if sorted(physical_layout) != list(range(len(size))):
        words = f"Number of dimensions in size does not match the length of the physical_layout; i.e. len(size) = {len(size)}"
        raise Problem("argument", f"{words} is not equal to len(physical_layout) = {len(physical_layout)}")
    steps, step = [0] * len(size), 1
    for dim in reversed(physical_layout):
        steps[dim] = step
        step *= size[dim]
    return empty_strided(size, steps, dtype=dtype, requires_grad=requires_grad, **places)


@cache
def _view() -> Any:
    return _rows.method("view")


@guarded
def view(self: Tensor, *size: Any, dtype: Any = None, **named: Any) -> Tensor:
    """The elements in another shape, or the memory as numbers of a dtype."""
    if dtype is None and len(size) == 1 and isinstance(size[0], _dtypes.dtype):
        (dtype,) = size
    if dtype is None:
        return _view()(self, *size, **named)  # type: ignore[no-any-return]
    from gradcli.torch._bits import as_kind  # few programs ask for it

    return as_kind(self, kind_of(dtype))


# --- other memory ---------------------------------------------------------------------------------------------------


@guarded
def resize_(self: Tensor, *lengths: Any, size: Any = None, memory_format: Any = None) -> Tensor:
    """Give the tensor another size: of the same memory where that is large enough, else of more, which holds zeros."""
    size = lengths if size is None else size
    if self._requires_grad and not current().inference:
        raise Problem("not-supported", "cannot resize variables that require grad", hint="change a copy: x.detach().clone()")
    shape = sizes("resize_", size)
    if shape != self.ndarray.shape:
        self.ndarray = _resized(self, shape)
        versions.changed(self.ndarray)
    return self


@guarded
def resize_as_(self: Tensor, the_template: Tensor, *, memory_format: Any = None) -> Tensor:
    """Give the tensor the size of another."""
    return resize_(self, the_template.ndarray.shape)


def _resized(x: Tensor, shape: tuple[int, ...]) -> Any:
    count, start = int(np.prod(shape)), storage_offset(x)
    root = versions.root_of(x.ndarray)
    if (start + count) * x.ndarray.itemsize > root.nbytes:
        grown = np.zeros(count, x.ndarray.dtype)
        grown[: x.ndarray.size] = x.ndarray.reshape(-1)
        versions.count_together(grown, x.ndarray)
        return grown.reshape(shape)
    steps = np.cumprod((1, *shape[:0:-1]), dtype=int)[::-1].tolist() if shape else ()
    return look(x.ndarray, shape, tuple(steps), start)


@guarded
def set_(self: Tensor, source: Tensor | None = None, storage_offset: int = 0, size: Any = None, stride: Any = None) -> Tensor:
    """Let the tensor look at the memory of another."""
    if self._requires_grad and self.node is None and grad_enabled():
        raise Problem("in-place", "a leaf Variable that requires grad is being used in an in-place operation.")
    if source is None:
        self.ndarray = np.zeros(0, self.ndarray.dtype)
    elif size is None:
        self.ndarray = source.ndarray[...]
    else:
        steps = stride if stride is not None else np.cumprod((1, *tuple(size)[:0:-1]), dtype=int)[::-1].tolist()
        self.ndarray = look(source.ndarray, tuple(size), tuple(steps), storage_offset)
    return self


# --- orders of memory -----------------------------------------------------------------------------------------------


@guarded
def view_func(self: Tensor, new_base: Tensor) -> Any:
    """What looks at `new_base` as this view looks at its base; None of no recorded view, or where the bases lie otherwise."""
    if self._view is None or not self._view.base.requires_grad or not _lie_alike(self._view.base, new_base):
        return None
    return new_base.as_strided(self.shape, self.stride(), self.storage_offset())  # type: ignore[attr-defined]


def _lie_alike(x: Tensor, y: Tensor) -> bool:
    return x.shape == y.shape and stride(x) == stride(y) and storage_offset(x) == storage_offset(y)


def has_format(x: Tensor, memory_format: Any) -> bool:
    """Whether the elements are in that order already."""
    name = getattr(memory_format, "name", "contiguous_format")
    if name in CHANNELS_LAST:
        return x.ndim == CHANNELS_LAST[name] and bool(np.moveaxis(x.ndarray, 1, -1).flags.c_contiguous)
    return bool(x.ndarray.flags.c_contiguous) or name == "preserve_format"


def is_contiguous(self: Tensor, memory_format: Any = None) -> bool:
    """Whether the elements lie one after the other, in the order of the dimensions or in that of a memory format."""
    return has_format(self, memory_format)


@guarded
def contiguous(self: Tensor, memory_format: Any = None) -> Tensor:
    """The tensor itself where its elements are in that order, else a copy."""
    return self if has_format(self, memory_format) else in_format(shapes.clone(self), memory_format or CONTIGUOUS)


@guarded
def clone(self: Tensor, *, memory_format: Any = None) -> Tensor:
    """A copy; in the same order of memory unless told otherwise."""
    made = shapes.clone(self)
    if memory_format is None and type(made) is Tensor and not self.ndarray.flags.c_contiguous:
        made.ndarray = self.ndarray.copy(order="K")
    return in_format(made, memory_format)  # type: ignore[no-any-return]

"""Attributes and queries of a tensor: shape, dtype, is_leaf and the like; item and tolist."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import partial
from operator import index
from typing import Any, SupportsIndex

from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor, from_array
from gradcli.graph.versions import uncounted_view
from gradcli.ops.core.arrays import Operand
from gradcli.ops.core.builders import composite, query
from gradcli.ops.core.dims import one_dim
from gradcli.ops.core.parameter_types import Dim
from gradcli.ops.core.table import family

family("properties")


class Size(tuple[int, ...]):
    """A shape, which prints as PyTorch's: torch.Size([2, 3])."""

    __module__ = "torch"
    called = "a shape"  # in messages

    def __new__(cls, lengths: Iterable[SupportsIndex] = ()) -> Size:
        """Raises TypeError where one of the lengths is no whole number."""
        read = tuple(lengths)
        for place, each in enumerate(read):
            if not hasattr(each, "__index__"):
                raise TypeError(f"torch.Size() takes an iterable of 'int' (item {place} is '{type(each).__name__}')")
        return super().__new__(cls, map(index, read))

    def numel(self) -> int:
        """How many elements a tensor of this shape has."""
        return math.prod(self)

    def __repr__(self) -> str:
        return f"torch.Size({list(self)})"

    def __add__(self, other: Any) -> Any:
        return size_of(super().__add__(other)) if isinstance(other, tuple) else NotImplemented

    def __radd__(self, other: Any) -> Any:
        return size_of(other) + self if isinstance(other, tuple) else NotImplemented

    def __mul__(self, times: SupportsIndex) -> Size:
        return size_of(super().__mul__(times))

    __rmul__ = __mul__

    def __getitem__(self, place: Any) -> Any:
        found = super().__getitem__(place)
        return size_of(found) if isinstance(place, slice) else found


size_of: Callable[[tuple[int, ...]], Size] = partial(tuple.__new__, Size)
"""A shape as a Size, without a look at its numbers: programs ask for shapes all the time."""


def _item(x: Tensor, /) -> Any:
    if x.ndarray.size != 1:
        raise Problem(
            "not-scalar",
            f"a Tensor with {x.ndarray.size} elements cannot be converted to Scalar",
            hint="reduce it first, or index it",
        )
    return x.ndarray.item()


def _size(x: Operand, /, dim: Dim | None = None) -> Any:
    if dim is None:
        return size_of(x.shape)
    if not x.ndim:
        raise Problem("dimension", f"Dimension specified as {dim} but tensor has no dimensions", type="IndexError")
    return x.shape[one_dim(dim, x.ndim)]


def _length(x: Operand, /) -> int:
    if not x.ndim:
        raise Problem("type", "len() of a 0-d tensor", type="TypeError")
    return int(x.shape[0])


query("item", _item, function=False, namespace="Tensor", doc="The one element as a plain number.", samples=("x:1 x.item()",))
query("tolist", lambda x, /: x.ndarray.tolist(), function=False, namespace="Tensor", doc="The elements as nested lists.")
query("numel", lambda x, /: x.ndarray.size, aliases=("nelement",), doc="How many elements.")
query("size", _size, function=False, namespace="Tensor", doc="The shape, or the length of dimension dim.")
query("dim", lambda x, /: x.ndim, function=False, namespace="Tensor", aliases=("ndimension",), doc="How many dimensions.")
query("len", _length, method=False, namespace="", doc="The length of the first dimension.")
query(
    "is_contiguous",
    lambda x, /: bool(x.ndarray.flags.c_contiguous),
    function=False,
    namespace="Tensor",
    doc="Whether memory is in row-major order.",
)
query(
    "shape", lambda x, /: size_of(x.shape), attribute=True, function=False, method=False, namespace="Tensor", doc="The shape."
)
query("ndim", lambda x, /: x.ndim, attribute=True, function=False, method=False, namespace="Tensor", doc="How many dimensions.")
query(
    "dtype",
    lambda x, /: x.ndarray.dtype,
    attribute=True,
    function=False,
    method=False,
    namespace="Tensor",
    doc="The dtype.",
    samples=("ones(2, dtype=x.dtype)", "x.dtype", "x:() x.dtype"),
)
query(
    "requires_grad",
    lambda x, /: x.requires_grad,
    attribute=True,
    function=False,
    method=False,
    namespace="Tensor",
    doc="Whether gradients flow into it.",
)
query(
    "is_leaf",
    lambda x, /: x.is_leaf,
    attribute=True,
    function=False,
    method=False,
    namespace="Tensor",
    doc="Whether no recorded operation made it.",
)
composite(
    "data",
    lambda x, /: from_array(uncounted_view(x.ndarray)),
    attribute=True,
    function=False,
    method=False,
    namespace="Tensor",
    doc="The same values and memory, outside the graph, whose changes autograd does not see.",
)

"""Tensors: a NumPy array, and how it came about."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.context import current, inference_used
from gradcli.graph.half_precision import name_of
from gradcli.graph.operand import Operand, OperandMeta
from gradcli.graph.operators import OPERATORS
from gradcli.graph.symbolic import Symbolic, Unstrided
from gradcli.graph.types import Array, Index

if TYPE_CHECKING:
    from gradcli.graph.node import Node
    from gradcli.graph.views import View


class TensorMeta(OperandMeta):
    """The class of Tensor, to which `gradcli.torch` adds what the class can be asked for: `torch.Tensor.add`."""


class Tensor(Operand, metaclass=TensorMeta):
    """An array with a place in the graph.

    array           the values; views share their memory
    node            the Node that made it (PyTorch's grad_fn), None for a leaf
    _requires_grad  whether gradients flow through or into it
    _view           what it is a view of, or None
    _grad           after a backward pass, a leaf's gradient: a Tensor, or None
    _label          the number that an observer of the tape gave it
    _inference      whether its memory was made in inference mode: nothing counts its changes, and no graph may save it

    This class is `torch.Tensor` as well: `gradcli.torch` adds PyTorch's attributes and methods to it, and programs derive
    from it and set attributes of their own.  So the engine tests with isinstance, and asks a tensor only for what means
    the same there (`shape`, `ndim`, `requires_grad`, `is_leaf`, `grad_fn`); dtype and size are those of `x.ndarray`.
    """

    __slots__ = ("__dict__", "__weakref__", "_grad", "_inference", "_label", "_requires_grad", "_view", "ndarray", "node")

    ndarray: Any
    node: Any  # a Node, or what tells why there is none any more
    _requires_grad: bool
    _view: View | None
    _grad: Tensor | None
    _label: int | None
    _inference: bool

    # Read through C: the sweep asks every leaf for its shape at every gradient that arrives.
    shape = property(attrgetter("ndarray.shape"), doc="The lengths of its dimensions.")
    ndim = property(attrgetter("ndarray.ndim"), doc="How many dimensions.")
    requires_grad = property(attrgetter("_requires_grad"), doc="Whether gradients flow through or into it.")

    @property
    def is_leaf(self) -> bool:
        """Whether no recorded operation made it."""
        return self.grad_fn is None

    @property
    def edge(self) -> Any:
        """Where its gradient goes: the node that made it, itself if it is a leaf that wants one, or None."""
        return self.node or (self if self._requires_grad else None)

    @property
    def grad_fn(self) -> Any:
        """What made it, as PyTorch shows it: a Node, which several outputs of one operation share, or None.  Raises Problem."""
        return None if self.node is None else self.node.grad_fn

    def require_grad(self) -> Tensor:
        """Make this leaf one that wants a gradient."""
        if self.ndarray.dtype.kind not in "fc":
            clause = "Only Tensors of floating point and complex dtype can require gradients"
            raise Problem(
                "dtype",
                f"{clause}, and this one is {name_of(self.ndarray.dtype)}",
                hint="convert it first, or leave it a constant",
                theirs=clause,
            )
        self._requires_grad = True
        return self

    def detach(self) -> Tensor:
        """The same values, outside the graph."""
        made = from_array(self.ndarray)
        made._inference = self._inference
        return made

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **words: Any) -> Any:
        """A product that NumPy was asked for: rules that multiply do so for bare arrays and for tensors."""
        if method != "__call__" or ufunc is not np.multiply or words:
            return NotImplemented
        return OPERATORS["*"](*inputs)

    def __bool__(self) -> bool:
        if self.ndarray.size != 1:
            amount = "no values" if self.ndarray.size == 0 else "more than one value"
            raise Problem("ambiguous", f"Boolean value of Tensor with {amount} is ambiguous", hint="use any() or all()")
        return bool(self.ndarray.item())

    def __len__(self) -> int:
        if self.ndarray.ndim == 0:
            raise Problem("type", "len() of a 0-d tensor", type="TypeError")
        return len(self.ndarray)

    __hash__ = object.__hash__

    def __format__(self, spec: str) -> str:
        """A 0-d tensor has the format of the number in it, as in PyTorch; others are written whole."""
        return format(self.ndarray.item(), spec) if not self.ndarray.ndim else object.__format__(self, spec)

    # fmt: off
    def __add__(self, other: Operand | complex) -> Any: return OPERATORS["+"](self, other)
    def __radd__(self, other: Operand | complex) -> Any: return OPERATORS["+"](other, self)
    def __sub__(self, other: Operand | complex) -> Any: return OPERATORS["-"](self, other)
    def __rsub__(self, other: Operand | complex) -> Any: return OPERATORS["-"](other, self)
    def __mul__(self, other: Operand | complex) -> Any: return OPERATORS["*"](self, other)
    def __rmul__(self, other: Operand | complex) -> Any: return OPERATORS["*"](other, self)
    def __truediv__(self, other: Operand | complex) -> Any: return OPERATORS["/"](self, other)
    def __rtruediv__(self, other: Operand | complex) -> Any: return OPERATORS["/"](other, self)
    def __floordiv__(self, other: Operand | complex) -> Any: return OPERATORS["//"](self, other)
    def __rfloordiv__(self, other: Operand | complex) -> Any: return OPERATORS["//"](other, self)
    def __mod__(self, other: Operand | complex) -> Any: return OPERATORS["%"](self, other)
    def __rmod__(self, other: Operand | complex) -> Any: return OPERATORS["%"](other, self)
    def __pow__(self, other: Operand | complex) -> Any: return OPERATORS["**"](self, other)
    def __rpow__(self, other: Operand | complex) -> Any: return OPERATORS["**"](other, self)
    def __matmul__(self, other: Operand | complex) -> Any: return OPERATORS["@"](self, other)
    def __rmatmul__(self, other: Operand | complex) -> Any: return OPERATORS["@"](other, self)
    def __and__(self, other: Operand | complex) -> Any: return OPERATORS["&"](self, other)
    def __rand__(self, other: Operand | complex) -> Any: return OPERATORS["&"](other, self)
    def __or__(self, other: Operand | complex) -> Any: return OPERATORS["|"](self, other)
    def __ror__(self, other: Operand | complex) -> Any: return OPERATORS["|"](other, self)
    def __lt__(self, other: Operand | complex) -> Any: return OPERATORS["<"](self, other)
    def __le__(self, other: Operand | complex) -> Any: return OPERATORS["<="](self, other)
    def __gt__(self, other: Operand | complex) -> Any: return OPERATORS[">"](self, other)
    def __ge__(self, other: Operand | complex) -> Any: return OPERATORS[">="](self, other)
    def __eq__(self, other: object) -> Any: return OPERATORS["=="](self, other)
    def __ne__(self, other: object) -> Any: return OPERATORS["!="](self, other)
    def __neg__(self) -> Any: return OPERATORS["neg"](self)
    def __pos__(self) -> Tensor: return self
    def __invert__(self) -> Any: return OPERATORS["~"](self)
    def __abs__(self) -> Any: return OPERATORS["abs"](self)
    def __getitem__(self, index: Index) -> Any: return OPERATORS["[]"](self, index)
    # fmt: on


_new = object.__new__


def from_array(array: Array, requires_grad: bool = False, node: Node | None = None, kind: type[Tensor] | None = None) -> Tensor:
    """The tensor of an array, a leaf unless `node` made it; of a class derived from Tensor, where `kind` is one.

    The engine makes tensors by this.  To call the class itself is for programs: `torch.Tensor(2, 3)` is a tensor of that shape.
    """
    made = _new(kind or Tensor)
    made.ndarray = array
    made.node = node
    made._requires_grad = requires_grad
    made._view = made._grad = made._label = None
    made._inference = current().inference if inference_used else False
    return made


class Outputs(tuple[Any, ...]):
    """Several results of one operation, also by name: `max(x, dim=0).values`."""

    fields: tuple[str, ...]
    name: str  # the operation's

    def __new__(cls, values: tuple[Any, ...], fields: tuple[str, ...], name: str = "") -> Outputs:
        self = super().__new__(cls, values)
        self.fields = fields
        self.name = name.replace(".", "_")
        return self

    def __getattr__(self, name: str) -> Any:
        fields = self.__dict__.get("fields", ())
        if name in fields:
            return self[fields.index(name)]
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'", name=name, obj=self)

    def __repr__(self) -> str:
        if not (self.fields and self.name):
            return super().__repr__()
        shown = ",\n".join([f"{field}={value!r}" for field, value in zip(self.fields, self)])
        return f"torch.return_types.{self.name}(\n{shown})"


def array_dtype(value: Any) -> Any:
    """NumPy's dtype of a Tensor, or of what stands beside one: an array, a batch of them."""
    return value.ndarray.dtype if isinstance(value, Tensor) else value.dtype


def array_size(value: Any) -> int:
    """How many elements a Tensor has, or what stands beside one: an array, a batch of them."""
    return value.ndarray.size if isinstance(value, Tensor) else value.size  # type: ignore[no-any-return]


def is_unstrided(value: object) -> bool:
    """Whether a tensor, or an array, lies otherwise than NumPy's do: a sparse one."""
    return isinstance(value.ndarray if isinstance(value, Tensor) else value, Unstrided)


def as_array(value: Any) -> Any:
    """A NumPy scalar (what reductions and 0-d arithmetic give) as the 0-d array that it should be."""
    return value if type(value) is np.ndarray or isinstance(value, Symbolic) else np.asarray(value)


class ShapeByColumns(tuple[int, ...]):
    """The shape of a matrix whose columns lie in memory one after the other, as those of a transposed one do."""

    __slots__ = ()


def shape_of(value: Operand) -> tuple[int, ...]:
    """The shape of an operand as nodes save it: that of a matrix tells how it lies in memory."""
    if type(value) is not np.ndarray:
        return np.shape(value)
    shape: tuple[int, ...] = value.shape
    if len(shape) == 2 and value.strides == (value.itemsize, value.itemsize * shape[0]):
        return ShapeByColumns(shape)
    return shape

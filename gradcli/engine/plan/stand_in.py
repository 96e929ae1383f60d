"""Stand-ins: arrays without values, which note what is computed with them.

A StandIn has the shape, the dtype and the strides that the array in its place will have.  NumPy's protocols bring every
ufunc and function that rows and rules use to the tracer, which notes it as an equation and gives the stand-in of its result.
One that was filled with a single number knows it (`fill`), and stays a number for as long as that is possible.  What only a
real array can answer (a truth value, a conversion, a change in place) raises Untraceable.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin
from numpy.lib.stride_tricks import as_strided

from gradcli.engine.batch import Batch
from gradcli.graph.symbolic import Symbolic, Untraceable
from gradcli.graph.types import Array, Axes, Index, Operand

if TYPE_CHECKING:
    from collections.abc import Callable

    from gradcli.engine.plan.tracer import Recording

_FAST_POWERS: dict[float, Any] = {0.5: np.sqrt, 2: np.square, -1: np.reciprocal}  # as NumPy's `**` has them


def layout(shape: tuple[int, ...], dtype: np.dtype[Any], strides: tuple[int, ...] | None = None) -> Any:
    """An array whose shape, dtype and strides are read, and whose values never are: it has memory for one."""
    if strides is None:
        strides = contiguous_strides(shape, dtype.itemsize)
    return as_strided(np.zeros(1, dtype), shape, strides, writeable=False)


def contiguous_strides(shape: tuple[int, ...], itemsize: int) -> tuple[int, ...]:
    """The strides of a C-contiguous array."""
    strides = [itemsize]
    for length in shape[:0:-1]:
        strides.append(strides[-1] * max(length, 1))
    return tuple(strides[::-1]) if shape else ()


class StandIn(NDArrayOperatorsMixin, Symbolic):
    """The place of one array in a program that is being traced.

    number  of the variable that it stands for; -1 where it is `fill` repeated
    like    an array of the same shape, dtype and strides, whose values mean nothing
    fill    a 0-d array, where all values are that number
    new     whether it was made to be filled in, and nothing else looks into its memory
    """

    __slots__ = ("__weakref__", "fill", "like", "new", "number", "recording")

    def __init__(self, recording: Recording, number: int, like: Array, fill: Any = None, new: bool = False) -> None:
        self.new = new
        self.recording = recording
        self.number = number
        self.like = like
        self.fill = fill

    @property  # type: ignore[misc]
    def __class__(self) -> Any:  # rows ask isinstance(x, np.ndarray)
        return np.ndarray

    # --- what it says of itself ---

    shape = property(operator.attrgetter("like.shape"))
    dtype = property(operator.attrgetter("like.dtype"))
    ndim = property(operator.attrgetter("like.ndim"))
    size = property(operator.attrgetter("like.size"))
    strides = property(operator.attrgetter("like.strides"))
    itemsize = property(operator.attrgetter("like.itemsize"))
    nbytes = property(operator.attrgetter("like.nbytes"))
    base = None

    @property
    def flags(self) -> Any:
        """How the array will lie in memory; nobody may write to it."""
        return self.like.flags

    def __len__(self) -> int:
        if not self.ndim:
            raise TypeError("len() of unsized object")
        return self.shape[0]  # type: ignore[no-any-return]

    def __repr__(self) -> str:
        return f"<stand-in {self.number} {self.dtype}{list(self.shape)}>"

    __hash__ = object.__hash__

    # --- what it cannot say ---

    def _lacks(self, what: str) -> Untraceable:
        return Untraceable(what, self.recording)

    def __array__(self, *args: Any, **words: Any) -> Any:
        raise self._lacks("it needs the values of an array")

    def __bool__(self) -> bool:
        raise self._lacks("a choice depends on the values of a tensor")

    def __float__(self) -> float:
        raise self._lacks("a number or a choice depends on the values of a tensor")

    def __int__(self) -> int:
        raise self._lacks("a whole number is taken out of a tensor")

    def __index__(self) -> int:
        raise self._lacks("an index depends on the values of a tensor")

    def __iter__(self) -> Any:
        return iter([self[place] for place in range(len(self))])

    def item(self, *args: Any) -> Any:
        """Raises Untraceable."""
        raise self._lacks("a number or a choice depends on the values of a tensor")

    def tolist(self) -> Any:
        """Raises Untraceable."""
        raise self._lacks("numbers are taken out of a tensor")

    def __setitem__(self, key: Index, value: Operand) -> None:
        self._become(put, key, value)

    def add_at(self, key: Index, value: Operand) -> None:
        """`np.add.at`."""
        self._become(added_at, key, value)

    def _become(self, function: Callable[..., Any], key: Index, value: Operand) -> None:
        """Stand from now on for what a change makes of the array, which is another one in the program."""
        if not self.new:
            raise self._lacks("a tensor is changed in place")
        changed = self.recording.call(function, (self, key, value), {})
        if type(changed) is not StandIn:
            raise self._lacks("an array of constants is filled in")
        self.number, self.fill = changed.number, None

    def zeros(self, shape: tuple[int, ...]) -> Any:
        """An array of zeros of this dtype, to be filled in."""
        return StandIn(self.recording, -1, layout(tuple(shape), self.dtype), np.zeros((), self.dtype), new=True)

    def __getattr__(self, name: str) -> Any:
        if name == "__array_interface__":
            raise self._lacks("it needs the values of an array")
        if name.startswith("__"):
            raise AttributeError(name)
        method = getattr(np.ndarray, name, None)
        if not callable(method):
            raise self._lacks(f"it needs the {name} of an array")
        return lambda *args, **words: self.recording.call(method, (self, *args), words)

    # --- views ---

    def _view(self, function: Callable[..., Any], *args: Any, **words: Any) -> Any:
        return self.recording.view(self, function, args, words)

    def __getitem__(self, key: Index) -> Any:
        if is_basic(key):
            return self._view(operator.getitem, key)
        return self.recording.call(operator.getitem, (self, key), {})

    def transpose(self, *order: Any) -> Any:
        """The dimensions in another order."""
        return self._view(np.ndarray.transpose, *order)

    @property
    def T(self) -> Any:
        """All dimensions in reverse order."""
        return self.transpose()

    def swapaxes(self, one: int, other: int) -> Any:
        """Two dimensions exchanged."""
        return self._view(np.ndarray.swapaxes, one, other)

    def squeeze(self, axis: Axes = None) -> Any:
        """Without dimensions of length 1."""
        return self._view(np.ndarray.squeeze, axis)

    def diagonal(self, *args: Any, **words: Any) -> Any:
        """The diagonal of two dimensions."""
        return self._view(np.ndarray.diagonal, *args, **words)

    def reshape(self, *shape: Any, copy: bool | None = None, order: str = "C") -> Any:
        """Another shape; with copy=False a ValueError where the values would have to move, as NumPy has it."""
        if order != "C":
            raise self._lacks("it needs another order of the values")
        given = shape[0] if len(shape) == 1 and not isinstance(shape[0], int) else shape
        lengths = tuple([int(each) for each in given])
        try:
            like = self.like.reshape(lengths, copy=False)
        except ValueError:
            if copy is False:
                raise
            like = layout(_filled_in(lengths, self.size), self.dtype)
        return self.recording.reshaped(self, like)

    @property
    def real(self) -> Any:
        """The real parts."""
        return self.recording.real(self)

    def ravel(self, order: str = "C") -> Any:
        """One dimension."""
        return self.reshape(-1, order="C" if order == "K" and self.flags.c_contiguous else order)

    flatten = ravel

    # --- copies and reductions ---

    def copy(self, order: str = "C") -> Any:
        """Nothing in a plan is changed, so a copy is the same values laid out anew."""
        return StandIn(self.recording, self.number, layout(self.shape, self.dtype), self.fill, new=True)

    def astype(
        self, dtype: np.dtype[Any], order: str = "K", casting: str = "unsafe", subok: bool = True, copy: bool = True
    ) -> Any:
        """The values in another dtype."""
        return self.recording.cast(self, np.dtype(dtype))

    def sum(
        self, axis: Axes = None, dtype: np.dtype[Any] | None = None, out: Operand | None = None, keepdims: bool = False
    ) -> Any:
        """The sum over some dimensions."""
        return self.recording.reduced(np.add, self, axis, dtype, keepdims)

    def prod(
        self, axis: Axes = None, dtype: np.dtype[Any] | None = None, out: Operand | None = None, keepdims: bool = False
    ) -> Any:
        """The product over some dimensions."""
        return self.recording.reduced(np.multiply, self, axis, dtype, keepdims)

    def max(self, axis: Axes = None, out: Operand | None = None, keepdims: bool = False) -> Any:
        """The largest over some dimensions."""
        return self.recording.reduced(np.maximum, self, axis, None, keepdims)

    def min(self, axis: Axes = None, out: Operand | None = None, keepdims: bool = False) -> Any:
        """The smallest over some dimensions."""
        return self.recording.reduced(np.minimum, self, axis, None, keepdims)

    def any(self, axis: Axes = None, out: Operand | None = None, keepdims: bool = False) -> Any:
        """Whether any is true."""
        return self.recording.reduced(np.logical_or, self, axis, None, keepdims)

    def all(self, axis: Axes = None, out: Operand | None = None, keepdims: bool = False) -> Any:
        """Whether all are true."""
        return self.recording.reduced(np.logical_and, self, axis, None, keepdims)

    # --- operators and functions ---

    def __pow__(self, exponent: Any) -> Any:
        if exponent == 1 and type(exponent) in (int, float) and self.dtype.kind == "f":
            return self.copy()
        fast = _FAST_POWERS.get(exponent) if type(exponent) in (int, float) and self.dtype.kind == "f" else None
        return np.power(self, exponent) if fast is None else fast(self)

    def _changed(self, ufunc: np.ufunc, other: Operand) -> Any:
        """What `self op= other` leaves under the name: rules do this to arrays of their own only."""
        result = ufunc(self, other)
        if result.shape != self.shape:
            raise ValueError("non-broadcastable output operand")
        return result if result.dtype == self.dtype else result.astype(self.dtype)

    def __iadd__(self, other: Any) -> Any:
        return self._changed(np.add, other)

    def __isub__(self, other: Any) -> Any:
        return self._changed(np.subtract, other)

    def __imul__(self, other: Any) -> Any:
        return self._changed(np.multiply, other)

    def __itruediv__(self, other: Any) -> Any:
        return self._changed(np.true_divide, other)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **words: Any) -> Any:
        """A ufunc of NumPy's, or its reduction."""
        if any([isinstance(each, Batch) for each in inputs]):
            return NotImplemented  # a batch knows what to do with an array
        if method == "__call__" and ufunc.signature is None and ufunc.nout == 1 and not words:
            return self.recording.elementwise(ufunc, inputs)
        if method == "__call__" and list(words) == ["out"] and self.recording.is_latest(words["out"]):
            return self._written(words["out"][0], self.recording.elementwise(ufunc, inputs))
        if method == "reduce" and words.get("out") in (None, (None,)) and not {"where", "initial"} & words.keys():
            axis = words.get("axis", inputs[1] if len(inputs) > 1 else 0)
            return self.recording.reduced(ufunc, inputs[0], axis, words.get("dtype"), words.get("keepdims", False))
        if ufunc is np.add and method == "at" and type(inputs[0]) is StandIn:
            inputs[0].add_at(*inputs[1:])
            return None
        if method == "__call__" and not words:
            return self.recording.call(ufunc, inputs, {})
        raise self._lacks(f"it uses NumPy's {ufunc.__name__} in a way that no plan knows")

    def _written(self, out: StandIn, result: StandIn) -> Any:
        """`out`, which stands from now on for a result that was written into it."""
        if result.shape != out.shape or result.dtype != out.dtype:
            raise self._lacks("a result is written into an array of another type")
        out.number, out.fill = result.number, result.fill
        return out

    def __array_function__(self, function: Any, types: Any, args: Any, words: Any) -> Any:
        """A function of NumPy's."""
        if any([issubclass(each, Batch) for each in types]):
            return NotImplemented
        return self.recording.function(function, args, words)


def put(x: Array, key: Index, value: Operand) -> Any:
    """The array with a value put at an index."""
    out = x.copy()
    out[key] = value
    return out


def added_at(x: Array, key: Index, value: Operand) -> Any:
    """The array with a value added at an index: a place that comes twice gets both."""
    out = x.copy()
    np.add.at(out, key, value)  # type: ignore[arg-type]  # takes slices and tuples, which NumPy's stubs do not know
    return out


def is_basic(key: Index) -> bool:
    """Whether an index is made of whole numbers, slices, dots and new dimensions, so that the result is a view."""
    parts = key if type(key) is tuple else (key,)
    return all([each is None or each is Ellipsis or type(each) is slice or type(each) is int for each in parts])


def _filled_in(shape: tuple[int, ...], size: int) -> tuple[int, ...]:
    """A shape with its -1 replaced."""
    return np.broadcast_to(np.int8(0), size).reshape(shape).shape if -1 in shape else shape

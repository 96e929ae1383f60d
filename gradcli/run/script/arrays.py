"""What `x.numpy()` gives: an array that prints and computes as NumPy's does, and opens no other door of NumPy's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor
from gradcli.run.script.exposed import Exposed
from gradcli.run.script.guards import bounded

_PASSED_ON = frozenset({
    "T", "all", "any", "argmax", "argmin", "astype", "copy", "cumsum", "flatten", "item", "max", "mean", "min",
    "ndim", "prod", "ravel", "reshape", "round", "shape", "size", "squeeze", "std", "sum", "tolist", "transpose",
    "var",
})  # fmt: skip
_MOST_NESTED = 64  # dimensions that arrays have at most; a list may hold itself
_SUBSCRIPTS = re.compile(r"[a-zA-Z, .>-]*->[a-zA-Z]*|ij|xy|fro|nuc")  # of einsum, and options of meshgrid and norm
_KINDS = frozenset({
    "bool", "float", "float16", "float32", "float64", "int", "int8", "int16", "int32", "int64", "uint8",
})  # fmt: skip


class Array(NDArrayOperatorsMixin, Exposed):
    """A NumPy array (or one of its elements) in `values`, sharing the memory of the tensor that it came from."""

    __slots__ = ("values",)
    public = _PASSED_ON | {"dtype"}
    title = "numpy.ndarray"
    __hash__ = None  # type: ignore[assignment]  # as NumPy's

    def __init__(self, values: Any) -> None:
        self.values = values

    @property
    def dtype(self) -> Kind:
        """The dtype, which prints as NumPy prints it."""
        return Kind(self.values.dtype)

    def read(self, name: str) -> Any:
        """An attribute of NumPy's; methods give arrays of this kind again.  Raises Problem."""
        if name not in _PASSED_ON:
            return super().read(name)
        value = getattr(self.values, name)
        return Method(value) if callable(value) else wrapped(value)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        """Operators, of which the mixin makes calls of universal functions."""
        if method != "__call__" or not all([isinstance(each, (Array, int, float)) for each in inputs]):
            return NotImplemented
        if any([isinstance(each.values, np.generic) for each in options.get("out", ())]):
            del options["out"]  # single numbers are replaced, and not changed
        with np.errstate(all="ignore"):
            return wrapped(ufunc(*[plain(each) for each in inputs], **{name: plain(each) for name, each in options.items()}))

    def __getitem__(self, index: Any) -> Any:
        try:
            return wrapped(self.values[plain(index)])
        except IndexError as error:
            raise Problem("index", str(error), type="IndexError") from None

    def __setitem__(self, index: Any, value: Any) -> None:
        self.values[plain(index)] = plain(value)

    def __iter__(self) -> Iterator[Any]:
        return map(wrapped, self.values)

    def __len__(self) -> int:
        return len(self.values)

    def __bool__(self) -> bool:
        return bool(self.values)

    def __float__(self) -> float:
        return float(self.values)

    def __int__(self) -> int:
        return int(self.values)

    def __index__(self) -> int:
        return self.values.__index__()  # type: ignore[no-any-return]

    def __round__(self, ndigits: Any = None) -> Any:
        return wrapped(round(self.values, ndigits))

    def __repr__(self) -> str:
        return repr(self.values)

    def __str__(self) -> str:
        return str(self.values)

    def __format__(self, spec: str) -> str:
        return format(self.values, spec)


class Kind(Exposed):
    """NumPy's dtype: prints as float32, and equals that word."""

    __slots__ = ("kind",)
    public = frozenset({"itemsize", "name"})
    title = "numpy.dtype"

    def __init__(self, kind: np.dtype[Any]) -> None:
        self.kind = kind

    def read(self, name: str) -> Any:
        """Its name or size.  Raises Problem."""
        return getattr(self.kind, name) if name in self.public else super().read(name)

    def __eq__(self, other: object) -> bool:
        return other == self.kind.name if isinstance(other, str) else isinstance(other, Kind) and other.kind == self.kind

    def __hash__(self) -> int:
        return hash(self.kind)

    def __str__(self) -> str:
        return str(self.kind)

    def __repr__(self) -> str:
        return repr(self.kind)


class Method:
    """A method of an array, whose result is an array of this kind."""

    __slots__ = ("call",)

    def __init__(self, call: Any) -> None:
        self.call = call

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        try:
            return wrapped(self.call(*map(argument, args), **{name: argument(each) for name, each in keywords.items()}))
        except (TypeError, ValueError, IndexError, AttributeError) as error:
            raise Problem("argument", str(error), type=type(error).__name__) from None


def wrapped(value: Any) -> Any:
    """A result of NumPy's as scripts may have it."""
    if isinstance(value, (tuple, list)):
        return type(value)(map(wrapped, value)) if type(value) in (tuple, list) else tuple(map(wrapped, value))
    if isinstance(value, np.generic):
        return number_class(type(value))(value)
    return Array(value) if isinstance(value, np.ndarray) else value


_numbers: dict[type, type[Array]] = {}


def number_class(kind: type) -> type[Array]:
    """The class of single numbers of one of NumPy's types: they compute as arrays do."""
    if kind not in _numbers:
        _numbers[kind] = type(kind.__name__, (Array,), {"__slots__": (), "title": f"numpy.{kind.__name__}"})
    return _numbers[kind]


def plain(value: Any) -> Any:
    """The other way: what NumPy takes."""
    return value.values if isinstance(value, Array) else tuple(map(plain, value)) if isinstance(value, tuple) else value


def argument(value: Any, depth: int = 0) -> Any:
    """An argument that NumPy may take: numbers, arrays, lists of them, names of dtypes; no other text, and no objects.

    Raises TypeError, and RuntimeError for a tensor that requires grad.
    """
    if isinstance(value, Kind):
        return value.kind
    if isinstance(value, str):
        if value not in _KINDS and not _SUBSCRIPTS.fullmatch(value):
            raise TypeError(f"data type '{value}' not understood")
        return str.__str__(value)
    if isinstance(value, Tensor):
        if value.requires_grad:
            raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")
        return value.array
    if isinstance(value, (tuple, list, range)) and depth < _MOST_NESTED:
        return (tuple if isinstance(value, tuple) else list)([argument(each, depth + 1) for each in bounded(value)])
    if isinstance(value, Exposed) and getattr(value, "host", None) in (bool, float, int):
        return value.host  # type: ignore[attr-defined]
    if value is None or value is ... or isinstance(value, (bool, int, float, complex, Array)):
        return plain(value)
    raise TypeError(f"a {type(value).__name__} cannot be given to NumPy here")

"""The types of static parameters: what a call may give for each, and what PyTorch calls it.

A forward function's annotations use these names; `KINDS` has a reader for each, by which `binding` takes the values of a
call or refuses them.  A reader gives the value as forward functions take it, or `REFUSED`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Literal, NamedTuple, get_args

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor, from_array
from gradcli.ops.core import dtypes
from gradcli.ops.core.literals import literal

Number = int | float  # also a 0-d tensor that needs no gradient
Scalar = int | float | complex  # the same, where it may be complex
Dim = int  # one dimension
Dims = int | tuple[int, ...] | None  # one, several, or all dimensions
Ints = int | tuple[int, ...]  # a whole number for every dimension, or one for each
IntTuple = tuple[int, ...]  # whole numbers, as one list
FloatTuple = tuple[float, ...]  # numbers, as one list
Sizes = tuple[int, ...]  # lengths, as one list or as so many arguments
Splits = int | tuple[int, ...]  # a number of parts, or the places between them as a list or a tensor
OutputSize = int | tuple[int | None, ...]  # of a pool; None keeps a dimension's length
DimPairs = int | tuple[tuple[int, ...], tuple[int, ...]]  # a number of dimensions, or those of each of two tensors
Spacing = Any  # a number, or numbers or tensors for each dimension
DType = np.dtype[Any] | None
Tensors = list[Any]  # the one operand of a variadic operation
Operands = list[Any]  # tensors behind another parameter, as one list or as so many arguments
TensorTuple = tuple[Any, ...]  # tensors, as one list
Data = Any  # numbers in nested lists: `literal` reads them

# A word among these.
Approximation = Literal["none", "tanh"]
CdistMode = Literal["use_mm_for_euclid_dist_if_necessary", "use_mm_for_euclid_dist", "donot_use_mm_for_euclid_dist"]
Driver = Literal["gels", "gelsy", "gelsd", "gelss"]
FftNorm = Literal["backward", "forward", "ortho"]
GridIndexing = Literal["ij", "xy"]
Interpolation = Literal["linear", "lower", "higher", "midpoint", "nearest"]
NormOrder = Literal["fro", "nuc"]
CondOrder = Literal["fro", "nuc"]
PadMode = Literal["constant", "reflect", "replicate", "circular"]
Padding = Literal["same", "valid"]
QRMode = Literal["reduced", "complete", "r"]
Reduction = Literal["mean", "sum", "none"]
LossReduction = Literal["mean", "sum", "none", "batchmean"]
RoundingMode = Literal["trunc", "floor"]
Side = Literal["left", "right"]
Triangle = Literal["L", "U", "l", "u"]

LISTED: Final = ("Sizes", "Operands")  # types whose values may also be given as so many arguments
REFUSED: Final[Any] = object()
_BEYOND_64_BITS = 1 << 63


_HEAP_TYPE = 1 << 9  # of a type's flags: it was made while the program ran


class Kind(NamedTuple):
    """What a type of parameter is called in messages, and the reader of its values; see the module."""

    word: str
    read: Callable[[Any], Any]


def type_name(value: Any) -> str:
    """PyTorch's name of a value's type in a message."""
    if isinstance(value, Tensor):
        return "Tensor"
    if isinstance(value, np.dtype):
        return "torch.dtype"
    kind = type(value)
    qualified = kind.__module__ != "builtins" and not kind.__flags__ & _HEAP_TYPE  # as C names what is written in C itself
    return getattr(kind, "called", None) or (f"{kind.__module__}.{kind.__name__}" if qualified else kind.__name__)


def kind_of(value: Any) -> str:
    """What a value is, in a user's words."""
    if isinstance(value, Tensor):
        return f"a tensor of shape {list(value.shape)}"
    words = {
        bool: "a truth value",
        int: "a whole number",
        float: "a number",
        complex: "a complex number",
        str: "a string",
        list: "a list",
        tuple: "a tuple",
        type(None): "None",
        type(Ellipsis): "...",
    }
    return (
        words.get(type(value))
        or getattr(type(value), "called", None)
        or ("a dtype" if isinstance(value, np.dtype) else f"a {type(value).__name__}")
    )


def as_tensor(value: Any) -> Tensor:
    """A tensor, or a number or nested list of numbers as one.  Raises Problem."""
    if isinstance(value, Tensor):
        return value
    if isinstance(value, (int, float, complex, list, tuple)):
        return from_array(literal(value, detaching=False))
    raise Problem("type", f"expected a tensor, not {kind_of(value)}", type="TypeError")


def _length(value: object) -> Any:
    """A whole number, also as a tensor of one element, as sizes and dimensions may be given."""
    if type(value) is int:
        return value
    if isinstance(value, Tensor) and isinstance(value.ndarray, np.ndarray):
        return value.ndarray.item() if value.ndarray.size == 1 and value.ndarray.dtype.kind in "iu" else REFUSED
    return int(value) if isinstance(value, (int, np.integer)) and not isinstance(value, bool) else REFUSED


def _int(value: Any) -> Any:
    if not isinstance(value, (int, np.integer)) or isinstance(value, bool):
        return REFUSED
    if not -_BEYOND_64_BITS <= value < _BEYOND_64_BITS:
        raise Problem("overflow", "Overflow when unpacking long long", type="ValueError", hint="whole numbers have 64 bits")
    return int(value)


def number(value: Any) -> Any:
    """A number; a whole one beyond 64 bits as a float.  Raises Problem where that overflows."""
    if isinstance(value, np.number):
        return value.item()
    if not isinstance(value, (int, float)):
        return REFUSED
    if isinstance(value, float) or -_BEYOND_64_BITS <= value < _BEYOND_64_BITS:
        return value
    try:
        return float(value)
    except OverflowError:
        raise Problem("overflow", "int too large to convert to float", type="OverflowError") from None


def _scalar(value: Any) -> Any:
    return value if isinstance(value, complex) else number(value)


def _int_tuple(value: Any) -> Any:
    if not isinstance(value, (list, tuple)):
        return REFUSED
    read = tuple([_int(_length(each)) for each in value])
    return REFUSED if REFUSED in read else read


def _float_tuple(value: Any) -> Any:
    if not isinstance(value, (list, tuple)):
        return REFUSED
    read = tuple([number(each) for each in value])
    return REFUSED if REFUSED in read else tuple([float(each) for each in read])


def _ints(value: Any) -> Any:
    return _int_tuple(value) if isinstance(value, (list, tuple)) else _int(value)


def _sizes(value: Any) -> Any:
    """Of any length: that they are too large, the limit on memory says."""
    read = tuple([_length(each) for each in (value if isinstance(value, (list, tuple)) else (value,))])
    return REFUSED if REFUSED in read else read


def _splits(value: Any) -> Any:
    if isinstance(value, Tensor) and value.ndarray.ndim == 1 and value.ndarray.dtype.kind in "iu":
        value = value.ndarray.tolist()
    return _ints(value)


def _output_size(value: Any) -> Any:
    if not isinstance(value, (list, tuple)):
        return _int(value)
    read = tuple([None if each is None else _int(each) for each in value])
    return REFUSED if REFUSED in read else read


def _dim_pairs(value: Any) -> Any:
    if not isinstance(value, (list, tuple)):
        return _int(value)
    read = tuple([_int_tuple(each) if isinstance(each, (list, tuple)) else _int_tuple((each,)) for each in value])
    return REFUSED if REFUSED in read or len(read) != 2 else read


def _spacing(value: Any) -> Any:
    if not isinstance(value, (list, tuple)):
        return value if isinstance(value, Tensor) else number(value)
    read = [each if isinstance(each, Tensor) else number(each) for each in value]
    return read if all([each is not REFUSED for each in read]) else REFUSED


def _tensor(value: Any) -> Any:
    return as_tensor(value) if isinstance(value, (Tensor, list, tuple)) else REFUSED


def _tensors(value: Any) -> Any:
    return tuple([as_tensor(each) for each in value]) if isinstance(value, (list, tuple)) else REFUSED


def _dtype(value: Any) -> Any:
    if isinstance(value, str):
        return dtypes.NAMES.get(value, REFUSED)
    return value if value is None or isinstance(value, np.dtype) else REFUSED


def _only(kind: type) -> Callable[[Any], Any]:
    return lambda value: value if isinstance(value, kind) else REFUSED


def _word(known: Any, otherwise: str, type: str = "RuntimeError") -> Kind:
    """A word among the known; of any other, PyTorch says `otherwise`."""
    words: tuple[str, ...] = get_args(known)

    def read(value: Any) -> Any:
        if not isinstance(value, str):
            return REFUSED
        if value not in words:
            hint = f"use {' or '.join([repr(word) for word in words])}"
            raise Problem("argument", otherwise.format(value), type=type, hint=hint)
        return value

    return Kind("str", read)


_NO_REDUCTION = "{} is not a valid value for reduction"
_NO_INTERPOLATION = "quantile() interpolation must be one of linear, lower, higher, midpoint or nearest, but got {}"
_NO_DRIVER = "torch.linalg.lstsq: parameter `driver` should be one of (gels, gelsy, gelsd, gelss)"
_NO_QR_MODE = "qr received unrecognized mode '{}' but expected one of 'reduced' (default), 'r', or 'complete'"
_NO_ROUNDING = "div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{}'"
_NO_INDEXING = 'torch.meshgrid: indexing must be one of "xy" or "ij", but received: {}'

KINDS: dict[str, Kind] = {
    "int": Kind("int", _int),
    "float": Kind("float", number),
    "bool": Kind("bool", _only(bool)),
    "str": Kind("str", _only(str)),
    "Number": Kind("Number", number),
    "Scalar": Kind("Number", _scalar),
    "Dim": Kind("int", _int),
    "Dims": Kind("tuple of ints", lambda value: None if value is None else _ints(value)),
    "Ints": Kind("tuple of ints", _ints),
    "IntTuple": Kind("tuple of ints", _int_tuple),
    "FloatTuple": Kind("tuple of floats", _float_tuple),
    "Sizes": Kind("tuple of ints", _sizes),
    "Splits": Kind("tuple of ints", _splits),
    "OutputSize": Kind("tuple of ints", _output_size),
    "DimPairs": Kind("int or a pair of tuples of ints", _dim_pairs),
    "Spacing": Kind("Number or tuple of Numbers or Tensors", _spacing),
    "DType": Kind("torch.dtype", _dtype),
    "Tensor": Kind("Tensor", _tensor),
    "Operands": Kind("tuple of Tensors", _tensors),
    "TensorTuple": Kind("tuple of Tensors", _tensors),
    "Data": Kind("numbers", lambda value: value),
    "Approximation": _word(Approximation, "approximate argument must be either none or tanh."),
    "CdistMode": _word(CdistMode, "{} is not a valid value for compute_mode", "ValueError"),
    "Driver": _word(Driver, _NO_DRIVER),
    "FftNorm": _word(FftNorm, 'Invalid normalization mode: "{}"'),
    "GridIndexing": _word(GridIndexing, _NO_INDEXING),
    "Interpolation": _word(Interpolation, _NO_INTERPOLATION),
    "NormOrder": _word(NormOrder, "linalg.matrix_norm: Order {} not supported."),
    "CondOrder": _word(CondOrder, "linalg.cond got an invalid norm type: {}"),
    "PadMode": _word(PadMode, "Unrecognised padding mode {}", "NotImplementedError"),
    "Padding": _word(Padding, "Invalid padding string: '{}'"),
    "QRMode": _word(QRMode, _NO_QR_MODE),
    "Reduction": _word(Reduction, _NO_REDUCTION, "ValueError"),
    "LossReduction": _word(LossReduction, _NO_REDUCTION, "ValueError"),
    "RoundingMode": _word(RoundingMode, _NO_ROUNDING),
    "Side": _word(Side, "torch.searchsorted(): side can only be 'left' or 'right' but got {}"),
    "Triangle": _word(Triangle, "Expected UPLO argument to be 'L' or 'U', but got {}"),
}

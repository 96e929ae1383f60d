"""Dtypes: their names, the default, and PyTorch's rules of promotion (which differ from NumPy's).

https://docs.pytorch.org/docs/stable/tensor_attributes.html#type-promotion-doc
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np

from gradcli.errors import Problem, did_you_mean
from gradcli.graph.context import settings
from gradcli.graph.half_precision import BFLOAT16, in_dtype, is_half, name_of
from gradcli.graph.tensor import as_array

Casting = Callable[..., list[Any]]

_SINGLE = np.dtype(np.float32)
BOOL, INT64 = np.dtype(np.bool_), np.dtype(np.int64)
NAMES: dict[str, np.dtype[Any]] = {
    name: np.dtype(kind)
    for names, kind in (
        (("float64", "double"), np.float64),
        (("float32", "float"), np.float32),
        (("float16", "half"), np.float16),
        (("bfloat16",), BFLOAT16),
        (("int64", "long"), np.int64),
        (("int32", "int"), np.int32),
        (("int16", "short"), np.int16),
        (("int8",), np.int8),
        (("uint8",), np.uint8),
        (("bool",), np.bool_),
        (("complex128", "cdouble"), np.complex128),
        (("complex64", "cfloat"), np.complex64),
    )
    for name in names
}
# By NumPy's name, PyTorch's in its messages: of the scalar type, and of the C++ type.
_NAMES = {
    "bool": ("Bool", "bool"),
    "uint8": ("Byte", "unsigned char"),
    "int8": ("Char", "signed char"),
    "int16": ("Short", "short int"),
    "int32": ("Int", "int"),
    "int64": ("Long", "long int"),
    "float16": ("Half", "c10::Half"),
    "bfloat16": ("BFloat16", "c10::BFloat16"),
    "float32": ("Float", "float"),
    "float64": ("Double", "double"),
    "complex64": ("ComplexFloat", "c10::complex<float>"),
    "complex128": ("ComplexDouble", "c10::complex<double>"),
}
_COMPLEX_NUMBERS = (complex, np.complex128, np.complex64)
_C_NAMES = {"uint8": "uint8_t", "int8": "int8_t", "int16": "int16_t", "int32": "int", "int64": "int64_t"}
_REAL = frozenset({int, float})
_CATEGORY = {"b": 0, "i": 1, "u": 1, "f": 2, "c": 3}  # of a NumPy kind; a higher one wins whatever its dimension


def default_dtype() -> np.dtype[Any]:
    """What floating-point numbers become where nothing says otherwise."""
    return settings().default_dtype


def set_default_dtype(dtype: np.dtype[Any]) -> None:
    """Make `dtype` (a floating-point one) the default."""
    settings().default_dtype = dtype


def by_name(name: str) -> np.dtype[Any]:
    """The dtype of a name such as "float32" or "torch.long".  Raises Problem."""
    short = name.removeprefix("torch.")
    if short not in NAMES:
        raise Problem(
            "dtype",
            f"'{name}' is not a dtype",
            type="TypeError",
            hint=did_you_mean(short, NAMES) or f"one of {', '.join(NAMES)}",
        )
    return NAMES[short]


def dtype_of(value: Any) -> np.dtype[Any]:
    """The dtype that a number or array has in promotion."""
    if isinstance(value, np.ndarray):
        return value.dtype  # type: ignore[no-any-return]
    if isinstance(value, bool):
        return BOOL
    if isinstance(value, complex):
        return complex_dtype(default_dtype())
    return INT64 if isinstance(value, int) else default_dtype()


def complex_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The complex dtype whose parts are of a floating-point dtype; of 16 bits NumPy has none, and they become 32."""
    return np.result_type(dtype, np.complex64)


def real_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The dtype of the parts of a complex dtype; any other is itself."""
    return np.dtype(f"f{dtype.itemsize // 2}") if dtype.kind == "c" else dtype


def promoted(values: list[Any]) -> np.dtype[Any]:
    """The dtype in which an operation on these arrays and numbers computes."""
    arrays = [x for x in values if isinstance(x, np.ndarray)]
    if len(arrays) == len(values) and all([x.dtype is arrays[0].dtype for x in arrays]):
        return arrays[0].dtype  # type: ignore[no-any-return]  # the everyday case
    ranks = (
        [x for x in arrays if x.ndim],
        [x for x in arrays if not x.ndim],
        [x for x in values if x is not None and not isinstance(x, np.ndarray)],
    )
    dtypes = [reduce(_join, map(dtype_of, rank)) for rank in ranks if rank]
    return reduce(_outrank, dtypes)


def _join(one: np.dtype[Any], two: np.dtype[Any]) -> np.dtype[Any]:
    """The promotion of two dtypes of equal rank: unlike NumPy's, a float never grows to hold an integer."""
    if one is two or one == two:
        return one
    low, high = (one, two) if _CATEGORY[one.kind] < _CATEGORY[two.kind] else (two, one)
    return high if high.kind in "fc" and low.kind in "biu" else np.promote_types(low, high)


def _outrank(high: np.dtype[Any], low: np.dtype[Any]) -> np.dtype[Any]:
    """The promotion across ranks: arrays before 0-d arrays before numbers, unless the lower has a higher category."""
    if _CATEGORY[low.kind] <= _CATEGORY[high.kind]:
        return high
    return complex_dtype(high) if high.kind == "f" else _join(high, low)  # the parts keep their width


def promote(values: list[Any], statics: tuple[Any, ...] = ()) -> list[Any]:
    """Casting of operations that keep integers: all operands in their promoted dtype."""
    return _cast(values, promoted(values))


def promote_with_number(values: list[Any], statics: tuple[Any, ...]) -> list[Any]:
    """The same where the first static parameter is a number that takes part."""
    if len(values) == 1 and values[0].dtype.kind == "f" and type(statics[0]) in _REAL:
        return values  # the everyday case
    return _cast(values, promoted([*values, statics[0]]))


def promote_to_float(values: list[Any], statics: tuple[Any, ...] = ()) -> list[Any]:
    """Casting of operations whose results are floating-point: integers become the default dtype."""
    dtype = promoted(values)
    return _cast(values, dtype if dtype.kind in "fc" else default_dtype())


def to_dtype(values: list[Any], statics: tuple[Any, ...]) -> list[Any]:
    """Casting of operations with a `dtype` parameter: the operand in that dtype."""
    wanted = next((each for each in statics if isinstance(each, np.dtype)), None)
    return values if wanted is None else _cast(values, wanted)


def only(kinds: str, kernel: str, casting: Casting = promote) -> Casting:
    """Casting of operations that PyTorch has for some kinds only: "f" floats, "c" complex, "iu" integers, "b" masks."""

    def check(values: list[Any], statics: tuple[Any, ...] = ()) -> list[Any]:
        values = casting(values, statics)
        dtype = values[0].dtype
        if dtype.kind not in kinds:
            raise not_implemented(kernel, dtype)
        return values

    return check


def no_masks(complaint: str, hint: str) -> Casting:
    """Casting of operations that take every dtype but masks, which PyTorch refuses with words of its own."""

    def check(values: list[Any], statics: tuple[Any, ...] = ()) -> list[Any]:
        if values[0].dtype.kind == "b":
            raise Problem("dtype", complaint, hint=hint)
        return values

    return check


def scalar_name(dtype: np.dtype[Any]) -> str:
    """PyTorch's own word for a dtype in its messages: "Double" for float64."""
    return _NAMES[name_of(dtype)][0] if name_of(dtype) in _NAMES else dtype.name


def c_name(dtype: np.dtype[Any]) -> str:
    """The name of a dtype where a C++ type slips into PyTorch's messages: "long int" for int64."""
    return _NAMES[name_of(dtype)][1] if name_of(dtype) in _NAMES else dtype.name


def tensor_type(dtype: np.dtype[Any]) -> str:
    """PyTorch's own word for a tensor of a dtype: "torch.DoubleTensor"."""
    return "CPUBoolType" if dtype.kind == "b" else f"torch.{scalar_name(dtype)}Tensor"


def not_implemented(kernel: str, dtype: np.dtype[Any]) -> Problem:
    """PyTorch's error of a kernel that is missing for a dtype."""
    hint = f"the dtype here is {name_of(dtype)}; convert it first to float64, as in x.double()"
    if dtype.kind in "iub":
        hint = hint.replace("float64,", "a floating-point one,")
    elif dtype == np.float64:
        hint = "it takes whole numbers; convert it first, as in x.long()"
    message = f"\"{kernel}\" not implemented for '{scalar_name(dtype)}'"
    return Problem("dtype", message, type="NotImplementedError", hint=hint)


def need_floats(name: str, dtype: np.dtype[Any]) -> None:
    """Refuse whole numbers and masks, which torch.linalg computes nothing of.  Raises Problem."""
    if dtype.kind not in "fc":
        raise Problem(
            "dtype",
            f"{name}: Expected a floating point or complex tensor as input. Got {scalar_name(dtype)}",
            hint="make it floating-point first: x * 1.0",
        )


def low_precision(name: str, dtype: np.dtype[Any]) -> Problem:
    """PyTorch's error of a function of torch.linalg that is given 16 bits."""
    return Problem(
        "dtype",
        f"{name}: Low precision dtypes not supported. Got {scalar_name(dtype)}",
        hint="convert it first: x.float()",
    )


def _cast(values: list[Any], dtype: np.dtype[Any]) -> list[Any]:
    if dtype.kind == "f" and is_half(dtype):  # numbers beside tensors of 16 bits have the precision that is computed in
        return [
            x
            if x is None or (isinstance(x, np.ndarray) and x.dtype == dtype)
            else as_dtype(x, dtype if isinstance(x, np.ndarray) else _SINGLE)
            for x in values
        ]
    return [x if x is None or (isinstance(x, np.ndarray) and x.dtype == dtype) else as_dtype(x, dtype) for x in values]


def fitting(value: Any, dtype: np.dtype[Any]) -> Any:
    """A number (or 0-d array) in the dtype of the tensor that it goes into.  Raises Problem where it cannot be held."""
    if dtype.kind in "iu" and not isinstance(value, (np.ndarray, complex)) and not _converts(value, dtype):
        raise Problem(
            "overflow",
            f"value cannot be converted to type {_C_NAMES.get(dtype.name, dtype.name)} without overflow",
            hint=f"{dtype.name} holds whole numbers from {np.iinfo(dtype).min} to {np.iinfo(dtype).max}",
        )
    if dtype.kind in "iuf" and isinstance(value, complex):
        value = real_number(value, dtype)
    return as_dtype(np.asarray(value), dtype)


def real_number(value: complex, dtype: np.dtype[Any]) -> float:
    """The real part of a number without any other.  Raises Problem, in PyTorch's words, where there is one."""
    if value.imag:
        raise Problem(
            "overflow",
            f"value cannot be converted to type {_C_NAMES.get(dtype.name) or c_name(dtype)} without overflow",
            hint=f"a complex number does not fit into {dtype.name}: convert the tensor first, as in x.cdouble()",
        )
    return value.real


def _converts(value: float, dtype: np.dtype[Any]) -> bool:
    """Whether a number converts to whole numbers of `dtype`; below zero, whole ones wrap around in unsigned ones."""
    bounds = np.iinfo(dtype)
    if math.isnan(value):
        return False
    if dtype.kind == "u" and value < 0:
        return -value <= bounds.max and value == int(value)
    return bounds.min <= value <= bounds.max


def as_dtype(value: Any, dtype: np.dtype[Any]) -> Any:
    """An array or number as an array of `dtype`.  Raises Problem where a number does not fit."""
    if isinstance(value, np.ndarray):
        if value.dtype.kind == "c" and dtype.kind != "c":
            value = value.real if dtype.kind != "b" else value != 0
        if not dtype.isnative:
            return in_dtype(value, dtype)
        return value.astype(dtype, order="C" if 0 in value.strides else "K")  # NumPy would put a repeated dimension last
    if type(value) in _COMPLEX_NUMBERS and dtype.kind != "c":
        value = value.real if dtype.kind != "b" else value != 0
    try:
        if dtype.kind in "iu":
            return np.asarray(value, INT64).astype(dtype)  # wraps around, as in C
        return np.asarray(value, dtype) if dtype.isnative else in_dtype(np.asarray(value, np.float64), dtype)
    except OverflowError:
        raise Problem(
            "overflow",
            f"the number {str(value)[:24]}{'...' if len(str(value)) > 24 else ''} does not fit into {dtype.name}",
            type="OverflowError",
            hint="write it with a decimal point or an exponent, as 1e30",
        ) from None


def unpromoted(values: list[Any], statics: tuple[Any, ...]) -> list[Any]:
    """Casting of products of matrices, which do not promote."""
    return [as_array(each) for each in values]

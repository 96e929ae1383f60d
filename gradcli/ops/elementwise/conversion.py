"""The same values in another dtype: to, type_as, and a method for each dtype, such as double()."""

from __future__ import annotations

from typing import Any

from gradcli.graph.half_precision import name_of
from gradcli.graph.tensor import Tensor
from gradcli.graph.types import Array
from gradcli.ops.core import dtypes
from gradcli.ops.core.builders import composite, linear
from gradcli.ops.core.parameter_types import DType
from gradcli.ops.core.table import family

family("conversion")


def _cast(x: Array, /, dtype: DType) -> Any:
    wanted: Any = dtype
    if x.dtype.kind == "c" and wanted.kind != "c":
        x = x.real if wanted.kind != "b" else x != 0
    return x.astype(wanted) if wanted.isnative else dtypes.as_dtype(x, wanted)


cast = linear(
    "to",
    _cast,
    lambda g: g,  # the sweep casts it back
    operator="cast to",
    function=False,
    method=False,
    grad_fn="ToCopyBackward0",
    doc="The values in another dtype.",
)


def to(x: Tensor, dtype: Any) -> Tensor:
    """A tensor in a dtype: itself, if it has it."""
    return x if x.ndarray.dtype == dtype else cast(x, dtype)


def _to(x: Tensor, /, dtype: DType) -> Any:
    return to(x, dtype)


composite(
    "to",
    _to,
    function=False,
    namespace="Tensor",
    aliases=("type",),
    doc="The values in another dtype.",
    samples=("x.to(float32)",),
)


def _conversion(name: str, dtype: Any) -> None:
    composite(
        name,
        lambda x, /: to(x, dtype),
        function=False,
        namespace="Tensor",
        doc=f"The values as {name_of(dtype)}.",
        samples=(f"x.{name}()",),
    )


CONVERSIONS = {
    "double": "float64",
    "float": "float32",
    "half": "float16",
    "bfloat16": "bfloat16",
    "long": "int64",
    "int": "int32",
    "short": "int16",
    "char": "int8",
    "byte": "uint8",
    "bool": "bool",
    "cdouble": "complex128",
    "cfloat": "complex64",
}
for _name, _kind in CONVERSIONS.items():
    _conversion(_name, dtypes.NAMES[_kind])


def _type_as(x: Tensor, y: Tensor, /) -> Any:
    return _to(x, y.ndarray.dtype)


composite(
    "type_as",
    _type_as,
    function=False,
    namespace="Tensor",
    doc="The values in the dtype of y.",
    samples=("x.type_as(y)", "x.type_as(y > 0)"),
)
composite(
    "to",
    _type_as,
    function=False,
    overload="other",
    namespace="Tensor",
    doc="The values in the dtype of y.",
    samples=("x.to(y.float())",),
)

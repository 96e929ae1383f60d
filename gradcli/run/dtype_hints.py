"""What to do about dtypes that do not go together, with the user's own names: an operation's hint knows only its operands."""

from __future__ import annotations

from collections.abc import Mapping

from gradcli.graph.tensor import Tensor

_CONVERSIONS = {"float64": "double", "float32": "float", "float16": "half"}
_CONVERT = ("convert one of them", "make it floating-point", "the dtype here is int")
_WHOLE = "it takes whole numbers"
_COMPARE = "compare it with something"


def hint(general: str, tensors: Mapping[str, Tensor]) -> str:
    """The hint `general` of an operation, said of the tensors with names that it was given, or as it is."""
    dtypes = {name: value.ndarray.dtype for name, value in tensors.items()}
    floats = {name: dtype.name for name, dtype in dtypes.items() if dtype.kind == "f"}
    others = [name for name, dtype in dtypes.items() if dtype.kind in "iu"]
    if general.startswith(_COMPARE):
        return f"compare it with something: {others[0]} > 0" if others else general
    if general.startswith(_WHOLE):
        return (
            f"it takes whole numbers; write {next(iter(floats))}.long(), or bind a constant without a point"
            if floats
            else general
        )
    if not general.startswith(_CONVERT):
        return general
    word = _CONVERSIONS.get(next(iter(floats.values()), "float64"), "double")
    if others:
        name = others[0]
        return f"{name} holds whole numbers: write {name}.{word}(), or bind it with a point, 1. in place of 1"
    if len(set(floats.values())) > 1:
        first, *_, last = floats
        return (
            f"{first} is {floats[first]} and {last} {floats[last]}: write {first}.{_CONVERSIONS.get(floats[last], 'double')}()"
        )
    return f"write whole numbers with a point, as in [1., 2.], or convert them with .{word}()"

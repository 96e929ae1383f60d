"""From a call as it is written to an operation, its operands and its static parameters: overloads, keywords, kinds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from gradcli.errors import Problem, did_you_mean
from gradcli.graph.operation import REQUIRED, Operation, Parameter
from gradcli.graph.tensor import Tensor, from_array
from gradcli.ops.core import dtypes
from gradcli.ops.core.literals import literal
from gradcli.ops.core.table import PUBLIC_NAMES

# NumPy's words for what PyTorch calls otherwise, and PyTorch's second words.
SYNONYMS = {"axis": "dim", "keepdims": "keepdim", "input": "x", "self": "x", "other": "y", "weights": "weight"}


class Mismatch(Exception):
    """A row does not take this call; `progress` tells which row came nearest."""

    def __init__(self, message: str, progress: int, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.progress = progress
        self.hint = hint


def call(name: str, rows: Sequence[Operation], args: Sequence[Any], keywords: Mapping[str, Any]) -> Any:
    """Call `name` (whose overloads are `rows`) as Python would.  Gives a Tensor, Outputs or a value; raises Problem."""
    row, operands, statics = bind(name, rows, args, keywords)
    return row.call(operands, *statics) if row.variadic else row.call(*operands, *statics)


def bind(
    name: str, rows: Sequence[Operation], args: Sequence[Any], keywords: Mapping[str, Any]
) -> tuple[Operation, tuple[Any, ...], tuple[Any, ...]]:
    """The first row that takes the call, with its operands and static parameters.  Raises Problem."""
    best: Mismatch | None = None
    for strict in (True, False):  # a tensor stands for a number only where nothing else fits
        for row in rows:
            try:
                return (row, *_bound(row, args, keywords, strict))
            except Mismatch as mismatch:
                if best is None or (mismatch.progress, bool(mismatch.hint)) > (best.progress, bool(best.hint)):
                    best = mismatch
    assert best is not None
    signatures = " or ".join(dict.fromkeys([signature(row) for row in rows]))
    raise Problem(
        "argument",
        f"{name}(): {best.message}",
        type="TypeError",
        hint="; ".join([each for each in (best.hint, f"the signature is {signatures}") if each]),
    )


def signature(row: Operation) -> str:
    """How a row is called, in PyTorch's names: "sum(input, dim, keepdim=False)"."""
    optional = len(row.operands) - row.optional
    parts = [PUBLIC_NAMES.get(name, name) + ("=None" if place >= optional else "") for place, name in enumerate(row.operands)]
    starred = False
    for each in row.statics:
        if each.keyword_only and not starred:
            parts.append("*")
            starred = True
        parts.append(
            ("*" if each.kind in ("Sizes", "Operands") and each.default is REQUIRED and not starred else "")
            + each.name
            + ("" if each.default is REQUIRED else f"={_shown(each.default)}")
        )
    return f"{row.name}({', '.join(parts)})"


def _shown(value: Any) -> str:
    return f"'{value}'" if isinstance(value, str) else getattr(value, "name", None) or str(value)


def _bound(
    row: Operation, args: Sequence[Any], keywords: Mapping[str, Any], strict: bool
) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    values = _positional(row, args)
    for key, value in keywords.items():
        key, value = _known_key(row, key, value)
        if key in values:
            raise Mismatch(f"got multiple values for argument '{key}'", len(values))
        values[key] = value
    operands = _operands(row, values)
    statics = tuple([_static(each, values, strict, len(values)) for each in row.statics])
    return operands, statics


def _positional(row: Operation, args: Sequence[Any]) -> dict[str, Any]:
    """The positional arguments by name; the numbers at the end are one list where the row takes sizes."""
    values = dict(zip(row.operands, args))
    rest = list(args[len(row.operands) :])
    for each in row.statics:
        if not rest or each.keyword_only:
            break
        if each.kind == "Operands":
            values[each.name], rest = _listed(rest), []
        elif each.kind == "Sizes" and each is row.statics[0] and not isinstance(rest[0], (list, tuple)):
            values[each.name], rest = rest, []
        else:
            values[each.name] = rest.pop(0)
    if rest:
        most = len(args) - len(rest)
        raise Mismatch(f"takes {most} positional argument{'s' * (most != 1)} but {len(args)} were given", most)
    return values


def _listed(rest: list[Any]) -> list[Any]:
    """Tensors as one list, which may also be given as so many arguments."""
    return list(rest[0]) if len(rest) == 1 and isinstance(rest[0], (list, tuple)) else rest


def _known_key(row: Operation, key: str, value: Any) -> tuple[str, Any]:
    """A keyword under the name that the row has for it."""
    names = [*row.operands, *[each.name for each in row.statics]]
    if key in names:
        return key, value
    if SYNONYMS.get(key) in names:
        return SYNONYMS[key], value
    if key == "input" and row.operands[:1] == ("A",):  # torch.linalg's word, where torch.inverse says input
        return "A", value
    public = [PUBLIC_NAMES.get(name, name) for name in names]
    raise Mismatch(f"got an unexpected keyword argument '{key}'", 0, did_you_mean(key, public))


def _operands(row: Operation, values: dict[str, Any]) -> tuple[Any, ...]:
    if row.variadic:
        listed = values.get(row.operands[0])
        if not isinstance(listed, (list, tuple)):
            raise Mismatch("expected a list of Tensors", 1 if listed is not None else 0, f"write {row.name}([x, y])")
        return tuple([as_tensor(each) for each in listed])
    operands: list[Any] = []
    needed = len(row.operands) - row.optional
    for place, name in enumerate(row.operands):
        value = values.get(name)
        if value is None and (name in values or place >= needed):
            if place < needed:
                raise Mismatch(f"argument '{PUBLIC_NAMES.get(name, name)}' must be Tensor, not None", place)
            operands.append(None)
        elif name not in values:
            raise Mismatch(f"missing required argument '{PUBLIC_NAMES.get(name, name)}'", place)
        else:
            operands.append(_operand(row, name, value, place))
    if operands and not any([isinstance(each, Tensor) for each in operands]):  # numbers alone
        operands[0] = as_tensor(operands[0]) if operands[0] is not None else None
    return tuple(operands)


def _operand(row: Operation, name: str, value: Any, place: int) -> Any:
    if isinstance(value, Tensor):
        return value
    if isinstance(value, (int, float)):
        # A composite is written for tensors, unless it stands for an operator.
        return as_tensor(value) if row.operator is None and (row.composite or place == 0) else value
    if isinstance(value, (list, tuple)):
        return as_tensor(value)
    raise Mismatch(f"argument '{PUBLIC_NAMES.get(name, name)}' must be Tensor, not {kind_of(value)}", place)


def as_tensor(value: Any) -> Tensor:
    """A tensor, or a number or nested list of numbers as one.  Raises Problem."""
    if isinstance(value, Tensor):
        return value
    if isinstance(value, (int, float, list, tuple)):
        return from_array(literal(value, detaching=False))
    raise Problem("type", f"expected a tensor, not {kind_of(value)}", type="TypeError")


def kind_of(value: Any) -> str:
    """What a value is, in a user's words."""
    if isinstance(value, Tensor):
        return f"a tensor of shape {list(value.shape)}"
    words = {
        bool: "a truth value",
        int: "a whole number",
        float: "a number",
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


def _static(parameter: Parameter, values: dict[str, Any], strict: bool, progress: int) -> Any:
    if parameter.name not in values:
        if parameter.default is REQUIRED:
            raise Mismatch(f"missing required argument '{parameter.name}'", progress)
        return parameter.default
    value = values[parameter.name]
    if isinstance(value, Tensor) and not strict and parameter.kind != "Anything":
        value = value.array.item() if value.array.size == 1 and not value.requires_grad else value
    kinds = parameter.kind.split(" | ")
    if value is None and (parameter.default is None or "None" in kinds):
        return None
    kinds = [each for each in kinds if each != "None"]
    for kind in kinds:
        checked = KINDS[kind](value)
        if checked is not REQUIRED:
            return checked
    raise Mismatch(
        f"argument '{parameter.name}' must be {' or '.join([WORDS[kind] for kind in kinds])}, not {kind_of(value)}",
        progress,
        "it is not differentiable: bind it with -c, or detach it"
        if isinstance(value, Tensor) and value.requires_grad
        else None,
    )


def _whole(value: Any) -> Any:
    return value if isinstance(value, int) and not isinstance(value, bool) else REQUIRED


def _number(value: Any) -> Any:
    return value if isinstance(value, (int, float)) else REQUIRED


def _dims(value: Any) -> Any:
    return _sizes(value) if isinstance(value, (list, tuple)) else None if value is None else _whole(value)


def _sizes(value: Any) -> Any:
    if isinstance(value, Tensor):
        return REQUIRED
    values = tuple(value) if isinstance(value, (list, tuple)) else (value,)
    return values if all([_whole(each) is not REQUIRED for each in values]) else REQUIRED


def _wholes(value: Any) -> Any:
    if isinstance(value, Tensor) and value.ndim == 1 and value.array.dtype.kind in "iu":
        value = value.array.tolist()
    return REQUIRED if value is None else _dims(value)


def _tensors(value: Any) -> Any:
    return tuple([as_tensor(each) for each in value]) if isinstance(value, (list, tuple)) else REQUIRED


def _dtype(value: Any) -> Any:
    if isinstance(value, str):
        return dtypes.by_name(value)
    return value if value is None or isinstance(value, np.dtype) else REQUIRED


KINDS: dict[str, Callable[[Any], Any]] = {
    "int": _whole,
    "Dim": _whole,
    "Number": _number,
    "Dims": _dims,
    "Wholes": _wholes,
    "Sizes": _sizes,
    "DType": _dtype,
    "Operands": _tensors,
    "Anything": lambda value: value,
    "bool": lambda value: value if isinstance(value, bool) else REQUIRED,
    "str": lambda value: value if isinstance(value, str) else REQUIRED,
    "Any": lambda value: value,
}
WORDS = {
    "int": "a whole number",
    "Dim": "a whole number",
    "Number": "a number",
    "Dims": "a dimension or a list of them",
    "Wholes": "a whole number or a list of them",
    "Sizes": "whole numbers",
    "DType": "a dtype",
    "Operands": "tensors",
    "bool": "True or False",
    "str": "a string",
    "Anything": "a value",
    "Any": "a value",
}

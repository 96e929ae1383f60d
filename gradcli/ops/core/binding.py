"""From a call as it is written to an operation, its operands and its static parameters: overloads, keywords, kinds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gradcli.errors import Problem, did_you_mean
from gradcli.graph.operation import REQUIRED, Operation, Parameter
from gradcli.graph.tensor import Tensor
from gradcli.ops.core.parameter_types import KINDS, LISTED, REFUSED, as_tensor, kind_of, number, type_name
from gradcli.ops.core.table import public_name

__all__ = ["as_tensor", "bind", "call", "kind_of", "signature"]

# NumPy's words for what PyTorch calls otherwise, and PyTorch's second words.
SYNONYMS = {
    "axis": "dim", "from": "from_", "input": "x", "keepdims": "keepdim", "other": "y", "self": "x",
    "split_size_or_sections": "split_size", "weights": "weight",
}  # fmt: skip
_NUMBERS = (int, float, complex)


class Mismatch(Exception):
    """A row does not take this call; `progress` tells which row came nearest."""

    def __init__(self, message: str, progress: int, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message  # behind the function's name: ": argument 'dim' must be int, not str"
        self.progress = progress
        self.hint = hint


def call(name: str, rows: Sequence[Operation], args: Sequence[Any], keywords: Mapping[str, Any], bound: int = 0) -> Any:
    """Call `name` as Python would; see `bind`.  Gives a Tensor, Outputs or a value; raises Problem."""
    row, operands, statics = bind(name, rows, args, keywords, bound)
    return row.call(operands, *statics) if row.variadic else row.call(*operands, *statics)


def bind(
    name: str, rows: Sequence[Operation], args: Sequence[Any], keywords: Mapping[str, Any], bound: int = 0
) -> tuple[Operation, tuple[Any, ...], tuple[Any, ...]]:
    """The first row that takes the call, with its operands and static parameters.  Raises Problem.

    name   as it is written in the call, for messages
    rows   its overloads
    bound  how many of `args` stand before the dot: 1 for a method
    """
    for strict in (True, False):  # a tensor stands for a number only where nothing else fits
        mismatches = []
        for row in rows:
            try:
                return (row, *_bound(row, args, keywords, strict, bound))
            except Mismatch as mismatch:
                mismatches.append(mismatch)
    raise _refused(name.replace(".", "_"), rows, mismatches, _types(args[bound:], keywords))


def _refused(name: str, rows: Sequence[Operation], mismatches: list[Mismatch], types: str) -> Problem:
    """The error of a call that no row takes: by the row that came nearest, in PyTorch's words for one or several rows."""
    best = max(mismatches, key=lambda each: (each.progress, bool(each.hint)))
    if any([each.message != best.message for each in mismatches]):
        opening = f"{name}() received an invalid combination of arguments - got ({types}): {best.message.lstrip(': ')}"
    else:
        opening = f"{name}(){best.message}"
    signatures = " or ".join(dict.fromkeys([signature(row) for row in rows]))
    hint = "; ".join([each for each in (best.hint, f"the signature is {signatures}") if each])
    return Problem("argument", opening, type="TypeError", hint=hint)


def _types(args: Sequence[Any], keywords: Mapping[str, Any]) -> str:
    """What a call was given, as PyTorch lists it: "Tensor, dim=str"."""
    return ", ".join([*map(type_name, args), *[f"{name}={type_name(value)}" for name, value in keywords.items()]])


def signature(row: Operation) -> str:
    """How a row is called, in PyTorch's names: "sum(input, dim, keepdim=False)"."""
    optional = len(row.operands) - row.optional
    parts = [public_name(row, name) + ("=None" if place >= optional else "") for place, name in enumerate(row.operands)]
    starred = False
    for each in row.statics:
        if each.keyword_only and not starred:
            parts.append("*")
            starred = True
        parts.append(
            ("*" if each.kind in LISTED and each.default is REQUIRED and not starred else "")
            + each.name
            + ("" if each.default is REQUIRED else f"={_shown(each.default)}")
        )
    return f"{row.name}({', '.join(parts)})"


def _shown(value: Any) -> str:
    return f"'{value}'" if isinstance(value, str) else getattr(value, "name", None) or str(value)


def _bound(
    row: Operation, args: Sequence[Any], keywords: Mapping[str, Any], strict: bool, bound: int
) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    values = _positional(row, args, bound)
    written = len(values), bound
    for key, value in keywords.items():
        key, value = _known_key(row, key, value)
        if key in values:
            raise Mismatch(f" got multiple values for argument '{key}'", len(values))
        values[key] = value
    operands = _operands(row, values, written, strict)
    if any([each.default is REQUIRED and each.name not in values for each in row.statics]):
        raise _missing(row, values, len(values))
    return operands, tuple([_static(each, values, strict, written) for each in row.statics])


class Spread(list[Any]):
    """Sizes that were given as so many arguments."""


def _spreads(rest: Sequence[object]) -> bool:
    """Whether sizes are given as so many arguments."""
    return not isinstance(rest[0], (list, tuple, str)) and (len(rest) > 1 or hasattr(rest[0], "__index__"))


def _positional(row: Operation, args: Sequence[Any], bound: int) -> dict[str, Any]:
    """The positional arguments by name; the numbers at the end are one list where the row takes sizes."""
    spread = row.variadic and len(args) > 1 and all([each.keyword_only for each in row.statics])
    kinds = (Tensor, *_NUMBERS) if row.namespace == "gradcli" else Tensor
    if spread and all([isinstance(each, kinds) for each in args]):
        args = [list(args)]  # tensors may be given as so many arguments, where nothing else can be meant
    values = dict(zip(row.operands, args))
    rest = list(args[len(row.operands) :])
    for each in row.statics:
        if not rest or each.keyword_only:
            break
        if each.kind == "Operands":
            values[each.name], rest = _listed(rest), []
        elif each.kind == "Sizes" and each is row.statics[0] and _spreads(rest):
            values[each.name], rest = rest, []
        else:
            values[each.name] = rest.pop(0)
    if rest:
        most = len(args) - len(rest)
        given = len(args) - bound
        raise Mismatch(f" takes {most - bound} positional argument{'s' * (most - bound != 1)} but {given} were given", most)
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
    public = [public_name(row, name) for name in names]
    if key in public:
        return names[public.index(key)], value
    raise Mismatch(f" got an unexpected keyword argument '{key}'", 0, did_you_mean(key, public))


def _operands(row: Operation, values: dict[str, Any], written: tuple[int, int], strict: bool) -> tuple[Any, ...]:
    if row.variadic:
        return _operand_list(row, values, written, strict)
    operands: list[Any] = []
    needed = len(row.operands) - row.optional
    for place, name in enumerate(row.operands):
        if name in values:
            operands.append(_operand(row, name, values, written, place))
        elif place >= needed:
            operands.append(None)
        else:
            raise _missing(row, values, place)
    if operands and not any([isinstance(each, Tensor) for each in operands]):  # numbers alone
        operands[0] = as_tensor(operands[0]) if operands[0] is not None else None
    return tuple(operands)


def _operand_list(row: Operation, values: dict[str, Any], written: tuple[int, int], strict: bool) -> tuple[Any, ...]:
    name = row.operands[0]
    if name not in values:
        raise _missing(row, values, 0)
    listed = values[name]
    if not isinstance(listed, (list, tuple)) or (strict and not all([isinstance(each, Tensor) for each in listed])):
        raise _wrong(name, "tuple of Tensors", values, written, 1, f"write {row.name}([x, y])", public_name(row, name))
    return tuple([as_tensor(each) for each in listed])


def _operand(row: Operation, name: str, values: dict[str, Any], written: tuple[int, int], place: int) -> Any:
    value = values[name]
    if isinstance(value, Tensor):
        return value
    if isinstance(value, (*_NUMBERS, np.number)):
        value = value if isinstance(value, complex) else number(value)
        # A composite is written for tensors, unless it says otherwise.
        return as_tensor(value) if not row.keeps_numbers and (row.composite or place == 0) else value
    if isinstance(value, (list, tuple)):
        return as_tensor(value)
    if value is None and place >= len(row.operands) - row.optional:
        return None
    raise _wrong(name, "Tensor", values, written, place, title=public_name(row, name))


def _missing(row: Operation, values: dict[str, Any], progress: int) -> Mismatch:
    """The error of a call that lacks arguments, which PyTorch counts."""
    needed = [
        *row.operands[: len(row.operands) - row.optional],
        *[each.name for each in row.statics if each.default is REQUIRED],
    ]
    lacking = [public_name(row, each) for each in needed if each not in values]
    names = ", ".join([f'"{each}"' for each in lacking])
    return Mismatch(f" missing {len(lacking)} required positional arguments: {names}", progress)


def _wrong(
    name: str,
    word: str,
    values: dict[str, Any],
    written: tuple[int, int],
    progress: int,
    hint: str | None = None,
    title: str | None = None,
) -> Mismatch:
    """The error of an argument of the wrong type.

    written  how many arguments have no name, and how many of these stand before the dot
    title    PyTorch's name of the argument, where it is another one
    """
    value, place = values[name], list(values).index(name) + 1
    position = f" (position {place - written[1]})" if place <= written[0] else ""
    found = f"not {type_name(value)}"
    if word == "tuple of ints" and isinstance(value, (list, tuple)) and value:
        wrong = next((at for at, each in enumerate(value) if type(each) is not int), 0)
        if wrong:
            told = f'"type must be tuple of ints,but got {type_name(value[wrong])}"'
            words = f": argument '{title or name}' failed to unpack the object at pos {wrong + 1} with error {told}"
            return Mismatch(words, progress, hint)
        found = f"but found element of type {type_name(value[wrong])} at pos {wrong}" if value else found
    return Mismatch(f": argument '{title or name}'{position} must be {word}, {found}", progress, hint)


def _static(parameter: Parameter, values: dict[str, Any], strict: bool, written: tuple[int, int]) -> Any:
    if parameter.name not in values:
        return parameter.default
    value = values[parameter.name]
    kinds = parameter.kind.split(" | ")
    if value is None and (parameter.default is None or "None" in kinds):
        return None
    if (
        "Tensor" not in kinds
        and not strict
        and isinstance(value, Tensor)
        and not value.requires_grad
        and value.ndarray.size == 1
    ):
        value = value.ndarray.item()
    known = [KINDS[kind] for kind in kinds if kind != "None"]
    for kind in known:
        read = kind.read(value)
        if read is not REFUSED:
            return read
    hint = (
        "it is not differentiable: bind it with -c, or detach it" if isinstance(value, Tensor) and value.requires_grad else None
    )
    word = " or ".join(dict.fromkeys([kind.word for kind in known]))
    raise _wrong(parameter.name, word, values, written, len(values), hint)

"""Schemas of operators, as PyTorch writes them: `foo(Tensor x, float k=2., *, SymInt n=1) -> (Tensor, SymInt)`.

parsed(text)                      a Schema, which binds the arguments of a call
infer_schema(function, ...)       the text of the schema of a function with annotations
"""

from __future__ import annotations

import ast
import inspect
import re
import types
import typing
from collections.abc import Iterable, Sequence
from typing import Any

from gradcli.graph.tensor import Tensor
from gradcli.torch._dtypes import device, dtype

REQUIRED: Any = object()  # the default of an argument that has none
_PYTHON_NAMES: dict[Any, str] = {
    Tensor: "Tensor", int: "SymInt", float: "float", bool: "bool", str: "str", complex: "Scalar", dtype: "ScalarType",
    device: "Device",
}  # fmt: skip
_ARGUMENT = re.compile(r"(?P<type>\S+)\s+(?P<name>\w+)\s*(=\s*(?P<default>.*))?$")


class Argument:
    """One argument: the name of its type without marks ("Tensor[]"), and whether a call changes it."""

    __slots__ = ("default", "keyword_only", "mutated", "name", "type")

    def __init__(self, text: str, keyword_only: bool) -> None:
        found = _ARGUMENT.match(text.strip())
        if found is None:
            raise RuntimeError(f"expected an argument with a type and a name, but found '{text.strip()}'")
        kind = found["type"]
        self.name = found["name"]
        self.mutated = "!" in kind
        self.type = re.sub(r"\(.*?\)", "", kind)
        self.default = REQUIRED if found["default"] is None else _value(found["default"])
        self.keyword_only = keyword_only

    def accepts(self, value: Any) -> bool:
        """Whether a value may stand for it, as far as tensors go."""
        if self.type == "Tensor":
            return isinstance(value, Tensor) or value is None
        return not (self.type in ("int", "SymInt", "float", "bool", "str") and isinstance(value, Tensor) and value.ndim)


def _value(text: str) -> Any:
    """A default: a number, a string, None, True or False, a list; a name stands for itself."""
    try:
        return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError):
        return text.strip()


class Schema:
    """The arguments of an operator, in order, and its text."""

    def __init__(self, text: str) -> None:
        found = re.match(r"\s*(?P<name>[\w:.]*)\s*\((?P<arguments>.*)\)\s*->\s*(?P<returns>.*)$", text, re.DOTALL)
        if found is None:
            raise RuntimeError(f"expected a schema such as 'foo(Tensor x) -> Tensor', but found '{text}'")
        self.text = text.strip()
        self.name = found["name"]
        keyword_only = False
        self.arguments: list[Argument] = []
        for part in _parts(found["arguments"]):
            if part == "*":
                keyword_only = True
            else:
                self.arguments.append(Argument(part, keyword_only))

    def __str__(self) -> str:
        return self.text

    def bind(self, name: str, args: Sequence[Any], kwargs: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        """The values of all arguments of a call, those that are given by name alone apart.  Raises RuntimeError."""
        left = dict(kwargs)
        positional = [each for each in self.arguments if not each.keyword_only]
        if len(args) > len(positional):
            words = f"{name}() expected at most {len(positional)} argument(s) but received {len(args)} argument(s)."
            raise RuntimeError(f"{words} Declaration: {self}")
        values: dict[str, Any] = {}
        for place, each in enumerate(self.arguments):
            given = args[place] if place < len(args) else left.pop(each.name, each.default)
            if given is REQUIRED:
                raise RuntimeError(f"{name}() is missing value for argument '{each.name}'. Declaration: {self}")
            if not each.accepts(given):
                raise RuntimeError(
                    f"{name}() Expected a value of type '{each.type}' for argument '{each.name}' but instead found type "
                    f"'{type(given).__name__}'.\nPosition: {place}\nValue: {given}\nDeclaration: {self}\nCast error details: "
                    f"Unable to cast {given} to {each.type}"
                )
            values[each.name] = given
        if left:
            raise RuntimeError(f"Unknown keyword argument '{next(iter(left))}' for operator '{name}'. Schema: {self}")
        named = {each.name: values.pop(each.name) for each in self.arguments if each.keyword_only}
        return list(values.values()), named


def _parts(text: str) -> list[str]:
    """What stands between the commas that are in no brackets."""
    parts, depth, start = [], 0, 0
    for place, sign in enumerate(text):
        depth += (sign in "([") - (sign in ")]")
        if sign == "," and not depth:
            parts.append(text[start:place].strip())
            start = place + 1
    return [each for each in (*parts, text[start:].strip()) if each]


# --- schemas of functions -------------------------------------------------------------------------------------------


def infer_schema(prototype_function: Any, /, *, mutates_args: Any, op_name: str | None = None) -> str:
    """The schema of a function, from its annotations.

    mutates_args  the names of the arguments that it changes, or "unknown"
    Raises ValueError for what has no annotation, or one of a type that operators do not take.
    """
    signature = inspect.signature(prototype_function)
    hints = _annotations(prototype_function)
    unknown = set() if mutates_args == "unknown" else {*mutates_args} - signature.parameters.keys()
    if unknown:
        raise ValueError(f"infer_schema(func): {unknown} in mutates_args were not found in the arguments of the function")
    shown, starred = [], False
    for name, parameter in signature.parameters.items():
        if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            raise ValueError(f"infer_schema(func): We do not support positional-only, varargs, or varkwargs: {name}")
        if name not in hints:
            words = f"infer_schema(func): Parameter {name} must have a type annotation. Got func with signature"
            raise ValueError(f"{words} {signature})")
        if parameter.kind is parameter.KEYWORD_ONLY and not starred:
            shown.append("*")
            starred = True
        kind = _type_name(hints[name])
        if kind is None:
            raise ValueError(f"infer_schema(func): Parameter {name} has unsupported type {hints[name]}.")
        if kind.startswith("Tensor") and (mutates_args == "unknown" or name in mutates_args):
            kind = kind.replace("Tensor", f"Tensor(a{len(shown) - starred}!)", 1)
        default = "" if parameter.default is parameter.empty else f"={_default(parameter.default)}"
        shown.append(f"{kind} {name}{default}")
    return f"{op_name or ''}({', '.join(shown)}) -> {_returns(hints.get('return', REQUIRED))}"


def _annotations(function: Any) -> dict[str, Any]:
    try:
        return typing.get_type_hints(function)
    except NameError as error:
        raise ValueError(f"infer_schema(func): unsupported type annotation: {error}") from error


def _type_name(annotation: Any) -> str | None:
    """PyTorch's name of a type, or None where operators do not take it."""
    if annotation in _PYTHON_NAMES:
        return _PYTHON_NAMES[annotation]
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (typing.Union, types.UnionType):
        others = [each for each in inner if each is not type(None)]
        if len(others) < len(inner) and len(others) == 1:
            name = _type_name(others[0])
            return None if name is None else f"{name}?"
        return "Scalar" if set(others) <= {int, float, bool} else None
    if origin in (list, Sequence, Iterable):
        name = _type_name(inner[0])
        return None if name is None else f"{name}[]"
    return None


def _default(value: Any) -> str:
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, float) and value.is_integer():
        return f"{value:.0f}."
    return str(value).removeprefix("torch.")


def _returns(annotation: Any) -> str:
    if annotation is type(None):
        return "()"
    if annotation is REQUIRED:
        raise ValueError("infer_schema(func): No return type annotation was provided. Please add one.")
    inner = typing.get_args(annotation) if typing.get_origin(annotation) is tuple else (annotation,)
    names = [_type_name(each) for each in inner]
    if None in names:
        raise ValueError(f"infer_schema(func): Return has unsupported type {annotation}.")
    shown = ", ".join([str(each) for each in names])
    return f"({shown})" if typing.get_origin(annotation) is tuple else shown

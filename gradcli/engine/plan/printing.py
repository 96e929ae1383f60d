"""A program as text: what goes in, one equation a line, what comes out."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from string import ascii_lowercase
from typing import Any

import numpy as np

from gradcli.engine.plan.program import Equation, Program, Ref
from gradcli.graph.half_precision import name_of

_SHORT = {"float64": "f64", "float32": "f32", "float16": "f16", "bfloat16": "bf16", "int64": "i64", "int32": "i32"}
_SHOWN = 6  # elements of a constant


def text(program: Program) -> str:
    """The program in lines such as "b:f64[2,2] = multiply a 3.0"."""
    names = _names(program)

    def typed(number: int) -> str:
        return f"{names[number]}:{type_name(*program.types[number])}"

    lines = [f"in   {' '.join([typed(number) for number in range(program.inputs)])}".rstrip()]
    for equation in program.equations:
        given = " ".join([typed(each) for each in equation.outputs])
        lines.append(f"     {given} = {_call(equation, names)}")
    lines.append(f"out  {' '.join([_shown(each, names) for each in program.outputs])}")
    return "\n".join(lines)


def type_name(shape: tuple[int, ...], dtype: np.dtype[Any]) -> str:
    """A type in short: "f64[2,3]"."""
    return f"{_SHORT.get(name_of(dtype), name_of(dtype))}[{','.join(map(str, shape))}]"


def _names(program: Program) -> dict[int, str]:
    """A name for each variable that is there: the user's for inputs, then a, b, ..., z, aa, ab, ..."""
    names = dict(enumerate(program.names))
    letters = _letters(set(program.names))
    for equation in program.equations:
        names.update([(each, next(letters)) for each in equation.outputs])
    return names


def _letters(taken: set[str]) -> Iterator[str]:
    length = 1
    while True:
        for each in product(ascii_lowercase, repeat=length):
            if (name := "".join(each)) not in taken:
                yield name
        length += 1


def _call(equation: Equation, names: dict[int, str]) -> str:
    args = equation.args
    if equation.label in ("sum", "prod", "max", "min", "any", "all"):
        args = args[:1] if args[1] is None else args[:2]
    words = [f"{name}={_shown(each, names)}" for name, each in equation.words.items()]
    return " ".join([equation.label, *[_shown(each, names) for each in args], *words])


def _shown(value: object, names: dict[int, str]) -> str:
    if type(value) is Ref:
        return names[value.number]
    if type(value) is slice:
        parts = ["" if each is None else _shown(each, names) for each in (value.start, value.stop)]
        return ":".join(parts) + ("" if value.step is None else f":{_shown(value.step, names)}")
    if isinstance(value, (list, tuple)):
        opening, closing = "()" if isinstance(value, tuple) else "[]"
        return f"{opening}{', '.join([_shown(each, names) for each in value])}{closing}"
    if isinstance(value, (np.ndarray, np.generic)):
        if value.size > _SHOWN:
            filled = value.size and not any(np.asarray(value).strides)
            inner = f"{value.flat[0]} ..." if filled else "..."
            return f"{type_name(value.shape, value.dtype)}{{{inner}}}"
        return repr(value.tolist())
    if value is Ellipsis:
        return "..."
    return getattr(value, "__name__", None) or repr(value) if not isinstance(value, np.dtype) else value.name

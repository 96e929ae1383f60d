"""Cases from the table: every row's samples as calls, each with concrete operands.

A sample is a call, with the shapes of its operands in front where they are not (2, 3), or their values: "y:3 x @ y",
"x=[0.,1.] sqrt(x)".  A public row without samples is called by its name and its operator on operands that broadcast.
Every call is also written as a method, and under the row's other names; and made again with shapes that it may refuse.
Operands are drawn inside the row's domain, by a generator that every version of Python has, and away from the
multiples of 0.05, where kinks are.  More calls stand in calls.txt, those at kinks in kinks.txt,
and those with first derivatives that PyTorch lacks in beyond.txt.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import islice
from math import inf, nan, prod
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import numpy as np

from gradcli.graph.operation import Operation
from gradcli.ops import catalogue
from gradcli.ops.core.domains import REAL, Domain

Shape = tuple[int, ...]
Given = dict[str, Any]  # the shapes of operands, or their values
Array = np.ndarray[Any, Any]

USUAL: Shape = (2, 3)
PAIRS: tuple[tuple[Shape, Shape], ...] = (
    ((2, 3), (2, 3)),
    ((2, 3), (3,)),
    ((2, 1), (1, 3)),
    ((), (2, 3)),
    ((2, 3), ()),
    ((), ()),
    ((0, 3), (3,)),
)
OTHERS: tuple[tuple[Shape, Shape], ...] = (((), ()), ((0, 3), (0, 3)), ((4,), (3,)), ((2, 1, 3), (4, 1)), ((3, 2), (2, 3)))
OPERATORS = ("+", "-", "*", "/", "//", "%", "**", "neg")  # those that need no samples of their own
DTYPES = ("float64", "float32", "float16", "int64", "int32", "int16", "int8", "uint8", "bool")


class Case(NamedTuple):
    """One call: `text`, and its operands by name, in the order of their names; `line` is where they were read."""

    text: str
    operands: dict[str, Array]
    line: str = ""

    @property
    def id(self) -> str:
        """The sample that says all of it, and the dtype where that is not float64."""
        shapes = [f"{name}:{','.join(map(str, array.shape)) or '()'}" for name, array in self.operands.items()]
        words = [*shapes, self.text, self.dtype]
        return self.line or " ".join(words[:-1] if self.dtype == "float64" else words)

    @property
    def dtype(self) -> str:
        """The dtype of its operands."""
        return next((array.dtype.name for array in self.operands.values()), "float64")


LACKING = "gradcli"  # the namespace of a row that PyTorch has nothing like


def _rows(lacking: bool = False) -> list[Operation]:
    """The rows that PyTorch has, or all, in an order that does not depend on what was imported first."""
    rows = [row for row in catalogue.rows() if lacking or row.namespace != LACKING]
    return sorted(rows, key=lambda row: (row.family, row.name, row.overload))


def groups() -> dict[str, list[Case]]:
    """The cases of which everything is observed."""
    return {
        "samples": cases(lacking=False),
        "reshaped": reshaped_cases(),
        "float32": cast_cases("float32", most=9),
        "complex128": cast_cases("complex128", most=1),
        "calls": read_cases("calls.txt"),
        "kinks": read_cases("kinks.txt"),
    }


def value_groups() -> dict[str, list[Case]]:
    """The cases of which the value is observed: those of other dtypes."""
    return {dtype: cast_cases(dtype, most=1) for dtype in DTYPES[2:]}


@cache
def cases(lacking: bool = True) -> list[Case]:
    """The cases that are defined: every sample in every form, in float64; `lacking`: of what PyTorch lacks, too."""
    return _unique(case(row, call, given) for row in _rows(lacking) for call, given in calls(row))


def row_cases(row: Operation) -> list[Case]:
    """Every sample of a row in one form."""
    return [case(row, call, given) for call, given in _samples(row)]


@cache
def spelled_once() -> list[Case]:
    """Every sample in one form, those of what PyTorch lacks, too."""
    return _unique(case(row, call, given) for row in _rows(lacking=True) for call, given in _samples(row))


@cache
def reshaped_cases() -> list[Case]:
    """The samples of every row on shapes that it may or may not take."""
    return _unique(
        case(row, call, {"x": x, "y": y}) for row in _rows() if row.operands for call, _ in _samples(row) for x, y in OTHERS
    )


@cache
def cast_cases(dtype: str, most: int) -> list[Case]:
    """The first few samples of every row with operands of another dtype."""
    return _unique(
        case(row, call, given, dtype) for row in _rows() if row.operands for call, given in islice(_samples(row), most)
    )


def read_cases(name: str) -> list[Case]:
    """The calls of a text file, a sample a line."""
    lines = Path(__file__).with_name(name).read_text().splitlines()
    return _unique(case(None, *_parsed(line))._replace(line=line) for line in lines if line and not line.startswith("#"))


def _unique(many: Iterator[Case]) -> list[Case]:
    return list({case.id: case for case in many}.values())


def calls(row: Operation) -> Iterator[tuple[str, Given]]:
    """Every call of a row, with the shapes of its operands: its samples as functions and methods, by all its names."""
    for place, (call, shapes) in enumerate(_samples(row)):
        yield call, shapes
        if row.function and row.method and re.match(rf"{re.escape(row.name)}\(x[,)]", call):
            yield _as_method(row.name, call), shapes
        if not place:
            aliases = [alias for alias in row.aliases if not alias.startswith("math.")]  # Python's, which PyTorch lacks
            yield from ((call.replace(row.name, alias, 1), shapes) for alias in aliases if row.name in call)


def _as_method(name: str, call: str) -> str:
    """add(x, y) as x.add(y)."""
    return re.sub(r"^[\w.]+\(x(?:, )?", f"x.{name.rpartition('.')[2]}(", call)


def _samples(row: Operation) -> Iterator[tuple[str, Given]]:
    if row.samples:
        yield from map(_parsed, row.samples)
    elif _public(row) and len(row.operands) == 1:
        call = f"{row.name}(x)" if row.function else f"x.{row.name}" if row.attribute else f"x.{row.name}()"
        yield from (("-x" if row.operator == "neg" else call, {"x": shape}) for shape in (USUAL, (), (0, 3)))
    elif _public(row) and len(row.operands) == 2:
        names = [row.name] if row.function else []
        yield from ((f"{name}(x, y)", {"x": x, "y": y}) for name in names for x, y in PAIRS)
        if row.operator in OPERATORS:
            yield from ((f"x {row.operator} y", {"x": x, "y": y}) for x, y in PAIRS)
            yield from ((call, {}) for call in (f"x {row.operator} 2", f"x {row.operator} -1.5", f"2 {row.operator} x"))


def _public(row: Operation) -> bool:
    return row.function or row.method or row.attribute or row.operator in OPERATORS


def _parsed(sample: str) -> tuple[str, Given]:
    """The call of a sample, and what it says of its operands."""
    given: Given = {}
    while match := re.match(r"([xyzw])([:=])(\S+) (?=\S)", sample):
        name, sign, value = match.groups()
        given[name] = (
            np.array(eval(value, {"inf": inf, "nan": nan})) if sign == "=" else tuple(map(int, re.findall(r"\d+", value)))
        )
        sample = sample[match.end() :]
    return sample, given


def case(row: Operation | None, call: str, given: Given, dtype: str = "float64") -> Case:
    names = [name for name in "xyzw" if re.search(rf"\b{name}\b", call)]
    return Case(
        call, {name: _operand(row, call, given.get(name, USUAL), dtype, name, place) for place, name in enumerate(names)}
    )


def _operand(row: Operation | None, call: str, given: Any, dtype: str, name: str, place: int) -> Array:
    if isinstance(given, np.ndarray):
        return given
    domains = row.domain if row and isinstance(row.domain, tuple) else [row.domain if row else REAL] * 4
    return draw(given, f"{name} of {call}", domains[place] if place < len(domains) else REAL, dtype, place)


def draw(shape: Shape, seed: str, domain: Domain = REAL, dtype: str = "float64", place: int = 0) -> Array:
    """Distinct numbers of a domain; operands of different `place` share none.  All are exact in float32.

    Of complex ones the real part is in the domain.
    """
    random, kind = Random(seed), np.dtype(dtype)
    if kind.kind == "c":
        imaginary = draw(shape, f"imaginary part of {seed}", dtype="float64", place=place)
        return np.asarray(draw(shape, seed, domain, "float64", place) + 1j * imaginary).astype(kind)
    count, width = prod(shape), domain.high - domain.low
    spread = [domain.low + width * (each + random.uniform(0.3, 0.7)) / count for each in range(count)]
    random.shuffle(spread)
    if kind.kind == "f":
        values: Any = [round((int(each * 20) + _offset(each, place, random)) / 20 * 4096) / 4096 for each in spread]
    elif kind.kind == "b":
        values = [random.random() < 0.5 for _ in spread]
    else:
        values = [abs(round(each)) if kind.kind == "u" else round(each) for each in spread]
    return np.array(values, kind).reshape(shape)


def _offset(value: float, place: int, random: Random) -> float:
    """How far behind a multiple of 0.05, in its own band for each operand."""
    return (1 if value > 0 else -1) * (0.2 + 0.2 * (place % 4) + random.uniform(0, 0.12))

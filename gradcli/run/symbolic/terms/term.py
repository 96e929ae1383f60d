"""A term: a formula in normal form.  Equal terms are one object, so that comparing and collecting them costs nothing.

A term has an operation, the terms that it works on, what else it needs (`data`), and a shape.  The operations:

    number     data: (a Fraction or float,)
    symbol     data: (name,); `flags` of the leaf stand in its Symbol
    sum        data: the coefficients, one for each argument; the term ONE stands for a number
    product    data: (coefficient,); elementwise, with broadcasting
    power      arguments: base and exponent
    matrix     a chain of products of matrices, which may begin and end with a vector
    size       data: (dimension,); the length of a dimension, as a number
    call       data: (function, *options); anything else
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final
from weakref import WeakValueDictionary

from gradcli.run.symbolic.terms.dimensions import Shape

_LONGEST: Final = 160  # characters of what terms are ordered by

Number = Fraction | float


class Term:
    """See the module's words; made by `make` only."""

    __slots__ = ("__weakref__", "args", "data", "degree", "flags", "op", "shape", "text", "weight")
    op: str
    args: tuple[Term, ...]
    data: tuple[Any, ...]
    shape: Shape
    flags: frozenset[str]  # of a symbol: "symmetric", "positive"
    degree: float  # how often symbols are multiplied in it: sums are written in the order of falling degree
    text: str  # to order by, cut short
    weight: int  # how many terms it is made of, counted as written out

    def __repr__(self) -> str:
        return f"<{self.text}>"

    @property
    def ndim(self) -> int:
        """How many dimensions it has."""
        return len(self.shape)


_known: WeakValueDictionary[Any, Term] = WeakValueDictionary()


def make(op: str, args: tuple[Term, ...], data: tuple[Any, ...], shape: Shape, flags: frozenset[str] = frozenset()) -> Term:
    """The one term that is made of these."""
    key = (op, tuple(map(id, args)), tuple([(type(each), each) for each in data]), shape, flags)
    found = _known.get(key)
    if found is not None:
        return found
    term = Term()
    term.op, term.args, term.data, term.shape, term.flags = op, args, data, shape, flags
    term.degree = _degree(term)
    term.text = _text(term)[:_LONGEST]
    term.weight = 1 + sum([each.weight for each in args])
    _known[key] = term
    return term


def _degree(term: Term) -> float:
    degrees = [each.degree for each in term.args]
    match term.op:
        case "symbol":
            return 1.0
        case "sum":
            return max(degrees)
        case "product" | "matrix":
            return sum(degrees)
        case "power":
            exponent = term.args[1]
            factor = float(exponent.data[0]) if exponent.op == "number" else 1.0
            return degrees[0] * factor
        case "call":
            if term.data[0] in ("transpose", "unsqueeze", "sum"):
                return degrees[0]
            return 0.5 if term.args else 0.0
    return 0.0


def _text(term: Term) -> str:
    texts = [each.text for each in term.args]
    match term.op:
        case "number" | "symbol" | "size":
            return str(term.data[0])
        case "sum":
            return "(" + " + ".join([f"{coefficient}*{each}" for coefficient, each in zip(term.data, texts)]) + ")"
        case "product":
            return "*".join(texts)
        case "power":
            return f"{texts[0]}**{texts[1]}"
        case "matrix":
            return " @ ".join(texts)
    if term.data[0] == "transpose":
        return f"{texts[0]}.T"
    return f"{term.data[0]}({', '.join([*texts, *map(str, term.data[1:])])})"


# --- leaves of terms ------------------------------------------------------------------------------------------------


def number(value: Any) -> Term:
    """A number: whole numbers and short decimals exactly, others as floats."""
    if isinstance(value, float) and value == value and abs(value) != float("inf"):
        short = repr(value)
        value = Fraction(short) if len(short) <= 12 and "e" not in short else value
    elif isinstance(value, int) and not isinstance(value, bool):
        value = Fraction(value)
    return make("number", (), (value,), ())


def symbol(name: str, shape: Shape, flags: frozenset[str] = frozenset()) -> Term:
    """A name with a shape."""
    return make("symbol", (), (name,), shape, flags)


def size(dim: Any) -> Term:
    """The length of a dimension."""
    return number(dim) if isinstance(dim, int) else make("size", (), (dim,), ())


ZERO: Final = number(0)
ONE: Final = number(1)
TWO: Final = number(2)


def value_of(term: Term) -> Number | None:
    """The value of a number; None of anything else."""
    return term.data[0] if term.op == "number" else None


def is_call(term: Term, *functions: str) -> bool:
    """Whether a term applies one of these functions."""
    return term.op == "call" and term.data[0] in functions


def contains(term: Term, other: Term) -> bool:
    """Whether one term stands somewhere within another."""
    seen: set[int] = set()
    waiting = [term]
    while waiting:
        each = waiting.pop()
        if each is other:
            return True
        if id(each) not in seen:
            seen.add(id(each))
            waiting += each.args
    return False


def symbols_in(*terms: Term) -> dict[str, Term]:
    """The symbols within terms, by name, in the order of their names."""
    seen: set[int] = set()
    waiting, found = list(terms), {}
    while waiting:
        each = waiting.pop()
        if id(each) not in seen:
            seen.add(id(each))
            waiting += each.args
            if each.op == "symbol":
                found[each.data[0]] = each
    return dict(sorted(found.items()))

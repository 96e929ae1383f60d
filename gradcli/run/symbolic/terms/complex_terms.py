"""Complex numbers in formulas: each is two terms, its real and its imaginary part.

Unknowns are real, so that every derivative is one of real terms; a complex value on the way, such as `exp(1j*x)`, is read as
its parts, by the formulas of any book (Ahlfors, Complex Analysis, chapters 1 and 2).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from gradcli.errors import Record
from gradcli.run.symbolic.terms import matrices as m
from gradcli.run.symbolic.terms.algebra import add, divide, multiply, negate, power, subtract
from gradcli.run.symbolic.terms.entrywise import elementwise, no_formula
from gradcli.run.symbolic.terms.term import ONE, Term, number, value_of

_ZERO: Final = number(0)
_HALF: Final = number(0.5)
_LARGEST_POWER: Final = 8  # that is multiplied out


class ComplexTerm(Record):
    """re + im i."""

    __slots__ = ("re", "im")
    re: Term
    im: Term


def parts(value: Term | ComplexTerm) -> tuple[Term, Term]:
    """The real and the imaginary part."""
    return (value.re, value.im) if isinstance(value, ComplexTerm) else (value, _ZERO)


def operated(operator: str, one: Any, two: Any) -> ComplexTerm:
    """A product, quotient or power, of which a side is complex.  Raises Problem."""
    match operator:
        case "*":
            return _product(multiply, one, two)
        case "@":
            return _product(m.matmul, one, two)
        case "/":
            return _quotient(one, two)
        case "**":
            return _power(one, two)
    raise no_formula(f"{operator} of complex numbers")


def _product(times: Callable[[Term, Term], Term], one: Any, two: Any) -> ComplexTerm:
    if isinstance(one, Term):
        return ComplexTerm(times(one, two.re), times(one, two.im))
    if isinstance(two, Term):
        return ComplexTerm(times(one.re, two), times(one.im, two))
    (a, b), (c, d) = parts(one), parts(two)
    return ComplexTerm(subtract(times(a, c), times(b, d)), add(times(a, d), times(b, c)))


def _quotient(one: Any, two: Any) -> ComplexTerm:
    if isinstance(two, Term):
        return ComplexTerm(divide(one.re, two), divide(one.im, two))
    size = _square_of_size(two)
    above = _product(multiply, one, ComplexTerm(two.re, negate(two.im)))
    return ComplexTerm(divide(above.re, size), divide(above.im, size))


def _power(base: Any, exponent: Any) -> ComplexTerm:
    whole: Any = value_of(exponent) if isinstance(exponent, Term) else None
    if whole is not None and whole == whole // 1 and 0 < abs(whole) <= _LARGEST_POWER:
        out = base
        for _ in range(int(abs(whole)) - 1):
            out = _product(multiply, out, base)
        return _quotient(ONE, out) if whole < 0 else out
    log = _log(base) if isinstance(base, ComplexTerm) else elementwise("log", base)
    return _exp(_product(multiply, exponent, log))


def _square_of_size(z: ComplexTerm) -> Term:
    return add(multiply(z.re, z.re), multiply(z.im, z.im))


def _size(z: ComplexTerm) -> Term:
    return power(_square_of_size(z), _HALF)


def _angle(z: ComplexTerm) -> Term:
    return elementwise("atan2", z.im, z.re)


def _log(z: ComplexTerm) -> ComplexTerm:
    return ComplexTerm(multiply(_HALF, elementwise("log", _square_of_size(z))), _angle(z))


def _exp(z: ComplexTerm) -> ComplexTerm:
    return _polar(elementwise("exp", z.re), z.im)


def _polar(size: Term, angle: Term) -> ComplexTerm:
    return ComplexTerm(multiply(size, elementwise("cos", angle)), multiply(size, elementwise("sin", angle)))


def _sqrt(z: ComplexTerm) -> ComplexTerm:
    return _exp(_product(multiply, _HALF, _log(z)))


def _of_parts(signs: str, one: tuple[str, str], two: tuple[str, str]) -> Callable[[ComplexTerm], ComplexTerm]:
    """f(re + im i) = one[0](re) one[1](im) + (or, for "-", less) two[0](re) two[1](im) i."""

    def function(z: ComplexTerm) -> ComplexTerm:
        re = multiply(elementwise(one[0], z.re), elementwise(one[1], z.im))
        im = multiply(elementwise(two[0], z.re), elementwise(two[1], z.im))
        return ComplexTerm(re, negate(im) if signs == "-" else im)

    return function


FUNCTIONS: Final[dict[str, Callable[[ComplexTerm], Term | ComplexTerm]]] = {
    "real": lambda z: z.re,
    "imag": lambda z: z.im,
    "conj": lambda z: ComplexTerm(z.re, negate(z.im)),
    "conj_physical": lambda z: ComplexTerm(z.re, negate(z.im)),
    "abs": _size,
    "angle": _angle,
    "neg": lambda z: ComplexTerm(negate(z.re), negate(z.im)),
    "square": lambda z: _product(multiply, z, z),
    "reciprocal": lambda z: _quotient(ONE, z),
    "exp": _exp,
    "log": _log,
    "sqrt": _sqrt,
    "sin": _of_parts("+", ("sin", "cosh"), ("cos", "sinh")),
    "cos": _of_parts("-", ("cos", "cosh"), ("sin", "sinh")),
    "sinh": _of_parts("+", ("sinh", "cos"), ("cosh", "sin")),
    "cosh": _of_parts("+", ("cosh", "cos"), ("sinh", "sin")),
}
"""By name, functions of one complex number."""
OF_REAL_NUMBERS: Final[dict[str, Callable[..., Term | ComplexTerm]]] = {
    "complex": ComplexTerm,
    "polar": _polar,
    "real": lambda x: x,
    "conj": lambda x: x,
    "conj_physical": lambda x: x,
}
"""By name, what makes complex numbers of real ones, or would take them apart."""
LINEAR: Final = frozenset(
    {
        "sum",
        "mean",
        "trace",
        "t",
        "transpose",
        "flatten",
        "ravel",
        "unsqueeze",
        "squeeze",
        "diag",
        "diagonal",
        "cumsum",
        "flip",
        "tril",
        "triu",
    }
)
"""Names of functions that act on each part by itself."""

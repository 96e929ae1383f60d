"""Sums, products and powers of terms, in normal form: like terms collected, equal factors joined, numbers folded.

A sum within a product or power has its first coefficient positive (`(1 - x)**2` is kept as `(x - 1)**2`), so that equal factors
are seen to be equal; the sign that looks best is chosen when a term is written.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from gradcli.run.symbolic.terms.dimensions import Shape, broadcast, covers
from gradcli.run.symbolic.terms.term import ONE, ZERO, Number, Term, is_call, make, number, value_of

_MOST_DIGITS = 64  # bits of a power of numbers that is folded


def zero(shape: Shape) -> Term:
    """Zeros."""
    return ZERO if not shape else multiply(ZERO, ones(shape))


def ones(shape: Shape) -> Term:
    """Ones of a shape: what a number becomes when it is spread."""
    return make("call", (), ("ones", shape), shape) if shape else ONE


def is_zero(term: Term) -> bool:
    """Whether a term is zero by its form."""
    return (value_of(term) if term.op == "number" else term.data[0] if term.op == "product" else 1) == 0


# --- sums -----------------------------------------------------------------------------------------------------------


def add(*terms: Term) -> Term:
    """The sum of terms, elementwise with broadcasting."""
    return combine([(Fraction(1), each) for each in terms])


def subtract(one: Term, two: Term) -> Term:
    """one - two."""
    return combine([(Fraction(1), one), (Fraction(-1), two)])


def negate(term: Term) -> Term:
    """-term."""
    return multiply(number(-1), term)


def combine(parts: Iterable[tuple[Number, Term]]) -> Term:
    """A sum of terms with coefficients."""
    parts = list(parts)
    shape = broadcast(*[each.shape for _, each in parts])
    found: dict[Term, Number] = {}
    for coefficient, term in parts:
        for inner, each in _terms(term):
            each = without_ones(each)
            found[each] = found.get(each, Fraction(0)) + coefficient * inner
    found = _squares_of_circles({each: coefficient for each, coefficient in found.items() if coefficient})
    if not found:
        return zero(shape)
    ordered = sorted(found, key=_order)
    if not covers(shape, [each.shape for each in ordered]):
        return multiply(_summed(ordered, found), ones(shape))
    return _summed(ordered, found)


def _summed(ordered: list[Term], found: dict[Term, Number]) -> Term:
    if len(ordered) == 1:
        return multiply(number_of(found[ordered[0]]), ordered[0])
    coefficients = tuple([found[each] for each in ordered])
    return make("sum", tuple(ordered), coefficients, broadcast(*[each.shape for each in ordered]))


def without_ones(term: Term) -> Term:
    """A product without the ones that spread it: within a sum, broadcasting does."""
    if is_call(term, "ones"):
        return ONE
    if term.op == "product" and any([is_call(each, "ones") for each in term.args]):
        return multiply(number_of(term.data[0]), *[each for each in term.args if not is_call(each, "ones")])
    return term


def _terms(term: Term) -> list[tuple[Number, Term]]:
    """The parts of a sum, with their coefficients."""
    if term.op == "number":
        return [(term.data[0], ONE)]
    if term.op == "sum":
        return list(zip(term.data, term.args))
    if term.op != "product":
        return [(Fraction(1), term)]
    rest = product_of(term.args)
    if rest.op == "sum" and rest.shape == term.shape:
        return [(term.data[0] * coefficient, each) for coefficient, each in zip(rest.data, rest.args)]
    return [(term.data[0], rest)]


def _order(term: Term) -> Any:
    return (term is ONE, -term.degree, term.text)


def _squares_of_circles(found: dict[Term, Number]) -> dict[Term, Number]:
    """c*sin(u)**2 + c*cos(u)**2 is c, and c*cosh(u)**2 - c*sinh(u)**2."""
    for one, two, sign in (("sin", "cos", 1), ("cosh", "sinh", -1)):
        for each in list(found):
            other = _partner(each, one, two)
            if other is not None and found.get(other) == sign * found.get(each, 0) and each in found:
                coefficient = found.pop(each)
                del found[other]
                rest = product_of([f for f in factors_of(each) if not _is_square(f, one)])
                found[rest] = found.get(rest, Fraction(0)) + coefficient
                found = {key: value for key, value in found.items() if value}
    return found


def _is_square(term: Term, function: str) -> bool:
    return term.op == "power" and is_call(term.args[0], function) and value_of(term.args[1]) == 2


def _partner(term: Term, one: str, two: str) -> Term | None:
    """The same product with the square of another function in the place of the first's."""
    for factor in factors_of(term):
        if _is_square(factor, one):
            argument = factor.args[0].args[0]
            other = make("call", (argument,), (two,), argument.shape)
            rest = [each for each in factors_of(term) if each is not factor]
            return multiply(power(other, number(2)), *rest)
    return None


# --- products -------------------------------------------------------------------------------------------------------


def factors_of(term: Term) -> tuple[Term, ...]:
    """The factors of a product, without its coefficient."""
    return term.args if term.op == "product" else (term,)


def coefficient_of(term: Term) -> Number:
    """The number that stands before a product."""
    return term.data[0] if term.op == "product" else term.data[0] if term.op == "number" else Fraction(1)


def product_of(factors: Iterable[Term]) -> Term:
    """A product of factors that are in normal form together already."""
    factors = tuple(factors)
    if len(factors) < 2:
        return factors[0] if factors else ONE
    return make("product", factors, (Fraction(1),), broadcast(*[each.shape for each in factors]))


def multiply(*terms: Term) -> Term:
    """The product of terms, elementwise with broadcasting."""
    shape = broadcast(*[each.shape for each in terms])
    coefficient: Number = Fraction(1)
    powers: dict[Term, list[tuple[Number, Term]]] = {}
    exponents: list[Term] = []  # of e
    for term in terms:
        coefficient *= coefficient_of(term)
        for factor in factors_of(term):
            if factor.op == "number":
                continue
            if is_call(factor, "exp"):
                exponents.append(factor.args[0])
                continue
            base, exponent = factor.args if factor.op == "power" else (factor, ONE)
            sign, base = _positive(base, exponent)
            coefficient *= sign
            powers.setdefault(base, []).append((Fraction(1), exponent))
    if coefficient == 0:
        return make("product", (ones(shape),), (Fraction(0),), shape) if shape else ZERO
    factors: list[Term] = []
    for base, parts in powers.items():
        inner = power(base, combine(parts)) if len(parts) > 1 or parts[0][1] is not ONE else base
        coefficient *= coefficient_of(inner)
        factors += [each for each in factors_of(inner) if each.op != "number"]
    if exponents:
        joined = exponential(add(*exponents))
        coefficient *= coefficient_of(joined)
        factors += [each for each in factors_of(joined) if each.op != "number"]
    return _written(coefficient, factors, shape)


def _written(coefficient: Number, factors: list[Term], shape: Shape) -> Term:
    """A product in order, without ones that spread nothing."""
    real = [each for each in factors if not is_call(each, "ones")]
    if not covers(shape, [each.shape for each in real]) and shape:
        real.append(ones(shape))
    real.sort(key=_factor_order)
    if not real:
        return number_of(coefficient)
    if coefficient == 1 and len(real) == 1:
        return real[0]
    return make("product", tuple(real), (coefficient,), shape)


def number_of(value: Number) -> Term:
    """A number that is exact already."""
    return make("number", (), (value,), ())


def _factor_order(term: Term) -> Any:
    base = term.args[0] if term.op == "power" else term
    return (term.ndim, base.op not in ("symbol", "size"), base.op == "sum", base.op == "matrix", term.text)


def _positive(base: Term, exponent: Term) -> tuple[int, Term]:
    """A sum with its first coefficient positive, and the sign that this takes, where the exponent lets it."""
    whole = value_of(exponent)
    if base.op != "sum" or base.data[0] > 0 or whole is None or not _is_whole(whole):
        return 1, base
    return (-1) ** (int(whole) % 2), make("sum", base.args, tuple([-each for each in base.data]), base.shape)


def _is_whole(value: Number) -> bool:
    return isinstance(value, Fraction) and value.denominator == 1


def divide(one: Term, two: Term) -> Term:
    """one / two."""
    return multiply(one, power(two, number(-1)))


# --- powers ---------------------------------------------------------------------------------------------------------


def power(base: Term, exponent: Term) -> Term:
    """base ** exponent."""
    shape = broadcast(base.shape, exponent.shape)
    value = value_of(exponent)
    if value == 0:
        return ones(shape)
    if value == 1:
        return base
    if base is ONE:
        return ones(shape)
    if base.op == "number" and value is not None:
        folded = _folded(base.data[0], value)
        if folded is not None:
            return folded
    if value is not None and _is_whole(value):
        if is_call(base, "abs") and value % 2 == 0:
            return power(base.args[0], exponent)
        if is_call(base, "exp"):
            return exponential(multiply(exponent, base.args[0]))
        if base.op == "power":
            return power(base.args[0], multiply(base.args[1], exponent))
        if base.op == "product" and base.data[0]:
            coefficient = _folded(base.data[0], value) or power(number_of(base.data[0]), exponent)
            return multiply(coefficient, *[power(each, exponent) for each in base.args])
        sign, base = _positive(base, exponent)
        if sign < 0:
            return multiply(number(-1), make("power", (base, exponent), (), shape))
    if is_call(base, "ones") or (is_call(base, "step", "compare") and value is not None and value > 0):
        return base  # of nothing but 0 and 1
    if base.op == "product" and value is not None and abs(base.data[0]) not in (0, 1):
        outside = _folded(abs(base.data[0]), value)
        if outside is not None:
            side = number(1 if base.data[0] > 0 else -1)
            return multiply(outside, power(multiply(side, *base.args), exponent))
    return make("power", (base, exponent), (), shape)


def _folded(base: Number, exponent: Number) -> Term | None:
    """A power of numbers that has few digits itself."""
    if base == 0:
        return ZERO if exponent > 0 else None
    if _is_whole(exponent) and isinstance(base, Fraction):
        longest = max(base.numerator.bit_length(), base.denominator.bit_length())
        return number_of(base ** int(exponent)) if longest * abs(int(exponent)) <= _MOST_DIGITS else None
    if isinstance(base, Fraction) and exponent in (Fraction(1, 2), Fraction(-1, 2)) and base > 0:
        roots = [math.isqrt(base.numerator), math.isqrt(base.denominator)]
        if roots[0] ** 2 == base.numerator and roots[1] ** 2 == base.denominator:
            root = Fraction(*roots)
            return number_of(root if exponent > 0 else 1 / root)
    return None


def exponential(term: Term) -> Term:
    """e ** term."""
    if is_zero(term):
        return ones(term.shape)
    if is_call(term, "log"):
        return term.args[0]
    return make("call", (term,), ("exp",), term.shape)


def square_root(term: Term) -> Term:
    """The square root, as the power of a half."""
    return power(term, number_of(Fraction(1, 2)))

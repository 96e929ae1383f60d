"""Other forms of sums and products: common factors taken out, one denominator, products multiplied out, squares.

Each rule gives equal terms, among which `shortening` chooses.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Final

from gradcli.run.symbolic.terms import matrices as m
from gradcli.run.symbolic.terms.algebra import (
    add,
    coefficient_of,
    combine,
    divide,
    exponential,
    factors_of,
    multiply,
    number_of,
    power,
    square_root,
)
from gradcli.run.symbolic.terms.forms import cost
from gradcli.run.symbolic.terms.term import ONE, TWO, Number, Term, is_call, number, value_of

_MOST_EXPANDED: Final = 24  # terms of a product that is multiplied out


def common_factors(term: Term) -> Iterator[Term]:
    """a*b + a*c as a*(b + c): of all terms, or of those that share the factor."""
    if term.op != "sum":
        return
    parts = list(zip(term.data, term.args))
    counts: dict[Term, int] = {}
    for _, each in parts:
        for base in {base_of(factor) for factor in factors_of(each) if factor is not ONE}:
            counts[base] = counts.get(base, 0) + 1
    for base, count in counts.items():
        if count > 1:
            yield from _factored(parts, base)
    common = _greatest([coefficient for coefficient, _ in parts])
    if common != 1:
        yield multiply(number_of(common), _sum_of([(c / common, each) for c, each in parts]))


def _greatest(values: list[Number]) -> Number:
    """The number that all coefficients are multiples of."""
    from math import gcd, lcm

    fractions = [each for each in values if isinstance(each, Fraction)]
    if len(fractions) != len(values) or not values:
        return Fraction(1)
    top = gcd(*[each.numerator for each in fractions])
    return Fraction(top, lcm(*[each.denominator for each in fractions]))


def base_of(factor: Term) -> Term:
    return factor.args[0] if factor.op == "power" and factor.args[1].op == "number" else factor


def exponent_of(term: Term, base: Term) -> Fraction | None:
    for factor in factors_of(term):
        if factor is base:
            return Fraction(1)
        if factor.op == "power" and factor.args[0] is base:
            value = value_of(factor.args[1])
            return value if isinstance(value, Fraction) else None
    return None


def _factored(parts: list[tuple[Number, Term]], base: Term) -> Iterator[Term]:
    exponents = [exponent_of(each, base) for _, each in parts]
    known = [each for each in exponents if each is not None]
    if len(known) < 2:
        return
    least = min(known)
    inside: list[tuple[Number, Term]] = []
    outside: list[tuple[Number, Term]] = []
    factor = power(base, number_of(least))
    for (coefficient, each), exponent in zip(parts, exponents):
        if exponent is None:
            outside.append((coefficient, each))
        else:
            inside.append((coefficient, divide(each, factor)))
    if any([each.shape != inside[0][1].shape for _, each in inside]) and factor.ndim:
        return
    common = _greatest([coefficient for coefficient, _ in inside])
    whole = multiply(number_of(common), factor, _sum_of([(c / common, each) for c, each in inside]))
    yield combine([*outside, (Fraction(1), whole)]) if outside else whole
    if common != 1:
        whole = multiply(factor, _sum_of(inside))
        yield combine([*outside, (Fraction(1), whole)]) if outside else whole


def _sum_of(parts: list[tuple[Number, Term]]) -> Term:
    return combine(parts)


def common_matrices(term: Term) -> Iterator[Term]:
    """A @ x + B @ x as (A + B) @ x, and so from the left."""
    if term.op != "sum":
        return
    parts = [(c, each, *_split_chain(each)) for c, each in zip(term.data, term.args)]
    for at_end in (True, False):
        ends = [chain[-1 if at_end else 0] for _, _, _, chain in parts if len(chain) > 1]
        ends += [
            chain[0 if at_end else -1] for _, _, _, chain in parts if len(chain) > 1 and chain[0 if at_end else -1].ndim == 1
        ]
        for end in dict.fromkeys(ends):
            yield from _joined_at(parts, end, at_end)


def _split_chain(term: Term) -> tuple[Term, tuple[Term, ...]]:
    """What stands before a chain, and the chain."""
    chains = [each for each in factors_of(term) if each.op == "matrix"]
    if len(chains) != 1 or any([each.ndim for each in factors_of(term) if each is not chains[0]]):
        return ONE, (term,)
    return multiply(number_of(coefficient_of(term)), *[each for each in factors_of(term) if each is not chains[0]]), chains[
        0
    ].args


def _joined_at(parts: list[tuple[Number, Term, Term, tuple[Term, ...]]], end: Term, at_end: bool) -> Iterator[Term]:
    inside: list[tuple[Number, Term]] = []
    outside: list[tuple[Number, Term]] = []
    for coefficient, each, before, chain in parts:
        rest = _without_end(chain, end, at_end)
        if (rest is None and end.ndim == 2 and each is end) or rest is None:
            outside.append((coefficient, each))
        else:
            inside.append((coefficient, multiply(before, rest)))
    if len(inside) < 2 or len({each.shape for _, each in inside}) > 1:
        return
    total = combine(inside)
    if total.op == "sum" or total.ndim:
        joined = m.matmul(total, end) if at_end else m.matmul(end, total)
        yield combine([*outside, (Fraction(1), joined)]) if outside else joined


def _without_end(chain: tuple[Term, ...], end: Term, at_end: bool) -> Term | None:
    if len(chain) < 2:
        return None
    if chain[-1 if at_end else 0] is end:
        rest = chain[:-1] if at_end else chain[1:]
        return m.matmul(*rest) if len(rest) > 1 else rest[0]
    turned = tuple([m.transpose(each) for each in reversed(chain)])
    if end.ndim == 1 and turned[-1 if at_end else 0] is end and chain[0].ndim + chain[-1].ndim < 4:
        rest = turned[:-1] if at_end else turned[1:]
        return m.matmul(*rest) if len(rest) > 1 else rest[0]
    return None


def one_denominator(term: Term) -> Iterator[Term]:
    """a/b + c/d over one denominator, multiplied out."""
    if term.op != "sum":
        return
    bases: dict[Term, Fraction] = {}
    for each in term.args:
        for factor in factors_of(each):
            value = value_of(factor.args[1]) if factor.op == "power" else None
            if isinstance(value, Fraction) and value < 0:
                base = factor.args[0]
                bases[base] = max(bases.get(base, Fraction(0)), -value)
    if not bases or len(bases) > 3:
        return
    under = multiply(*[power(base, number_of(value)) for base, value in bases.items()])
    parts = [multiply(number_of(c), each, under) for c, each in zip(term.data, term.args)]
    total = add(*[expanded(each) for each in parts])
    yield divide(total, under)
    flat = multiply(*[power(base, number_of(value)) for base, value in bases.items() if base.op == "sum"])
    if expanded(flat) is not flat:
        rest = multiply(*[power(base, number_of(value)) for base, value in bases.items() if base.op != "sum"])
        yield divide(total, multiply(rest, expanded(flat)))
    for other in common_factors(total):
        yield divide(other, under)
    yield divide(_best_sum(total), under)


def inner_denominators(term: Term) -> Iterator[Term]:
    """a/(x**2*(y**2/x**2 + 1)) as a/(x**2 + y**2): the fractions within a factor are cleared."""
    if term.op not in ("product", "power"):
        return
    for factor in factors_of(term):
        base = base_of(factor)
        if (base.op == "sum" and factor.op == "power") or (base.op == "sum" and term.op == "product"):
            exponent = factor.args[1] if factor.op == "power" else ONE
            if not isinstance(value_of(exponent), Fraction):
                continue
            for other in one_denominator(base):
                rest = divide(term, factor)
                yield multiply(rest, power(other, exponent))


def _best_sum(term: Term) -> Term:
    forms = [term, *common_factors(term), *squares(term)]
    return min(forms, key=cost)


def multiplied_out(term: Term) -> Iterator[Term]:
    if term.op in ("product", "power") or (term.op == "sum" and any([_has_sum(each) for each in term.args])):
        fresh = expanded(term)
        if fresh is not term:
            yield fresh
            if fresh.op == "sum":
                yield from common_factors(fresh)


def _has_sum(term: Term) -> bool:
    return any([base_of(each).op == "sum" for each in factors_of(term)])


def expanded(term: Term) -> Term:
    """A term with its products of sums multiplied out, where that is not too much."""
    if term.op == "sum":
        return combine([(c, expanded(each)) for c, each in zip(term.data, term.args)])
    sums: list[Term] = []
    rest: list[Term] = [number_of(coefficient_of(term))]
    for factor in factors_of(term):
        base = base_of(factor)
        value = value_of(factor.args[1]) if factor.op == "power" else Fraction(1)
        if base.op == "sum" and isinstance(value, Fraction) and value.denominator == 1 and 0 < value <= 4:
            sums += [base] * int(value)
        else:
            rest.append(factor)
    if not sums:
        return term
    parts: list[tuple[Number, Term]] = [(Fraction(1), multiply(*rest))]
    for each in sums:
        if len(parts) * len(each.args) > _MOST_EXPANDED:
            return term
        parts = [(a * b, multiply(one, two)) for a, one in parts for b, two in zip(each.data, each.args)]
    return combine(parts)


def squares(term: Term) -> Iterator[Term]:
    """a**2 + 2*a*b + b**2 as (a + b)**2."""
    if term.op != "sum" or len(term.args) != 3:
        return
    parts = list(zip(term.data, term.args))
    for middle in range(3):
        (a, one), (b, two) = [parts[place] for place in range(3) if place != middle]
        if a > 0 and b > 0:
            roots = [square_root(multiply(number_of(c), each)) for c, each in ((a, one), (b, two))]
            roots = [_plain_root(number_of(c), each) or root for (c, each), root in zip(((a, one), (b, two)), roots)]
            for sign in (1, -1):
                whole = add(roots[0], multiply(number(sign), roots[1]))
                if expanded(power(whole, TWO)) is term:
                    yield power(whole, TWO)


def _plain_root(coefficient: Term, term: Term) -> Term | None:
    """The root of a product of even powers."""
    found = [square_root(coefficient)]
    for factor in factors_of(term):
        if factor is ONE:
            continue
        value = value_of(factor.args[1]) if factor.op == "power" else None
        if is_call(factor, "exp"):
            found.append(exponential(multiply(number(0.5), factor.args[0])))
            continue
        if not isinstance(value, Fraction) or value % 2:
            return None
        found.append(power(factor.args[0], number_of(value / 2)))
    return multiply(*found)


# --- known functions ------------------------------------------------------------------------------------------------

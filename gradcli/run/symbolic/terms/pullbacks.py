"""How a cotangent goes back through one term: the rules of reverse mode, on terms."""

from __future__ import annotations

from collections.abc import Iterator

from gradcli.run.symbolic.terms import entrywise
from gradcli.run.symbolic.terms import matrices as m
from gradcli.run.symbolic.terms.algebra import add, multiply, number_of, power, product_of, subtract, zero
from gradcli.run.symbolic.terms.rules import pulled_call
from gradcli.run.symbolic.terms.term import ONE, Term

Pulled = Iterator[tuple[Term, Term]]


def pulled(term: Term, g: Term) -> Pulled:
    """(operand, its cotangent) for each operand of a term, given the term's own cotangent.  Raises Problem."""
    match term.op:
        case "sum":
            for coefficient, each in zip(term.data, term.args):
                yield each, m.sum_to(multiply(number_of(coefficient), g), each.shape)
        case "product":
            for place, each in enumerate(term.args):
                rest = product_of([*term.args[:place], *term.args[place + 1 :]])
                yield each, m.sum_to(multiply(number_of(term.data[0]), g, rest), each.shape)
        case "power":
            base, exponent = term.args
            slope = multiply(exponent, power(base, subtract(exponent, ONE)))
            yield base, m.sum_to(multiply(g, slope), base.shape)
            yield exponent, m.sum_to(multiply(g, term, entrywise.elementwise("log", base)), exponent.shape)
        case "matrix":
            yield from _chain(term, g)
        case "call":
            yield from pulled_call(term, g)


def _chain(term: Term, g: Term) -> Pulled:
    """Of L @ F @ R the cotangent of F is L.T @ g @ R.T, where vectors at the ends make outer products of that."""
    factors = term.args
    if any([each.ndim > 2 for each in factors]):
        yield from _batched(factors[0], factors[1], g)
        return
    for place, each in enumerate(factors):
        left, right = factors[:place], factors[place + 1 :]
        yield each, _factor(each, left, right, g)


def _factor(factor: Term, left: tuple[Term, ...], right: tuple[Term, ...], g: Term) -> Term:
    before = m.transpose(m.matmul(*left)) if left else None
    behind = m.transpose(m.matmul(*right)) if right else None
    if factor.ndim == 1:
        other = before if behind is None else behind
        assert other is not None
        if not g.ndim:
            return multiply(g, other)
        return m.matmul(before, g) if before is not None else m.matmul(g, behind)  # type: ignore[arg-type]
    starts, ends = bool(left) and left[0].ndim == 1, bool(right) and right[-1].ndim == 1
    if starts and ends:
        return multiply(g, m.outer(before, behind))  # type: ignore[arg-type]
    if ends:
        return m.outer(g if before is None else m.matmul(before, g), behind)  # type: ignore[arg-type]
    if starts:
        return m.outer(before, g if behind is None else m.matmul(g, behind))  # type: ignore[arg-type]
    parts = [each for each in (before, g, behind) if each is not None]
    return m.matmul(*parts)


def _batched(one: Term, two: Term, g: Term) -> Pulled:
    if min(one.ndim, two.ndim) < 2:
        raise entrywise.no_formula("a batch of matrices times a vector")
    yield one, m.sum_to(m.matmul(g, m.transpose(two)), one.shape)
    yield two, m.sum_to(m.matmul(m.transpose(one), g), two.shape)


# --- functions that are not of each entry ---------------------------------------------------------------------------


def gradients(out: Term, g: Term, wanted: list[Term]) -> dict[Term, Term]:
    """The cotangents of some terms, given that of the output; zeros for what the output does not depend on.

    Raises Problem.
    """
    parts: dict[Term, list[Term]] = {out: [g]}  # added up when all of them are there
    targets = set(wanted)
    useful = _leading_to(out, targets)
    for term in _from_above(out):
        if term not in parts or term not in useful or term in targets:
            continue
        for operand, part in pulled(term, add(*parts.pop(term))):
            if operand in useful:
                parts.setdefault(operand, []).append(part)
    return {each: add(*parts[each]) if each in parts else zero(each.shape) for each in wanted}


def _from_above(out: Term) -> list[Term]:
    """A term and all below it, each before what it is made of."""
    order: list[Term] = []
    seen: set[Term] = set()
    waiting: list[tuple[Term, bool]] = [(out, False)]
    while waiting:
        term, done = waiting.pop()
        if done:
            order.append(term)
        elif term not in seen:
            seen.add(term)
            waiting.append((term, True))
            waiting += [(each, False) for each in term.args]
    return order[::-1]


def _leading_to(out: Term, targets: set[Term]) -> set[Term]:
    useful = set(targets)
    for term in reversed(_from_above(out)):
        if any([each in useful for each in term.args]):
            useful.add(term)
    return useful

"""Terms made anew of other operands, and how long terms are when they are written."""

from __future__ import annotations

from collections.abc import Container
from fractions import Fraction
from typing import Any, Final

from gradcli.run.symbolic.terms import matrices as m
from gradcli.run.symbolic.terms import square
from gradcli.run.symbolic.terms.algebra import (
    combine,
    multiply,
    number_of,
    power,
)
from gradcli.run.symbolic.terms.entrywise import elementwise
from gradcli.run.symbolic.terms.term import ONE, Term, make, value_of


def remade(term: Term, args: tuple[Term, ...]) -> Term:
    """A term of the same kind made of other terms, in normal form again."""
    if all([a is b for a, b in zip(args, term.args)]) and len(args) == len(term.args):
        return term
    match term.op:
        case "sum":
            return combine(list(zip(term.data, args)))
        case "product":
            return multiply(number_of(term.data[0]), *args)
        case "power":
            return power(*args)
        case "matrix":
            return m.matmul(*args)
    match term.data[0]:
        case "transpose":
            return m.transpose(args[0])
        case "inv":
            return m.inverse(args[0])
        case "det":
            return square.determinant(args[0])
        case "outer":
            return m.outer(*args)
        case "sum":
            axes, keepdim = term.data[1] or tuple(range(args[0].ndim)), term.data[2]
            return m.reduce_sum(args[0], axes, keepdim)
        case "unsqueeze":
            return m.unsqueeze(args[0], term.data[1])
        case "diag":
            return square.diag(args[0])
        case "trace":
            return square.trace(args[0])
        case "exp" | "abs" | "sign" | "relu" | "step":
            return elementwise(term.data[0], *args)
    return make("call", args, term.data, term.shape)


_ODD: Final = (-7, -5, -3, -1, 3, 5, 7)


def can_turn(term: Term, fixed: Container[Term] = ()) -> bool:
    """Whether -term is written without a sign of its own, that of a sum in it turned, as (1 - x)*y for -(x - 1)*y.

    fixed  terms that are written by a name
    """
    if term in fixed:
        return False
    if term.op == "sum":
        return bool(min(term.data) < 0)
    if term.op == "power":
        value = value_of(term.args[1])
        return any([value == odd for odd in _ODD]) and can_turn(term.args[0], fixed)
    if term.op == "product" and term.data[0] < 0:
        return False
    inside = term.op in ("product", "matrix") or (term.op == "call" and term.data[0] in ("outer", "transpose"))
    return inside and any([can_turn(each, fixed) for each in term.args])


def cost(term: Term) -> float:
    """About how many tokens a term takes to write."""
    return float(_cost(term))


def _cost(term: Term) -> Any:
    match term.op:
        case "number":
            value = term.data[0]
            return 1 + (value < 0) + 2 * (isinstance(value, Fraction) and value.denominator != 1)
        case "symbol":
            return 1
        case "size":
            return 4
        case "sum":
            parts = [cost(each) + (abs(c) != 1) * (0 if each is ONE else 2) + 1 for c, each in zip(term.data, term.args)]
            return sum(parts) + (0.5 if max(term.data) < 0 else -0.5)  # a sign in front, or none
        case "product":
            whole = term.data[0]
            bottom = isinstance(whole, Fraction) and whole.denominator != 1
            top = abs(whole.numerator) != 1 if isinstance(whole, Fraction) else True
            signs = 1 if whole < 0 and not any([can_turn(each) for each in term.args]) else 0
            parts = [cost(each) + 1.75 * (each.op == "sum") for each in term.args]  # factored wins among equals
            under = [each for each in term.args if each.op == "power" and (value_of(each.args[1]) or 0) < 0]
            brackets = 2 * (len(under) + bottom > 1)
            return sum(parts) + len(parts) - 1 + 2 * top + 2 * bottom + signs + brackets - bool(under)
        case "power":
            base, exponent = term.args
            value = value_of(exponent)
            inner = cost(base) + 2 * (base.op in ("sum", "product", "power", "matrix"))
            if value is None:
                return inner + 1 + cost(exponent) + 2 * (exponent.op in ("sum", "product"))
            if value == Fraction(1, 2):
                return cost(base) + 3
            if value < 0:
                return 1 + (cost(power(base, number_of(-value))) if value != -1 else inner)
            tie = 0.01 * float(value)  # of two forms, that with the smaller exponent
            return inner + 2 + 2 * (isinstance(value, Fraction) and value.denominator != 1) + tie
        case "matrix":
            return sum([cost(each) + 1.5 * (each.op == "sum") for each in term.args]) + len(term.args) - 1
    name, *options = term.data
    inner = sum([cost(each) for each in term.args])
    if name == "transpose":
        return inner + 2 + 2 * (term.args[0].op in ("sum", "product", "matrix", "power"))
    if name in ("step", "compare"):
        return inner + 2 * (name == "step")
    if name in ("ones", "eye"):
        return 4
    if name == "unsqueeze":
        return inner + 5
    if name in ("sum", "mean") and options and options[0]:
        return inner + 5 + 4 * bool(options[1]) + 2 * (term.args[0].op in ("sum", "product"))
    return inner + 3 + max(len(term.args) - 1, 0) + 2 * len([each for each in options if not isinstance(each, bool)])

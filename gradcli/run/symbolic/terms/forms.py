"""Terms made anew of other operands, and how long terms are when they are written."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from gradcli.run.symbolic.terms import matrices as m
from gradcli.run.symbolic.terms import square
from gradcli.run.symbolic.terms.algebra import (
    combine,
    exponential,
    multiply,
    number_of,
    power,
)
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
        case "exp":
            return exponential(args[0])
    return make("call", args, term.data, term.shape)


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
            return (
                sum([cost(each) + (abs(c) != 1) * (0 if each is ONE else 2) + 1 for c, each in zip(term.data, term.args)]) - 0.5
            )
        case "product":
            whole = term.data[0]
            bottom = isinstance(whole, Fraction) and whole.denominator != 1
            top = abs(whole.numerator) != 1 if isinstance(whole, Fraction) else True
            turned = any([each.op == "sum" and min(each.data) < 0 for each in term.args])
            signs = 1 if whole < 0 and not turned else 0
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
            return inner + 2 + 2 * (isinstance(value, Fraction) and value.denominator != 1)
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

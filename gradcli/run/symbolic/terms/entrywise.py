"""Functions of each entry as terms, and the error of what has no formula."""

from __future__ import annotations

from fractions import Fraction

from gradcli.errors import Problem
from gradcli.run.symbolic.terms import matrices as m
from gradcli.run.symbolic.terms.algebra import coefficient_of, exponential, multiply, number_of
from gradcli.run.symbolic.terms.dimensions import broadcast
from gradcli.run.symbolic.terms.term import ONE, Term, number


def no_formula(what: str, hint: str = "") -> Problem:
    """The error of something that has no formula here."""
    return Problem(
        "no-formula",
        f"there is no closed formula for {what}",
        type="NotImplementedError",
        hint=hint or "with values, 'gradcli explain' derives the gradient step by step, and 'gradcli' computes it",
    )


def without_derivative(what: str) -> Problem:
    """The error of something that has no derivative at all."""
    return Problem(
        "not-differentiable",
        f"{what} has no derivative: its result jumps, or stays the same",
        hint="detach() makes a constant of what it works on",
    )


def elementwise(name: str, *operands: Term) -> Term:
    """A function of each entry."""
    shape = broadcast(*[each.shape for each in operands])
    (one, *_) = operands
    if name == "exp":
        return exponential(one)
    if name in ("abs", "sign", "relu", "step"):
        return _of_multiple(name, one)
    if name == "log" and one.op == "call" and one.data[0] == "exp":
        return one.args[0]
    if name == "log" and one is ONE:
        return number(0)
    return m.call(name, *operands, shape=shape)


def _of_multiple(name: str, x: Term) -> Term:
    """What these functions make of c*u: abs(c*u) is |c|*abs(u), and step(c*u), which is 1 where u is positive, step(u)."""
    scale = coefficient_of(x)
    if x.op != "product" or not scale or not isinstance(scale, Fraction):
        return m.call(name, x, shape=x.shape)
    side = Fraction(1 if scale > 0 else -1)
    kept = Fraction(1) if name in ("abs", "sign") else side
    times = {"abs": abs(scale), "relu": abs(scale), "sign": side, "step": Fraction(1)}[name]
    inner = multiply(number_of(kept / scale), x)
    return multiply(number_of(times), m.call(name, inner, shape=x.shape))


def absolute(x: Term) -> Term:
    """|x|."""
    return elementwise("abs", x)

"""Functions of each entry as terms, and the error of what has no formula."""

from __future__ import annotations

from gradcli.errors import Problem
from gradcli.run.symbolic.terms import matrices as m
from gradcli.run.symbolic.terms.algebra import exponential
from gradcli.run.symbolic.terms.dimensions import broadcast
from gradcli.run.symbolic.terms.term import ONE, Term, number


def no_formula(what: str) -> Problem:
    """The error of something that has no formula here."""
    return Problem(
        "no-formula",
        f"there is no closed formula for {what}",
        type="NotImplementedError",
        hint="with values, 'gradcli explain' derives the gradient step by step, and 'gradcli' computes it",
    )


def elementwise(name: str, *operands: Term) -> Term:
    """A function of each entry."""
    shape = broadcast(*[each.shape for each in operands])
    (one, *_) = operands
    if name == "exp":
        return exponential(one)
    if name == "log" and one.op == "call" and one.data[0] == "exp":
        return one.args[0]
    if name == "log" and one is ONE:
        return number(0)
    return m.call(name, *operands, shape=shape)


def absolute(x: Term) -> Term:
    """|x|."""
    return elementwise("abs", x)

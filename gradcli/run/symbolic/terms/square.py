"""What square matrices have: determinant, trace, diagonal."""

from __future__ import annotations

from gradcli.run.symbolic.terms.algebra import (
    combine,
    multiply,
    ones,
    power,
)
from gradcli.run.symbolic.terms.matrices import call, eye, matmul, parted
from gradcli.run.symbolic.terms.term import Term, is_call, number, size


def determinant(term: Term) -> Term:
    """The determinant; of a product of square matrices the product of theirs."""
    if is_call(term, "transpose"):
        return determinant(term.args[0])
    if is_call(term, "inv"):
        return power(determinant(term.args[0]), number(-1))
    if is_chain_of_squares(term):
        return multiply(*[determinant(each) for each in term.args])
    return call("det", term, shape=())


def is_chain_of_squares(term: Term) -> bool:
    """Whether a term is a product of square matrices."""
    return term.op == "matrix" and term.ndim == 2 and all([each.shape == term.shape for each in term.args])


def trace(term: Term) -> Term:
    """The trace: linear, and of a chain the same in every turn of it."""
    if term.op == "sum" and all([each.ndim == 2 for each in term.args]):
        return combine([(coefficient, trace(each)) for coefficient, each in zip(term.data, term.args)])
    scalars, rest = parted(term)
    if is_call(rest, "eye"):
        return multiply(*scalars, size(rest.data[1]))
    if is_call(rest, "outer"):
        return multiply(*scalars, matmul(*rest.args))
    if is_call(rest, "transpose"):
        rest = rest.args[0]
    return multiply(*scalars, call("trace", rest, shape=()))


def diag(term: Term) -> Term:
    """A diagonal matrix of a vector."""
    scalars, rest = parted(term)
    if is_call(rest, "ones"):
        return multiply(*scalars, eye(rest.shape[0]))
    return multiply(*scalars, call("diag", rest, shape=(term.shape[0], term.shape[0])))


def diagonal(term: Term) -> Term:
    """The diagonal of a matrix."""
    scalars, rest = parted(term)
    if is_call(rest, "diag"):
        return multiply(*scalars, rest.args[0])
    if is_call(rest, "eye"):
        return multiply(*scalars, ones(rest.shape[:1]))
    return multiply(*scalars, call("diagonal", rest, shape=(rest.shape[0],)))


# --- sums over dimensions -------------------------------------------------------------------------------------------

"""The matrix of a vector that is linear in another: Jacobians and Hessians out of vector-Jacobian products."""

from __future__ import annotations

from typing import Final

from gradcli.run.symbolic.terms import matrices as m
from gradcli.run.symbolic.terms import square
from gradcli.run.symbolic.terms.algebra import add, coefficient_of, combine, factors_of, multiply, number_of, ones
from gradcli.run.symbolic.terms.forms import cost
from gradcli.run.symbolic.terms.shortening import shortened
from gradcli.run.symbolic.terms.term import ONE, Term, contains, is_call

GRADIENT, EACH, MATRIX, PRODUCT = "gradient", "each", "matrix", "product"  # the kinds of formulas
_LONGER: Final = 1.5  # than the vector-Jacobian product: a Jacobian is given where it is not


def linear_map(term: Term, g: Term) -> Term | None:
    """The matrix of a vector that is linear in the vector `g`: M for M @ g; None where it has no short one."""
    if term is g:
        return m.eye(g.shape[0])
    if term.op == "sum":
        spread = [each if each.shape == term.shape else multiply(each, ones(term.shape)) for each in term.args]
        parts = [linear_map(each, g) for each in spread]
        if None in parts:
            return None
        return add(*[multiply(number_of(c), each) for c, each in zip(term.data, parts) if each is not None])
    if term.op == "product":
        return _map_of_product(term, g)
    if term.op == "matrix":
        return _map_of_chain(term, g)
    return None


def _map_of_product(term: Term, g: Term) -> Term | None:
    moving = [each for each in term.args if contains(each, g)]
    if len(moving) != 1:
        return None
    rest = [each for each in term.args if each is not moving[0]]
    scalars = [number_of(term.data[0]), *[each for each in rest if not each.ndim]]
    vectors = [each for each in rest if each.ndim and not is_call(each, "ones")]
    if not moving[0].ndim:  # (u @ g) * v
        row = _row_of(moving[0], g)
        column = multiply(*vectors) if vectors else ones(term.shape)
        if column.ndim != 1:
            return None
        return None if row is None else multiply(*scalars, m.outer(column, row))
    inner = linear_map(moving[0], g)
    if inner is None:
        return None
    if not vectors:
        return multiply(*scalars, inner)
    return multiply(*scalars, _scaled(multiply(*vectors), inner))


def _scaled(weight: Term, matrix: Term) -> Term:
    """A matrix with its rows multiplied by the entries of a vector; a vector in its place is one row for all."""
    if matrix.op == "sum":
        return add(*[multiply(number_of(c), _scaled(weight, each)) for c, each in zip(matrix.data, matrix.args)])
    if matrix.op == "product":
        scalars = [each for each in matrix.args if not each.ndim]
        rest = [each for each in matrix.args if each.ndim]
        if (scalars and len(rest) == 1) or matrix.data[0] != 1:
            return multiply(number_of(matrix.data[0]), *scalars, _scaled(weight, multiply(*rest)))
    if matrix.ndim == 1:
        return m.outer(weight, matrix)
    if is_call(matrix, "eye"):
        return square.diag(weight)
    if is_call(matrix, "outer"):
        return m.outer(multiply(weight, matrix.args[0]), matrix.args[1])
    return multiply(m.unsqueeze(weight, 1), matrix)


def _row_of(scalar: Term, g: Term) -> Term | None:
    """u of a number `u @ g`."""
    if scalar.op == "matrix":
        for factors in (scalar.args, tuple([m.transpose(each) for each in reversed(scalar.args)])):
            if factors[-1] is g and not any([contains(each, g) for each in factors[:-1]]):
                return m.matmul(*factors[:-1]) if len(factors) > 2 else factors[0]
            if factors[-1].ndim == 1 and not any([contains(each, g) for each in factors[:-1]]):
                inner = linear_map(factors[-1], g)
                row = m.matmul(*factors[:-1]) if len(factors) > 2 else factors[0]
                return None if inner is None else m.matmul(row, inner)
    if is_call(scalar, "sum") and scalar.args[0].ndim == 1:
        inner = linear_map(scalar.args[0], g)
        return None if inner is None else m.reduce_sum(inner, (0,))
    return None


def _map_of_chain(term: Term, g: Term) -> Term | None:
    for factors in (term.args, tuple([m.transpose(each) for each in reversed(term.args)])):
        if factors[-1].ndim == 1 and contains(factors[-1], g) and not any([contains(each, g) for each in factors[:-1]]):
            inner = linear_map(factors[-1], g)
            return None if inner is None else m.matmul(*factors[:-1], inner)
    return None


def jacobian(cotangent: Term, g: Term, leaf: Term) -> tuple[str, Term]:
    """What a cotangent that is linear in g says of the Jacobian, where that is short."""
    rest = without_factor(cotangent, g)
    if rest is not None and cotangent.shape == g.shape == leaf.shape:
        return EACH, shortened(rest)
    if g.ndim == 1 and leaf.ndim == 1:
        matrix = linear_map(cotangent, g)
        if matrix is not None:
            matrix = shortened(m.transpose(shortened(matrix)))
            if cost(matrix) <= _LONGER * cost(cotangent) + 2:
                return MATRIX, matrix
    if g.ndim == 1 and not leaf.ndim and cotangent.op == "matrix" and len(cotangent.args) == 2 and g in cotangent.args:
        return MATRIX, next(each for each in cotangent.args if each is not g)
    return PRODUCT, cotangent


def without_factor(term: Term, g: Term) -> Term | None:
    """d of d*g, entry by entry; None where a term is something else."""
    if g.op == "number":
        return None
    if term.op == "sum":
        parts = [without_factor(each, g) for each in term.args]
        if any([each is None for each in parts]):
            return None
        return combine([(c, each) for c, each in zip(term.data, parts) if each is not None])
    factors = list(factors_of(term))
    within = [each for each in factors if contains(each, g)]
    if len(within) != 1:
        return None
    factors.remove(within[0])
    inner = ONE if within[0] is g else without_factor(within[0], g) if within[0].op == "sum" else None
    return None if inner is None else multiply(number_of(coefficient_of(term)), *factors, inner)

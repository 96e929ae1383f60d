"""Products of matrices, transposes, traces, reductions, and what changes shapes, in normal form.

Products are chains (associative), numbers and scalars stand before them, transposes are pushed inwards to the leaves, and
vectors stand at the ends of a chain only: `(A @ x) @ B` is kept as `x @ A.T @ B`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gradcli.errors import Problem
from gradcli.run.symbolic.terms.algebra import (
    coefficient_of,
    combine,
    factors_of,
    is_zero,
    multiply,
    negate,
    number_of,
    ones,
    power,
    zero,
)
from gradcli.run.symbolic.terms.dimensions import Dim, Shape, product_shape, without
from gradcli.run.symbolic.terms.term import ONE, Term, is_call, make, number, size

# Functions of each entry: transposing goes through them.
_STRUCTURAL = frozenset({"transpose", "unsqueeze", "sum", "inv", "det", "logdet", "trace", "diag", "diagonal", "norm", "ones",
                         "eye", "outer", "softmax", "log_softmax", "logsumexp", "prod", "index", "pad", "reshape",
                         "cumsum", "flip", "layer_norm", "reshape_as", "slice", "select"})  # fmt: skip


def call(function: str, *args: Term, shape: Shape | None = None, options: tuple[Any, ...] = ()) -> Term:
    """A function of terms; without a shape, that of its first argument."""
    return make("call", args, (function, *options), args[0].shape if shape is None else shape)


# --- shapes ---------------------------------------------------------------------------------------------------------


def unsqueeze(term: Term, axis: int) -> Term:
    """A term with a dimension of length 1 put in."""
    axis = axis % (term.ndim + 1)
    shape = (*term.shape[:axis], 1, *term.shape[axis:])
    if term.op == "product" or not term.ndim:
        scalars = [each for each in factors_of(term) if not each.ndim]
        rest = [each for each in factors_of(term) if each.ndim]
        if rest and (scalars or coefficient_of(term) != 1):
            return multiply(number_of(coefficient_of(term)), *scalars, unsqueeze(multiply(*rest), axis))
        if not rest:
            return multiply(term, ones(shape)) if shape else term
    if is_call(term, "ones"):
        return ones(shape)
    return call("unsqueeze", term, shape=shape, options=(axis,))


def transpose(term: Term) -> Term:
    """The transpose of a matrix (of the last two dimensions); a vector or a number is its own."""
    if term.ndim < 2:
        return term
    shape = (*term.shape[:-2], term.shape[-1], term.shape[-2])
    match term.op:
        case "symbol":
            return term if "symmetric" in term.flags else call("transpose", term, shape=shape)
        case "sum":
            return combine([(coefficient, _turned(each, term)) for coefficient, each in zip(term.data, term.args)])
        case "product":
            return multiply(number_of(term.data[0]), *[_turned(each, term) for each in term.args])
        case "power":
            return power(_turned(term.args[0], term), _turned(term.args[1], term))
        case "matrix":
            return matmul(*[transpose(each) for each in reversed(term.args)])
    name = term.data[0]
    if name == "transpose":
        return term.args[0]
    if name in ("eye", "diag") or (name in ("inv", "cholesky_inverse") and transpose(term.args[0]) is term.args[0]):
        return term
    if name == "ones":
        return ones(shape)
    if name in ("tril", "triu"):
        return call("triu" if name == "tril" else "tril", transpose(term.args[0]), options=(-term.data[1],))
    if name == "outer":
        return outer(term.args[1], term.args[0])
    if name not in _STRUCTURAL and term.args and all([not each.ndim or each.shape == term.shape for each in term.args]):
        return make("call", tuple([_turned(each, term) for each in term.args]), term.data, shape)
    return call("transpose", term, shape=shape)


def _turned(part: Term, whole: Term) -> Term:
    """A part of an elementwise term as it has to stand in the transpose of that: a row becomes a column."""
    if part.ndim == 1 and whole.ndim >= 2:
        return unsqueeze(part, 1)
    if is_call(part, "unsqueeze") and part.ndim == 2 and part.data[1] == 1 and whole.ndim == 2 and part.args[0].ndim == 1:
        return part.args[0]
    return transpose(part)


# --- products of matrices -------------------------------------------------------------------------------------------


def matmul(*terms: Term) -> Term:
    """The product of matrices and vectors, as `@` has it.  Raises Problem where they do not fit."""
    product = terms[0]
    for each in terms[1:]:
        product = _times(product, each)
    return product


def _times(left: Term, right: Term) -> Term:
    if not left.ndim or not right.ndim:
        raise Problem(
            "shape-mismatch",
            f"both arguments to matmul need to be at least 1D, but they are {left.ndim}D and {right.ndim}D",
            hint="give them shapes, as in A:m,n x:n; numbers are multiplied by *",
        )
    shape = product_shape(left.shape, right.shape)
    if is_zero(left) or is_zero(right):
        return zero(shape)
    if max(left.ndim, right.ndim) > 2:
        return _chain([left, right], shape, coefficient=ONE)
    outside: list[Term] = []
    chain: list[Term] = []
    for place, term in enumerate((left, right)):
        scalars, rest = parted(term)
        outside += scalars
        chain += _oriented(rest, first=place == 0)
    chain = _contracted(chain)
    if not chain:  # an identity
        return multiply(*outside, eye(shape[0]))
    return _chain(chain, shape, coefficient=multiply(*outside) if outside else ONE)


def parted(term: Term) -> tuple[list[Term], Term]:
    """The numbers and scalars of a product, and what is left of it; a sum is left with its first coefficient positive."""
    if term.op == "sum" and term.data[0] < 0:
        return [number(-1)], negate(term)
    if term.op != "product":
        return [], term
    scalars = [each for each in term.args if not each.ndim]
    rest = multiply(*[each for each in term.args if each.ndim])
    more, rest = parted(rest) if rest.op == "sum" else ([], rest)
    return [number_of(term.data[0]), *scalars, *more], rest


def _oriented(term: Term, first: bool) -> list[Term]:
    """The factors of a chain, turned so that a vector that it begins or ends with comes to the outside."""
    if term.op == "call" and term.data[0] == "outer" and not first:
        return [term]
    if term.op != "matrix" or term.ndim > 2 or any([each.ndim > 2 for each in term.args]):
        return [term]
    factors = list(term.args)
    is_wrong = term.ndim == 1 and (factors[-1].ndim == 1 if first else factors[0].ndim == 1)
    return [transpose(each) for each in reversed(factors)] if is_wrong else factors


def _contracted(chain: list[Term]) -> list[Term]:
    """A chain without identities and without matrices beside their inverses."""
    found: list[Term] = []
    for each in chain:
        if is_call(each, "eye"):
            continue
        if found and _are_inverse(found[-1], each):
            found.pop()
            continue
        found.append(each)
    return found


def _are_inverse(one: Term, two: Term) -> bool:
    return inverse(one) is two if is_call(two, "inv", "transpose") else is_call(one, "inv", "transpose") and inverse(two) is one


def _chain(chain: list[Term], shape: Shape, coefficient: Term) -> Term:
    """A chain as a term: products with outer(u, v) and with ones go into them."""
    if len(chain) == 1:
        return multiply(coefficient, chain[0])
    if len(chain) == 2:
        scaled = _scaled(*chain)
        if scaled is not None:
            return multiply(coefficient, scaled)
    for place in range(len(chain) - 1):
        merged = _merged(chain[place], chain[place + 1])
        if merged is not None:
            rest = [*chain[:place], merged, *chain[place + 2 :]]
            if merged.op == "product" or not merged.ndim or len(rest) == 1:
                scalars, merged = parted(merged) if merged.ndim else ([merged], ONE)
                coefficient = multiply(coefficient, *scalars)
                rest[place] = merged
                if merged is ONE:
                    return coefficient if len(rest) == 1 else multiply(coefficient, matmul(*[r for r in rest if r is not ONE]))
            return multiply(coefficient, matmul(*rest))
    if not shape and chain[0].ndim == chain[-1].ndim == 1:
        chain = _shorter(chain)
    if len(shape) == 1 and chain[0].ndim == 1:  # a vector is written as A.T @ x, and not as x @ A
        chain = [transpose(each) for each in reversed(chain)]
    return multiply(coefficient, make("matrix", tuple(chain), (), shape))


def _scaled(left: Term, right: Term) -> Term | None:
    """A product with a diagonal matrix alone: rows or columns multiplied."""
    if is_call(right, "diag"):
        return multiply(left, right.args[0])
    if is_call(left, "diag"):
        return multiply(left.args[0], right) if right.ndim == 1 else multiply(unsqueeze(left.args[0], 1), right)
    return None


def _merged(left: Term, right: Term) -> Term | None:
    if is_call(right, "outer") and left.ndim <= 2:
        u, v = right.args
        inner = matmul(left, u)
        return outer(inner, v) if inner.ndim else multiply(inner, v)
    if is_call(left, "outer") and right.ndim <= 2:
        u, v = left.args
        inner = matmul(v, right)
        return outer(u, inner) if inner.ndim else multiply(inner, u)
    if is_call(left, "ones") and left.ndim == 2 and right.ndim == 2:
        return multiply(reduce_sum(right, (0,)), ones((left.shape[0], right.shape[1])))
    if is_call(right, "ones") and right.ndim == 2 and left.ndim == 2:
        return multiply(unsqueeze(reduce_sum(left, (1,)), 1), ones((left.shape[0], right.shape[1])))
    if is_call(left, "ones") and left.ndim == 1 and right.ndim <= 2:
        return reduce_sum(right, (0,))
    if is_call(right, "ones") and right.ndim == 1 and left.ndim <= 2:
        return reduce_sum(left, (left.ndim - 1,))
    return None


def _shorter(chain: list[Term]) -> list[Term]:
    """A number `u @ A @ v` is `v @ A.T @ u`, too: the one with fewer transposes, or else the first in order."""
    turned = [transpose(each) for each in reversed(chain)]

    def cost(factors: list[Term]) -> Any:
        return sum([is_call(each, "transpose") for each in factors]), [each.text for each in factors]

    return min(chain, turned, key=cost)


def outer(one: Term, two: Term) -> Term:
    """All products of an entry of one vector and one of another."""
    shape = (one.shape[0], two.shape[0])
    if is_zero(one) or is_zero(two):
        return zero(shape)
    scalars, u = parted(one)
    others, v = parted(two)
    if is_call(u, "ones") and is_call(v, "ones"):
        return multiply(*scalars, *others, ones(shape))
    if is_call(u, "ones"):
        return multiply(*scalars, *others, v, ones(shape))
    if is_call(v, "ones"):
        return multiply(*scalars, *others, unsqueeze(u, 1), ones(shape))
    return multiply(*scalars, *others, call("outer", u, v, shape=shape))


# --- square matrices ------------------------------------------------------------------------------------------------


def eye(dim: Dim) -> Term:
    """The identity."""
    return make("call", (), ("eye", dim), (dim, dim))


def inverse(term: Term) -> Term:
    """The inverse of a matrix; of a transpose the transpose of the inverse."""
    if is_call(term, "eye"):
        return term
    if is_call(term, "inv"):
        return term.args[0]
    if is_call(term, "transpose"):
        return transpose(inverse(term.args[0]))
    if term.op == "product":
        scalars, rest = parted(term)
        if rest.op != "product":
            return multiply(*[power(each, number(-1)) for each in scalars], inverse(rest))
    return call("inv", term)


def reduce_sum(term: Term, axes: Sequence[int], keepdim: bool = False) -> Term:
    """The sum over some axes, with what does not vary along them before it."""
    axes = tuple(sorted({axis % term.ndim for axis in axes})) if term.ndim else ()
    axes = tuple([axis for axis in axes if term.shape[axis] != 1 or not keepdim])
    if not axes:
        return term
    shape = without(term.shape, axes, keepdim)
    if is_zero(term):
        return zero(shape)
    if is_call(term, "basis"):
        return ONE
    if is_call(term, "diag", "eye") and (len(axes) == 2 or not keepdim):
        inner = term.args[0] if term.args else ones(term.shape[:1])
        return inner if len(axes) == 1 else reduce_sum(inner, (0,))
    if len(axes) == 1 and is_call(term, "softmax", "one_hot") and axes[0] == (term.data[1] if term.data[0] == "softmax" else 1):
        return ones(shape)
    constant = [each for each in factors_of(term) if _is_constant(each, term, axes)]
    varying = [each for each in factors_of(term) if not _is_constant(each, term, axes) and not is_call(each, "ones")]
    coefficient = number_of(coefficient_of(term))
    if not varying:
        count = multiply(*[size(term.shape[axis]) for axis in axes])
        return multiply(coefficient, count, *[_reduced(each, term, axes, keepdim) for each in constant], ones(shape))
    if (constant and all([not each.ndim for each in constant])) or coefficient is not ONE:
        rest = multiply(*[each for each in factors_of(term) if each.ndim])
        inner = reduce_sum(rest, [axis - term.ndim + rest.ndim for axis in axes], keepdim)
        return multiply(coefficient, *[each for each in factors_of(term) if not each.ndim], inner)
    if constant and not keepdim and all([_is_reducible(each, term, axes) for each in constant]):
        inner = reduce_sum(_spread(multiply(*varying), term), axes)
        return multiply(*[_reduced(each, term, axes, keepdim) for each in constant], inner)
    product = None if keepdim else _as_product(term, axes)
    if product is not None:
        return product
    whole = len(axes) == term.ndim and not keepdim
    if whole and is_call(term, "transpose"):
        return reduce_sum(term.args[0], axes)
    if whole and is_call(term, "kron"):
        return multiply(*[reduce_sum(each, axes) for each in term.args])
    if term.ndim == 2 and len(axes) == 1 and not keepdim and ".T" in term.text:
        turned = transpose(term)
        if turned.shape == term.shape[::-1] and turned.text.count(".T") < term.text.count(".T"):
            return reduce_sum(turned, (1 - axes[0],))
    if is_call(term, "unsqueeze") and term.data[1] in axes and len(axes) == 1 and not keepdim:
        return term.args[0]
    return call("sum", term, shape=shape, options=((), False) if whole else (axes, keepdim))


def sum_by_terms(term: Term, axes: Sequence[int], keepdim: bool) -> Term:
    """The sum over some axes of a sum of terms, each by itself."""
    return combine([(c, reduce_sum(_spread(each, term), axes, keepdim)) for c, each in zip(term.data, term.args)])


def _spread(part: Term, whole: Term) -> Term:
    return part if part.shape == whole.shape else multiply(part, ones(whole.shape))


def _is_constant(factor: Term, whole: Term, axes: tuple[int, ...]) -> bool:
    """Whether a factor has one value along the axes, as broadcasting has it."""
    shape = (1,) * (whole.ndim - factor.ndim) + factor.shape
    return all([shape[axis] == 1 != whole.shape[axis] for axis in axes])


def _is_reducible(factor: Term, whole: Term, axes: tuple[int, ...]) -> bool:
    return not factor.ndim or factor.ndim < whole.ndim or is_call(factor, "unsqueeze")


def _reduced(factor: Term, whole: Term, axes: tuple[int, ...], keepdim: bool) -> Term:
    """A factor that does not vary along the axes, as it stands beside their sum."""
    if keepdim or not factor.ndim:
        return factor
    for axis in sorted(axes, reverse=True):
        place = axis - whole.ndim + factor.ndim
        if place >= 0:
            factor = squeeze(factor, place)
    return factor


def squeeze(term: Term, axis: int) -> Term:
    """A term without a dimension of length 1."""
    axis = axis % term.ndim
    if is_call(term, "unsqueeze") and term.data[1] == axis:
        return term.args[0]
    shape = (*term.shape[:axis], *term.shape[axis + 1 :])
    if is_call(term, "ones"):
        return ones(shape)
    if is_call(term, "sum") and term.data[2] and term.data[1] == (axis,):
        return reduce_sum(term.args[0], term.data[1])
    if term.op == "product":
        return multiply(
            number_of(term.data[0]),
            *[squeeze(each, axis - term.ndim + each.ndim) if each.ndim > term.ndim - 1 - axis else each for each in term.args],
        )
    if term.op == "power" and not term.args[1].ndim:
        return power(squeeze(term.args[0], axis), term.args[1])
    return call("squeeze", term, shape=shape, options=(axis,))


def _as_product(term: Term, axes: tuple[int, ...]) -> Term | None:
    """Sums of products of two factors that are products of matrices: `sum(u*v)`, `(A*v).sum(1)`."""
    factors = [each for each in factors_of(term) if not is_call(each, "ones")]
    if len(factors) != 2 or coefficient_of(term) != 1:
        return None
    one, two = factors
    if term.ndim == 1:
        return matmul(one, two) if one.shape == two.shape == term.shape else None
    if term.ndim != 2 or len(axes) != 1:
        return None
    for vector, matrix in ((one, two), (two, one)):
        if matrix.shape != term.shape:
            continue
        if axes == (1,) and vector.ndim == 1 and vector.shape[0] == term.shape[1]:
            return matmul(matrix, vector)
        if axes == (0,) and is_call(vector, "unsqueeze") and vector.shape == (term.shape[0], 1) and vector.args[0].ndim == 1:
            return matmul(vector.args[0], matrix)
    return None


def sum_to(term: Term, shape: Shape) -> Term:
    """A broadcast undone: the sum over what was spread."""
    lead = term.ndim - len(shape)
    if lead:
        term = reduce_sum(term, range(lead))
    axes = [axis for axis, dim in enumerate(shape) if dim == 1 != term.shape[axis]]
    return reduce_sum(term, axes, keepdim=True) if axes else term

"""How a cotangent goes back through one term: the rules of reverse mode, on terms."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from gradcli.run.symbolic.terms import matrices as m
from gradcli.run.symbolic.terms import reading
from gradcli.run.symbolic.terms.algebra import add, divide, multiply, negate, number_of, ones, power, product_of, subtract, zero
from gradcli.run.symbolic.terms.functions import PARTIALS
from gradcli.run.symbolic.terms.rows import operands, partial
from gradcli.run.symbolic.terms.term import ONE, Term, contains, is_call, number, size

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
            yield exponent, m.sum_to(multiply(g, term, reading.elementwise("log", base)), exponent.shape)
        case "matrix":
            yield from _chain(term, g)
        case "call":
            yield from _call(term, g)


def _call(term: Term, g: Term) -> Pulled:
    name = term.data[0]
    if name in _RULES:
        yield from _RULES[name](term, g)
        return
    if not term.args:
        return
    for place, each in enumerate(term.args):
        yield each, m.sum_to(multiply(g, slope_of(term, place)), each.shape)


def slope_of(term: Term, place: int) -> Term:
    """The partial derivative of a function of each entry by one of its operands.  Raises Problem."""
    name = term.data[0]
    if name in PARTIALS:
        return reading.filled(PARTIALS[name][place], dict(zip("xy", term.args)))
    tree = partial(name, place)
    if tree is None:
        raise reading.no_formula(name)
    names = dict(zip(operands(name), (*term.args, term)))
    return reading.Reader(names).term(tree)


# --- products of matrices -------------------------------------------------------------------------------------------


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
        raise reading.no_formula("a batch of matrices times a vector")
    yield one, m.sum_to(m.matmul(g, m.transpose(two)), one.shape)
    yield two, m.sum_to(m.matmul(m.transpose(one), g), two.shape)


# --- functions that are not of each entry ---------------------------------------------------------------------------


def restored(g: Term, term: Term) -> Term:
    """What came of a reduction, in a shape that broadcasts with its operand."""
    axes, keepdim = term.data[1], term.data[2]
    if not keepdim and axes:
        for axis in axes:
            g = m.unsqueeze(g, axis)
    leading = axes == (0,) and not keepdim and is_call(g, "unsqueeze")
    return g.args[0] if leading else g  # a row broadcasts by itself


def _spread(g: Term, term: Term) -> Term:
    return multiply(restored(g, term), ones(term.args[0].shape))


def _sum(term: Term, g: Term) -> Pulled:
    yield term.args[0], _spread(g, term)


def _count(term: Term) -> Term:
    shape = term.args[0].shape
    axes = term.data[1] or range(len(shape))
    return multiply(*[size(shape[axis]) for axis in axes])


def _mean(term: Term, g: Term) -> Pulled:
    yield term.args[0], divide(_spread(g, term), _count(term))


def _var(term: Term, g: Term) -> Pulled:
    (x,), (axes, keepdim, correction) = term.args, term.data[1:]
    centre = m.call("mean", x, shape=term.shape if keepdim or not axes else (), options=(axes, keepdim))
    if axes and not keepdim:
        centre = reading.mean(x, tuple([number(axis) for axis in axes]), True)
    freedom = subtract(_count(term), number(correction))
    yield x, divide(multiply(number(2), restored(g, term), subtract(x, centre)), freedom)


def _layer_norm(term: Term, g: Term) -> Pulled:
    (x,), (lengths, eps) = term.args, term.data[1:]
    axes = tuple([number(axis - len(lengths)) for axis in range(len(lengths))])
    kept = tuple(range(x.ndim - len(lengths), x.ndim))
    spread = m.call("var", x, shape=reading.mean(x, axes, True).shape, options=(kept, True, 0))
    inner = subtract(subtract(g, reading.mean(g, axes, True)), multiply(term, reading.mean(multiply(g, term), axes, True)))
    yield x, divide(inner, power(add(spread, number(eps)), number(0.5)))


def _softmax(term: Term, g: Term) -> Pulled:
    axis = term.data[1]
    yield term.args[0], multiply(term, subtract(g, m.reduce_sum(multiply(g, term), (axis,), term.ndim > 1)))


def _log_softmax(term: Term, g: Term) -> Pulled:
    (x,), axis = term.args, term.data[1]
    soft = m.call("softmax", x, options=(axis,))
    total = m.reduce_sum(g, (axis,), term.ndim > 1)
    yield x, subtract(g, multiply(soft, total))


def _logsumexp(term: Term, g: Term) -> Pulled:
    (x,), axes = term.args, term.data[1]
    if len(axes) != 1:
        total = reading.elementwise("exp", subtract(x, term)) if len(axes) == x.ndim else None
        if total is None:
            raise reading.no_formula("logsumexp along several of many dimensions")
        yield x, multiply(g, total)
        return
    yield x, multiply(restored(g, term), m.call("softmax", x, options=axes))


def _norm(term: Term, g: Term) -> Pulled:
    yield term.args[0], multiply(g, divide(term.args[0], term))


def _nuclear(term: Term, g: Term) -> Pulled:
    (x,) = term.args
    yield x, multiply(g, m.call("polar", x))


def _transpose(term: Term, g: Term) -> Pulled:
    yield term.args[0], m.transpose(g)


def _inv(term: Term, g: Term) -> Pulled:
    turned = m.transpose(term)
    yield term.args[0], negate(m.matmul(turned, g, turned))


def _det(term: Term, g: Term) -> Pulled:
    (x,) = term.args
    yield x, multiply(g, term, m.transpose(m.inverse(x)))


def _logdet(term: Term, g: Term) -> Pulled:
    (x,) = term.args
    yield x, multiply(g, m.transpose(m.inverse(x)))


def _trace(term: Term, g: Term) -> Pulled:
    (x,) = term.args
    if x.op == "matrix":  # a chain closes to a ring: what is left of a factor comes behind what is right of it
        for place, each in enumerate(x.args):
            ring = [*x.args[place + 1 :], *x.args[:place]]
            yield each, multiply(g, m.transpose(m.matmul(*ring)))
        return
    yield x, multiply(g, m.eye(x.shape[0]))


def _diag(term: Term, g: Term) -> Pulled:
    yield term.args[0], m.diagonal(g)


def _diagonal(term: Term, g: Term) -> Pulled:
    yield term.args[0], m.diag(g)


def _outer(term: Term, g: Term) -> Pulled:
    one, two = term.args
    if is_call(g, "ones"):
        yield one, multiply(m.reduce_sum(two, (0,)), ones(one.shape))
        yield two, multiply(m.reduce_sum(one, (0,)), ones(two.shape))
        return
    yield one, m.matmul(g, two)
    yield two, m.matmul(one, g)


def _kron(term: Term, g: Term) -> Pulled:
    one, two = term.args
    for place, (each, other) in enumerate(((one, two), (two, one))):
        yield each, m.call("kron_back", g, other, each, shape=each.shape, options=(place,))


def _unsqueeze(term: Term, g: Term) -> Pulled:
    yield term.args[0], m.squeeze(g, term.data[1])


def _squeeze(term: Term, g: Term) -> Pulled:
    yield term.args[0], m.unsqueeze(g, term.data[1])


def _where(term: Term, g: Term) -> Pulled:
    test, x, y = term.args
    nothing = number(0)
    yield x, m.sum_to(reading.where(test, multiply(g, ones(term.shape)), nothing), x.shape)
    yield y, m.sum_to(reading.where(test, nothing, multiply(g, ones(term.shape))), y.shape)


def _extreme(term: Term, g: Term) -> Pulled:
    (x,) = term.args
    yield x, multiply(g, m.call("compare", x, term, shape=x.shape, options=("==",)))


def _clamp(term: Term, g: Term) -> Pulled:
    x, low, high = term.args
    inside = multiply(m.call("step", subtract(x, low), shape=x.shape), m.call("step", subtract(high, x), shape=x.shape))
    yield x, multiply(g, inside)


def _prod(term: Term, g: Term) -> Pulled:
    (x,) = term.args
    yield x, multiply(g, divide(term, x))


def _einsum(term: Term, g: Term) -> Pulled:
    given, _, out = term.data[1].partition("->")
    parts = given.split(",")
    for place, each in enumerate(term.args):
        others = [(parts[other], term.args[other]) for other in range(len(parts)) if other != place]
        if set(parts[place]) - set(out) - set("".join([part for part, _ in others])):
            raise reading.no_formula("an einsum that sums over an index of one operand alone")
        spec = ",".join([out, *[part for part, _ in others]]) + "->" + parts[place]
        yield each, reading.einsum(spec, g, *[other for _, other in others])


def _cumsum(term: Term, g: Term) -> Pulled:
    axis = term.data[1]
    flipped = m.call("flip", g, options=(axis,))
    yield term.args[0], m.call("flip", m.call("cumsum", flipped, options=(axis,)), options=(axis,))


def _flip(term: Term, g: Term) -> Pulled:
    yield term.args[0], m.call("flip", g, options=term.data[1:])


def _select(term: Term, g: Term) -> Pulled:
    (x,), (axis, place) = term.args, term.data[1:]
    basis = m.call("basis", shape=(x.shape[axis],), options=(x.shape[axis], place))
    if x.ndim == 1:
        yield x, multiply(g, basis)
    elif x.ndim == 2:
        yield x, m.outer(basis, g) if axis == 0 else m.outer(g, basis)
    else:
        raise reading.no_formula("an entry of an array with more than two dimensions")


def _slice(term: Term, g: Term) -> Pulled:
    (x,), (axis, before, behind) = term.args, term.data[1:]
    yield x, m.call("pad", g, shape=x.shape, options=(axis, before, behind))


def _pad(term: Term, g: Term) -> Pulled:
    (x,) = term.args
    yield x, m.call("slice", g, shape=x.shape, options=term.data[1:])


def _reshape(term: Term, g: Term) -> Pulled:
    (x,) = term.args
    yield x, m.call("reshape_as", g, x, shape=x.shape)


def _none(term: Term, g: Term) -> Pulled:
    return iter(())


def _exp(term: Term, g: Term) -> Pulled:
    yield term.args[0], multiply(g, term)


def _polygamma(term: Term, g: Term) -> Pulled:
    order, x = term.args
    yield x, multiply(g, m.call("polygamma", add(order, ONE), x, shape=x.shape))


_RULES: Final[dict[str, Callable[[Term, Term], Pulled]]] = {
    "exp": _exp,
    "sum": _sum,
    "mean": _mean,
    "var": _var,
    "layer_norm": _layer_norm,
    "softmax": _softmax,
    "log_softmax": _log_softmax,
    "logsumexp": _logsumexp,
    "norm": _norm,
    "nuclear_norm": _nuclear,
    "transpose": _transpose,
    "inv": _inv,
    "det": _det,
    "logdet": _logdet,
    "trace": _trace,
    "diag": _diag,
    "diagonal": _diagonal,
    "outer": _outer,
    "kron": _kron,
    "unsqueeze": _unsqueeze,
    "squeeze": _squeeze,
    "where": _where,
    "max": _extreme,
    "min": _extreme,
    "prod": _prod,
    "clamp": _clamp,
    "cumsum": _cumsum,
    "einsum": _einsum,
    "flip": _flip,
    "select": _select,
    "slice": _slice,
    "pad": _pad,
    "reshape": _reshape,
    "polygamma": _polygamma,
    **dict.fromkeys(("compare", "one_hot", "detach", "ones", "eye", "pi", "basis", "sign", "step", "floor"), _none),
}


def gradients(out: Term, g: Term, wanted: list[Term]) -> dict[Term, Term]:
    """The cotangents of some terms, given that of the output; zeros for what the output does not depend on.

    Raises Problem.
    """
    cotangents: dict[Term, Term] = {out: g}
    useful = _leading_to(out, set(wanted))
    for term in _from_above(out):
        above = cotangents.get(term)
        if above is None or term not in useful or term in wanted:
            continue
        for operand, part in pulled(term, above):
            if operand in useful:
                before = cotangents.get(operand)
                cotangents[operand] = part if before is None else add(before, part)
    return {each: cotangents.get(each, zero(each.shape)) for each in wanted}


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


def linear_map(term: Term, g: Term) -> Term | None:
    """The matrix of a vector that is linear in the vector `g`: M for M @ g; None where it has no short one."""
    if term is g:
        return m.eye(g.shape[0])
    if term.op == "sum":
        parts = [linear_map(each, g) for each in term.args]
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
        return m.diag(weight)
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

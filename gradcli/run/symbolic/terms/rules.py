"""How a cotangent goes back through functions: a rule for each that is not of single entries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from gradcli.run.symbolic.terms import builders, entrywise, reading, square
from gradcli.run.symbolic.terms import matrices as m
from gradcli.run.symbolic.terms.algebra import add, divide, multiply, negate, ones, power, subtract
from gradcli.run.symbolic.terms.functions import PARTIALS
from gradcli.run.symbolic.terms.rows import operands, partial
from gradcli.run.symbolic.terms.term import ONE, Term, is_call, number, size

Pulled = Iterator[tuple[Term, Term]]


def pulled_call(term: Term, g: Term) -> Pulled:
    name = term.data[0]
    if name in RULES:
        yield from RULES[name](term, g)
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
        raise entrywise.no_formula(name)
    names = dict(zip(operands(name), (*term.args, term)))
    return reading.Reader(names).term(tree)


# --- products of matrices -------------------------------------------------------------------------------------------


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
        centre = builders.mean(x, tuple([number(axis) for axis in axes]), True)
    freedom = subtract(_count(term), number(correction))
    yield x, divide(multiply(number(2), restored(g, term), subtract(x, centre)), freedom)


def _layer_norm(term: Term, g: Term) -> Pulled:
    (x,), (lengths, eps) = term.args, term.data[1:]
    axes = tuple([number(axis - len(lengths)) for axis in range(len(lengths))])
    kept = tuple(range(x.ndim - len(lengths), x.ndim))
    spread = m.call("var", x, shape=builders.mean(x, axes, True).shape, options=(kept, True, 0))
    inner = subtract(subtract(g, builders.mean(g, axes, True)), multiply(term, builders.mean(multiply(g, term), axes, True)))
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
        total = entrywise.elementwise("exp", subtract(x, term)) if len(axes) == x.ndim else None
        if total is None:
            raise entrywise.no_formula("logsumexp along several of many dimensions")
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


def _triangle(term: Term, g: Term) -> Pulled:
    yield term.args[0], m.call(term.data[0], g, options=term.data[1:])


def _diag(term: Term, g: Term) -> Pulled:
    yield term.args[0], square.diagonal(g)


def _diagonal(term: Term, g: Term) -> Pulled:
    yield term.args[0], square.diag(g)


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
    yield x, m.sum_to(builders.where(test, multiply(g, ones(term.shape)), nothing), x.shape)
    yield y, m.sum_to(builders.where(test, nothing, multiply(g, ones(term.shape))), y.shape)


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
        spec = ",".join([out, *[part for part, _ in others]]) + "->" + parts[place]
        yield each, builders.einsum(spec, g, *[other for _, other in others])


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
        raise entrywise.no_formula("an entry of an array with more than two dimensions")


def _slice(term: Term, g: Term) -> Pulled:
    (x,), (axis, before, behind) = term.args, term.data[1:]
    yield x, m.call("pad", g, shape=x.shape, options=(axis, before, behind))


def _pad(term: Term, g: Term) -> Pulled:
    (x,) = term.args
    yield x, m.call("slice", g, shape=x.shape, options=term.data[1:])


def _reshape(term: Term, g: Term) -> Pulled:
    (x,) = term.args
    yield x, m.call("reshape_as", g, x, shape=x.shape)


def _reshape_as(term: Term, g: Term) -> Pulled:
    inner = term.args[0]
    yield inner, m.call("reshape_as", g, inner, shape=inner.shape)


def _none(term: Term, g: Term) -> Pulled:
    return iter(())


def _exp(term: Term, g: Term) -> Pulled:
    yield term.args[0], multiply(g, term)


def _polygamma(term: Term, g: Term) -> Pulled:
    order, x = term.args
    yield x, multiply(g, m.call("polygamma", add(order, ONE), x, shape=x.shape))


RULES: Final[dict[str, Callable[[Term, Term], Pulled]]] = {
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
    "tril": _triangle,
    "triu": _triangle,
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
    "reshape_as": _reshape_as,
    "polygamma": _polygamma,
    **dict.fromkeys(("compare", "one_hot", "detach", "ones", "eye", "pi", "basis", "sign", "step", "floor"), _none),
}

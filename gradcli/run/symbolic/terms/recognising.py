"""Other forms of what has a name of its own: sigmoid, softmax, tan, means, diagonals, choices.

Each rule gives equal terms, among which `shortening` chooses.
"""

from __future__ import annotations

from collections.abc import Iterator

from gradcli.run.symbolic.terms import matrices as m
from gradcli.run.symbolic.terms import square
from gradcli.run.symbolic.terms.algebra import (
    add,
    coefficient_of,
    combine,
    divide,
    exponential,
    factors_of,
    is_zero,
    multiply,
    negate,
    number_of,
    power,
    product_of,
    subtract,
    without_ones,
)
from gradcli.run.symbolic.terms.entrywise import elementwise
from gradcli.run.symbolic.terms.factoring import base_of, expanded, exponent_of
from gradcli.run.symbolic.terms.forms import cost, remade
from gradcli.run.symbolic.terms.term import ONE, TWO, Term, is_call, make, number, size, value_of


def sigmoids(term: Term) -> Iterator[Term]:
    """1/(1 + exp(-u)) and exp(u)/(exp(u) + exp(v)) as sigmoids; 1 - sigmoid(u) as sigmoid(-u)."""
    if term.op == "sum" and len(term.args) == 2 and term.args[1] is ONE:
        (a, b), one = term.data, term.args[0]
        if a == -b and is_call(one, "sigmoid"):
            other = m.call("sigmoid", negate(one.args[0]))
            yield multiply(number_of(b), other) if cost(other) < cost(one) + 2 else term
    for factor in factors_of(term):
        base, value = base_of(factor), value_of(factor.args[1]) if factor.op == "power" else None
        if base.op != "sum" or value is None or value >= 0 or len(base.args) != 2 or base.data[0] != base.data[1]:
            continue
        exponents = [number(0) if each is ONE else each.args[0] for each in base.args if each is ONE or is_call(each, "exp")]
        if len(exponents) < 2:
            continue
        rest = multiply(number_of(coefficient_of(term)), *[each for each in factors_of(term) if each is not factor])
        scale = power(number_of(base.data[0]), number_of(value))
        for u, v in (exponents, exponents[::-1]):  # 1/(exp(u) + exp(v)) is exp(-u)*sigmoid(u - v)
            soft = m.call("sigmoid", subtract(u, v))
            yield multiply(scale, rest, power(exponential(negate(u)), number_of(-value)), power(soft, number_of(-value)))


def softplus(term: Term) -> Iterator[Term]:
    """log(1 + exp(u)) as softplus(u), log(sum(exp(z))) as logsumexp(z), exp(u)*sigmoid(-u) as sigmoid(u)."""
    if is_call(term, "log"):
        inner = term.args[0]
        if inner.op == "sum" and inner.data == (1, 1) and inner.args[1] is ONE and is_call(inner.args[0], "exp"):
            yield m.call("softplus", inner.args[0].args[0])
        if is_call(inner, "sum") and is_call(inner.args[0], "exp"):
            z, axes, keepdim = inner.args[0].args[0], inner.data[1] or tuple(range(inner.args[0].ndim)), inner.data[2]
            yield m.call("logsumexp", z, shape=term.shape, options=(axes, keepdim))
        if is_call(inner, "sigmoid"):
            yield m.call("logsigmoid", inner.args[0])
        if is_call(inner, "softmax"):
            yield m.call("log_softmax", inner.args[0], options=inner.data[1:])
    exponents = [each for each in factors_of(term) if is_call(each, "exp")]
    for factor in factors_of(term):
        base = base_of(factor)
        if is_call(base, "sigmoid") and exponents and (exponent_of(term, base) or 0) >= 1:
            u = negate(base.args[0])
            yield multiply(divide(divide(term, base), exponential(u)), m.call("sigmoid", u))


def means(term: Term) -> Iterator[Term]:
    """n*mean(x) as sum(x), and sum(x)/n as mean(x)."""
    for factor in factors_of(term):
        if is_call(factor, "sum", "mean"):
            x, axes, keepdim = factor.args[0], factor.data[1], factor.data[2]
            sizes = [size(x.shape[axis]) for axis in (axes or range(x.ndim))]
            known = [exponent_of(term, each) for each in sizes if each.op == "size"]
            sign = -1 if factor.data[0] == "sum" else 1
            if known and all([each == sign for each in known]):
                other = make("call", (x,), ("mean" if sign < 0 else "sum", axes, keepdim), factor.shape)
                yield multiply(divide(term, factor), other, *[power(each, number(-sign)) for each in sizes])


def diagonals(term: Term) -> Iterator[Term]:
    """eye*A as diag(diagonal(A)), eye*x as diag(x), and sum(eye*A) as trace(A)."""
    if is_call(term, "sum") and not term.data[1] and term.args[0].ndim == 2:
        inner = term.args[0]
        eyes = [each for each in factors_of(inner) if is_call(each, "eye")]
        matrix = divide(inner, eyes[0]) if eyes else inner
        if eyes and matrix.shape == inner.shape:
            yield square.trace(matrix)
    if term.op != "product" or term.ndim != 2 or not any([is_call(each, "eye") for each in term.args]):
        return
    scalars = [number_of(term.data[0]), *[each for each in term.args if not each.ndim]]
    varying = [each for each in term.args if each.ndim and not is_call(each, "eye", "ones")]
    if varying:
        inner = multiply(*varying)
        vector = inner if inner.ndim == 1 else square.diagonal(inner) if inner.shape == term.shape else None
        if vector is not None:
            yield multiply(*scalars, square.diag(vector))


def rows(term: Term) -> Iterator[Term]:
    """A row that broadcasts by itself: unsqueeze(v, 0) + A as v + A."""
    if term.op in ("sum", "product") and term.ndim == 2:
        plain = [_as_row(each) for each in term.args]
        if plain != list(term.args):
            yield remade(term, tuple(plain))


def _as_row(term: Term) -> Term:
    """A matrix of one row as a vector; within a product, the factor that is one."""
    if is_call(term, "unsqueeze") and term.data[1] == 0:
        return term.args[0]
    if term.op == "product" and term.ndim == 2 and term.shape[0] == 1:
        return remade(term, tuple([_as_row(each) for each in term.args]))
    return term


def opposite_sigmoids(term: Term) -> Iterator[Term]:
    """sigmoid(-u) as 1 - sigmoid(u) where sigmoid(u) stands beside it: y*sigmoid(-u) + (y - 1)*sigmoid(u) is y - sigmoid(u)."""
    if term.op != "sum":
        return
    soft = {base for each in term.args for factor in factors_of(each) if is_call(base := base_of(factor), "sigmoid")}
    for one in soft:
        other = m.call("sigmoid", negate(one.args[0]))
        if other in soft:
            parts = [(c, _with_opposite(each, other, one)) for c, each in zip(term.data, term.args)]
            yield expanded(combine([(c, expanded(each)) for c, each in parts]))


def _with_opposite(term: Term, other: Term, one: Term) -> Term:
    if exponent_of(term, other) != 1:
        return term
    return multiply(divide(term, other), subtract(ONE, one))


def clamps(term: Term) -> Iterator[Term]:
    """where(abs(u) <= c, k*u, k*c*sign(u)) as k*clamp(u, -c, c); what both ways are multiplied by comes out of a where."""
    if not is_call(term, "where"):
        return
    test, one, two = term.args
    scales = [
        each for each in factors_of(one) if not each.ndim and exponent_of(two, base_of(each)) == exponent_of(one, base_of(each))
    ]
    if scales:
        common = multiply(*scales)
        yield multiply(common, m.call("where", test, divide(one, common), divide(two, common), shape=term.shape))
    if is_call(test, "compare") and test.data[1] in ("<", "<=") and is_call(test.args[0], "abs"):
        u, limit = test.args[0].args[0], test.args[1]
        for sign in (1, -1):
            inner, outer = multiply(number(sign), u), multiply(number(sign), limit, elementwise("sign", u))
            if is_zero(subtract(one, inner)) and is_zero(subtract(two, outer)):
                yield multiply(number(sign), m.call("clamp", u, negate(limit), limit))


def choices(term: Term) -> Iterator[Term]:
    """f*where(c, a, 0) as where(c, f*a, 0), and where(c, a, b) + where(c, d, e) as where(c, a + d, b + e)."""
    if term.op == "product":
        for factor in term.args:
            if is_call(factor, "where") and factor.shape == term.shape:
                test, x, y = factor.args
                rest = divide(term, factor)
                yield m.call("where", test, *[without_ones(multiply(rest, each)) for each in (x, y)], shape=term.shape)
    if term.op == "sum":
        parts = [(multiply(number_of(c), each), each) for c, each in zip(term.data, term.args)]
        found = [
            next((f for f in factors_of(each) if is_call(f, "where") and f.shape == term.shape), None) for _, each in parts
        ]
        tests = [each.args[0] for each in found if each is not None]
        for test in {each for each in tests if tests.count(each) > 1}:
            ways: list[list[Term]] = [[], []]
            others: list[Term] = []
            for (part, _), choice in zip(parts, found):
                if choice is None or choice.args[0] is not test:
                    others.append(part)
                    continue
                rest = divide(part, choice)
                for way, branch in zip(ways, choice.args[1:]):
                    way.append(multiply(rest, branch))
            sums = [without_ones(add(*way)) for way in ways]
            yield add(m.call("where", test, *sums, shape=term.shape), *others)


def split(term: Term) -> Iterator[Term]:
    """(a + b).sum(0) as a.sum(0) + b.sum(0), and a mean."""
    if is_call(term, "sum") and term.args[0].op == "sum":
        inner = term.args[0]
        whole = m.sum_by_terms(inner, term.data[1] or tuple(range(inner.ndim)), term.data[2])
        if whole.op == "sum":  # sum(x) - n*mean(x) is 0
            whole = combine([(c, _first(means(each), each)) for c, each in zip(whole.data, whole.args)])
        yield whole


def _first(forms: Iterator[Term], term: Term) -> Term:
    return next(forms, term)


def inverse_chains(term: Term) -> Iterator[Term]:
    """B @ inv(A @ B) as inv(A), where both are square."""
    if term.op != "matrix":
        return
    for place, each in enumerate(term.args):
        turned = is_call(each, "transpose")
        inner = each.args[0] if turned else each
        if is_call(inner, "inv") and square.is_chain_of_squares(inner.args[0]):
            parts = [m.inverse(part) for part in reversed(inner.args[0].args)]
            whole = m.matmul(*parts)
            yield m.matmul(*term.args[:place], m.transpose(whole) if turned else whole, *term.args[place + 1 :])


def turned_whole(term: Term) -> Iterator[Term]:
    """A.T*B.T as (A*B).T."""
    if term.ndim != 2 or term.op not in ("sum", "product") or any([is_call(each, "ones") for each in term.args]):
        return
    turned = m.transpose(term)
    if turned.shape == term.shape[::-1]:
        scale = number_of(coefficient_of(turned))
        yield multiply(scale, make("call", (divide(turned, scale),), ("transpose",), term.shape))


def softmaxes(term: Term) -> Iterator[Term]:
    """exp(z)/sum(exp(z)) as softmax(z)."""
    for factor in factors_of(term):
        base, value = base_of(factor), value_of(factor.args[1]) if factor.op == "power" else None
        if value is None or value >= 0 or not is_call(base, "sum") or not is_call(base.args[0], "exp"):
            continue
        z, axes = base.args[0].args[0], base.data[1]
        fits = (not axes and z.ndim == 1) or (len(axes) == 1 and (base.data[2] or axes == (0,)))
        if fits:
            axis = axes[0] if axes else 0
            soft = m.call("softmax", z, options=(axis,))
            rest = multiply(number_of(coefficient_of(term)), *[each for each in factors_of(term) if each is not factor])
            lead = power(exponential(z), number_of(value))
            yield multiply(rest, lead, power(soft, number_of(-value)))


def tangents(term: Term) -> Iterator[Term]:
    """sin(u)/cos(u) as tan(u), sinh(u)/cosh(u) as tanh(u), and tan(u)*cos(u) as sin(u)."""
    factors = {base_of(each): each for each in factors_of(term)}
    for over, under, name in (("sin", "cos", "tan"), ("sinh", "cosh", "tanh")):
        for base in factors:
            if is_call(base, name):
                sine, cosine = [make("call", base.args, (each,), base.shape) for each in (over, under)]
                a, b = exponent_of(term, base), exponent_of(term, cosine)
                if a is not None and b is not None and a * b > 0:
                    whole = min(a, b, key=abs)
                    yield multiply(term, power(divide(sine, multiply(base, cosine)), number_of(whole)))
            if not is_call(base, over):
                continue
            other = make("call", base.args, (under,), base.shape)
            a, b = exponent_of(term, base), exponent_of(term, other)
            if a is not None and b is not None and a > 0 > b:
                whole = min(a, -b)
                tangent = make("call", base.args, (name,), base.shape)
                yield multiply(term, power(divide(other, base), number_of(whole)), power(tangent, number_of(whole)))


def absolutes(term: Term) -> Iterator[Term]:
    """u*sign(u) as |u|, sign(u)*|u| as u, sign(u)/|u| as 1/u, u*step(u) as relu(u)."""
    for factor in factors_of(term):
        if is_call(factor, "sign"):
            u = factor.args[0]
            size = m.call("abs", u)
            if exponent_of(term, size) is not None:
                yield multiply(divide(divide(term, factor), size), u)
            elif exponent_of(term, u) is not None:
                yield multiply(divide(divide(term, factor), u), size)
        if is_call(factor, "step"):
            u = factor.args[0]
            positive = m.call("relu", u)
            if exponent_of(term, positive) is not None:
                yield divide(term, factor)
            elif exponent_of(term, u) is not None:
                yield multiply(divide(divide(term, factor), u), positive)


def one_minus_squares(term: Term) -> Iterator[Term]:
    """1 - cos(u)**2 as sin(u)**2, 1 - sin(u)**2 as cos(u)**2, tan(u)**2 + 1 as 1/cos(u)**2."""
    if term.op != "sum" or len(term.args) != 2:
        return
    for place in (0, 1):
        squared, other = term.args[place], term.args[1 - place]
        for name, partner in (("cos", "sin"), ("sin", "cos")):
            for factor in factors_of(squared):
                if factor.op == "power" and value_of(factor.args[1]) == 2 and is_call(factor.args[0], name):
                    rest = product_of([each for each in factors_of(squared) if each is not factor])
                    if rest is other and term.data[place] == -term.data[1 - place]:
                        fresh = make("call", factor.args[0].args, (partner,), factor.shape)
                        yield multiply(number_of(term.data[1 - place]), rest, power(fresh, TWO))

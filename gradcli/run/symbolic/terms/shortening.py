"""Making a term as short as a mathematician would: common factors, common denominators, sigmoid and softmax recognised.

Each rule proposes another form of a term; the shortest of them stays, and the rules are tried again on what came of it.  What
is shorter is decided by `cost`, which counts tokens as they are written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any, Final

from gradcli.run.symbolic.terms import matrices as m
from gradcli.run.symbolic.terms.algebra import (
    add,
    coefficient_of,
    combine,
    divide,
    exponential,
    factors_of,
    multiply,
    negate,
    number_of,
    power,
    product_of,
    square_root,
    without_ones,
)
from gradcli.run.symbolic.terms.term import ONE, TWO, Number, Term, is_call, make, number, size, value_of

_ROUNDS: Final = 6
_LARGEST: Final = 400  # terms; a larger one is left as it is
_MOST_EXPANDED: Final = 24  # terms of a product that is multiplied out


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
            return m.determinant(args[0])
        case "outer":
            return m.outer(*args)
        case "sum":
            axes, keepdim = term.data[1] or tuple(range(args[0].ndim)), term.data[2]
            return m.reduce_sum(args[0], axes, keepdim)
        case "unsqueeze":
            return m.unsqueeze(args[0], term.data[1])
        case "diag":
            return m.diag(args[0])
        case "trace":
            return m.trace(args[0])
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


def shortened(term: Term) -> Term:
    """The shortest form that the rules find."""
    if term.weight > _LARGEST:
        return term
    for _ in range(_ROUNDS):
        better = _pass(term)
        if better is term:
            break
        term = better
    return term


def _pass(term: Term) -> Term:
    """One round over a term, from below."""
    done: dict[Term, Term] = {}
    waiting: list[tuple[Term, bool]] = [(term, False)]
    while waiting:
        each, ready = waiting.pop()
        if each in done:
            continue
        if not ready:
            waiting.append((each, True))
            waiting += [(arg, False) for arg in each.args]
            continue
        fresh = remade(each, tuple([done[arg] for arg in each.args]))
        done[each] = _best(fresh)
    return done[term]


def _best(term: Term) -> Term:
    best, least = term, cost(term)
    for rule in _RULES:
        for other in rule(term):
            if other.shape == term.shape and other is not best:
                price = cost(other)
                if price < least:
                    best, least = other, price
    return best


# --- sums -----------------------------------------------------------------------------------------------------------


def _common_factors(term: Term) -> Iterator[Term]:
    """a*b + a*c as a*(b + c): of all terms, or of those that share the factor."""
    if term.op != "sum":
        return
    parts = list(zip(term.data, term.args))
    counts: dict[Term, int] = {}
    for _, each in parts:
        for base in {_base(factor) for factor in factors_of(each) if factor is not ONE}:
            counts[base] = counts.get(base, 0) + 1
    for base, count in counts.items():
        if count > 1:
            yield from _factored(parts, base)
    common = _greatest([coefficient for coefficient, _ in parts])
    if common != 1:
        yield multiply(number_of(common), _sum_of([(c / common, each) for c, each in parts]))


def _greatest(values: list[Number]) -> Number:
    """The number that all coefficients are multiples of."""
    from math import gcd, lcm

    fractions = [each for each in values if isinstance(each, Fraction)]
    if len(fractions) != len(values) or not values:
        return Fraction(1)
    top = gcd(*[each.numerator for each in fractions])
    return Fraction(top, lcm(*[each.denominator for each in fractions]))


def _base(factor: Term) -> Term:
    return factor.args[0] if factor.op == "power" and factor.args[1].op == "number" else factor


def _exponent(term: Term, base: Term) -> Fraction | None:
    for factor in factors_of(term):
        if factor is base:
            return Fraction(1)
        if factor.op == "power" and factor.args[0] is base:
            value = value_of(factor.args[1])
            return value if isinstance(value, Fraction) else None
    return None


def _factored(parts: list[tuple[Number, Term]], base: Term) -> Iterator[Term]:
    exponents = [_exponent(each, base) for _, each in parts]
    known = [each for each in exponents if each is not None]
    if len(known) < 2:
        return
    least = min(known)
    inside: list[tuple[Number, Term]] = []
    outside: list[tuple[Number, Term]] = []
    factor = power(base, number_of(least))
    for (coefficient, each), exponent in zip(parts, exponents):
        if exponent is None:
            outside.append((coefficient, each))
        else:
            inside.append((coefficient, divide(each, factor)))
    if any([each.shape != inside[0][1].shape for _, each in inside]) and factor.ndim:
        return
    common = _greatest([coefficient for coefficient, _ in inside])
    whole = multiply(number_of(common), factor, _sum_of([(c / common, each) for c, each in inside]))
    yield combine([*outside, (Fraction(1), whole)]) if outside else whole
    if common != 1:
        whole = multiply(factor, _sum_of(inside))
        yield combine([*outside, (Fraction(1), whole)]) if outside else whole


def _sum_of(parts: list[tuple[Number, Term]]) -> Term:
    return combine(parts)


def _common_matrices(term: Term) -> Iterator[Term]:
    """A @ x + B @ x as (A + B) @ x, and so from the left."""
    if term.op != "sum":
        return
    parts = [(c, each, *_split_chain(each)) for c, each in zip(term.data, term.args)]
    for at_end in (True, False):
        ends = [chain[-1 if at_end else 0] for _, _, _, chain in parts if len(chain) > 1]
        ends += [
            chain[0 if at_end else -1] for _, _, _, chain in parts if len(chain) > 1 and chain[0 if at_end else -1].ndim == 1
        ]
        for end in dict.fromkeys(ends):
            yield from _joined_at(parts, end, at_end)


def _split_chain(term: Term) -> tuple[Term, tuple[Term, ...]]:
    """What stands before a chain, and the chain."""
    chains = [each for each in factors_of(term) if each.op == "matrix"]
    if len(chains) != 1 or any([each.ndim for each in factors_of(term) if each is not chains[0]]):
        return ONE, (term,)
    return multiply(number_of(coefficient_of(term)), *[each for each in factors_of(term) if each is not chains[0]]), chains[
        0
    ].args


def _joined_at(parts: list[tuple[Number, Term, Term, tuple[Term, ...]]], end: Term, at_end: bool) -> Iterator[Term]:
    inside: list[tuple[Number, Term]] = []
    outside: list[tuple[Number, Term]] = []
    for coefficient, each, before, chain in parts:
        rest = _without_end(chain, end, at_end)
        if (rest is None and end.ndim == 2 and each is end) or rest is None:
            outside.append((coefficient, each))
        else:
            inside.append((coefficient, multiply(before, rest)))
    if len(inside) < 2 or len({each.shape for _, each in inside}) > 1:
        return
    total = combine(inside)
    if total.op == "sum" or total.ndim:
        joined = m.matmul(total, end) if at_end else m.matmul(end, total)
        yield combine([*outside, (Fraction(1), joined)]) if outside else joined


def _without_end(chain: tuple[Term, ...], end: Term, at_end: bool) -> Term | None:
    if len(chain) < 2:
        return None
    if chain[-1 if at_end else 0] is end:
        rest = chain[:-1] if at_end else chain[1:]
        return m.matmul(*rest) if len(rest) > 1 else rest[0]
    turned = tuple([m.transpose(each) for each in reversed(chain)])
    if end.ndim == 1 and turned[-1 if at_end else 0] is end and chain[0].ndim + chain[-1].ndim < 4:
        rest = turned[:-1] if at_end else turned[1:]
        return m.matmul(*rest) if len(rest) > 1 else rest[0]
    return None


def _one_denominator(term: Term) -> Iterator[Term]:
    """a/b + c/d over one denominator, multiplied out."""
    if term.op != "sum":
        return
    bases: dict[Term, Fraction] = {}
    for each in term.args:
        for factor in factors_of(each):
            value = value_of(factor.args[1]) if factor.op == "power" else None
            if isinstance(value, Fraction) and value < 0:
                base = factor.args[0]
                bases[base] = max(bases.get(base, Fraction(0)), -value)
    if not bases or len(bases) > 3:
        return
    under = multiply(*[power(base, number_of(value)) for base, value in bases.items()])
    parts = [multiply(number_of(c), each, under) for c, each in zip(term.data, term.args)]
    total = add(*[expanded(each) for each in parts])
    yield divide(total, under)
    for other in _common_factors(total):
        yield divide(other, under)
    yield divide(_best_sum(total), under)


def _inner_denominators(term: Term) -> Iterator[Term]:
    """a/(x**2*(y**2/x**2 + 1)) as a/(x**2 + y**2): the fractions within a factor are cleared."""
    if term.op not in ("product", "power"):
        return
    for factor in factors_of(term):
        base = _base(factor)
        if (base.op == "sum" and factor.op == "power") or (base.op == "sum" and term.op == "product"):
            exponent = factor.args[1] if factor.op == "power" else ONE
            if not isinstance(value_of(exponent), Fraction):
                continue
            for other in _one_denominator(base):
                rest = divide(term, factor)
                yield multiply(rest, power(other, exponent))


def _best_sum(term: Term) -> Term:
    forms = [term, *_common_factors(term), *_squares(term)]
    return min(forms, key=cost)


def _multiplied_out(term: Term) -> Iterator[Term]:
    if term.op in ("product", "power") or (term.op == "sum" and any([_has_sum(each) for each in term.args])):
        fresh = expanded(term)
        if fresh is not term:
            yield fresh
            if fresh.op == "sum":
                yield from _common_factors(fresh)


def _has_sum(term: Term) -> bool:
    return any([_base(each).op == "sum" for each in factors_of(term)])


def expanded(term: Term) -> Term:
    """A term with its products of sums multiplied out, where that is not too much."""
    if term.op == "sum":
        return combine([(c, expanded(each)) for c, each in zip(term.data, term.args)])
    sums: list[Term] = []
    rest: list[Term] = [number_of(coefficient_of(term))]
    for factor in factors_of(term):
        base = _base(factor)
        value = value_of(factor.args[1]) if factor.op == "power" else Fraction(1)
        if base.op == "sum" and isinstance(value, Fraction) and value.denominator == 1 and 0 < value <= 4:
            sums += [base] * int(value)
        else:
            rest.append(factor)
    if not sums:
        return term
    parts: list[tuple[Number, Term]] = [(Fraction(1), multiply(*rest))]
    for each in sums:
        if len(parts) * len(each.args) > _MOST_EXPANDED:
            return term
        parts = [(a * b, multiply(one, two)) for a, one in parts for b, two in zip(each.data, each.args)]
    return combine(parts)


def _squares(term: Term) -> Iterator[Term]:
    """a**2 + 2*a*b + b**2 as (a + b)**2."""
    if term.op != "sum" or len(term.args) != 3:
        return
    parts = list(zip(term.data, term.args))
    for middle in range(3):
        (a, one), (b, two) = [parts[place] for place in range(3) if place != middle]
        if a > 0 and b > 0:
            roots = [square_root(multiply(number_of(c), each)) for c, each in ((a, one), (b, two))]
            roots = [_plain_root(number_of(c), each) or root for (c, each), root in zip(((a, one), (b, two)), roots)]
            for sign in (1, -1):
                whole = add(roots[0], multiply(number(sign), roots[1]))
                if expanded(power(whole, TWO)) is term:
                    yield power(whole, TWO)


def _plain_root(coefficient: Term, term: Term) -> Term | None:
    """The root of a product of even powers."""
    found = [square_root(coefficient)]
    for factor in factors_of(term):
        if factor is ONE:
            continue
        value = value_of(factor.args[1]) if factor.op == "power" else None
        if is_call(factor, "exp"):
            found.append(exponential(multiply(number(0.5), factor.args[0])))
            continue
        if not isinstance(value, Fraction) or value % 2:
            return None
        found.append(power(factor.args[0], number_of(value / 2)))
    return multiply(*found)


# --- known functions ------------------------------------------------------------------------------------------------


def _sigmoids(term: Term) -> Iterator[Term]:
    """1/(1 + exp(-u)) and exp(u)/(1 + exp(u)) as sigmoid(u); 1 - sigmoid(u) as sigmoid(-u)."""
    if term.op == "sum" and len(term.args) == 2 and term.args[1] is ONE:
        (a, b), one = term.data, term.args[0]
        if a == -b and is_call(one, "sigmoid"):
            other = m.call("sigmoid", negate(one.args[0]))
            yield multiply(number_of(b), other) if cost(other) < cost(one) + 2 else term
    for factor in factors_of(term):
        base, value = _base(factor), value_of(factor.args[1]) if factor.op == "power" else None
        if base.op != "sum" or value is None or value >= 0 or len(base.args) != 2 or base.args[-1] is not ONE:
            continue
        if base.data[0] != base.data[1] or not is_call(base.args[0], "exp"):
            continue
        inside = base.args[0].args[0]
        rest = multiply(number_of(coefficient_of(term)), *[each for each in factors_of(term) if each is not factor])
        scale = power(number_of(base.data[0]), number_of(value))
        for sign in (1, -1):
            # 1/(1 + exp(v)) is sigmoid(-v), and also exp(-v)*sigmoid(v)
            soft = m.call("sigmoid", negate(inside) if sign > 0 else inside)
            lead = ONE if sign > 0 else power(exponential(negate(inside)), number_of(-value))
            yield multiply(scale, rest, lead, power(soft, number_of(-value)))


def _softplus(term: Term) -> Iterator[Term]:
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
        base = _base(factor)
        if is_call(base, "sigmoid") and exponents and (_exponent(term, base) or 0) >= 1:
            u = negate(base.args[0])
            yield multiply(divide(divide(term, base), exponential(u)), m.call("sigmoid", u))


def _means(term: Term) -> Iterator[Term]:
    """n*mean(x) as sum(x), and sum(x)/n as mean(x)."""
    for factor in factors_of(term):
        if is_call(factor, "sum", "mean"):
            x, axes, keepdim = factor.args[0], factor.data[1], factor.data[2]
            sizes = [size(x.shape[axis]) for axis in (axes or range(x.ndim))]
            known = [_exponent(term, each) for each in sizes if each.op == "size"]
            sign = -1 if factor.data[0] == "sum" else 1
            if known and all([each == sign for each in known]):
                other = make("call", (x,), ("mean" if sign < 0 else "sum", axes, keepdim), factor.shape)
                yield multiply(divide(term, factor), other, *[power(each, number(-sign)) for each in sizes])


def _diagonals(term: Term) -> Iterator[Term]:
    """eye*A as diag(diagonal(A)), eye*x as diag(x)."""
    if term.op != "product" or term.ndim != 2 or not any([is_call(each, "eye") for each in term.args]):
        return
    scalars = [number_of(term.data[0]), *[each for each in term.args if not each.ndim]]
    rest = [each for each in term.args if each.ndim and not is_call(each, "eye", "ones")]
    if rest:
        inner = multiply(*rest)
        vector = inner if inner.ndim == 1 else m.diagonal(inner) if inner.shape == term.shape else None
        if vector is not None:
            yield multiply(*scalars, m.diag(vector))


def _rows(term: Term) -> Iterator[Term]:
    """A row that broadcasts by itself: unsqueeze(v, 0) + A as v + A."""
    if term.op in ("sum", "product") and term.ndim == 2:
        plain = [each.args[0] if is_call(each, "unsqueeze") and each.data[1] == 0 else each for each in term.args]
        if plain != list(term.args):
            yield remade(term, tuple(plain))


def _choices(term: Term) -> Iterator[Term]:
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


def _choice_in(part: Term, whole: Term) -> Term | None:
    """The factor of a term that is a choice, entry by entry."""
    return next((each for each in factors_of(part) if is_call(each, "where") and each.shape == whole.shape), None)


def _split(term: Term) -> Iterator[Term]:
    """(a + b).sum(0) as a.sum(0) + b.sum(0), and a mean."""
    if is_call(term, "sum") and term.args[0].op == "sum":
        inner = term.args[0]
        whole = m.sum_by_terms(inner, term.data[1] or tuple(range(inner.ndim)), term.data[2])
        if whole.op == "sum":  # sum(x) - n*mean(x) is 0
            whole = combine([(c, _first(_means(each), each)) for c, each in zip(whole.data, whole.args)])
        yield whole


def _first(forms: Iterator[Term], term: Term) -> Term:
    return next(forms, term)


def _inverse_chains(term: Term) -> Iterator[Term]:
    """B @ inv(A @ B) as inv(A), where both are square."""
    if term.op != "matrix":
        return
    for place, each in enumerate(term.args):
        turned = is_call(each, "transpose")
        inner = each.args[0] if turned else each
        if is_call(inner, "inv") and m.is_chain_of_squares(inner.args[0]):
            parts = [m.inverse(part) for part in reversed(inner.args[0].args)]
            whole = m.matmul(*parts)
            yield m.matmul(*term.args[:place], m.transpose(whole) if turned else whole, *term.args[place + 1 :])


def _turned_whole(term: Term) -> Iterator[Term]:
    """A.T*B.T as (A*B).T."""
    if term.ndim == 2 and term.op in ("sum", "product"):
        yield make("call", (m.transpose(term),), ("transpose",), term.shape)


def _softmaxes(term: Term) -> Iterator[Term]:
    """exp(z)/sum(exp(z)) as softmax(z)."""
    for factor in factors_of(term):
        base, value = _base(factor), value_of(factor.args[1]) if factor.op == "power" else None
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


def _tangents(term: Term) -> Iterator[Term]:
    """sin(u)/cos(u) as tan(u), sinh(u)/cosh(u) as tanh(u)."""
    factors = {_base(each): each for each in factors_of(term)}
    for over, under, name in (("sin", "cos", "tan"), ("sinh", "cosh", "tanh")):
        for base in factors:
            if not is_call(base, over):
                continue
            other = make("call", base.args, (under,), base.shape)
            a, b = _exponent(term, base), _exponent(term, other)
            if a is not None and b is not None and a > 0 > b:
                whole = min(a, -b)
                tangent = make("call", base.args, (name,), base.shape)
                yield multiply(term, power(divide(other, base), number_of(whole)), power(tangent, number_of(whole)))


def _absolutes(term: Term) -> Iterator[Term]:
    """u*sign(u) as |u|, and sign(u)*|u| as u; u**2*step(u) stays."""
    for factor in factors_of(term):
        if is_call(factor, "sign"):
            u = factor.args[0]
            size = m.call("abs", u)
            value = _exponent(term, size)
            if value is not None and value >= 1:
                yield multiply(divide(divide(term, factor), size), u)
            if value is None and _exponent(term, u) is not None:
                yield multiply(divide(divide(term, factor), u), size)
        if is_call(factor, "step") and _exponent(term, m.call("relu", factor.args[0])) is not None:
            yield divide(term, factor)


def _one_minus_squares(term: Term) -> Iterator[Term]:
    """1 - cos(u)**2 as sin(u)**2, 1 - sin(u)**2 as cos(u)**2, tan(u)**2 + 1 as 1/cos(u)**2."""
    if term.op != "sum" or len(term.args) != 2:
        return
    for place in (0, 1):
        square, other = term.args[place], term.args[1 - place]
        for name, partner in (("cos", "sin"), ("sin", "cos")):
            for factor in factors_of(square):
                if factor.op == "power" and value_of(factor.args[1]) == 2 and is_call(factor.args[0], name):
                    rest = product_of([each for each in factors_of(square) if each is not factor])
                    if rest is other and term.data[place] == -term.data[1 - place]:
                        fresh = make("call", factor.args[0].args, (partner,), factor.shape)
                        yield multiply(number_of(term.data[1 - place]), rest, power(fresh, TWO))


_RULES: Final[tuple[Callable[[Term], Iterator[Term]], ...]] = (
    _common_factors,
    _common_matrices,
    _one_denominator,
    _inner_denominators,
    _multiplied_out,
    _squares,
    _sigmoids,
    _softplus,
    _means,
    _turned_whole,
    _diagonals,
    _rows,
    _choices,
    _split,
    _inverse_chains,
    _softmaxes,
    _tangents,
    _absolutes,
    _one_minus_squares,
)

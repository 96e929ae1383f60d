"""Where a formula holds: what its functions, divisions and roots ask of their operands, as sentences."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from fractions import Fraction

from gradcli.run.symbolic.terms.algebra import coefficient_of, combine, factors_of, multiply, number_of, subtract
from gradcli.run.symbolic.terms.factoring import one_denominator
from gradcli.run.symbolic.terms.functions import CONDITIONS
from gradcli.run.symbolic.terms.term import Term, is_call, value_of
from gradcli.run.symbolic.terms.writing import Writer

_MOST = 12  # conditions that are told
_ABOVE, _NONZERO, _KINK, _JUMP = ">", "!=", "kink", "jump"
_NOTE = " (PyTorch takes 0 there)"

Condition = tuple[str, Term]  # "> 0" or "!= 0" of a term: of what must not be 0, or has a kink or a jump there


def conditions(terms: Iterable[Term], writer: Writer) -> tuple[str, ...]:
    """The conditions of all that is within terms, each once, without those that follow from others."""
    every = _all(terms)
    compared = {each for choice in every if is_call(choice, "where") for each in choice.args[0].args}
    told: dict[str, None] = {}
    found: dict[str, dict[Term, None]] = {_ABOVE: {}, _NONZERO: {}, _KINK: {}, _JUMP: {}}
    for term in every:
        condition = _condition(term, writer)
        if isinstance(condition, str):
            told[condition] = None
        elif condition is not None and not (condition[0] == _KINK and term in compared):  # a choice goes around the kink
            for kind, each in _reduced(*condition):
                found[kind][each] = None
    above, nonzero = found[_ABOVE], {**found[_NONZERO], **found[_KINK], **found[_JUMP]}
    for each in nonzero:
        others = [other for other in nonzero if other is not each]
        if each not in above and _opposite(each) not in above and not positive(each, above, others):
            has_value = each in found[_KINK] and each not in found[_NONZERO]
            told[writer.comparison(each, "!=") + _NOTE * has_value] = None
    for each in above:
        if not positive(each, [other for other in above if other is not each], nonzero):
            told[writer.comparison(each, ">")] = None
    return tuple(sorted(told)[:_MOST])


def _all(terms: Iterable[Term]) -> list[Term]:
    found = list(dict.fromkeys(terms))
    seen = set(found)
    for each in found:
        is_square = each.op == "power" and is_call(each.args[0], "norm") and (value_of(each.args[1]) or 0) > 1
        below = each.args[0].args if is_square else each.args  # the square of a norm is smooth
        fresh = [arg for arg in below if arg not in seen]
        seen.update(fresh)
        found += fresh
    return found


def _reduced(kind: str, term: Term) -> Iterator[Condition]:
    """A condition as conditions on what the term is made of: 3*x**3 > 0 is x > 0, and a*b != 0 is a != 0, b != 0."""
    if kind in (_KINK, _JUMP) or term.op not in ("product", "power", "sum", "call"):
        yield kind, _opposite(term) if kind != _ABOVE and term.op == "sum" and term.data[0] < 0 else term
        return
    if is_call(term, "abs", "norm"):
        yield from _reduced(_NONZERO, term.args[0])
        return
    if term.op == "sum":
        form = next(one_denominator(term), term) if kind == _NONZERO else term
        if form is term or form.op != "product":
            yield kind, term if kind == _ABOVE or term.data[0] > 0 else _opposite(term)
        else:
            yield from _reduced(kind, form)
        return
    if term.op == "call":
        yield kind, term
        return
    rest: list[Term] = [number_of(coefficient_of(term))]
    for factor in factors_of(term):
        base, value = (factor.args[0], value_of(factor.args[1])) if factor.op == "power" else (factor, Fraction(1))
        if value is None or (value.denominator != 1 if isinstance(value, Fraction) else True):
            yield from _reduced(_ABOVE, base)
        elif kind == _NONZERO or value % 2 == 0:
            yield from _reduced(_NONZERO, base)
        elif not positive(base):
            rest.append(base)
    if len(rest) == 2 and coefficient_of(term) > 0:
        yield from _reduced(_ABOVE, rest[1])
    elif len(rest) > 1:
        yield _ABOVE, multiply(*rest)


def _opposite(term: Term) -> Term:
    """The same sum with all signs turned."""
    return combine([(Fraction(-1), term)])


def _condition(term: Term, writer: Writer) -> Condition | str | None:
    if term.op == "call" and term.data[0] in CONDITIONS and term.args:
        (inside, *_) = term.args
        words = CONDITIONS[term.data[0]]
        if words == "{} > 0":
            return None if positive(inside) else (_ABOVE, inside)
        if words.startswith("{} != 0"):
            return (_KINK if words.endswith(_NOTE) else _NONZERO), inside
        return words.format(writer.text(inside)) if inside.op != "number" else None
    if is_call(term, "max", "min"):
        return f"one {'largest' if term.data[0] == 'max' else 'smallest'} entry of {writer.text(term.args[0])}"
    if is_call(term, "step", "sign"):
        return _JUMP, term.args[0]
    if is_call(term, "maximum", "minimum"):
        return _JUMP, subtract(*term.args)
    if is_call(term, "prod"):
        return _NONZERO, term.args[0]
    if term.op != "power":
        return None
    base, exponent = term.args[0], value_of(term.args[1])
    if base.op in ("number", "size") or positive(base) or not _is_open(base):
        return None
    if exponent is None or (isinstance(exponent, Fraction) and exponent.denominator != 1):
        return _ABOVE, base
    return (_NONZERO, base) if exponent < 0 else None


def _is_open(term: Term) -> bool:
    """Whether a term is made of anything that can be chosen."""
    return any([each.op == "symbol" for each in _all([term])])


def positive(term: Term, above: Container[Term] = (), nonzero: Container[Term] = ()) -> bool:
    """Whether a term is positive whatever its symbols are, given that some terms are, and some others are not 0."""
    value = value_of(term)
    if value is not None:
        return value > 0
    if term in above:
        return True
    given = (above, nonzero)
    match term.op:
        case "symbol":
            return "positive" in term.flags
        case "size":
            return True
        case "sum":
            parts = list(zip(term.data, term.args))
            signs = all([c > 0 and _not_negative(each, *given) for c, each in parts])
            return signs and any([positive(each, *given) for _, each in parts])
        case "product":
            return term.data[0] > 0 and all([positive(each, *given) for each in term.args])
        case "power":
            exponent = value_of(term.args[1])
            return positive(term.args[0], *given) or (exponent is not None and exponent % 2 == 0 and term.args[0] in nonzero)
    if is_call(term, "sum", "mean"):
        return positive(term.args[0], *given)
    return is_call(term, "exp", "sigmoid", "softmax", "softplus", "cosh", "pi", "ones")


def _not_negative(term: Term, above: Container[Term] = (), nonzero: Container[Term] = ()) -> bool:
    exponent = value_of(term.args[1]) if term.op == "power" else None
    if exponent is not None and (exponent % 2 == 0 or exponent == Fraction(1, 2)):
        return True
    if term.op == "product":
        return term.data[0] > 0 and all([_not_negative(each, above, nonzero) for each in term.args])
    if is_call(term, "sum", "mean"):
        return _not_negative(term.args[0], above, nonzero)
    return positive(term, above, nonzero) or is_call(term, "abs", "norm", "relu")

"""Where a formula holds: what its functions, divisions and roots ask of their operands, as sentences."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from gradcli.run.symbolic.terms.functions import CONDITIONS
from gradcli.run.symbolic.terms.term import Term, is_call, value_of
from gradcli.run.symbolic.terms.writing import Writer

_MOST = 12  # conditions that are told


def conditions(terms: Iterable[Term], writer: Writer) -> tuple[str, ...]:
    """The conditions of all that is within terms, each once."""
    found: dict[str, None] = {}
    for term in _all(terms):
        condition = _condition(term, writer)
        if condition is not None:
            found[condition] = None
    stronger = {each.partition(" > 0")[0] for each in found if each.endswith(" > 0")}
    told = {each.partition(" != 0 (")[0] for each in found if " != 0 (" in each}
    kept = [each for each in found if not (each.endswith(" != 0") and each.removesuffix(" != 0") in stronger | told)]
    return tuple(sorted(kept)[:_MOST])


def _all(terms: Iterable[Term]) -> list[Term]:
    found = list(dict.fromkeys(terms))
    seen = set(found)
    for each in found:
        fresh = [arg for arg in each.args if arg not in seen]
        seen.update(fresh)
        found += fresh
    return found


def _condition(term: Term, writer: Writer) -> str | None:
    if term.op == "call" and term.data[0] in CONDITIONS and term.args:
        (inside, *_) = term.args
        if "> 0" in CONDITIONS[term.data[0]] and "det" not in CONDITIONS[term.data[0]] and positive(inside):
            return None
        if term.data[0] == "logdet":
            return f"det({writer.text(inside)}) > 0"
        return CONDITIONS[term.data[0]].format(writer.text(inside)) if inside.op != "number" else None
    if is_call(term, "max", "min"):
        return f"one {'largest' if term.data[0] == 'max' else 'smallest'} entry of {writer.text(term.args[0])}"
    if is_call(term, "step"):
        return f"{writer.text(term.args[0])} != 0"
    if is_call(term, "prod"):
        return f"{writer.text(term.args[0])} != 0"
    if term.op != "power":
        return None
    base, exponent = term.args[0], value_of(term.args[1])
    if base.op in ("number", "size") or positive(base) or not _is_open(base):
        return None
    if exponent is None or (isinstance(exponent, Fraction) and exponent.denominator != 1):
        return f"{writer.text(base)} > 0"
    if exponent < 0:
        inside = base.args[0] if is_call(base, "norm", "abs") else base
        return f"{writer.text(inside)} != 0"
    return None


def _is_open(term: Term) -> bool:
    """Whether a term is made of anything that can be chosen."""
    return any([each.op == "symbol" for each in _all([term])])


def positive(term: Term) -> bool:
    """Whether a term is positive whatever its symbols are."""
    value = value_of(term)
    if value is not None:
        return value > 0
    match term.op:
        case "symbol":
            return "positive" in term.flags
        case "size":
            return True
        case "sum":
            parts = list(zip(term.data, term.args))
            return all([c > 0 and _not_negative(each) for c, each in parts]) and any([positive(each) for _, each in parts])
        case "product":
            return term.data[0] > 0 and all([positive(each) for each in term.args])
        case "power":
            return positive(term.args[0])
    if is_call(term, "sum", "mean"):
        return positive(term.args[0])
    return is_call(term, "exp", "sigmoid", "softmax", "softplus", "cosh", "pi", "ones")


def _not_negative(term: Term) -> bool:
    exponent = value_of(term.args[1]) if term.op == "power" else None
    if exponent is not None and exponent % 2 == 0 and exponent > 0:
        return True
    if term.op == "product":
        return term.data[0] > 0 and all([_not_negative(each) for each in term.args])
    if is_call(term, "sum", "mean"):
        return _not_negative(term.args[0])
    return positive(term) or is_call(term, "abs", "norm", "relu") or (term.op == "power" and exponent == Fraction(1, 2))

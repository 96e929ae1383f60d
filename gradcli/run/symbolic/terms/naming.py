"""Steps that formulas share get a name, and are written once: `s = softmax(z, 1)`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from gradcli.run.symbolic.terms.forms import cost, remade
from gradcli.run.symbolic.terms.matrices import transpose
from gradcli.run.symbolic.terms.shortening import shortened
from gradcli.run.symbolic.terms.term import Term, symbol

_LEAST_COST: Final = 6  # tokens of a step that deserves a name
_LEAST_SAVED: Final = 8  # tokens
_LONG: Final = 24  # tokens of formulas beyond which steps are named at all
_MOST: Final = 40
_WORDS: Final = {"softmax": "s", "sigmoid": "s", "inv": "P", "norm": "n", "sum": "r", "tanh": "h", "relu": "h"}


def shared(formulas: Iterable[Term], own: Mapping[str, Term], taken: Iterable[str]) -> dict[Term, str]:
    """Names for steps, in an order in which each is made of those before it.

    own    the user's own names for terms
    taken  names that stand for something else
    """
    formulas = list(formulas)
    if sum([cost(each) for each in formulas]) <= _LONG:
        return {}
    names: dict[Term, str] = {}
    used = set(taken)
    for _ in range(_MOST):
        best = _most_saving(formulas, names)
        if best is None:
            break
        names[best] = _name(best, own, used)
        used.add(names[best])
    return dict(sorted(names.items(), key=lambda item: item[0].weight))


def with_names(term: Term, names: Mapping[Term, str]) -> Term:
    """A term over symbols in the place of what has a name, as short as it is then: of a name, the transpose is short."""
    if not names:
        return term
    done = {each: symbol(name, each.shape, _flags(each)) for each, name in names.items()}

    def put(each: Term) -> Term:
        if each not in done:
            done[each] = remade(each, tuple([put(arg) for arg in each.args]))
        return done[each]

    return shortened(put(term))


def _flags(term: Term) -> frozenset[str]:
    return frozenset({"symmetric"}) if term.ndim == 2 and transpose(term) is term else frozenset()


def _most_saving(formulas: list[Term], names: Mapping[Term, str]) -> Term | None:
    counts: dict[Term, int] = {}
    waiting = [*formulas, *[arg for each in names for arg in each.args]]
    steps = 0
    while waiting and steps < 20_000:
        each = waiting.pop()
        steps += 1
        if each in names:
            continue
        counts[each] = counts.get(each, 0) + 1
        waiting += each.args
    best, most = None, float(_LEAST_SAVED)
    for each, count in counts.items():
        if count < 2 or not each.args or each.op == "power":
            continue
        price = cost(each)
        saved = (count - 1) * (price - 1) - 2
        if price >= _LEAST_COST and saved > most:
            best, most = each, saved
    return best


def _name(term: Term, own: Mapping[str, Term], used: set[str]) -> str:
    for name, each in own.items():
        if each is term and name not in used:
            return name
    word = (
        _WORDS.get(term.data[0], "t") if term.op == "call" else "r" if term.op == "sum" else "z" if term.op == "matrix" else "t"
    )
    candidates = [word, *[f"{word}{count}" for count in range(1, 99)]]
    return next(each for each in candidates if each not in used)

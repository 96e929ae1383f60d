"""Making a term as short as a mathematician would: common factors, common denominators, sigmoid and softmax recognised.

Each rule proposes another form of a term; the shortest of them stays, and the rules are tried again on what came of it.  What
is shorter is decided by `cost`, which counts tokens as they are written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from gradcli.run.symbolic.terms.factoring import (
    common_factors,
    common_matrices,
    inner_denominators,
    multiplied_out,
    one_denominator,
    squares,
)
from gradcli.run.symbolic.terms.forms import cost, remade
from gradcli.run.symbolic.terms.recognising import (
    absolutes,
    choices,
    clamps,
    diagonals,
    inverse_chains,
    means,
    one_minus_squares,
    opposite_sigmoids,
    rows,
    sigmoids,
    softmaxes,
    softplus,
    split,
    tangents,
    turned_whole,
)
from gradcli.run.symbolic.terms.term import Term

_ROUNDS: Final = 6


_LARGEST: Final = 400  # terms; a larger one is left as it is
_MOST_FORMS: Final = 2_000  # that are looked at


def shortened(term: Term) -> Term:
    """The shortest form that the rules find."""
    if term.weight > _LARGEST:
        return term
    budget = [_MOST_FORMS]
    for _ in range(_ROUNDS):
        better = _pass(term, budget)
        if better is term:
            break
        term = better
    return term


def _pass(term: Term, budget: list[int]) -> Term:
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
        done[each] = _best(fresh, budget)
    return done[term]


def _best(term: Term, budget: list[int]) -> Term:
    best, least = term, cost(term)
    for rule in _RULES if budget[0] > 0 else ():
        for other in rule(term):
            budget[0] -= 1
            if other.shape == term.shape and other is not best:
                price = cost(other)
                if price < least:
                    best, least = other, price
    return best


# --- sums -----------------------------------------------------------------------------------------------------------


_RULES: Final[tuple[Callable[[Term], Iterator[Term]], ...]] = (
    common_factors,
    common_matrices,
    one_denominator,
    inner_denominators,
    multiplied_out,
    squares,
    sigmoids,
    softplus,
    means,
    turned_whole,
    diagonals,
    rows,
    choices,
    clamps,
    split,
    inverse_chains,
    softmaxes,
    tangents,
    absolutes,
    one_minus_squares,
    opposite_sigmoids,
)

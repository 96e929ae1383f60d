"""Long expressions go by steps: what is long, or used twice, gets a name, and the chain rule goes back through the names.

A formula written out would be as long as all ways through the expression together; with named steps it is as long as the
expression.  What comes of it: the steps forward, the steps back, and each leaf's gradient in terms of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gradcli.run.symbolic.terms.algebra import add
from gradcli.run.symbolic.terms.forms import cost, remade
from gradcli.run.symbolic.terms.pullbacks import gradients
from gradcli.run.symbolic.terms.shortening import shortened
from gradcli.run.symbolic.terms.term import Term, symbol

_LONGEST: Final = 20  # tokens of a step
_LEAST: Final = 4  # tokens of what is used twice

Steps = list[tuple[Term, Term]]  # a symbol, and what it stands for


def by_steps(out: Term, g: Term, wanted: list[Term], own: Mapping[str, Term]) -> tuple[Steps, dict[Term, Term], Term]:
    """The steps, forward and back, the gradients of the wanted symbols, and the output, in terms of them.  Raises Problem."""
    forward, result = _cut(out, own, {each.data[0] for each in wanted})
    steps = list(forward)
    cotangents: dict[Term, Term] = {}
    symbols = {name for name, _ in forward}

    def send(term: Term, cotangent: Term) -> None:
        ends = [*wanted, *symbols]
        for operand, part in gradients(term, cotangent, ends).items():
            if part.op != "product" or part.data[0] != 0:
                if part.op == "number" and part.data[0] == 0:
                    continue
                before = cotangents.get(operand)
                cotangents[operand] = part if before is None else add(before, part)

    send(result, g)
    for name, definition in reversed(forward):
        cotangent = cotangents.pop(name, None)
        if cotangent is None:
            continue
        cotangent = shortened(cotangent)
        if cost(cotangent) > _LEAST:
            fresh = symbol(f"d_{name.data[0]}", name.shape)
            steps.append((fresh, cotangent))
            cotangent = fresh
        send(definition, cotangent)
    return steps, {each: shortened(cotangents[each]) for each in wanted if each in cotangents}, result


def _cut(out: Term, own: Mapping[str, Term], taken: set[str]) -> tuple[Steps, Term]:
    """The steps forward, and what is left of the output."""
    order, uses = _counted(out)
    names = {term: name for name, term in own.items()}
    steps: Steps = []
    done: dict[Term, Term] = {}
    for term in order:
        fresh = remade(term, tuple([done[each] for each in term.args]))
        if (
            term is not out
            and fresh.args
            and (cost(fresh) > _LONGEST or (uses[term] > 1 and cost(fresh) >= _LEAST) or term in names)
        ):
            name = names.get(term) or _free(taken)
            taken.add(name)
            steps.append((symbol(name, fresh.shape), fresh))
            fresh = steps[-1][0]
        done[term] = fresh
    return steps, done[out]


def _free(taken: set[str]) -> str:
    return next(name for count in range(1, 10_000) if (name := f"h{count}") not in taken)


def _counted(out: Term) -> tuple[list[Term], dict[Term, int]]:
    """A term and all below it, each behind what it is made of, and how often each is used."""
    order: list[Term] = []
    uses: dict[Term, int] = {out: 1}
    waiting: list[tuple[Term, bool]] = [(out, False)]
    seen: set[Term] = set()
    while waiting:
        term, ready = waiting.pop()
        if ready:
            order.append(term)
            continue
        if term in seen:
            continue
        seen.add(term)
        waiting.append((term, True))
        for each in term.args:
            uses[each] = uses.get(each, 0) + 1
            waiting.append((each, False))
    return order, uses

"""What a tensor is called in explanations: the user's name for it, or else the user's own text, as a syntax tree."""

from __future__ import annotations

from typing import Final

from gradcli.ops.elementwise.powers import pow_number
from gradcli.ops.movement.indexing import narrow, select
from gradcli.run.symbolic.simplify import simplified
from gradcli.run.symbolic.trees import NOWHERE, binary, call, constant, name
from gradcli.run.trail import Application, Trail, options_of
from gradcli.text import nodes as syntax

LONGEST: Final = 40  # characters of a text that stands for itself
_FEW: Final = 4  # numbers of a literal
AGAIN: Final = "'"  # a name given a second time


def label_tree(trail: Trail, number: int, longest: int = LONGEST) -> syntax.Node:
    """A tree to stand for a tensor in sentences and formulas; what is too long is called by its number, as [7]."""
    entry = trail.entries[number]
    if entry.name is not None:
        before = sum([each.name == entry.name for each in trail.entries[:number]])
        return name(entry.name + AGAIN * before)
    application = trail.applications.get(number)
    if application is None:  # a literal: its source may be that of the operation which it stands in
        array = trail.tensors[number].array
        return constant(array.tolist()) if array.size <= _FEW else name(f"[{number}]")
    if is_whole(trail, application, number):
        assert application.syntax is not None
        span = application.syntax.span
        return application.syntax if span.end - span.start <= longest else name(f"[{number}]")
    return _inner(trail, application, number, longest)


def is_whole(trail: Trail, application: Application, number: int) -> bool:
    """Whether a tensor is what its syntax node gave, and not a step on the way there."""
    return application.syntax is not None and trail.produced.get(id(application.syntax)) == number


def _inner(trail: Trail, application: Application, number: int, longest: int) -> syntax.Node:
    """A step within an operation that is made of others: `reciprocal(x)` within 2/x."""
    trees = [
        constant(given) if each is None else label_tree(trail, each, longest)
        for each, given in zip(application.inputs[:3], application.operands)
    ]
    if any([isinstance(each, syntax.Name) and each.id.startswith("[") for each in trees]) or len(application.results) > 1:
        return name(f"[{number}]")
    short = application.operation.name.rpartition(".")[2]
    tree = notation(application, trees) or call(short, *trees)
    tree = simplified(tree) if len(trees) == 1 else tree
    return tree if _length(tree) <= longest else name(f"[{number}]")


def notation(application: Application, trees: list[syntax.Node]) -> syntax.Node | None:
    """An operation in the language's own signs, as `a * b` or `a[0, 1:]`; None where it has none."""
    row = application.operation
    if row.operator in tuple("+-*/@") and len(trees) == 2:
        return binary(row.operator, *trees)
    given = options_of(application) if any([row is each for each in (pow_number, select, narrow)]) else []
    if not given:
        return None
    if row is pow_number:
        return binary("**", trees[0], constant(given[0]))
    item = given[1] if row is select else slice(*given[1:])
    items = [constant(each) for each in (*[slice(None)] * given[0], item)]
    return syntax.Index(NOWHERE, trees[0], syntax.Tuple(NOWHERE, tuple(items)) if len(items) > 1 else items[0])


def _length(tree: syntax.Node) -> int:
    from gradcli.text.printing import unparse

    return len(unparse(tree))

"""What a tensor is called in explanations: the user's name for it, or else the user's own text, as a syntax tree."""

from __future__ import annotations

from typing import Final

from gradcli.ops.powers import pow_number
from gradcli.run.symbolic.simplify import simplified
from gradcli.run.symbolic.trees import binary, call, constant, name
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
    symbol = application.operation.operator
    if application.operation is pow_number and (exponent := options_of(application)):
        symbol, trees = "**", [*trees, constant(exponent[0])]
    short = application.operation.name.rpartition(".")[2]
    tree = binary(symbol, *trees) if symbol in ("+", "-", "*", "/", "@", "**") and len(trees) == 2 else call(short, *trees)
    tree = simplified(tree) if len(trees) == 1 else tree
    return tree if _length(tree) <= longest else name(f"[{number}]")


def _length(tree: syntax.Node) -> int:
    from gradcli.text.printing import unparse

    return len(unparse(tree))

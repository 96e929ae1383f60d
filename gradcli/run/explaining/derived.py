"""Formulas on terms: of rules of several statements, and of gradients that the walk back leaves without one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.tensor import from_array
from gradcli.run.request import Request
from gradcli.run.symbolic.derivative import Question, derivative
from gradcli.run.symbolic.formulas import computed
from gradcli.run.symbolic.terms.pulling import gradients
from gradcli.run.symbolic.terms.reading import Reader
from gradcli.run.symbolic.terms.shapes import Declared
from gradcli.run.symbolic.terms.shortening import shortened
from gradcli.run.symbolic.terms.term import symbol
from gradcli.run.symbolic.terms.writing import Writer
from gradcli.run.symbolic.trees import name, rebuilt
from gradcli.text import nodes as syntax
from gradcli.text import parse
from gradcli.text.printing import unparse

_GRADIENT: Final = "incoming"
_LONGEST: Final = 100  # characters


def derived(tree: syntax.Node, values: Mapping[str, Any], leaf: str, g: Any, incoming: str, expected: Any) -> str | None:
    """What one step passes on to an operand, as a formula; None where there is none that gives the same numbers.

    tree      the step, over the names of its operands, whose arrays are `values`
    leaf      the operand; `g` the gradient that came in, which is called `incoming`
    expected  what the rule has given
    """
    leaves = {each: symbol(each, tuple(map(int, array.shape))) for each, array in values.items()}
    arrived = symbol(_GRADIENT, tuple(map(int, g.shape)))
    try:
        term = Reader(leaves).term(tree)
        found = shortened(gradients(term, arrived, [leaves[leaf]])[leaves[leaf]])
        formula = Writer(leaves).tree(found)
    except (Problem, ValueError):
        return None
    numbers = computed(formula, {each: from_array(array) for each, array in {**values, _GRADIENT: g}.items()})
    if numbers is None or not np.allclose(np.asarray(numbers, float), expected, rtol=1e-9, atol=1e-12, equal_nan=True):
        return None
    return unparse(rebuilt(formula, lambda node: name(incoming) if _is_gradient(node) else None))


def _is_gradient(node: syntax.Node) -> bool:
    return isinstance(node, syntax.Name) and node.id == _GRADIENT


def closed_formulas(
    request: Request, bindings: Mapping[str, Any], constants: Mapping[str, Any], wrt: list[str]
) -> dict[str, str]:
    """By leaf, the gradient of an expression as one formula, where it is short."""
    shapes = tuple([Declared(each, tuple(map(int, array.shape)), frozenset()) for each, array in bindings.items()])
    try:
        found = derivative(Question(request.expr, shapes, dict(constants), wrt, 1, False))
    except Problem:
        return {}
    texts = {each.leaf: unparse(parse(found.whole(each)).statements[-1]) for each in found.derivatives if not found.steps}
    return {leaf: text for leaf, text in texts.items() if len(text) <= _LONGEST}

"""Formulas on terms: of rules of several statements, and of gradients that the walk back leaves without one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor, from_array
from gradcli.run.request import Request
from gradcli.run.symbolic.derivative import Question, derivative
from gradcli.run.symbolic.formulas import computed, evaluated
from gradcli.run.symbolic.terms.pullbacks import gradients
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
_LONGEST_EXPRESSION: Final = 1_000


def derived(tree: syntax.Node, values: Mapping[str, Any], leaf: str, g: Any, incoming: str, expected: Any) -> str | None:
    """What one step passes on to an operand, as a formula; None where there is none that gives the same numbers.

    tree      the step, over the names of its operands, whose arrays are `values`
    leaf      the operand; `g` the gradient that came in, which is called `incoming`
    expected  what the rule has given
    """
    if any([np.iscomplexobj(each) for each in (*values.values(), g)]):
        return None  # formulas are of real numbers
    leaves = {each: symbol(each, tuple(map(int, array.shape))) for each, array in values.items()}
    arrived = symbol(_GRADIENT, tuple(map(int, g.shape)))
    try:
        term = Reader(leaves).term(tree)
        found = shortened(gradients(term, arrived, [leaves[leaf]])[leaves[leaf]])
        formula = Writer(leaves).tree(found)
    except (Problem, ValueError):
        return None
    numbers = computed(formula, {each: from_array(array) for each, array in {**values, _GRADIENT: g}.items()})
    if not _gives(numbers, expected):
        return None
    return unparse(rebuilt(formula, lambda node: name(incoming) if _is_gradient(node) else None))


def _is_gradient(node: syntax.Node) -> bool:
    return isinstance(node, syntax.Name) and node.id == _GRADIENT


def formulas_here(request: Request, variables: Mapping[str, Any], gradients: Mapping[str, Any]) -> dict[str, str]:
    """By leaf, the gradient of a request's output, one number, as one formula, where it is short and gives the numbers here.

    variables  what the names of the request are bound to
    gradients  the gradients to have formulas for, arrays by leaf
    """
    if len(request.expr) > _LONGEST_EXPRESSION:
        return {}
    constants = {name for name, _, is_constant in request.bindings if is_constant}
    arrays = {name: tensor.ndarray for name, tensor in variables.items() if isinstance(tensor, Tensor)}
    leaves = {name: array for name, array in arrays.items() if name not in constants}
    given = {name: array for name, array in arrays.items() if name in constants}
    if any([array.dtype.kind == "c" for array in leaves.values()]):
        return {}
    shapes = tuple([Declared(each, tuple(map(int, array.shape)), frozenset()) for each, array in leaves.items()])
    try:
        found = derivative(Question(request.expr, shapes, given, list(gradients), 1, False))
    except Problem:
        return {}
    texts = {each.leaf: unparse(parse(found.whole(each)).statements[-1]) for each in found.derivatives if not found.steps}
    short = {leaf: text for leaf, text in texts.items() if len(text) <= _LONGEST}
    tensors = {name: from_array(array) for name, array in arrays.items()}
    return {leaf: text for leaf, text in short.items() if _gives(evaluated(text, tensors), gradients[leaf])}


def _gives(numbers: Any, expected: Any) -> bool:
    """Whether a formula has given the numbers that autograd has."""
    return numbers is not None and np.allclose(np.asarray(numbers, float), expected, rtol=1e-9, atol=1e-12, equal_nan=True)

"""Formulas as syntax trees: the derivatives that rows state as text, with the user's own operands in their places.

A tree is made of the nodes that `parse` gives, so that what is shown can be read back, and evaluated.  Trees here are
short by construction (`LARGEST` nodes); what would grow beyond is not made.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.operation import Rule
from gradcli.graph.tape import grad_mode
from gradcli.graph.tensor import Tensor, from_array
from gradcli.ops.core.formulas import formula
from gradcli.run.machine import Machine
from gradcli.run.symbolic.trees import ONE, ZERO, binary, call, constant, contains, number, rebuilt, size, walked
from gradcli.text import nodes as syntax
from gradcli.text import parse

LARGEST: Final = 300  # nodes
GRADIENT: Final = "g"  # what formulas call the gradient of the result

Tree = syntax.Node


@lru_cache(maxsize=256)
def rule_text(rule: Rule | None) -> str | None:
    """The formula of a rule as the table states it; None where there is none."""
    return formula(rule)


@lru_cache(maxsize=256)
def stated(rule: Rule | None) -> Tree | None:
    """The formula of a rule as a tree; None where there is none, or none that is written in the language."""
    text = rule_text(rule)
    if text is None:
        return None
    try:
        tree = parse(text).statements[-1]
    except Problem:
        return None
    return tree if size(tree, LARGEST) else None


def resolved(tree: Tree, values: Mapping[str, Any]) -> Tree:
    """A formula with its options put in and its conditions decided: `2 * pow(x, 1)` of `0 if exponent == 0 else ...`.

    values  what the rule works on, by name: numbers and other options, arrays, and shapes as `x_shape`
    """
    options = {name: value for name, value in values.items() if not hasattr(value, "ndim")}

    def put(node: Tree) -> Tree | None:
        if isinstance(node, syntax.Name) and node.id in options:
            return constant(options[node.id])
        if isinstance(node, syntax.Attribute) and node.name == "shape":
            return _shape(node, values)
        if isinstance(node, syntax.Conditional):
            decided = computed(rebuilt(node.test, put), {})
            return None if decided is None else rebuilt(node.then if decided else node.otherwise, put)
        if _is_guard(node) and not _occurs(node.arguments[0], values):  # type: ignore[attr-defined]
            return rebuilt(node.arguments[2], put)  # type: ignore[attr-defined]
        return None

    return rebuilt(rebuilt(tree, put), _settled)


def _is_guard(node: Tree) -> bool:
    """Whether a formula makes an exception of single points: `where(y == 0, 0, y * x**(y - 1))`."""
    match node:
        case syntax.Call(function=syntax.Name(id="where"), arguments=(test, _, _)):
            return any(isinstance(each, syntax.Compare) and set(each.operators) == {"=="} for each in walked(test))
    return False


def _occurs(test: Tree, values: Mapping[str, Any]) -> bool:
    """Whether a condition holds for any of the values; it may, where that cannot be computed."""
    found = computed(
        test, {name: from_array(value) if isinstance(value, np.ndarray) else value for name, value in values.items()}
    )
    return found is None or bool(np.any(found))


def _shape(node: syntax.Attribute, values: Mapping[str, Any]) -> Tree | None:
    """The shape of an operand, or of what is computed from operands."""
    named = values.get(f"{node.object.id}_shape") if isinstance(node.object, syntax.Name) else None
    arrays = {name: from_array(value) for name, value in values.items() if isinstance(value, np.ndarray)}
    shape = computed(node, arrays) if named is None else named
    return None if shape is None else constant(tuple(shape))


def _settled(node: Tree) -> Tree | None:
    """Numbers that were left to be counted: `prod((2, 2)) or 1` is 4."""
    if not isinstance(node, (syntax.Logic, syntax.Call)) or names_in(node):
        return None
    value = computed(node, {})
    value = value.item() if isinstance(value, np.ndarray) and value.size == 1 else value
    return number(value) if isinstance(value, (int, float)) and value == value // 1 else None


def names_in(node: Tree) -> list[syntax.Name]:
    """Names within a tree that are no functions being called."""
    found: list[syntax.Name] = []
    waiting = [node]
    while waiting:
        each = waiting.pop()
        below = syntax.children(each)
        waiting += below[1:] if isinstance(each, syntax.Call) and isinstance(each.function, syntax.Name) else below
        found += [each] if isinstance(each, syntax.Name) else []
    return found


def put_in(tree: Tree, names: Mapping[str, Tree]) -> Tree:
    """A tree with other trees in the place of names."""

    def put(node: Tree) -> Tree | None:
        if isinstance(node, syntax.Call) and isinstance(node.function, syntax.Name):  # a row, though an operand has its name
            return call(node.function.id, *[rebuilt(each, put) for each in (*node.arguments, *node.keywords)])
        return names.get(node.id) if isinstance(node, syntax.Name) else None

    return rebuilt(tree, put)


def factor(tree: Tree) -> Tree | None:
    """What a formula multiplies the gradient by, entry by entry; None where it does something else with it."""
    if isinstance(tree, syntax.Name) and tree.id == GRADIENT:
        return ONE
    if not contains(tree, GRADIENT):
        return ZERO if isinstance(tree, syntax.Number) and tree.value == 0 else None
    if isinstance(tree, syntax.Unary) and tree.operator == "-":
        inner = factor(tree.operand)
        return None if inner is None else syntax.Unary(tree.span, "-", inner)
    if isinstance(tree, syntax.Binary) and tree.operator in "*/":
        return _factor_of_product(tree)
    if isinstance(tree, syntax.Call) and isinstance(tree.function, syntax.Name):
        return _factor_of_call(tree, tree.function.id)
    return None


def _factor_of_product(tree: syntax.Binary) -> Tree | None:
    left, right = contains(tree.left, GRADIENT), contains(tree.right, GRADIENT)
    if (left and right) or (right and tree.operator == "/"):
        return None
    inner = factor(tree.left if left else tree.right)
    if inner is None:
        return None
    return binary(tree.operator, inner, tree.right) if left else binary("*", tree.left, inner)


def _factor_of_call(tree: syntax.Call, name: str) -> Tree | None:
    """Through what only repeats its argument, and into the ways that a choice leaves open."""
    if name == "expand" and not contains(tree.arguments[1], GRADIENT):
        return factor(tree.arguments[0])
    if name != "where" or len(tree.arguments) != 3 or contains(tree.arguments[0], GRADIENT):
        return None
    ways = [factor(each) for each in tree.arguments[1:]]
    return None if None in ways else call("where", tree.arguments[0], *[each for each in ways if each is not None])


def evaluated(text: str, variables: Mapping[str, Any]) -> Any:
    """The value of a program of the language, as `computed` has it."""
    try:
        program = parse(text)
        with grad_mode(False):
            value = Machine(dict(variables), lambda tensor: None, lambda tensor, name: None).run(program)
    except Problem:
        return None
    return value.ndarray if type(value) is Tensor else value


def computed(tree: Tree, variables: Mapping[str, Any]) -> Any:
    """The value of a tree: an array for a tensor, or a plain value; None where it has none."""
    program = syntax.Program(tree.span, (tree,))
    machine = Machine(dict(variables), lambda tensor: None, lambda tensor, name: None)
    try:
        with grad_mode(False):
            value = machine.run(program)
    except Problem:
        return None
    return value.ndarray if isinstance(value, Tensor) else value


def options(share: Any, g: Any) -> dict[str, Any]:
    """What a share's rule works on, by name; `n`, where a formula counts, is how many elements a reduction joined into one."""
    count = np.size(share.value) // max(np.size(g), 1)
    return {"n": count, **share.values}

"""A syntax tree becomes a list of instructions, in the order of evaluation, without recursion."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from gradcli.run import instructions as do
from gradcli.run.arithmetic import MOST_BITS
from gradcli.run.names import DERIVATIVES
from gradcli.text import nodes as syntax

Instruction = tuple[Callable[[Any, Any], None], syntax.Node, Any]  # what to do, the node it stands for, an argument


LONGEST_KEPT = 100_000  # characters of a text whose tree and instructions are kept for the next time


def flatten(program: syntax.Program) -> list[Instruction]:
    """The instructions of a program; a batch asks for the same one again and again."""
    return _kept(program) if program.span.end <= LONGEST_KEPT else _flattened(program)


@lru_cache(maxsize=8)
def _kept(program: syntax.Program) -> list[Instruction]:
    return _flattened(program)


def _flattened(program: syntax.Program) -> list[Instruction]:
    code: list[Instruction] = []
    work: list[Any] = []
    last = len(program.statements) - 1
    for place, statement in reversed([*enumerate(program.statements)]):
        if place != last:
            work.append((do.drop, statement, None))
        work.append(statement)
    while work:
        item = work.pop()
        if isinstance(item, tuple):
            code.append(item)
        elif isinstance(item, do.Jump):
            item.target = len(code)
        else:
            work.extend(reversed(_EXPANSIONS[type(item)](item)))
    return code


def derivatives_in(program: syntax.Program) -> set[str]:
    """The functions that a program asks for derivatives by, as in `grad(y, x)` or `torch.autograd.grad(y, x)`."""
    loads = (do.load, do.load_function, do.member)
    return {argument for action, _, argument in flatten(program) if action in loads and argument in DERIVATIVES}


def _number(node: Any) -> list[Any]:
    too_long = isinstance(node.value, int) and node.value.bit_length() > MOST_BITS
    return [(do.push_whole if too_long else do.push, node, node.value)]


def _unary(node: Any) -> list[Any]:
    return [node.operand, (do.apply_unary, node, node.operator)]


def _binary(node: Any) -> list[Any]:
    return [node.left, node.right, (do.apply_binary, node, node.operator)]


def _compare(node: Any) -> list[Any]:
    """A chain compares neighbours, and stops at the first that does not hold, as Python does."""
    end = do.Jump()
    parts: list[Any] = [node.operands[0]]
    for operand, symbol in zip(node.operands[1:-1], node.operators):
        parts += [operand, (do.compare_and_keep, node, (symbol, end))]
    return [*parts, node.operands[-1], (do.apply_compare, node, node.operators[-1]), end]


def _logic(node: Any) -> list[Any]:
    end = do.Jump()
    return [node.left, (do.skip_if if node.operator == "or" else do.skip_unless, node, end), node.right, end]


def _conditional(node: Any) -> list[Any]:
    otherwise, end = do.Jump(), do.Jump()
    return [
        node.test,
        (do.jump_unless, node.test, otherwise),
        node.then,
        (do.jump, node, end),
        otherwise,
        node.otherwise,
        end,
    ]


def _call(node: Any) -> list[Any]:
    words = tuple([each.name for each in node.keywords])
    function = node.function
    return [
        (do.load_function, function, function.id) if type(function) is syntax.Name else function,
        *node.arguments,
        *[each.value for each in node.keywords],
        (do.apply_call, node, (len(node.arguments), words)),
    ]


def _slice(node: Any) -> list[Any]:
    none = syntax.Constant(node.span, None)
    return [node.lower or none, node.upper or none, node.step or none, (do.make_slice, node, None)]


_EXPANSIONS: dict[type, Callable[[Any], list[Any]]] = {
    syntax.Number: _number,
    syntax.String: lambda node: [(do.push, node, node.value)],
    syntax.Constant: lambda node: [(do.push, node, node.value)],
    syntax.Name: lambda node: [(do.load, node, node.id)],
    syntax.List: lambda node: [*node.items, (do.make_list, node, len(node.items))],
    syntax.Tuple: lambda node: [*node.items, (do.make_tuple, node, len(node.items))],
    syntax.Unary: _unary,
    syntax.Binary: _binary,
    syntax.Compare: _compare,
    syntax.Logic: _logic,
    syntax.Conditional: _conditional,
    syntax.Call: _call,
    syntax.Slice: _slice,
    syntax.Attribute: lambda node: [node.object, (do.member, node, node.name)],
    syntax.Index: lambda node: [node.object, node.index, (do.index, node, None)],
    syntax.Assign: lambda node: [node.value, (do.assign, node, None)],
}

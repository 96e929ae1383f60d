"""Calls in which arguments are replaced by values of every kind, as expressions.

The table's own samples are the calls; each argument, and each parameter that a sample leaves out, takes every value below.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from random import Random

from gradcli.graph.operation import Operation
from tests.ops import samples
from tests.ops.samples import Case

NUMBERS = (
    *("0", "1", "-1", "2", "3", "-2", "7", "2**31", "2**64", "-2**64", "10**30"),
    *("0.5", "-1.5", "1e300", "nan", "inf", "-inf"),
)
LISTS = (
    *("[]", "()", "[[]]", "[0]", "[1, 2]", "(0, 0)", "[-1]", "(2, 3)", "[2**64, 1]", "[1.5]", "[inf]", "[True]", "[None, 2]"),
    *("['a']", "[[1, 2], [3, 4]]", "[[1], [2, 3]]", "(0, 1, 2, 3, 4)", "[x, y]", "[x]", "[x, 1]", "[[x], [y]]", "[...]"),
)
TENSORS = (
    *("x", "y", "x[0]", "x > 0", "x.float()", "tensor(1.)", "tensor(2)", "tensor(True)", "tensor(nan)", "tensor([])"),
    *("tensor([0, 1])", "tensor([5, -7])", "tensor([1, 2], dtype=uint8)", "tensor([True, False])", "zeros(0, 3)"),
    *("zeros(2, 0)", "ones(1, 2, 1, 3)", "tensor([[0, 1], [1, 0]])", "ones(2, 2, dtype=float16)"),
)
OTHERS = ("None", "True", "False", "...", "'mean'", "'none'", "''", "'foo'", "float32", "int64", "bool", "sum", "torch")
VALUES = (*OTHERS, *NUMBERS, *LISTS, *TENSORS)


def calls(row: Operation) -> Iterator[Case]:
    """The row's first sample with one argument at a time replaced by every value."""
    text, given = next(samples.calls(row), ("", {}))
    parts = _parts(text)
    if parts is None:
        return
    function, positional, keywords = parts
    left_out = [each.name for each in row.statics[max(0, len(positional) - len(row.operands)) :]]
    for value in VALUES:
        for place in range(len(positional)):
            yield _case(row, given, function, [*positional[:place], value, *positional[place + 1 :]], keywords)
        for name in {**keywords, **dict.fromkeys(left_out, "")}:
            yield _case(row, given, function, positional, {**keywords, name: value})


def random_calls(row: Operation, random: Random, count: int) -> Iterator[Case]:
    """Samples of a row with several arguments replaced at once."""
    every = [(parts, given) for text, given in samples.calls(row) if (parts := _parts(text)) is not None]
    for _ in range(count if every else 0):
        (function, positional, keywords), given = random.choice(every)
        positional, keywords = [*positional], {**keywords}
        for _ in range(random.choice((1, 2, 2, 3))):
            if positional and (random.random() < 0.5 or not row.statics):
                positional[random.randrange(len(positional))] = random.choice(VALUES)
            elif row.statics:
                keywords[random.choice(row.statics).name] = random.choice(VALUES)
        positional += [random.choice(VALUES)] * (random.random() < 0.1)
        yield _case(row, given, function, positional, keywords)


def _parts(text: str) -> tuple[str, list[str], dict[str, str]] | None:
    """The function, the positional arguments and the keywords of a call; None of what is no call."""
    tree = ast.parse(text or "x", mode="eval").body
    while isinstance(tree, (ast.Subscript, ast.Attribute)):
        tree = tree.value
    if not isinstance(tree, ast.Call):
        return None
    keywords = {str(each.arg): ast.unparse(each.value) for each in tree.keywords}
    return ast.unparse(tree.func), [ast.unparse(each) for each in tree.args], keywords


def _case(row: Operation, given: samples.Given, function: str, positional: list[str], keywords: dict[str, str]) -> Case:
    text = f"{function}({', '.join([*positional, *[f'{name}={value}' for name, value in keywords.items()]])})"
    return samples.case(row, text, given)

"""What a tensor is called in explanations: the user's name for it, or else the user's own text, as a syntax tree."""

from __future__ import annotations

from typing import Any, Final

from gradcli.errors import Span
from gradcli.graph.operation import Operation
from gradcli.ops.elementwise.powers import pow_number
from gradcli.ops.movement.indexing import narrow, select
from gradcli.run.symbolic.simplify import simplified
from gradcli.run.symbolic.trees import NOWHERE, binary, call, constant, keyword, name, negative
from gradcli.run.trace import Application, Trace
from gradcli.text import nodes as syntax
from gradcli.text.printing import unparse

LONGEST: Final = 40  # characters of a text that stands for itself
_FEW: Final = 4  # numbers of a literal
_MOST_OPERANDS: Final = 3  # that are written down
AGAIN: Final = "'"  # a name given a second time

_COMPARISONS: Final = frozenset({"==", "!=", "<", "<=", ">", ">="})
# The signs of rows that have none of their own, since a composite has it.
_SIGNS: Final = {"mul": "*", "add": "+", "sub": "-", "rsub": "-", "div": "/", "pow": "**", "mm": "@", "mv": "@", "bmm": "@",
                 "dot": "@", "eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}  # fmt: skip
# What moves entries about, within an operation of the user's: it is left out.
_UNSEEN: Final = frozenset({"unsafe_view", "view", "expand", "squeeze", "unsqueeze", "reshape", "contiguous", "clone", "to",
                            "to_copy", "cast to", "sum to", "permute", "alias"})  # fmt: skip


def label_tree(trace: Trace, number: int, longest: int = LONGEST) -> syntax.Node:
    """A tree to stand for a tensor in sentences and formulas; what is too long to be repeated is cut short."""
    entry = trace.entries[number]
    if entry.name is not None:
        before = sum([each.name == entry.name for each in trace.entries[:number]])
        return name(entry.name + AGAIN * before)
    application = trace.applications.get(number)
    if application is None:  # a literal: its source may be that of the operation which it stands in
        array = trace.tensors[number].ndarray
        return constant(array.tolist()) if array.size <= _FEW else name("[...]")
    if is_whole(trace, application, number):
        assert application.syntax is not None
        span = application.syntax.span
        return application.syntax if span.end - span.start <= longest else name(_cut(trace.text, span, longest))
    return _inner(trace, application, number, longest)


def _cut(text: str, span: Span, longest: int) -> str:
    """The beginning of a text that is too long."""
    return " ".join(text[span.start : span.start + longest - 3].split()) + "..."


def is_whole(trace: Trace, application: Application, number: int) -> bool:
    """Whether a tensor is what its syntax node gave, and not a step on the way there."""
    return application.syntax is not None and trace.produced.get(id(application.syntax)) == number


def _inner(trace: Trace, application: Application, number: int, longest: int) -> syntax.Node:
    """A step within an operation that is made of others: `1 / x` within 2/x."""
    inputs = list(zip(application.inputs, application.operands))[:_MOST_OPERANDS]
    if application.operation.name.lstrip("_") in _UNSEEN and inputs[0][0] is not None:
        return label_tree(trace, inputs[0][0], longest)  # the reader's array is the same in another shape
    trees = [constant(given) if each is None else label_tree(trace, each, longest) for each, given in inputs]
    short = public_name(application.operation)
    tree = simplified(applied(application, trees))
    if len(application.results) > 1:
        which = [each._label for each in application.results].index(number)
        own = application.syntax
        whole = own if isinstance(own, syntax.Call) and unparse(own.function).endswith(short) else tree
        tree = syntax.Index(NOWHERE, whole, constant(which))
    text = unparse(tree)
    return tree if len(text) <= longest else name(text[: longest - 3].rstrip() + "...")


def applied(application: Application, trees: list[syntax.Node]) -> syntax.Node:
    """An operation on operands that are given as trees, as a user would write it."""
    short = public_name(application.operation)
    options = [keyword(word, value) for word, value in _told_options(application)]
    return notation(application, trees) or call(short, *[each for each in trees if not _is_none(each)], *options)


def _told_options(application: Application) -> list[tuple[str, Any]]:
    """The options that are not as they are by default, where they can be written in a word."""
    pairs = zip(application.operation.statics, application.statics)
    return [(each.name, value) for each, value in pairs if _is_plain(value) and value is not None and value != each.default]


def _is_plain(value: Any) -> bool:
    if isinstance(value, tuple):
        return all([isinstance(each, int) for each in value])
    return isinstance(value, (bool, int, float, str))


def _is_none(tree: syntax.Node) -> bool:
    return isinstance(tree, syntax.Constant) and tree.value is None


def public_name(operation: Operation) -> str:
    """What people call an operation: without the namespace, and without the underscore of rows that nobody calls."""
    return operation.name.rpartition(".")[2].strip("_").replace(" ", "_")


def notation(application: Application, trees: list[syntax.Node]) -> syntax.Node | None:
    """An operation in the language's own signs, as `a * b` or `a[0, 1:]`; None where it has none."""
    row = application.operation
    sign = row.operator if row.operator in tuple("+-*/@") else _SIGNS.get(row.name)
    options = dict(_told_options(application)) if sign is not None else {}
    if len(trees) == 1 and options and isinstance(application.statics[0], (int, float)):  # with a number
        options.pop(row.statics[0].name, None)
        trees = [trees[0], constant(application.statics[0])]
    if len(trees) == 2 and "alpha" in options:
        scaled = 0 if row.name == "rsub" else 1
        trees[scaled] = binary("*", constant(options.pop("alpha")), trees[scaled])
    if options:
        sign = None
    if sign in _COMPARISONS and len(trees) == 2:
        return syntax.Compare(NOWHERE, (sign,), tuple(trees))
    if sign is not None and len(trees) == 2:
        return binary(sign, *trees[:: -1 if row.name == "rsub" else 1])
    if row.name == "neg" and len(trees) == 1:
        return negative(trees[0])
    if row.name == "where" and len(trees) == 3:
        return call("where", *trees)
    given = application.statics if any([row is each for each in (pow_number, select, narrow)]) else ()
    if not given:
        return None
    if row is pow_number:
        return binary("**", trees[0], constant(given[0]))
    item = given[1] if row is select else slice(*given[1:])
    items = [constant(each) for each in (*[slice(None)] * given[0], item)]
    return syntax.Index(NOWHERE, trees[0], syntax.Tuple(NOWHERE, tuple(items)) if len(items) > 1 else items[0])

"""The sentence about a origin: where, with which numbers, and why, from the row's domain and a few facts of arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.operation import Operation
from gradcli.graph.tensor import Tensor
from gradcli.ops.core.domains import REAL, told_of
from gradcli.run.nonfinite.backward import cause_of
from gradcli.run.nonfinite.origins import Origin, entry, is_entrywise
from gradcli.run.numbers import jsonable
from gradcli.run.symbolic.formulas import computed, factor, names_in, options, put_in, resolved, stated
from gradcli.run.symbolic.labels import applied, label_tree, public_name
from gradcli.run.symbolic.simplify import simplified
from gradcli.run.symbolic.trees import name, number, rebuilt, walked
from gradcli.run.trace import Application, Trace
from gradcli.text import nodes as syntax
from gradcli.text import parse
from gradcli.text.nodes import same
from gradcli.text.printing import unparse

_REMAKABLE: Final = 1_000  # characters of a step that is written anew; a longer one may be as deep as it is long
_OF_PLAIN_NUMBERS: Final = frozenset("0123456789.eE_+-*()[], ")  # products and powers that become infinite overflow
_LONGEST: Final = 80  # characters of a derivative that helps

# What arithmetic itself has no answer to, by operator: a test of both operands, and the words.
_FACTS: Final[dict[str, list[tuple[Callable[[float, float], bool], str]]]] = {
    "/": [
        (lambda x, y: x == 0 == y, "0/0 has no value"),
        (lambda x, y: y == 0, "a division by zero"),
        (lambda x, y: abs(x) == abs(y) == float("inf"), "inf/inf has no value"),
    ],
    "*": [(lambda x, y: 0 in (x, y), "0*inf has no value")],
    "-": [(lambda x, y: x == y, "inf - inf has no value")],
    "**": [(lambda x, y: x == 0 and y < 0, "a division by zero")],
    "+": [(lambda x, y: x == -y, "inf - inf has no value")],
}


def sentence(trace: Trace, origin: Origin, what: str) -> str:
    """What to say about a origin; `what` is what comes back along the graph, as in "gradient of"."""
    if origin.is_input:
        return _input(trace, origin)
    return _forward(trace, origin) if origin.is_forward else _backward(trace, origin, what)


def spelt(value: float | complex, dtype: Any = np.float64) -> str:
    """A number as a person writes it: nan, -inf, 2, 0.1, 1+2j."""
    if isinstance(value, complex):
        return f"{value:g}"
    return "0" if value == 0 else unparse(_number(value, dtype))


def _number(value: float, dtype: Any) -> syntax.Node:
    """A number with no more digits than its dtype has."""
    if isinstance(value, complex) or np.dtype(dtype).kind == "c":
        return name(f"{value:g}")
    return number(float(jsonable(np.asarray(value, dtype))) if np.isfinite(value) else float(value))


def at(index: tuple[int, ...]) -> str:
    """An index in words, where there is one."""
    return f" at {list(index)}" if index else ""


def _input(trace: Trace, origin: Origin) -> str:
    if origin.number is None:
        return f"the weights hold {spelt(origin.value)}{at(origin.index)}, as they were given"
    entry = trace.entries[origin.number]
    what = entry.name or entry.source
    text = trace.written.get(entry.name or "", "" if entry.name else entry.source)
    if np.isinf(origin.value) and text and not set(text) - _OF_PLAIN_NUMBERS:
        return f"{what}{_brackets(origin.index)} is {spelt(origin.value)}, an overflow: {_largest(entry.dtype)}"
    return f"{what}{_brackets(origin.index)} is {spelt(origin.value)} as it was given: no operation is to blame"


def _brackets(index: tuple[int, ...]) -> str:
    return f"[{', '.join(map(str, index))}]" if index else ""


# --- values ---------------------------------------------------------------------------------------------------------


def _forward(trace: Trace, origin: Origin) -> str:
    assert origin.number is not None
    application = trace.applications[origin.number]
    where = f"{spelt(origin.value)} first comes up in {_label(trace, origin.number)}{at(origin.index)}"
    if origin.value != origin.value and any([_infinite(each) for each in application.operands]):
        where = where.replace("first comes up", "is made of infinities")
    return f"{where}: {explained(trace, origin)}"


def _infinite(value: Any) -> bool:
    array = np.asarray(value.ndarray if isinstance(value, Tensor) else 0.0 if value is None else value)
    return array.dtype.kind == "f" and bool(np.isinf(array).any())


def explained(trace: Trace, origin: Origin) -> str:
    """The numbers of a origin among values, and the reason: "log(-1) is nan (log is defined for x > 0)"."""
    assert origin.number is not None
    application = trace.applications[origin.number]
    shape = application.results[0].shape
    if not is_entrywise(application):
        return _whole_reason(application, origin)
    values: list[Any] = [None if each is None else entry(each, origin.index, shape) for each in application.operands]
    dtype = application.results[0].ndarray.dtype
    texts = {each: _number(value, dtype) for each, value in zip(application.inputs, values) if each is not None}
    instance = unparse(_instance(trace, application, values, texts, dtype))
    return f"{instance} is {spelt(origin.value)} ({_reason(application, values, origin.value, dtype)})"


def _instance(trace: Trace, application: Application, values: list[Any], texts: dict[int, Any], dtype: Any) -> syntax.Node:
    """The operation with numbers in the place of its operands, as the user wrote it."""
    node = application.syntax
    if node is None or node.span.end - node.span.start > _REMAKABLE or trace.produced.get(id(node)) != application.number:
        names = [_number(each, dtype) for each in values if each is not None]
        tree = applied(application, names)
        return simplified(tree) if len(names) == 1 else tree
    return rebuilt(node, lambda each: texts.get(application.parts.get(id(each), -1)))


def _reason(application: Application, values: list[Any], out: float, dtype: Any) -> str:
    given = [each for each in values if each is not None]
    row = application.operation
    known = dict(zip(row.operands, values)) | dict(zip([each.name for each in row.statics], application.statics))
    arithmetic = _arithmetic(row, known)
    if arithmetic is not None:
        operator, sides = arithmetic
        for test, words in _FACTS.get(operator, []):
            if test(*sides):
                return words
    outside = _outside(row, known, out)
    if outside is not None:
        return outside
    if np.isinf(out) and np.isfinite(given).all() and all(given):
        return f"overflow: {_largest(dtype)}"
    return f"{public_name(row)} has no finite value there"


def _arithmetic(row: Operation, known: dict[str, Any]) -> tuple[str, list[Any]] | None:
    """The operator that a row is, and the numbers on both sides: its sentence says so, as in "x / y." or "1 / x."."""
    try:
        tree = parse(row.doc.removesuffix(".")).statements[-1]
    except Problem:
        return None
    if not isinstance(tree, syntax.Binary):
        return None
    sides = [_side(each, known) for each in (tree.left, tree.right)]
    return None if None in sides else (tree.operator, sides)


def _side(tree: syntax.Node, known: dict[str, Any]) -> Any:
    """The number that a side of such a formula stands for, or None."""
    if isinstance(tree, syntax.Name):
        return known.get(tree.id)
    return tree.value if isinstance(tree, syntax.Number) else None


def _largest(dtype: Any) -> str:
    return f"the largest {np.dtype(dtype).name} is {np.finfo(dtype).max:.2g}"


def _outside(row: Operation, known: dict[str, Any], out: float) -> str | None:
    """The condition of a row's domain that the operands and options do not keep: a NaN tells so where it cannot be computed."""
    domains = row.domain if isinstance(row.domain, tuple) else (row.domain,) * len(row.operands)
    for operand, domain in zip(row.operands, domains):
        text = domain.of(operand, [*row.operands, *[each.name for each in row.statics]])
        kept = _holds(text, known) if text != REAL.text else True
        if kept is False or (kept is None and out != out):
            return f"{public_name(row)} is defined for {text}"
    return None


def _holds(text: str, known: dict[str, Any]) -> bool | None:
    """Whether numbers keep a condition such as "-1 <= x <= 1"; None where that is no condition to compute."""
    try:
        tree = parse(text).statements[-1]
    except Problem:
        return None
    kept = computed(tree, {name: value for name, value in known.items() if isinstance(value, (int, float))})
    return kept if isinstance(kept, bool) else None


def _whole_reason(application: Application, origin: Origin) -> str:
    """Of an operation that joins many numbers."""
    tensors = [each for each in application.operands if isinstance(each, Tensor)]
    if any([each.ndarray.size == 0 for each in tensors]):
        return "there are no elements to take it of"
    if any([_infinite(each) for each in tensors]):
        return "infinities meet in it, and inf - inf and 0*inf have no value"
    if application.operation.name in ("std", "var", "std_mean", "var_mean") and origin.value != origin.value:
        return "of one number there is no degree of freedom left: it divides by n - 1, which is 0 (correction=0 divides by n)"
    if np.isinf(origin.value):
        dtype = application.results[0].ndarray.dtype
        return f"overflow: {_largest(dtype)}"
    return f"{public_name(application.operation)} has no finite value for these numbers"


# --- gradients ------------------------------------------------------------------------------------------------------


def _backward(trace: Trace, origin: Origin, what: str) -> str:
    assert origin.share is not None
    target = trace.number_of(origin.share.edge)
    through = "an operation" if origin.number is None else _label(trace, origin.number)
    of = "a gradient" if target is None else f"the {what} {_label(trace, target)}"
    where = f"{of} becomes {spelt(origin.value)} on the way back through {through}{at(origin.index)}"
    return f"{where}: {_cause(trace, origin)}"


def following(trace: Trace, origins: Sequence[tuple[Origin, str]]) -> str:
    """What else comes of the cause of several (origin, what): leaves whose gradients are not finite, after the first."""
    found: dict[int, str] = {}
    for origin, what in origins:
        target = None if origin.share is None else trace.number_of(origin.share.edge)
        if target is not None:
            found.setdefault(target, f"; the {what} {_label(trace, target)} becomes {spelt(origin.value)} for the same reason")
    return "".join([text for target, text in list(found.items())[1:] if target not in trace.applications])


def _cause(trace: Trace, origin: Origin) -> str:
    assert origin.share is not None
    if np.isfinite(origin.share.raw).all():
        return f"a sum of gradients overflows: {_largest(origin.share.value.dtype)}"
    if origin.local is None or origin.incoming is None:
        return f"its derivative is not finite there{_asked(trace, origin) or _because(trace, origin)}"
    if np.isinf(origin.incoming) and origin.local == 0:
        product = f"and 0 * {spelt(origin.incoming)} is nan, {spelt(origin.incoming)} being the gradient that came in"
        return f"its derivative{_derivative(trace, origin)}, {product}"
    if np.isfinite(origin.local):
        return f"{spelt(origin.incoming)} * {spelt(origin.local)} overflows"
    if np.isnan(origin.local) and _is_nan_itself(trace, origin):
        return f"its value is nan there, and so is its derivative{_because(trace, origin)}"
    derivative = f"its derivative{_derivative(trace, origin)}"
    if origin.incoming == 0:
        product = f", and {spelt(origin.incoming)} * {spelt(origin.local)} is nan" if np.isinf(origin.local) else ""
        return f"{derivative}{_because(trace, origin)}{product}{_gate(trace, origin)}"
    return f"{derivative}{_because(trace, origin)}"


def _asked(trace: Trace, origin: Origin) -> str:
    """What an operation asks for to have a derivative, as the table says it."""
    application = None if origin.number is None else trace.applications.get(origin.number)
    if application is None:
        return ""
    row = application.operation
    domains = row.domain if isinstance(row.domain, tuple) else (row.domain,)
    texts = [domain.differentiable for domain in domains if domain.differentiable is not None]
    if not texts or application.inputs[0] is None or any([_infinite(each) for each in application.operands]):
        return ""
    return f": {public_name(row)} has a derivative where {told_of(texts[0], _label(trace, application.inputs[0]), ())}"


def _is_nan_itself(trace: Trace, origin: Origin) -> bool:
    """Whether the value of an operation that joins many numbers is nan where its derivative is."""
    application = None if origin.number is None else trace.applications.get(origin.number)
    if application is None or is_entrywise(application):
        return False
    return bool(np.isnan(application.results[0].ndarray).all())


def _derivative(trace: Trace, origin: Origin) -> str:
    """The local derivative and the operands at the entry: ", 1 / x, is inf at x = 0"."""
    tree = _formula(trace, origin)
    text = "" if tree is None else unparse(tree)
    short = text and len(text) <= _LONGEST
    return f"{f', {text},' if short else ''} is {spelt(origin.local or 0)}{_numbers(trace, origin, tree if short else None)}"


def _formula(trace: Trace, origin: Origin) -> syntax.Node | None:
    """The local derivative in the user's own words, if it can be written."""
    application = None if origin.number is None else trace.applications.get(origin.number)
    assert origin.share is not None
    tree = stated(origin.share.rule)
    if application is None or tree is None:
        return None
    local = factor(resolved(tree, options(origin.share, application.results[0].ndarray)))
    if local is None:
        return None
    row = application.operation
    labels = {name: label_tree(trace, each) for name, each in zip(row.operands, application.inputs) if each is not None}
    labels[row.outputs[0]] = label_tree(trace, application.number)
    return put_in(simplified(local), labels)


def _numbers(trace: Trace, origin: Origin, formula: syntax.Node | None) -> str:
    """The operands that the formula is about, at the entry: " at x = 0"; nothing where it is no more than one of them."""
    application = None if origin.number is None else trace.applications.get(origin.number)
    assert origin.share is not None
    if application is None or formula is None:
        return ""
    shape, given = origin.share.raw.shape, {}
    for each, tensor in zip(application.inputs, application.operands):
        if each is not None and tensor.shape in (shape, ()) and _tells_of(formula, label_tree(trace, each)):
            given[_label(trace, each)] = spelt(entry(tensor, origin.index, shape), tensor.ndarray.dtype)
    return f" at {', '.join([f'{label} = {number}' for label, number in given.items()])}" if given else ""


def _tells_of(formula: syntax.Node, label: syntax.Node) -> bool:
    """Whether a formula has the label of a tensor, which is no literal, within it."""
    return bool(names_in(label)) and any([each is not formula and same(each, label) for each in walked(formula)])


def _because(trace: Trace, origin: Origin) -> str:
    """Why a value that the derivative is made of is not finite itself."""
    cause = cause_of(trace, origin)
    return f", since {explained(trace, cause)}" if cause is not None and not cause.is_input else ""


def _gate(trace: Trace, origin: Origin) -> str:
    """Why the gradient that came was zero: a choice above took its other side."""
    from gradcli.run.nonfinite.rewrite import gates_above

    gates = gates_above(trace, origin)
    if not gates:
        return ""
    return f"; {_label(trace, gates[0].application.number)} does not take this branch there, yet its gradient passes through it"


def _label(trace: Trace, which: int) -> str:
    return unparse(label_tree(trace, which))

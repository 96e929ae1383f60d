"""Advice on numbers: where an expression loses digits or overflows at the user's values though a known form does not.

The forms are those of `stable_forms`.  One is offered only where it has been evaluated at these values, and comes out
otherwise: finite where the expression is not, or in other digits than rounding explains.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

import numpy as np

from gradcli.engine import reverse_mode
from gradcli.errors import Problem
from gradcli.graph.half_precision import in_dtype
from gradcli.graph.tensor import Tensor, from_array
from gradcli.run.forward import Forward, forward
from gradcli.run.request import Request
from gradcli.run.result import Pass, Warning
from gradcli.run.stable_forms import Form, candidates
from gradcli.run.symbolic.trees import walked
from gradcli.text import nodes as syntax
from gradcli.text import parse

LOST: Final = "lost-digits"
_VARIABLES: Final = frozenset("XYND")
_LONGEST: Final = 2_000  # characters of an expression that is looked through
_LARGEST: Final = 1 << 17  # elements: evaluating once more is not for nothing
_TOLERANCE: Final = {"float64": 1e-9, "float32": 1e-4}
_MOST: Final = 3

Found = dict[str, syntax.Node]


def advice(request: Request, computed: Forward, passes: Sequence[Pass], told: tuple[Warning, ...]) -> tuple[Warning, ...]:
    """The warnings `told` so far, with the stable form where one of them has none, and others about digits that are lost."""
    sizes = [value.ndarray.size for value in computed.variables.values() if isinstance(value, Tensor)]
    if computed.is_tuple or len(request.expr) > _LONGEST or max(sizes, default=0) > _LARGEST or "rand" in request.expr:
        return told
    found = list(_fitting(request, computed, passes))[:_MOST]
    for form, node, text, whole in found:
        unhelped = [place for place, each in enumerate(told) if each.rewrite is None and each.code != "nonfinite-input"]
        if unhelped:
            told = tuple([_with(each, whole) if place in unhelped else each for place, each in enumerate(told)])
        elif not told:
            own = request.expr[node.span.start : node.span.end]
            message = f"{own} loses digits at these values, since {form.trouble}; {text} does not"
            told = (Warning(LOST, message, None, node.span, whole),)
    return told


def _with(warning: Warning, rewrite: str) -> Warning:
    return Warning(warning.code, warning.message, warning.node, warning.span, rewrite)


def _fitting(request: Request, computed: Forward, passes: Sequence[Pass]) -> Iterator[tuple[Form, syntax.Node, str, str]]:
    """(form, where, its rewrite, the whole expression rewritten) of those that come out otherwise at these values."""
    text = request.expr
    here = None
    for form in candidates(text):
        for node in walked(computed.program):
            found = _matched(_pattern(form.pattern), node)
            if found is None or not _has_dimensions(form, found, computed):
                continue
            here = _numbers(computed, passes) if here is None else here
            rewrite = _filled(form.rewrite, found, text)
            whole = _spliced(text, node, rewrite)
            there = _elsewhere(request, computed, whole, passes)
            if there is not None and _differs(here, there):
                yield form, node, rewrite, whole
                return


@lru_cache(maxsize=64)
def _pattern(text: str) -> syntax.Node:
    return parse(text).statements[-1]


def _matched(pattern: syntax.Node, node: syntax.Node) -> Found | None:
    """What the variables of a pattern stand for in a tree that it fits."""
    found: Found = {}
    return found if _fits(pattern, node, found) else None


def _fits(pattern: Any, node: Any, found: Found) -> bool:
    if isinstance(pattern, syntax.Name) and pattern.id in _VARIABLES:
        if not isinstance(node, syntax.Node):
            return False
        before = found.setdefault(pattern.id, node)
        return before is node or syntax.same(before, node)
    if isinstance(pattern, syntax.Name) and isinstance(node, syntax.Attribute):  # torch.exp for exp
        prefix = node.object
        return node.name == pattern.id and isinstance(prefix, syntax.Name) and prefix.id in ("torch", "F", "math")
    if isinstance(pattern, syntax.Number) and isinstance(node, syntax.Number):
        return bool(pattern.value == node.value)
    if type(pattern) is not type(node):
        return False
    if isinstance(pattern, tuple):
        return len(pattern) == len(node) and all([_fits(a, b, found) for a, b in zip(pattern, node)])
    if isinstance(pattern, syntax.Node):
        fields = [field for field in pattern.__slots__ if field != "span"]
        return all([_fits(getattr(pattern, field), getattr(node, field), found) for field in fields])
    return bool(pattern == node)


def _has_dimensions(form: Form, found: Found, computed: Forward) -> bool:
    """Whether X has as many dimensions as the form is for."""
    if form.ndim is None:
        return True
    value = _value(found["X"], computed.names)
    return value is not None and np.ndim(value) == form.ndim


def _value(node: syntax.Node, names: Mapping[str, Any]) -> Any:
    from gradcli.run.symbolic.formulas import computed as value_of

    return value_of(node, names)


def _filled(rewrite: str, found: Found, text: str) -> str:
    own = {name: text[node.span.start : node.span.end] for name, node in found.items()}
    bracketed = {f"{name}_": own[name] if _is_whole(node) else f"({own[name]})" for name, node in found.items()}
    return rewrite.format(**own, **bracketed)


def _is_whole(node: syntax.Node) -> bool:
    return isinstance(node, syntax.Name | syntax.Number | syntax.Call | syntax.Index | syntax.Attribute)


def _spliced(text: str, node: syntax.Node, rewrite: str) -> str:
    """The text with a form in the place of a node, in brackets where something stands around it."""
    whole = re.fullmatch(r"\w+\(.*\)", rewrite) is not None and rewrite.count("(") - 1 == rewrite[:-1].count(")")
    before, behind = text[: node.span.start].rstrip(), text[node.span.end :].lstrip()
    alone = (not before or before.endswith("(")) and (not behind or behind.startswith(")"))
    return text[: node.span.start] + (rewrite if whole or alone else f"({rewrite})") + text[node.span.end :]


def _numbers(computed: Forward, passes: Sequence[Pass]) -> list[Any]:
    """The value and the gradients of the first pass."""
    gradients = [each for each in (passes[0].grads if passes else {}).values() if each is not None]
    return [computed.outputs[0].ndarray, *gradients]


def _elsewhere(request: Request, computed: Forward, expr: str, passes: Sequence[Pass]) -> list[Any] | None:
    """The same numbers of another expression; None where it has none."""
    constants = {name for name, _, is_constant in request.bindings if is_constant}
    bindings = [(name, value.ndarray, name in constants) for name, value in computed.variables.items()]
    try:
        other = forward(Request(expr, bindings, dtype=request.dtype, seed=request.seed))
        out = other.outputs[0]
        if not passes:
            return [out.ndarray]
        names = [name for name, gradient in passes[0].grads.items() if gradient is not None]
        weight = np.ones(out.shape, out.ndarray.dtype) if passes[0].weights is None else np.asarray(passes[0].weights)
        leaves = [other.leaves[name] for name in names]
        found = reverse_mode.grad([out], leaves, [from_array(in_dtype(weight, out.ndarray.dtype))], materialize_grads=True)
    except (Problem, KeyError, ValueError):
        return None
    return [out.ndarray, *[each.ndarray for each in found if each is not None]]


def _differs(here: list[Any], there: list[Any]) -> bool:
    """Whether the other form gives better numbers: more of them finite, or other digits than rounding explains."""
    if len(here) != len(there) or any([a.shape != b.shape for a, b in zip(here, there)]):
        return False
    bad = [sum([int((~np.isfinite(each)).sum()) for each in numbers]) for numbers in (here, there)]
    if any(bad):
        return bad[1] < bad[0]
    tolerance = _TOLERANCE.get(str(here[0].dtype), 1e-2)
    return not all([np.allclose(a, b, rtol=tolerance, atol=0) for a, b in zip(here, there)])

"""The trap of `where`: a NaN from the branch that was not taken, and the expression rewritten so that it stays out.

A gate is a row whose rule lets a gradient pass, or holds it back, by a mask among its own operands.  Behind a shut gate
the gradient is 0, and 0 times an infinite derivative is NaN.  The way out is to give the operation behind the gate a
harmless operand wherever the gate is shut: `sqrt(where(x > 0, x, 1))`.  Nothing is offered that has not been evaluated.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import Any, Final

import numpy as np

from gradcli.engine import reverse_mode
from gradcli.errors import Problem, Record, Span
from gradcli.graph.operation import Operation
from gradcli.graph.tensor import from_array
from gradcli.run.forward import Forward
from gradcli.run.nonfinite.backward import births_backward
from gradcli.run.nonfinite.origins import Origin, unfinite
from gradcli.run.request import Request
from gradcli.run.symbolic.formulas import GRADIENT, stated
from gradcli.run.symbolic.trees import walked
from gradcli.run.trace import Application, Trace, replayed
from gradcli.text import nodes as syntax

MOST_TRIED: Final = 24  # rewrites that are evaluated in search of one that works
LONGEST: Final = 2_000  # characters of an expression that somebody would paste
MOST_WORK: Final = 1_000_000  # elements of all values together; of more, fewer rewrites are tried
MOST_TRAPS: Final = 4  # one after the other
_HARMLESS: Final = (1.0, 0.5, 2.0, 0.0)


class Gate(Record):
    """An application that holds gradients back: behind its operand number `behind`, where a mask (`mask`) is `shut`."""

    __slots__ = ("application", "behind", "mask", "shut")
    application: Application
    behind: int
    mask: int
    shut: bool


def gates_above(trace: Trace, origin: Origin) -> list[Gate]:
    """The gates behind which a gradient became NaN, the nearest first."""
    if origin.number is None:
        return []
    below = trace.descendants(origin.number)
    return [gate for each in trace.in_order() if each.number in below for gate in _gates(each) if gate.behind in below]


def _gates(application: Application) -> Iterator[Gate]:
    for place, (mask, shut) in _held_back(application.operation).items():
        behind = application.inputs[place]
        number = application.inputs[application.operation.operands.index(mask)]
        if behind is not None and number is not None:
            yield Gate(application, behind, number, shut)


@lru_cache(maxsize=256)
def _held_back(row: Operation) -> dict[int, tuple[str, bool]]:
    """By operand: the mask that its gradient waits for, and whether it is held back where that is True.

    A rule such as `where(condition, g, 0)` says so.
    """
    found = {}
    for place, rule in enumerate(row.vjps):
        tree = None if rule is None or row.variadic else stated(rule)
        match tree:
            case syntax.Call(function=syntax.Name(id="where"), arguments=(syntax.Name(id=mask), one, two)):
                if mask in row.operands and _is_gradient(one) != _is_gradient(two):
                    found[place] = mask, _is_gradient(two)
    return found


def _is_gradient(tree: syntax.Node) -> bool:
    return isinstance(tree, syntax.Name) and tree.id == GRADIENT


# --- the way out ----------------------------------------------------------------------------------------------------


def rewritten(request: Request, again: Forward, weight: Any, leaves: list[str]) -> str | None:
    """The expression with the trap taken out, which has been evaluated: the same value, and gradients that are finite."""
    current, expr = again, None
    if len(request.expr) > LONGEST:
        return None
    for _ in range(MOST_TRAPS):
        assert isinstance(current.recorder, Trace)
        better = _better(request, current, weight, leaves)
        if better is None:
            return None
        expr, current, bad = better
        if not bad:
            return expr
    return None


def _better(request: Request, current: Forward, weight: Any, leaves: list[str]) -> tuple[str, Forward, int] | None:
    """A rewrite with the fewest bad gradients, the computation of it, and how many are left."""
    before, best = _gradients(current, weight, leaves), None
    for text in islice(dict.fromkeys(_candidates(current, weight, leaves)), _patience(current)):
        try:
            fresh, _ = replayed(_with_text(request, text), current)
            after = _gradients(fresh, weight, leaves)
        except (Problem, MemoryError):
            continue
        if _same_value(current, fresh) and _improves(before, after) and (best is None or _count(after) < best[2]):
            best = text, fresh, _count(after)
            if not best[2]:
                break
    return best


def _patience(current: Forward) -> int:
    assert isinstance(current.recorder, Trace)
    work = sum([int(each.ndarray.size) for each in current.recorder.tensors.values()])
    return max(1, min(MOST_TRIED, MOST_TRIED * MOST_WORK // max(work, 1)))


def _with_text(request: Request, text: str) -> Request:
    return Request(text, request.bindings, dtype=request.dtype, seed=request.seed, no_grad=False, values=True)


def _gradients(current: Forward, weight: Any, leaves: list[str]) -> list[Any]:
    inputs = [current.leaves[name] for name in leaves]
    out = current.outputs[0]
    found = reverse_mode.grad([out], inputs, [from_array(weight)], retain_graph=True, materialize_grads=True)
    return [each.ndarray for each in found if each is not None]


def _same_value(one: Forward, two: Forward) -> bool:
    return len(one.outputs) == len(two.outputs) and all(
        [np.array_equal(a.ndarray, b.ndarray, equal_nan=True) for a, b in zip(one.outputs, two.outputs)]
    )


def _improves(before: list[Any], after: list[Any]) -> bool:
    """Whether fewer gradients are bad, and those that were good are what they were."""
    kept = [np.allclose(b[~unfinite(a)], a[~unfinite(a)], rtol=1e-9, atol=0) for a, b in zip(before, after)]
    return all(kept) and _count(after) < _count(before)


def _count(gradients: list[Any]) -> int:
    return int(sum([unfinite(each).sum() for each in gradients]))


def _candidates(current: Forward, weight: Any, leaves: list[str]) -> Iterator[str]:
    """Rewrites to try: the operand of each operation behind a gate that is not finite there, the likeliest first."""
    trace, text = current.recorder, current.recorder.text
    assert isinstance(trace, Trace)
    wanted = [current.leaves[name].edge for name in leaves]
    origins = births_backward(trace, current.outputs[0].edge, weight, wanted)
    for origin in origins:
        for gate in gates_above(trace, origin):
            mask = _text_of(trace, gate.application, gate.mask, text)
            suspects = _suspects(trace, gate, origin) if mask is not None else []
            for harmless in _harmless(trace, origin):
                fills = [(span, _guarded(text, span, str(mask), gate.shut, harmless)) for span in suspects]
                yield from (_replaced(text, [fill]) for fill in fills)
                yield _replaced(text, fills)


def _harmless(trace: Trace, origin: Origin) -> list[float]:
    """Numbers to put in, those first at which the operation is smooth, so far as its domain tells."""
    application = None if origin.number is None else trace.applications.get(origin.number)
    if application is None or origin.share is None:
        return list(_HARMLESS)
    given = application.operation.domain
    domain = given[min(origin.share.place, len(given) - 1)] if isinstance(given, tuple) else given
    return sorted(_HARMLESS, key=lambda number: not domain.low <= number <= domain.high)


def _text_of(trace: Trace, application: Application, number: int, text: str) -> str | None:
    """How the user wrote an operand: its text where the operation is applied, or its name."""
    for node in [] if application.syntax is None else walked(application.syntax):
        if application.parts.get(id(node)) == number:
            return text[node.span.start : node.span.end]
    return trace.entries[number].name


def _suspects(trace: Trace, gate: Gate, origin: Origin) -> list[Span]:
    """The operands' places, of the origin first, then of all else behind the gate that is not finite."""
    behind = trace.ancestors(gate.behind)
    numbers = [origin.number, *sorted([each for each in behind if unfinite(trace.tensors[each]).any()])]
    spans = [span for each in numbers if each in trace.applications for span in _operand_spans(trace, trace.applications[each])]
    return list(dict.fromkeys(spans))


def _operand_spans(trace: Trace, application: Application) -> Iterable[Span]:
    """Where the operands that need a gradient stand in the text."""
    for node in [] if application.syntax is None else walked(application.syntax):
        number = application.parts.get(id(node))
        if number is not None and trace.tensors[number].requires_grad:
            yield node.span


def _guarded(text: str, span: Span, mask: str, shut: bool, harmless: float) -> str:
    operand = text[span.start : span.end]
    number = f"{harmless:g}"
    return f"where({mask}, {number}, {operand})" if shut else f"where({mask}, {operand}, {number})"


def _replaced(text: str, fills: list[tuple[Span, str]]) -> str:
    """The text with some places filled anew; a place within another is left to that one."""
    end = len(text) + 1
    for span, fill in sorted(fills, key=lambda each: (-each[0].end, each[0].start)):
        if span.end <= end:
            text = text[: span.start] + fill + text[span.end :]
            end = span.start
    return text

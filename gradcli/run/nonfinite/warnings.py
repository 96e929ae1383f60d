"""Where NaN and infinities are born: warnings that name the node, the numbers there and the reason.

A result that holds a number that is not finite is computed once more with a trace (`trace.replayed`), which is then
walked: forward to the first operation that made such a number out of finite ones, backward to the first rule that did.
`along` is the door for whoever has a trace already, a script for instance.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np

from gradcli.errors import Problem, Record
from gradcli.graph.half_precision import in_dtype
from gradcli.graph.tensor import Tensor
from gradcli.run.forward import Forward
from gradcli.run.nonfinite.backward import births_backward, cause_of, given_weights
from gradcli.run.nonfinite.forward import births_forward
from gradcli.run.nonfinite.origins import Origin, unfinite
from gradcli.run.nonfinite.sentences import following, sentence
from gradcli.run.request import Request
from gradcli.run.result import Pass, Warning
from gradcli.run.trace import Trace, replayed

VALUE: Final = "nonfinite-value"
GRADIENT: Final = "nonfinite-grad"
INPUT: Final = "nonfinite-input"

FIRST: Final = "gradient of"
SECOND: Final = "second derivative by"

MOST: Final = 4  # warnings; what comes first is what helps


class Sweep(Record):
    """A backward pass to look at: it starts at `out` with `weight` (an array), and its gradients go into `leaves`.

    with_nan  whether any of them is NaN
    what      they are, in words
    """

    __slots__ = ("out", "weight", "leaves", "with_nan", "what")
    out: Tensor
    weight: Any
    leaves: dict[str, Tensor]
    with_nan: bool
    what: str

    def __init__(self, out: Tensor, weight: Any, leaves: dict[str, Tensor], with_nan: bool = True, what: str = FIRST) -> None:
        super().__init__(out, weight, leaves, with_nan, what)


def warnings(
    request: Request, computed: Forward, passes: Sequence[Pass], derivatives: Sequence[Any] = ()
) -> tuple[Warning, ...]:
    """What there is to say about the numbers of a result that are not finite; nothing where they cannot be made again."""
    try:
        again, trace = replayed(request, computed)
    except (Problem, MemoryError):
        return ()
    same = [_equal(one.ndarray, two.ndarray) for one, two in zip(computed.outputs, again.outputs)]
    if not all(same):
        return ()  # random numbers from the middle of a stream, or values that were changed in place
    sweeps = _sweeps(again, passes)
    if derivatives:
        from gradcli.run.nonfinite import derivatives as beyond

        sweeps += beyond.sweeps(again, trace, derivatives)
    return _fixed(request, again, along(trace, again.outputs, sweeps), sweeps)


def along(trace: Trace, outputs: Sequence[Tensor], sweeps: Sequence[Sweep] = ()) -> list[tuple[Warning, Origin]]:
    """The warnings of a trace: about the values of `outputs`, then about the gradients of backward passes over it."""
    found = [(origin, FIRST) for origin in births_forward(trace, outputs)]
    found += [(origin, sweep.what) for sweep in sweeps for origin in _backward(trace, sweep)]
    causes: dict[Any, list[tuple[Origin, str]]] = {}
    for each in found:
        causes.setdefault(_cause(trace, each[0]), []).append(each)  # one warning for each
    kept = list(_news(trace, causes))[:MOST]
    return [(_warning(trace, *origins[0], following(trace, origins)), origins[0][0]) for origins in kept]


def _news(trace: Trace, causes: dict[Any, list[tuple[Origin, str]]]) -> Iterator[list[tuple[Origin, str]]]:
    """The origins of each cause, without those that only tell anew of gradients that one at the same place has spoilt."""
    told: dict[Any, set[int | None]] = {}
    for (*_, place), origins in causes.items():
        targets = {trace.number_of(origin.share.edge) for origin, _ in origins if origin.share is not None}
        before = told.setdefault(place, set())
        if not targets or targets - before:
            yield origins
        before |= targets


def _cause(trace: Trace, origin: Origin) -> Any:
    """What tells the causes apart: a place, or for a gradient that owes its number to a value, where that value is from.

    log(x)*y at 0 has two: y's gradient is the value of log(x), x's is made by the derivative of log.
    """
    owed = cause_of(trace, origin)
    return origin.is_forward or origin.is_input, owed is not None, (owed or origin).place


def _backward(trace: Trace, sweep: Sweep) -> list[Origin]:
    given = given_weights(sweep.weight)
    if given is not None:
        return [given]
    wanted = [leaf.edge for leaf in sweep.leaves.values()]
    return births_backward(trace, sweep.out.edge, sweep.weight, wanted, sweep.with_nan)


def _warning(trace: Trace, origin: Origin, what: str, more: str) -> Warning:
    code = INPUT if origin.is_input else VALUE if origin.is_forward else GRADIENT
    span = None if origin.number is None else trace.entries[origin.number].span
    return Warning(code, sentence(trace, origin, what) + more, origin.number, span, None)


def _fixed(
    request: Request, again: Forward, found: list[tuple[Warning, Origin]], sweeps: Sequence[Sweep]
) -> tuple[Warning, ...]:
    """The warnings, with the rewrite that gets out of the trap of `where`, if there is one."""
    trapped = [origin for _, origin in found if not origin.is_input and not origin.is_forward]
    sweep = next((each for each in sweeps if each.out is again.outputs[0]), None)
    rewrite = None
    if trapped and sweep is not None:
        from gradcli.run.nonfinite import rewrite as nonfinite_rewrite

        rewrite = nonfinite_rewrite.rewritten(request, again, sweep.weight, list(sweep.leaves))
    return tuple(
        [warning if rewrite is None or origin not in trapped else _with_rewrite(warning, rewrite) for warning, origin in found]
    )


def _with_rewrite(warning: Warning, rewrite: str) -> Warning:
    return Warning(warning.code, warning.message, warning.node, warning.span, rewrite)


def _sweeps(again: Forward, passes: Sequence[Pass]) -> list[Sweep]:
    """The first backward pass after which a gradient is not finite, to be run again."""
    for each in passes:
        bad = [name for name, gradient in each.grads.items() if gradient is not None and unfinite(gradient).any()]
        leaves = {name: leaf for name, leaf in again.leaves.items() if name in bad}
        if leaves and again.outputs[0].requires_grad:
            out = again.outputs[0]
            weight = (
                np.ones(out.shape, out.ndarray.dtype) if each.weights is None else in_dtype(each.weights, out.ndarray.dtype)
            )
            return [Sweep(out, weight, leaves, any([np.isnan(each.grads[name]).any() for name in leaves]))]
    return []


def _equal(one: Any, two: Any) -> bool:
    return bool(one.shape == two.shape and np.array_equal(one, two, equal_nan=one.dtype.kind == "f"))

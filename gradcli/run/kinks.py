"""Kinks, told: where a gradient flowed through a point at which it is a convention.

A recorder hands over every application of a row that declares kinks (`watch`).  Where an entry of the result is at one, its
node gets a hook for the passes (`attend`), which notes the gradients that arrive there; afterwards `notes` says it of those
that were not zero.  What goes beyond one pass is told by `conventions`.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from gradcli.errors import Span
from gradcli.graph import hooks
from gradcli.graph.node import Node
from gradcli.graph.operation import Operation, Outlet, rule_parameters
from gradcli.graph.tensor import Tensor
from gradcli.ops.core.domains import Kink
from gradcli.run.result import Note


class Watched:
    """One result that is at a kink: where (`mask`, in its own shape), and where a gradient that is not zero arrived."""

    __slots__ = ("attended", "flowed", "function", "kink", "mask", "number", "source", "span")

    def __init__(self, kink: Kink, mask: np.ndarray, function: Node, number: int, source: str, span: Span | None) -> None:
        self.kink = kink
        self.mask = mask
        self.function = function
        self.number = number
        self.source = source
        self.span = span
        self.flowed = np.zeros(mask.shape, np.bool_)
        self.attended = False


def watch(operation: Operation, operands: tuple[Any, ...], result: Any, entry: Any) -> list[Watched]:
    """The result of an application, for each kink of its row that it is at; `entry` is what the recorder noted of it."""
    out = result if isinstance(result, Tensor) else result[0]
    if out.node is None or out._label is None:
        return []
    found = []
    for kink in operation.kinks:
        mask = np.broadcast_to(kink.at(*values(operation, operands, result, rule_parameters(kink.at))), out.shape)
        if mask.any():
            found.append(Watched(kink, mask, out.node, out._label, entry.source, entry.span))
    return found


def attend(watched: list[Watched]) -> None:
    """Have the passes to come note what arrives at these results."""
    for each in watched:
        if not each.attended:
            each.attended = True
            hooks.watch(each.function, partial(_arrived, each.mask, each.flowed))


def _arrived(mask: np.ndarray, flowed: np.ndarray, gradient: Tensor) -> None:
    """A gradient passes (the hook, which must not know the node on which it stands: the two would outlive the graph)."""
    flowed |= mask & (gradient.array != 0)


def below(function: Node) -> Node:
    """The node of the operation itself, where a function stands for one of its several outputs."""
    return function.edges[0] if isinstance(function.operation, Outlet) else function


def values(operation: Operation, operands: tuple[Any, ...], result: Any, names: tuple[str, ...]) -> list[Any]:
    """What a mask asks for, by name: outputs and operands as arrays, and statics."""
    outputs = (result,) if isinstance(result, Tensor) else tuple(result)
    known = dict(zip((*operation.outputs, *operation.operands), (*outputs, *operands)))
    if operation.statics:
        known.update(zip([each.name for each in operation.statics], below(outputs[0].node).statics))
    return [value.array if isinstance(value, Tensor) else value for value in [known[name] for name in names]]


def notes(watched: list[Watched]) -> tuple[Note, ...]:
    """One note for each result through whose kinks a gradient flowed."""
    return tuple([_note(each) for each in watched if each.flowed.any()])


def _note(watched: Watched) -> Note:
    first = tuple([int(each) for each in np.argwhere(watched.flowed)[0]])
    count = int(watched.flowed.sum())
    where = f" at {list(first)}" if first else ""
    others = f" and at {count - 1:,} more" if count > 1 else ""
    interval = watched.kink.interval
    return Note(
        "kink",
        f"kink in {watched.source}{where}{others}: {choice(interval)}PyTorch's convention, used here: {watched.kink.text}",
        watched.number,
        watched.span,
        first,
        interval,
        count,
    )


def choice(interval: tuple[float, float] | None) -> str:
    """What could be the derivative at a kink, as the opening of a sentence."""
    if interval is None:
        return ""
    return f"any value in [{interval[0]:g}, {interval[1]:g}] is a subgradient; "

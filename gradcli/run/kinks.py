"""Kinks, told: where a gradient flowed through a point at which it is a convention; and where it was made of lost digits.

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
from gradcli.graph.operation import Operation, OutputSelector, rule_parameters
from gradcli.graph.tensor import Tensor
from gradcli.ops.core.domains import Kink
from gradcli.run.result import Note

_VISIBLY = 1e-3  # relative to the exact derivative: in the four digits that are printed


class Watched:
    """One result of which something is to be told: where (`mask`, in its own shape), and where a gradient that is not zero
    arrived."""

    __slots__ = ("observed", "flowed", "function", "mask", "number", "source", "span")

    def __init__(self, mask: np.ndarray, function: Node, number: int, source: str, span: Span | None) -> None:
        self.mask = mask
        self.function = function
        self.number = number
        self.source = source
        self.span = span
        self.flowed = np.zeros(mask.shape, np.bool_)
        self.observed = False

    @property
    def first(self) -> tuple[int, ...]:
        """The index of the first entry at which a gradient arrived."""
        return tuple([int(each) for each in np.argwhere(self.flowed)[0]])

    def place(self) -> str:
        """Which entry that is, and how many there are, in words."""
        where = f" at {list(self.first)}" if self.first else ""
        count = int(self.flowed.sum())
        return f"{self.source}{where}{f' and at {count - 1:,} more' if count > 1 else ''}"

    def note(self) -> Note:
        """What is to be told."""
        raise NotImplementedError


class AtKink(Watched):
    """One result that is at a kink."""

    __slots__ = ("kink",)

    def __init__(self, kink: Kink, *what: Any) -> None:
        super().__init__(*what)
        self.kink = kink

    def note(self) -> Note:
        """Which convention was used."""
        interval = self.kink.interval
        words = f"{choice(interval)}PyTorch's convention, used here: {self.kink.text}"
        message = f"kink in {self.place()}: {words}"
        return Note("kink", message, self.number, self.span, self.first, interval, int(self.flowed.sum()))


class Lossy(Watched):
    """One result that was saved with too few digits for its derivative: by which its rule goes (`used`), and the exact one."""

    __slots__ = ("exact", "used")

    def __init__(self, used: Any, exact: Any, *what: Any) -> None:
        super().__init__(*what)
        self.used = used
        self.exact = exact

    def note(self) -> Note:
        """The exact derivative."""
        used, exact = float(self.used[self.first]), float(self.exact[self.first])
        made = "its derivative is made of the saved result, as in PyTorch, which has too few left for it"
        message = f"lost digits in {self.place()}: {made}: it is {used + 0.0:g} here, and exactly {exact:.15g}"
        return Note("lost-digits", message, self.number, self.span, self.first, None, int(self.flowed.sum()))


def watch(operation: Operation, operands: tuple[Any, ...], result: Any, entry: Any) -> list[Watched]:
    """The result of an application, for each kink of its row that it is at; `entry` is what the recorder noted of it."""
    out = result if isinstance(result, Tensor) else result[0]
    if out.node is None or out._label is None:
        return []
    found: list[Watched] = []
    for kink in operation.kinks:
        mask = np.broadcast_to(kink.at(*values(operation, operands, result, rule_parameters(kink.at))), out.shape)
        if mask.any():
            found.append(AtKink(kink, mask, out.node, out._label, entry.source, entry.span))
    return found


def watch_digits(operation: Operation, operands: tuple[Any, ...], result: Any, entry: Any) -> list[Watched]:
    """The result of an application, if it has entries that have lost the digits of their derivative."""
    lossy = operation.lossy
    if result.node is None or result._label is None:
        return []

    def found(rule: Any) -> Any:
        return np.asarray(rule(*values(operation, operands, result, rule_parameters(rule))))

    mask = found(lossy.near)
    if not mask.any():
        return []
    used, exact = found(lossy.used), found(lossy.exact)
    mask &= np.abs(used - exact) > _VISIBLY * np.abs(exact)
    return [Lossy(used, exact, mask, result.node, result._label, entry.source, entry.span)] if mask.any() else []


def observe(watched: list[Watched]) -> None:
    """Have the passes to come note what arrives at these results."""
    for each in watched:
        if not each.observed:
            each.observed = True
            hooks.watch(each.function, partial(_arrived, each.mask, each.flowed))


def _arrived(mask: np.ndarray, flowed: np.ndarray, gradient: Tensor | None) -> None:
    """A gradient passes, or none (a hook, which must not know the node on which it stands: the two would outlive the graph)."""
    if gradient is not None:
        flowed |= mask & (gradient.ndarray != 0)


def below(function: Node) -> Node:
    """The node of the operation itself, where a function stands for one of its several outputs."""
    return function.edges[0] if isinstance(function.operation, OutputSelector) else function


def values(operation: Operation, operands: tuple[Any, ...], result: Any, names: tuple[str, ...]) -> list[Any]:
    """What a mask asks for, by name: outputs and operands as arrays, and statics."""
    outputs = (result,) if isinstance(result, Tensor) else tuple(result)
    known = dict(zip((*operation.outputs, *operation.operands), (*outputs, *operands)))
    if operation.statics:
        known.update(zip([each.name for each in operation.statics], below(outputs[0].node).statics))
    return [value.ndarray if isinstance(value, Tensor) else value for value in [known[name] for name in names]]


def notes(watched: list[Watched]) -> tuple[Note, ...]:
    """One note for each result through whose kinks a gradient flowed."""
    return tuple([each.note() for each in watched if each.flowed.any()])


def choice(interval: tuple[float, float] | None) -> str:
    """What could be the derivative at a kink, as the opening of a sentence."""
    if interval is None:
        return ""
    return f"any value in [{interval[0]:g}, {interval[1]:g}] is a subgradient; "

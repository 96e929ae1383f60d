"""Gradients as a backward pass carries them: what arrives at every node, and what each path brings to where paths meet."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph import hooks
from gradcli.graph.node import RELEASED, Node
from gradcli.graph.operation import NoGradView, OutputSelector
from gradcli.graph.pullback import pull
from gradcli.graph.tensor import Tensor


class Arrivals:
    """Hooks on the nodes of a graph, which note the gradients of the passes to come.

    at      by node, the gradient that arrived; passes add up, as they do in a leaf's `grad`
    shares  by (node, place of an operand), what the node sent there, where that is but a part of what arrives
    """

    def __init__(self, nodes: Iterable[Node], starts_anew: bool = False) -> None:
        """Watch `nodes`, the whole of a graph; `starts_anew` tells that each pass begins with zeros."""
        self.at: dict[Node, np.ndarray] = {}
        self.shares: dict[tuple[Node, int], np.ndarray] = {}
        self._starts_anew = starts_anew
        watched = [node for node in nodes if not isinstance(node.operation, NoGradView)]
        outlets = [node for node in watched if isinstance(node.operation, OutputSelector)]
        divided = {outlet.edges[0] for outlet in outlets}  # there arrives what outlets have put together, which is no array
        self._meetings = _met_twice(watched).difference(divided).union(outlets)
        for node in watched:
            if node not in divided:
                hooks.watch(node, partial(self._note, node))

    def _note(self, node: Node, g: Tensor) -> None:
        self._add(self.at, node, g.ndarray)
        if node.saved is RELEASED or self._meetings.isdisjoint(node.edges):
            return
        try:
            shares = pull(node, g.ndarray)
        except Problem:  # the pass itself will say so, unless it leaves that operand out (--wrt)
            return
        for place, edge in enumerate(node.edges):
            if edge in self._meetings:
                self._add(self.shares, (node, place), shares[place])

    def _add(self, sums: dict[Any, np.ndarray], key: Any, array: Any) -> None:
        """A copy, since a leaf may take the array for its own and add to it in place."""
        sums[key] = np.array(array) if self._starts_anew or key not in sums else sums[key] + array


def _met_twice(nodes: list[Node]) -> set[Any]:
    """The nodes and leaves at which more than one path arrives."""
    seen: set[Any] = set()
    twice: set[Any] = set()
    for node in nodes:
        for edge in node.edges:
            (twice if edge in seen else seen).add(edge)
    return twice - {None}

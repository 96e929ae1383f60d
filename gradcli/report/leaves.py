"""The leaves of a session become a table: what each is called, its shape, its value and its gradient."""

from __future__ import annotations

from collections.abc import Mapping

from gradcli.graph.half_precision import name_of
from gradcli.graph.tensor import Tensor
from gradcli.ops.core.dtypes import default_dtype
from gradcli.report.text import Table, brief, shown

_HEADINGS = ("leaf", "shape", "value", "grad")
_LEAST_CELL = 16  # columns of a tensor, however narrow the terminal
_GAPS = 6  # columns between the four


def render(leaves: Mapping[str, Tensor], *, color: bool = False, width: int = 80, table: bool = False) -> str:
    """The table without its final newline: plain lines, or with `table` or `color` as on a terminal of `width`."""
    shapes = {name: _shape(leaf) for name, leaf in leaves.items()}
    room = width - max(map(len, ["leaf", *shapes])) - max(map(len, ["shape", *shapes.values()])) - _GAPS
    values = [brief(leaf.ndarray, max(_LEAST_CELL, room // 2)) for leaf in leaves.values()]
    room -= max(map(len, values), default=0)
    grads = [_gradient(leaf, max(_LEAST_CELL, room)) for leaf in leaves.values()]
    rows = list(zip(shapes, shapes.values(), values, grads))
    return shown([Table([_HEADINGS, *rows])], color=color, width=width, table=table)


def _shape(leaf: Tensor) -> str:
    shape, dtype = str(list(leaf.shape)), name_of(leaf.ndarray.dtype)
    return shape if dtype == name_of(default_dtype()) else f"{shape} {dtype}"


def _gradient(leaf: Tensor, room: int) -> str:
    return "None" if leaf._grad is None else brief(leaf._grad.ndarray, room)

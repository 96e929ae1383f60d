"""What views see, as tensors of their own: diagonal_copy, expand_copy, split_copy and their kin."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from gradcli.graph.operation import Operation
from gradcli.ops.core.builders import composite, linear
from gradcli.ops.core.table import FUNCTIONS, METHODS, family
from gradcli.ops.movement import (  # noqa: F401  (whose rows are copied)
    blocks,
    broadcasting,
    diagonals,
    indexing,
    rearranging,
    splitting,
    transposing,
)
from gradcli.ops.movement.fusing import fused

family("shapes")

# The views, with a call of each that makes a small case.
_VIEWS = {
    "diagonal": ("diagonal_copy(x, 1)",),
    "expand": ("z:1,3 expand_copy(z, (2, 3))",),
    "permute": ("permute_copy(x, (1, 0))",),
    "squeeze": ("z:2,1 squeeze_copy(z)", "z:2,1 squeeze_copy(z, 1)", "z:2,1,1 squeeze_copy(z, (1, 2))"),
    "t": ("t_copy(x)",),
    "transpose": ("transpose_copy(x, 0, 1)",),
    "unfold": ("unfold_copy(x, 1, 2, 1)",),
    "unsqueeze": ("unsqueeze_copy(x, 0)",),
    "view": ("view_copy(x, (3, 2))",),
}
# Those that are made of other operations.
_COMPOSED = {
    "narrow": ("NarrowCopyBackward0", "narrow_copy(x, 0, 0, 1)"),
    "select": ("SelectBackward0_copy", "select_copy(x, 0, 1)"),
}


def _row_of(name: str, view: Operation, sample: str) -> None:
    """The copying row of a view that is one operation."""

    @functools.wraps(view.forward)
    def forward(*args: Any) -> Any:
        return np.array(view.forward(*args))

    transpose = view.vjps[0]
    assert transpose is not None
    linear(
        f"{name}_copy",
        forward,
        transpose,
        overload=view.overload,
        method=False,
        elements=view.elements,
        grad_fn=f"{view.grad_fn}_copy",
        doc=f"What {name} shows, as a tensor of its own.",
        samples=(sample,),
    )


def _composite_of(name: str, view: Operation, title: str, sample: str) -> None:
    """The copying row of a view that is made of others."""
    doc = f"What {name} shows, as a tensor of its own."
    row = fused(f"{name}_copy", view.forward, grad_fn=title, linear=True, doc=doc)

    @functools.wraps(view.forward)
    def forward(*args: Any) -> Any:
        return row(*args)

    composite(f"{name}_copy", forward, method=name == "narrow", doc=doc, samples=(sample,))


for _name, _samples in _VIEWS.items():
    for _view, _sample in zip((FUNCTIONS if _name != "unfold" else METHODS)[_name], _samples):
        _row_of(_name, _view, _sample)
for _name, (_title, _sample) in _COMPOSED.items():
    _composite_of(_name, FUNCTIONS[_name][0], _title, _sample)

linear(
    "alias_copy",
    lambda x, /: np.array(x),
    lambda g: g,
    method=False,
    grad_fn="AliasBackward0_copy",
    doc="The same values, as a tensor of its own.",
)

"""Jacobians, Hessians and products with them that are not finite: the backward passes in which their numbers come up.

A row of a Jacobian is a backward pass with a one at one entry of the output; here all the rows that hold such a number go
in one, with a one for each.  A Hessian is the Jacobian of the gradient, whose own operations the trace has to see first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from gradcli.engine import reverse_mode
from gradcli.errors import Record
from gradcli.graph.tape import observed
from gradcli.graph.tensor import Tensor
from gradcli.run.forward import Forward, output_names
from gradcli.run.nonfinite.origins import unfinite
from gradcli.run.nonfinite.warnings import FIRST, SECOND, Sweep
from gradcli.run.partials import HESSIAN, HVP, Directional, Partial, Partials
from gradcli.run.trace import Trace


class _Bad(Record):
    """Derivatives that are not finite: of `root`, a mask of which of its entries (`rows`), by which leaves."""

    __slots__ = ("root", "rows", "leaves", "with_nan")
    root: str
    rows: Any
    leaves: tuple[str, ...]
    with_nan: bool


def sweeps(again: Forward, trace: Trace, derivatives: Sequence[Partials | Directional]) -> list[Sweep]:
    """A pass for each output (or gradient) of whose derivatives some are not finite."""
    found: list[Sweep] = []
    for derivative in derivatives:
        bad = list(_blocks(derivative) if isinstance(derivative, Partials) else _products(derivative))
        if bad and derivative.kind in (HESSIAN, HVP):
            found += _second_order(again, trace, bad)
        elif bad:
            found += _passes(again, dict(zip(output_names(again), again.outputs)), bad)
    return found


def _blocks(partials: Partials) -> Iterator[_Bad]:
    for each in partials.blocks:
        numbers = each.values if each.value is None else each.value
        mask = unfinite(numbers)
        if mask.any():
            root = each.by[0] if partials.kind == HESSIAN else each.out
            yield _Bad(root, _rows(each, mask), each.by[-1:], bool(np.isnan(numbers).any()))


def _rows(partial: Partial, mask: Any) -> Any:
    """Of which entries of its first part some derivative in a block is not finite."""
    shape = partial.shapes[0]
    if partial.value is not None:
        return mask.reshape(*shape, -1).any(axis=-1)
    rows = np.zeros(shape, np.bool_)
    rows[tuple(partial.indices[: len(shape), mask])] = True
    return rows


def _products(directional: Directional) -> Iterator[_Bad]:
    for root, numbers in directional.values.items():
        mask = unfinite(numbers)
        if mask.any():
            yield _Bad(root, mask, tuple(directional.tangents), bool(np.isnan(numbers).any()))


def _second_order(again: Forward, trace: Trace, bad: list[_Bad]) -> list[Sweep]:
    """The pass that gives the gradients where these are to blame already, else those that go back from the gradients."""
    out, leaves = again.outputs[0], again.leaves
    gradients = _gradients(again, trace)
    if any([unfinite(g).any() for g in gradients.values()]):
        with_nan = any([np.isnan(g.ndarray).any() for g in gradients.values()])
        return [Sweep(out, np.ones(out.shape, out.ndarray.dtype), leaves, with_nan)]
    return list(_passes(again, gradients, bad, SECOND))


def _gradients(again: Forward, trace: Trace) -> dict[str, Tensor]:
    """The gradients, whose operations the trace takes note of: no text stands for them but that of the whole."""
    assert trace.machine is not None
    start, trace.machine.current = len(trace.entries), None
    with observed(trace.observe):
        found = reverse_mode.grad([*again.outputs], [*again.leaves.values()], [None], create_graph=True, allow_unused=True)
    for entry in trace.entries[start:]:
        entry.span = again.program.statements[-1].span
    return {name: g for name, g in zip(again.leaves, found) if g is not None}


def _passes(again: Forward, roots: dict[str, Tensor], bad: list[_Bad], what: str = FIRST) -> Iterator[Sweep]:
    for name, root in roots.items():
        some = [each for each in bad if each.root == name]
        if some and root.edge is not None:
            rows = np.any([each.rows for each in some], axis=0)
            leaves = {leaf: again.leaves[leaf] for each in some for leaf in each.leaves}
            yield Sweep(root, rows.astype(root.ndarray.dtype), leaves, any([each.with_nan for each in some]), what)

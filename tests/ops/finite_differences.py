"""Derivatives of a case as the rows' rules have them, and as differences of its values have them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gradcli.engine import reverse_mode
from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor, from_array
from tests.ops.forward_mode import Tangents
from tests.ops.gradcli_library import Gradcli
from tests.ops.observing import differentiable, leaves_of, weight_of
from tests.ops.samples import Array, Case, draw

GRADCLI = Gradcli()
STEP = 2e-4


def has_gradients(case: Case) -> bool:
    """Whether there are gradients, all of them finite, of what is computed in float64 from end to end.

    No golden value has a say: a wrong rule of an operation that PyTorch lacks is found as well.
    """
    if "float" in case.text or "half" in case.text:  # too coarse for differences
        return False
    try:
        leaves, out = computed(case)
        if out is None or not out.requires_grad:
            return False
        gradients = gradients_of(out, leaves, weight_of(case, out.ndarray))
    except Problem:
        return False
    return bool(gradients) and all(np.isfinite(each).all() for each in gradients.values())


def computed(case: Case, operands: dict[str, Array] | None = None) -> tuple[dict[str, Tensor], Tensor]:
    """The leaves of a case, and its (first) differentiable result."""
    leaves = leaves_of(GRADCLI, case if operands is None else case._replace(operands=operands))
    return leaves, differentiable(GRADCLI, GRADCLI.compute(case.text, leaves))


def value(case: Case, operands: dict[str, Array]) -> Array:
    return computed(case, operands)[1].ndarray


def gradients_of(out: Tensor, leaves: dict[str, Tensor], weight: Array) -> dict[str, Array]:
    """The gradients of the leaves that the result depends on."""
    found = reverse_mode.grad([out], list(leaves.values()), [from_array(weight)], allow_unused=True)
    return {name: each.ndarray for name, each in zip(leaves, found, strict=True) if each is not None}


def tangent_of(case: Case, name: str) -> Array:
    return draw(case.operands[name].shape, f"tangent of {name} of {case.text}", place=2)


def pushed_forward(case: Case, directions: dict[str, Array]) -> Array:
    """The tangent of the result, by the rows' jvp rules."""
    tangents, leaves = Tangents(), leaves_of(GRADCLI, case)
    for name, direction in directions.items():
        tangents[leaves[name]] = direction
    with tangents.pushing():
        out = differentiable(GRADCLI, GRADCLI.compute(case.text, leaves))
    found = tangents.get(out)
    assert found is not None
    return found


def differences(function: Callable[[dict[str, Array]], Array], operands: dict[str, Array], name: str) -> Array:
    """d function / d operands[name], by five points for every element: of the function's shape, then the operand's."""
    columns = []
    for place in np.ndindex(operands[name].shape):
        values = []
        for steps in (-2, -1, 1, 2):
            moved = operands[name].copy()
            moved[place] += steps * STEP
            values.append(function({**operands, name: moved}))
        columns.append((values[0] - 8 * values[1] + 8 * values[2] - values[3]) / (12 * STEP))
    shape = np.shape(function(operands))
    return np.reshape(np.stack(columns, -1) if columns else np.zeros((*shape, 0)), (*shape, *operands[name].shape))

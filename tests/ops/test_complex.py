"""Complex operands: tangents beside cotangents.  Values, gradients and second derivatives stand in the golden files."""

from __future__ import annotations

import numpy as np

from gradcli.engine import forward_mode
from gradcli.engine.batch import Batch
from tests.batches import every
from tests.ops import samples
from tests.ops.finite_differences import computed, gradients_of
from tests.ops.observing import weight_of
from tests.ops.samples import Case, draw
from tests.ops.test_golden import GOLDEN

DIFFERENTIABLE = [
    case
    for case in samples.groups()["complex128"]
    if isinstance(GOLDEN["complex128"][case.id].get("grads"), dict)
    and not any(word in case.text for word in ("float", "half", "ones(3)"))
]


@every(DIFFERENTIABLE, lambda case: case.id)
def test_forward_mode_is_the_adjoint_of_backward_mode(case: Case) -> None:
    """Of real products: Re <weight, J t> = Re <J* weight, t>, where a tangent is not conjugated and a cotangent is."""
    leaves, out = computed(case)
    tangents = {name: draw(array.shape, f"tangent {name}", dtype="complex128") for name, array in case.operands.items()}
    (moved,) = forward_mode.push([out.edge], {leaves[name]: Batch(tangent[None]) for name, tangent in tangents.items()})
    weight = weight_of(case, out.ndarray)
    gradients = gradients_of(out, leaves, weight)
    pulled = sum(np.vdot(gradients[name], tangents[name]).real for name in gradients)
    pushed = 0.0 if moved is None else np.vdot(weight, moved.ndarray[0]).real
    np.testing.assert_allclose(pushed, pulled, rtol=1e-9, atol=1e-9)

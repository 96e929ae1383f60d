"""What embeddings do that is no derivative: PyTorch divides the gradients of rows by how often each was asked for."""

from __future__ import annotations

import numpy as np
import pytest

from tests.ops.gradcli_library import Gradcli


@pytest.mark.parametrize(
    ("padding", "expected"), [("None", [[1, 2], [4, 5]]), ("1", [[1, 2], [0, 0]]), ("0", [[0, 0], [4, 5]])]
)
def test_scale_grad_by_freq(padding: str, expected: list[list[float]]) -> None:
    library = Gradcli()
    x = library.leaf(np.array([[0.5, -1.0], [2.0, 3.0]]), True)
    text = f"F.embedding(tensor([0, 1, 1]), x, padding_idx={padding}, scale_grad_by_freq=True)"
    out = library.compute(text, {"x": x})
    weights = library.leaf(np.arange(1.0, 7).reshape(3, 2), False)
    np.testing.assert_array_equal(library.array(library.grad([out], [x], [weights], False)[0]), expected)

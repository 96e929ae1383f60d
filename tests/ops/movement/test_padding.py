"""Circular padding, whose node PyTorch calls by what it happens to be made of: values and gradients, by NumPy's wrap."""

from __future__ import annotations

import numpy as np
import pytest

from gradcli.errors import Problem
from tests.ops.gradcli_library import Gradcli


def padded(array: np.ndarray, pad: tuple[int, ...]) -> np.ndarray:
    """The same by NumPy: `pad` has the last dimension first, and cuts where it is negative."""
    pairs = [(0, 0)] * (array.ndim - len(pad) // 2) + [(pad[at], pad[at + 1]) for at in range(len(pad) - 2, -1, -2)]
    grown = np.pad(array, [(max(0, before), max(0, after)) for before, after in pairs], mode="wrap")
    return grown[tuple(slice(max(0, -a), n - max(0, -b)) for (a, b), n in zip(pairs, grown.shape, strict=True))]


@pytest.mark.parametrize(
    ("shape", "pad"),
    [((2, 3), (2, 1)), ((2, 3), (-1, 0)), ((1, 2, 3), (1, 2, 1, 2)), ((1, 2, 3), (0, -1)), ((1, 2, 2, 3), (3, 0, 1, 1, 2, 1))],
)
def test_circular(shape: tuple[int, ...], pad: tuple[int, ...]) -> None:
    library = Gradcli()
    values = np.arange(float(np.prod(shape))).reshape(shape) ** 2
    x = library.leaf(values, True)
    out = library.compute(f"pad(x, {pad}, 'circular')", {"x": x})
    np.testing.assert_array_equal(library.array(out), padded(values, pad))
    weights = np.arange(1.0, library.array(out).size + 1).reshape(library.array(out).shape)
    places = padded(np.arange(values.size).reshape(shape), pad)
    expected = np.bincount(places.reshape(-1), weights.reshape(-1), values.size).reshape(shape)
    found = library.grad([out], [x], [library.leaf(weights, False)], False)[0]
    np.testing.assert_array_equal(library.array(found), expected)


def test_once_around_is_enough() -> None:
    library = Gradcli()
    with pytest.raises(Problem, match="wrapping around more than once"):
        library.compute("pad(x, (4, 0), 'circular')", {"x": library.leaf(np.ones((2, 3)), False)})

"""Large arrays: how many of them a call and its backward pass make at once, and what they keep."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from gradcli.engine import reverse_mode
from gradcli.graph.tensor import from_array
from tests.ops.gradcli_library import Gradcli

SIZE = 1_000_000
ARRAY = 8 * SIZE
CASES = {  # call -> the most arrays of the operand's size at once: forward, and backward on top of what is kept
    "sum(x)": (0, 1),
    "mean(x)": (0, 1),
    "max(x)": (0, 2),
    "prod(x)": (0, 2),
    "norm(x)": (0, 2),
    "norm(x, inf)": (0, 3),
    "x @ x": (0, 3),
    "x.view(1000, 1000).T.sum(0)": (0, 2),
    "x[::2].sum()": (0, 1),
    "x * 2": (1, 1),
    "x ** 2": (1, 2),
    "x ** 3": (1, 2),
    "exp(x)": (1, 1),
    "sqrt(x)": (1, 2),
    "sigmoid(x)": (1, 2),
    "tanh(x)": (1, 2),
    "relu(x)": (1, 2),
    "softplus(x)": (2, 4),
    "softmax(x, 0)": (1, 2),
    "log_softmax(x, 0)": (1, 3),
    "logsumexp(x, 0)": (1, 2),
    "clamp(x, 0, 0.5)": (1, 2),
    "where(x > 0.5, x, 0)": (2, 2),
    "cumsum(x, 0)": (1, 3),
    "var(x)": (1, 2),
    "std(x)": (1, 2),
    "x.view(1000, 1000).norm(dim=1)": (1, 2),
    "x[x > 0.5]": (1, 2),
    "erf(x)": (1.1, 2),
    "mean(3 * (x + 2) ** 2)": (3, 3),
}


@pytest.mark.parametrize("text", CASES)
def test_no_needless_arrays(text: str) -> None:
    forward, backward = CASES[text]
    library, x = Gradcli(), from_array(np.random.default_rng(0).random(SIZE) + 0.1, True)
    tracemalloc.start()
    try:
        out = library.compute(text, {"x": x})
        assert tracemalloc.get_traced_memory()[1] < (forward + 0.2) * ARRAY
        weight = from_array(np.ones(out.shape, out.ndarray.dtype))
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        reverse_mode.backward([out], [weight])
        assert tracemalloc.get_traced_memory()[1] - before < (backward + 0.3) * ARRAY
    finally:
        tracemalloc.stop()


def test_a_released_graph_keeps_the_leaf_and_its_gradient_alone() -> None:
    library, x = Gradcli(), from_array(np.ones(SIZE), True)
    tracemalloc.start()
    try:
        out = library.compute("(x.exp().sin() * x.tanh()).sum()", {"x": x})
        assert tracemalloc.get_traced_memory()[0] > 3 * ARRAY
        reverse_mode.backward([out], [None])
        assert tracemalloc.get_traced_memory()[0] < 1.1 * ARRAY
    finally:
        tracemalloc.stop()

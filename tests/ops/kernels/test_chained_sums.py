"""Chains of fused multiply-adds against the same written out number by number."""

from __future__ import annotations

import numpy as np
import pytest

from gradcli.ops.kernels import chained_sums


def _chain(x: np.ndarray, y: np.ndarray) -> np.float32:
    total = np.float32(0)
    for one, other in zip(x.ravel(), y.ravel()):
        total = np.float32(np.float64(one) * np.float64(other) + np.float64(total))
    return total


@pytest.mark.parametrize(("count", "halved"), [(1, True), (4, True), (5, True), (4, False)])
def test_sums_over_examples_are_chains(count: int, halved: bool) -> None:
    source = np.random.default_rng(count)
    x = source.standard_normal((count, 2, 3, 7)).astype(np.float32)
    y = source.standard_normal((count, 2, 7, 4)).astype(np.float32)
    found = chained_sums.over_examples(x, y, halved)
    half = (count + 1) // 2 if halved else count
    for place in np.ndindex(2, 3, 4):
        group, row, column = place
        one, other = x[:, group, row], y[:, group, :, column]
        wanted = _chain(one[:half], other[:half])
        if half < count:
            wanted += _chain(one[half:], other[half:])
        assert found[place] == wanted


@pytest.mark.parametrize(("rows", "columns"), [(3, 4), (5, 19), (130, 3), (2, 150)])
def test_long_chains_are_not_cut(rows: int, columns: int) -> None:
    source = np.random.default_rng(rows)
    x = source.standard_normal((2, 1, rows, 300)).astype(np.float32)
    y = source.standard_normal((2, 1, 300, columns)).astype(np.float32)
    found = chained_sums.over_examples(x, y, halved=False)[0]
    for row, column in ((0, 0), (rows - 1, columns - 1), (rows // 2, columns // 2)):
        assert found[row, column] == _chain(x[:, 0, row], y[:, 0, :, column])
    x[0, 0, 0, 0] = np.inf
    with np.errstate(invalid="ignore"):
        found = chained_sums.over_examples(x, y, halved=False)[0]
    assert np.isinf(found[0]).all()
    assert np.isfinite(found[1:]).all()


def test_products_with_few_rows_and_columns() -> None:
    source = np.random.default_rng(0)
    x = source.standard_normal((1, 2, 9)).astype(np.float32)
    y = source.standard_normal((3, 1, 9, 5)).astype(np.float32)
    assert np.allclose(chained_sums.product(x, y), x @ y, atol=1e-6)


@pytest.mark.parametrize(
    ("shape", "blocks"), [((6, 3, 5, 5), (1, 1)), ((16, 6, 5, 5), (2, 1)), ((8, 10, 3, 3), (1, 2)), ((20, 20, 3, 3), (2, 2))]
)
def test_blocks_of_channels(shape: tuple[int, ...], blocks: tuple[int, int]) -> None:
    assert chained_sums.blocks(shape, 1) == blocks

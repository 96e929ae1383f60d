"""Sparse gradients are for programs: reports, and many cotangents at once, have dense ones."""

import numpy as np
import pytest

import gradcli
import gradcli.torch as torch
from gradcli.torch.nn import functional as F

CALLS = (
    "F.embedding(tensor([0, 1, 1]), x, sparse=True).sum()",
    "F.embedding_bag(tensor([[0, 1, 1]]), x, sparse=True, mode='sum').sum()",
    "gather(x, 0, tensor([[0, 0], [1, 1], [1, 1]]), sparse_grad=True).sum()",
)


@pytest.mark.parametrize("call", CALLS)
def test_expressions_have_dense_gradients(call: str) -> None:
    assert np.array_equal(gradcli.grad(call, x=np.ones((2, 2))), [[1, 1], [2, 2]])


def test_batches_of_cotangents_are_dense() -> None:
    index = torch.tensor([0, 1, 1])
    found = torch.func.jacrev(lambda w: F.embedding(index, w, sparse=True).sum(0))(torch.ones(2, 1))
    assert found.tolist() == [[[1.0], [2.0]]]

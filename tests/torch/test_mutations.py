"""What is kept of saved tensors that change inside `allow_mutation_on_saved_tensors`: PyTorch imports its compiler for that,
which is too slow for a golden script."""

from __future__ import annotations

import pytest

import gradcli.torch as torch


def test_changes_do_not_reach_what_was_saved() -> None:
    """Copies are made once for each version of a memory, when it is about to change, and go with who needs them."""
    leaf = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    with torch.autograd.graph.allow_mutation_on_saved_tensors() as mutations:
        x = leaf.clone()
        constant = torch.ones(3)
        first, again, scaled = x**2, x[1:] ** 3, leaf * constant
        assert not mutations.cloned
        x[2] = 7.0
        assert len(mutations.cloned) == 2  # x, and the part of it
        x.sin_()
        assert len(mutations.cloned) == 2
        out = first.sum() + again.sum()
        (g,) = torch.autograd.grad(out, leaf, create_graph=True)
        (second,) = torch.autograd.grad(g.sum(), leaf)
        torch.sin(torch.ones(3), out=constant)
        assert g.tolist() == [2.0, 4.0 + 12.0, 6.0 + 27.0]
        assert second.tolist() == [2.0, 2.0 + 12.0, 2.0 + 18.0]
        assert torch.autograd.grad(scaled.sum(), leaf)[0].tolist() == [1.0, 1.0, 1.0]
        del first, again, scaled, out, g, second
        assert not mutations.cloned
        late = (leaf.clone() ** 2).sum()
    with pytest.raises(AssertionError, match="outside of the 'allow_mutation_on_saved_tensors' context"):
        late.backward()

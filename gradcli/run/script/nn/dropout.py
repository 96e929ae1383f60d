"""`F.dropout`: zeros in random places."""

from __future__ import annotations

from typing import Any

from gradcli.engine import inplace as changes
from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor
from gradcli.ops import creation


def check_probability(p: Any) -> None:
    """Refuse what is no probability.  Raises ValueError."""
    if p < 0 or p > 1:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")


def dropout(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Zeros with probability p, and all else times 1/(1 - p); the input itself where nothing is trained.  Raises Problem."""
    check_probability(p)
    if type(input) is not Tensor:
        raise Problem(
            "type",
            f"dropout(): argument 'input' (position 1) must be Tensor, not {type(input).__name__}",
            type="TypeError",
        )
    if not training or p == 0 or not input.size:
        return input
    if p == 1:
        kept = input.array * 0
    else:
        kept = creation.generator().bernoulli(1 - p, input.shape, input.dtype)
        kept /= input.dtype.type(1 - p)
    return changes.change("mul_", input, Tensor(kept)) if inplace else input * Tensor(kept)


def dropout_of_torch(input: Any, p: float, train: bool) -> Any:
    """The same as `torch.dropout` takes its arguments."""
    return dropout(input, p, train)

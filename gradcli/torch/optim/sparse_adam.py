"""`SparseAdam`: Adam where only the rows that a sparse gradient names are changed, and remembered anew."""

from __future__ import annotations

import math
from typing import Any

from gradcli.graph.tensor import is_unstrided
from gradcli.torch.optim.optimizer import Elementwise, arguments, check_betas
from gradcli.torch.optim.updates import add, kept, plus, root


class SparseAdam(Elementwise):
    """Adam for sparse gradients; it refuses dense ones."""

    takes_sparse = True

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        maximize: bool = False,
    ) -> None:
        options = arguments(locals())
        if not lr > 0.0:
            raise ValueError(f"Invalid learning rate: {lr}")
        if not eps > 0.0:
            raise ValueError(f"Invalid epsilon value: {eps}")
        check_betas(betas)
        super().__init__(params, options)
        groups = [(place, group["params"]) for place, group in enumerate(self.param_groups)]
        sparse = [[place, number] for place, group in groups for number, param in enumerate(group) if param.is_sparse]
        if sparse:
            raise ValueError(f"Sparse params at indices {sparse}: SparseAdam requires dense parameter tensors")

    def _update(self, param: Any, grad: Any, state: dict[str, Any], group: dict[str, Any]) -> None:
        if not is_unstrided(grad):
            raise RuntimeError("SparseAdam does not support dense gradients, please consider Adam instead")
        step = state["step"] = state.get("step", 0) + 1
        mean, squares = kept(state, "exp_avg", param), kept(state, "exp_avg_sq", param)
        own, (keep, keep_squares) = grad.coalesced(), group["betas"]
        where = tuple(own.indices)
        # Changes and old values are added twice, apart for what is remembered and for the step, as PyTorch rounds them.
        old, old_squares = mean[where], squares[where]
        change = (own.values - old) * (1 - keep)
        change_of_squares = (own.values * own.values - old_squares) * (1 - keep_squares)
        mean[where] += change
        squares[where] += change_of_squares
        measure = plus(root(change_of_squares + old_squares), group["eps"])
        rate = group["lr"] * math.sqrt(1 - keep_squares**step) / (1 - keep**step)
        add(param, own.with_values((change + old) / measure * -rate), 1.0)

"""`SparseAdam`, which is for gradients of a kind that tensors here do not have."""

from __future__ import annotations

from typing import Any

from gradcli.torch.optim.optimizer import Elementwise, arguments, check_betas


class SparseAdam(Elementwise):
    """Adam for sparse gradients.  Those here are dense, which it refuses as PyTorch's does."""

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

    def _update(self, param: Any, grad: Any, state: dict[str, Any], group: dict[str, Any]) -> None:
        raise RuntimeError("SparseAdam does not support dense gradients, please consider Adam instead")

"""Stochastic gradient descent, with momentum."""

from __future__ import annotations

from typing import Any

from gradcli.graph.tensor import as_array, from_array
from gradcli.torch.optim.optimizer import Elementwise, arguments, check_options
from gradcli.torch.optim.updates import add, added, decayed, is_tensor, kept


class SGD(Elementwise):
    """`p -= lr * grad`; with momentum, `p -= lr * buffer`."""

    takes_sparse = True

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        options = arguments(locals())
        check_options(options, lr="learning rate", momentum="momentum value", weight_decay="weight_decay value")
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        super().__init__(params, options)

    def _update(self, param: Any, grad: Any, state: dict[str, Any], group: dict[str, Any]) -> None:
        grad = decayed(grad, param, group["weight_decay"])
        momentum = group["momentum"]
        if momentum:
            if state.get("momentum_buffer") is None:
                copied = grad.detach().clone() if is_tensor(grad) else from_array(as_array(grad).copy(order="K"))
                state["momentum_buffer"] = copied
                buffer = kept(state, "momentum_buffer", grad)
            else:
                buffer = kept(state, "momentum_buffer", grad)
                buffer *= momentum
                add(buffer, grad, 1 - group["dampening"])
            grad = added(grad, buffer, momentum) if group["nesterov"] else buffer
        add(param, grad, -group["lr"])

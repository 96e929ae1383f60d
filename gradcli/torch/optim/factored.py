"""Adafactor, which remembers of a matrix's squares only means of rows and columns, and Muon, which makes steps orthogonal."""

from __future__ import annotations

import math
from typing import Any

import gradcli.torch as torch
from gradcli.torch.optim.optimizer import Elementwise, arguments
from gradcli.torch.optim.updates import add, count, kept, move_toward


class Adafactor(Elementwise):
    """Shazeer and Stern, 2018."""

    on_tensors = True

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-2,
        beta2_decay: float = -0.8,
        eps: tuple[float | None, float] = (None, 1e-3),
        d: float = 1.0,
        weight_decay: float = 0.0,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
    ) -> None:
        options = arguments(locals())
        if not lr >= 0.0:
            raise ValueError(f"Learning rate should be >= 0 but is: {lr}")
        if not beta2_decay <= 0.0:
            raise ValueError(f"beta2_decay should be <= 0 but is: {beta2_decay}")
        for place, least in enumerate(eps):
            if least is not None and not least >= 0.0:
                raise ValueError(f"epsilon{place + 1} should be >= 0 but is: {least}")
        if not d >= 1.0:
            raise ValueError(f"Clipping threshold d should be >= 1 but is: {d}")
        if not weight_decay >= 0.0:
            raise ValueError(f"weight_decay should be >= 0 but is: {weight_decay}")
        super().__init__(params, options)

    def _update(self, param: Any, grad: Any, state: dict[str, Any], group: dict[str, Any]) -> None:
        step = count(state)
        least, smallest = group["eps"]
        least = torch.finfo(param.dtype).eps if least is None else least
        weight = step ** group["beta2_decay"]
        rate = max(smallest, param.norm().item() / param.numel() ** 0.5) * min(group["lr"], 1 / step**0.5)
        if group["weight_decay"]:
            param *= 1 - group["lr"] * group["weight_decay"]
        if grad.ndim > 1:
            rows, cols = [grad.norm(dim=dim, keepdim=True).square_().div_(grad.size(dim)) for dim in (-1, -2)]
            row, col = kept(state, "row_var", rows), kept(state, "col_var", cols)
            move_toward(row, rows, weight)
            move_toward(col, cols, weight)
            variance = (row @ col).div_(row.mean(-2, keepdim=True).clamp_(min=least))
        else:
            variance = kept(state, "variance", grad)
            move_toward(variance, grad.square(), weight)
        update = variance.clamp(min=least * least).rsqrt_().mul_(grad)
        size = max(1.0, update.norm().item() / (update.numel() ** 0.5 * group["d"]))
        add(param, update, -rate / size)


class Muon(Elementwise):
    """Momentum whose matrices are made nearly orthogonal by Newton and Schulz's iteration (Jordan et al., 2024)."""

    on_tensors = True

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        weight_decay: float = 0.1,
        momentum: float = 0.95,
        nesterov: bool = True,
        ns_coefficients: tuple[float, float, float] = (3.4445, -4.775, 2.0315),
        eps: float = 1e-7,
        ns_steps: int = 5,
        adjust_lr_fn: str | None = None,
    ) -> None:
        options = arguments(locals())
        for name, called in (("lr", "Learning rate"), ("momentum", "momentum"), ("weight_decay", "weight decay")):
            if not options[name] >= 0.0:
                raise ValueError(f"{called} should be >= 0 but is: {options[name]}")
        if adjust_lr_fn not in (None, "original", "match_rms_adamw"):
            raise ValueError(f"Adjust learning rate function {adjust_lr_fn} is not supported")
        super().__init__(params, options)
        for group in self.param_groups:
            for param in group["params"]:
                if param.ndim != 2:
                    raise ValueError(f"Muon only supports 2D parameters whereas we found a parameter with size: {param.size()}")

    def _update(self, param: Any, grad: Any, state: dict[str, Any], group: dict[str, Any]) -> None:
        buffer = kept(state, "momentum_buffer", grad)
        move_toward(buffer, grad, 1 - group["momentum"])
        update = grad.lerp(buffer, group["momentum"]) if group["nesterov"] else buffer
        update = _orthogonal(update, group["ns_coefficients"], group["ns_steps"], group["eps"])
        rows, cols = param.shape
        if group["adjust_lr_fn"] == "match_rms_adamw":
            ratio = 0.2 * math.sqrt(max(rows, cols))
        else:
            ratio = math.sqrt(max(1, rows / cols))
        param *= 1 - group["lr"] * group["weight_decay"]
        add(param, update, -group["lr"] * ratio)


def _orthogonal(matrix: Any, coefficients: tuple[float, float, float], steps: int, eps: float) -> Any:
    """A matrix with singular values near 1, by a polynomial iterated in bfloat16."""
    if steps >= 100:
        raise ValueError("Number of steps must be less than 100 for computational efficiency")
    if len(coefficients) != 3:
        raise ValueError("Coefficients must be a tuple of exactly 3 values")
    a, b, c = coefficients
    x = matrix.bfloat16()
    tall = x.size(0) > x.size(1)
    x = x.T if tall else x
    x = x / x.norm().clamp(min=eps)
    for _ in range(steps):
        gram = x @ x.T
        x = torch.addmm(x, torch.addmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x.T if tall else x

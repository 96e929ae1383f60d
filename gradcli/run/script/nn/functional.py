"""What `torch.nn.functional` does besides computing: it keeps running statistics, and warns."""

from __future__ import annotations

from typing import Any

from gradcli.engine import inplace
from gradcli.graph.tape import grad_mode
from gradcli.graph.tensor import Tensor
from gradcli.run.script.calls import function
from gradcli.run.script.warnings import warn

_batch_norm, _kl_div = function("batch_norm"), function("kl_div")
_mean, _var = function("mean"), function("var")


def batch_norm(
    input: Any,
    running_mean: Any,
    running_var: Any,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    """Each channel standardised; in training the running statistics move towards the batch's.  Raises Problem."""
    out = _batch_norm(input, running_mean, running_var, weight, bias, training, momentum, eps)
    if training and running_mean is not None:
        _move_towards(running_mean, running_var, input, momentum)
    return out


def _move_towards(running_mean: Tensor, running_var: Tensor, input: Tensor, momentum: float) -> None:
    dims = [0, *range(2, input.ndim)]
    with grad_mode(False):
        for running, new in ((running_mean, _mean(input, dims)), (running_var, _var(input, dims))):
            inplace.change("copy_", running, running * (1 - momentum) + new * momentum)


def kl_div(
    input: Any, target: Any, size_average: Any = None, reduce: Any = None, reduction: str = "mean", log_target: bool = False
) -> Any:
    """The divergence of a target from a prediction; its mean is seldom what is meant.  Raises Problem."""
    if reduction == "mean":
        warn(
            "reduction: 'mean' divides the total loss by both the batch size and the support size."
            "'batchmean' divides only by the batch size, and aligns with the KL div math definition."
            "'mean' will be changed to behave the same as 'batchmean' in the next major release."
        )
    return _kl_div(input, target, reduction=reduction, log_target=log_target)


MEMBERS = {"batch_norm": batch_norm, "kl_div": kl_div}  # in the place of the table's

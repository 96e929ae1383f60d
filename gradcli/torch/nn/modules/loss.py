"""Losses: functions of an input and a target, as modules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradcli.torch as torch
import gradcli.torch.nn.functional as F
from gradcli.torch._warnings import warn
from gradcli.torch.nn.modules.distance import PairwiseDistance
from gradcli.torch.nn.modules.layer import FunctionLayer, layer
from gradcli.torch.nn.modules.linear import Linear
from gradcli.torch.nn.modules.module import Module


class _Loss(FunctionLayer):
    """A loss; `size_average` and `reduce` are how `reduction` was said of old, weights are buffers."""

    reduction: str

    def __setattr__(self, name: str, value: Any) -> None:
        if name in ("weight", "pos_weight") and name not in self._buffers:
            self.register_buffer(name, value)
        elif name in ("size_average", "reduce"):
            self.__dict__[name] = value
        else:
            super().__setattr__(name, value)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        average, reduce = self.__dict__.pop("size_average", None), self.__dict__.pop("reduce", None)
        if average is not None or reduce is not None:
            self.reduction = _reduction_of_old(average, reduce)


def _reduction_of_old(average: bool | None, reduce: bool | None) -> str:
    reduction = "none" if reduce is False else "sum" if average is False else "mean"
    warn(f"size_average and reduce args will be deprecated, please use reduction='{reduction}' instead.")
    return reduction


class _NLLLoss2d(_Loss):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        warn(
            "`NLLLoss2d` has been deprecated. Please use `NLLLoss` instead as a drop-in replacement and see "
            "https://pytorch.org/docs/main/nn.html#torch.nn.NLLLoss for more details.",
            FutureWarning,
        )
        super().__init__(*args, **kwargs)


class _MultiMarginLoss(_Loss):
    p: int
    weight: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.p not in (1, 2):
            raise ValueError("only p == 1 and p == 2 supported")
        if self.weight is not None and self.weight.dim() != 1:
            words = f"expected weight to be None or 1D tensor, got {self.weight.dim()}D instead"
            raise ValueError(f"MultiMarginLoss: {words}")


class _TripletMarginLoss(_Loss):
    margin: float

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.margin <= 0:
            raise ValueError(f"TripletMarginLoss: expected margin to be greater than 0, got {self.margin} instead")


_LEGACY = ("size_average", "reduce")


def _loss(name: str, function: str, takes: str = "input target", base: Any = _Loss, **options: Any) -> Any:
    made = layer(name, function, base=base, hidden=_LEGACY, takes=takes, **options)
    made.__module__ = __name__
    return made


_PAIR = "input1 input2 target"
_OLD: dict[str, Any] = {"size_average": None, "reduce": None, "reduction": "mean"}
_WEIGHTED: dict[str, Any] = {"weight": None, "size_average": None, "ignore_index": -100, "reduce": None, "reduction": "mean"}

L1Loss = _loss("L1Loss", "l1_loss", **_OLD)
MSELoss = _loss("MSELoss", "mse_loss", **_OLD)
SmoothL1Loss = _loss("SmoothL1Loss", "smooth_l1_loss", **_OLD, beta=1.0)
HuberLoss = _loss("HuberLoss", "huber_loss", reduction="mean", delta=1.0)
NLLLoss = _loss("NLLLoss", "nll_loss", **_WEIGHTED)
NLLLoss2d = _loss("NLLLoss2d", "nll_loss", base=_NLLLoss2d, **_WEIGHTED)
CrossEntropyLoss = _loss("CrossEntropyLoss", "cross_entropy", **_WEIGHTED, label_smoothing=0.0)
BCELoss = _loss("BCELoss", "binary_cross_entropy", weight=None, **_OLD)
BCEWithLogitsLoss = _loss("BCEWithLogitsLoss", "binary_cross_entropy_with_logits", weight=None, **_OLD, pos_weight=None)
KLDivLoss = _loss("KLDivLoss", "kl_div", **_OLD, log_target=False)
PoissonNLLLoss = _loss(
    "PoissonNLLLoss",
    "poisson_nll_loss",
    "log_input target",
    log_input=True,
    full=False,
    size_average=None,
    eps=1e-8,
    reduce=None,
    reduction="mean",
)
HingeEmbeddingLoss = _loss("HingeEmbeddingLoss", "hinge_embedding_loss", margin=1.0, **_OLD)
CosineEmbeddingLoss = _loss("CosineEmbeddingLoss", "cosine_embedding_loss", _PAIR, margin=0.0, **_OLD)
MarginRankingLoss = _loss("MarginRankingLoss", "margin_ranking_loss", _PAIR, margin=0.0, **_OLD)
SoftMarginLoss = _loss("SoftMarginLoss", "soft_margin_loss", **_OLD)
MultiMarginLoss = _loss("MultiMarginLoss", "multi_margin_loss", base=_MultiMarginLoss, p=1, margin=1.0, weight=None, **_OLD)
MultiLabelMarginLoss = _loss("MultiLabelMarginLoss", "multilabel_margin_loss", **_OLD)
MultiLabelSoftMarginLoss = _loss("MultiLabelSoftMarginLoss", "multilabel_soft_margin_loss", weight=None, **_OLD)
_TRIPLET: dict[str, Any] = {"margin": 1.0, "p": 2.0, "eps": 1e-6, "swap": False, **_OLD}
TripletMarginLoss = _loss(
    "TripletMarginLoss", "triplet_margin_loss", "anchor positive negative", _TripletMarginLoss, **_TRIPLET
)
_SEQUENCES = "log_probs targets input_lengths target_lengths"
CTCLoss = _loss("CTCLoss", "ctc_loss", _SEQUENCES, blank=0, reduction="mean", zero_infinity=False)


class GaussianNLLLoss(Module):
    """The negative logarithm of a normal density, whose variance is a third input."""

    def __init__(self, *, full: bool = False, eps: float = 1e-6, reduction: str = "mean") -> None:
        super().__init__()
        self.full = full
        self.eps = eps
        self.reduction = reduction

    def forward(self, input: Any, target: Any, var: Any) -> Any:
        """Of means, values and variances."""
        return F.gaussian_nll_loss(input, target, var, full=self.full, eps=self.eps, reduction=self.reduction)


class TripletMarginWithDistanceLoss(Module):
    """Triplet loss by any distance."""

    def __init__(
        self,
        *,
        distance_function: Callable[[Any, Any], Any] | None = None,
        margin: float = 1.0,
        swap: bool = False,
        reduction: str = "mean",
    ) -> None:
        super().__init__()
        if margin <= 0:
            raise ValueError(f"TripletMarginWithDistanceLoss: expected margin to be greater than 0, got {margin} instead")
        self.distance_function = PairwiseDistance() if distance_function is None else distance_function
        self.margin = margin
        self.swap = swap
        self.reduction = reduction

    def forward(self, anchor: Any, positive: Any, negative: Any) -> Any:
        """How much nearer the negative is than the positive and a margin."""
        return F.triplet_margin_with_distance_loss(
            anchor,
            positive,
            negative,
            distance_function=self.distance_function,
            margin=self.margin,
            swap=self.swap,
            reduction=self.reduction,
        )


class LinearCrossEntropyOptions:
    """How PyTorch cuts the batch of a LinearCrossEntropyLoss to pieces; here it is computed whole, whatever is asked for."""

    def __init__(self, **options: Any) -> None:
        self.__dict__.update(options)


class LinearCrossEntropyLoss(Module):
    """Cross entropy of a linear layer's output."""

    def __init__(
        self,
        in_features: int,
        num_classes: int,
        *,
        out_features: tuple[int, ...] = (),
        bias: bool = False,
        device: Any = None,
        dtype: Any = None,
        reduction: str = "mean",
        weight: Any = None,
        ignore_index: int | None = None,
        label_smoothing: float = 0.0,
        options: LinearCrossEntropyOptions | None = None,
    ) -> None:
        super().__init__()
        self.register_buffer("weight", weight)
        self.num_classes = num_classes
        self.out_features = tuple(out_features)
        outputs = torch.Size((num_classes, *self.out_features)).numel()
        self.linear = Linear(in_features, outputs, bias=bias, device=device, dtype=dtype)
        self.reduction = reduction
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing
        self.options = options

    def extra_repr(self) -> str:
        """Sizes and options."""
        return (
            f"in_features={self.linear.in_features}, num_classes={self.num_classes}, out_features={self.out_features}, "
            f"bias={self.linear.bias is not None}, reduction={self.reduction}, ignore_index={self.ignore_index}, "
            f"label_smoothing={self.label_smoothing}, options={self.options}"
        )

    def forward(self, input: Any, target: Any) -> Any:
        """(N, in_features) and classes (N, *out_features), or their probabilities (N, num_classes, *out_features)."""
        logits = self.linear(input).unflatten(-1, (self.num_classes, *self.out_features))
        ignored = -100 if self.ignore_index is None else self.ignore_index
        return F.cross_entropy(
            logits,
            target,
            self.weight,
            ignore_index=ignored,
            reduction=self.reduction,
            label_smoothing=self.label_smoothing,
        )

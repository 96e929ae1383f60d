"""Activations: functions of single elements, softmax and its kin, and attention."""

from __future__ import annotations

from typing import Any

import gradcli.torch as torch
import gradcli.torch.nn.functional as F
from gradcli.torch._warnings import warn
from gradcli.torch.nn.modules.layer import REQUIRED, FunctionLayer, layer
from gradcli.torch.nn.modules.module import Module
from gradcli.torch.nn.parameter import Parameter

Threshold = layer("Threshold", "threshold", "threshold value inplace?", threshold=REQUIRED, value=REQUIRED, inplace=False)
ReLU = layer("ReLU", "relu", "inplace?", inplace=False)
Sigmoid = layer("Sigmoid", "sigmoid")
Hardsigmoid = layer("Hardsigmoid", "hardsigmoid", inplace=False)
Tanh = layer("Tanh", "tanh")
SiLU = layer("SiLU", "silu", "inplace?", inplace=False)
Mish = layer("Mish", "mish", "inplace?", inplace=False)
Hardswish = layer("Hardswish", "hardswish", inplace=False)
ELU = layer("ELU", "elu", "alpha inplace?", alpha=1.0, inplace=False)
CELU = layer("CELU", "celu", "alpha inplace?", alpha=1.0, inplace=False)
SELU = layer("SELU", "selu", "inplace?", inplace=False)
GLU = layer("GLU", "glu", "dim", dim=-1)
GELU = layer("GELU", "gelu", "approximate", approximate="none")
Hardshrink = layer("Hardshrink", "hardshrink", "=lambd", lambd=0.5)
LeakyReLU = layer("LeakyReLU", "leaky_relu", "negative_slope inplace?", negative_slope=0.01, inplace=False)
LogSigmoid = layer("LogSigmoid", "logsigmoid")
Softplus = layer("Softplus", "softplus", "beta threshold", beta=1.0, threshold=20.0)
Softshrink = layer("Softshrink", "softshrink", "=lambd", lambd=0.5)
Softsign = layer("Softsign", "softsign")
Tanhshrink = layer("Tanhshrink", "tanhshrink")
Softmin = layer("Softmin", "softmin", "dim", dim=None)
Softmax = layer("Softmax", "softmax", "dim", dim=None)
LogSoftmax = layer("LogSoftmax", "log_softmax", "dim", dim=None)


class Hardtanh(Module):
    """Clamps to [min_val, max_val], without a gradient at the bounds."""

    def __init__(
        self, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False, min_value: Any = None, max_value: Any = None
    ) -> None:
        super().__init__()
        for old, new, given in (("min_value", "min_val", min_value), ("max_value", "max_val", max_value)):
            if given is not None:
                warn(f"keyword argument `{old}` is deprecated and renamed to `{new}`", FutureWarning)
        self.min_val = min_val if min_value is None else min_value
        self.max_val = max_val if max_value is None else max_value
        self.inplace = inplace
        assert self.max_val > self.min_val, f"max_val ({self.max_val}) must be greater than min_val ({self.min_val})"

    def forward(self, input: Any) -> Any:
        """The clamped tensor."""
        return F.hardtanh(input, self.min_val, self.max_val, inplace=self.inplace)

    def extra_repr(self) -> str:
        """The bounds."""
        return f"min_val={self.min_val}, max_val={self.max_val}" + (", inplace=True" if self.inplace else "")


class ReLU6(Hardtanh):
    """Clamps to [0, 6]."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__(0.0, 6.0, inplace)

    def extra_repr(self) -> str:
        """Whether in place."""
        return "inplace=True" if self.inplace else ""


class _Training(FunctionLayer):
    """A function that is another in training."""

    def _compute(self, *inputs: Any) -> Any:
        """The function of the inputs, told whether the module is in training mode."""
        options = {name: getattr(self, name) for name in self._passed}
        return getattr(F, self._function)(*inputs, training=self.training, **options)


RReLU = layer("RReLU", "rrelu", "lower upper inplace?", base=_Training, lower=1.0 / 8, upper=1.0 / 3, inplace=False)


class PReLU(Module):
    """A leaky relu whose slope is trained: one for all channels or one for each."""

    def __init__(self, num_parameters: int = 1, init: float = 0.25, device: Any = None, dtype: Any = None) -> None:
        super().__init__()
        self.num_parameters = num_parameters
        self.init = init
        self.weight = Parameter(torch.empty(num_parameters, device=device, dtype=dtype))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set the slopes to where they begin."""
        torch.nn.init.constant_(self.weight, self.init)

    def forward(self, input: Any) -> Any:
        """`prelu(input, weight)`."""
        return F.prelu(input, self.weight)

    def extra_repr(self) -> str:
        """How many slopes."""
        return f"num_parameters={self.num_parameters}"


class Softmax2d(Module):
    """Softmax over the channels at each place of (N, C, H, W) or (C, H, W)."""

    def forward(self, input: Any) -> Any:
        """Softmax over dimension -3.  Raises ValueError for other shapes."""
        if input.dim() not in (3, 4):
            raise ValueError(f"Softmax2d: expected input to be 3D or 4D, got {input.dim()}D instead")
        return F.softmax(input, -3)


class MultiheadAttention(Module):
    """Attention by several heads (Vaswani et al., 2017), each on its part of the projected query, key and value.

    Inputs are (L, N, E), with `batch_first` (N, L, E), without a batch (L, E).  Gives the output and the weights, averaged over
    the heads unless `average_attn_weights=False`, or None for them where `need_weights` is false.
    """

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        add_bias_kv: bool = False,
        add_zero_attn: bool = False,
        kdim: int | None = None,
        vdim: int | None = None,
        batch_first: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        if embed_dim <= 0 or num_heads <= 0:
            raise ValueError(
                f"embed_dim and num_heads must be greater than 0, got embed_dim={embed_dim} and num_heads={num_heads} instead"
            )
        super().__init__()
        self.embed_dim = embed_dim
        self.kdim = embed_dim if kdim is None else kdim
        self.vdim = embed_dim if vdim is None else vdim
        self._qkv_same_embed_dim = self.kdim == embed_dim and self.vdim == embed_dim
        self.num_heads = num_heads
        self.dropout = dropout
        self.batch_first = batch_first
        self.head_dim = embed_dim // num_heads
        if self.head_dim * num_heads != embed_dim:
            raise AssertionError("embed_dim must be divisible by num_heads")

        def made(*shape: int) -> Parameter:
            return Parameter(torch.empty(shape, device=device, dtype=dtype))

        separate = not self._qkv_same_embed_dim
        self.register_parameter("in_proj_weight", None if separate else made(3 * embed_dim, embed_dim))
        self.register_parameter("q_proj_weight", made(embed_dim, embed_dim) if separate else None)
        self.register_parameter("k_proj_weight", made(embed_dim, self.kdim) if separate else None)
        self.register_parameter("v_proj_weight", made(embed_dim, self.vdim) if separate else None)
        self.register_parameter("in_proj_bias", made(3 * embed_dim) if bias else None)
        self.out_proj = torch.nn.modules.linear.NonDynamicallyQuantizableLinear(
            embed_dim, embed_dim, bias=bias, device=device, dtype=dtype
        )
        self.bias_k = made(1, 1, embed_dim) if add_bias_kv else None
        self.bias_v = made(1, 1, embed_dim) if add_bias_kv else None
        self.add_zero_attn = add_zero_attn
        self._reset_parameters()

    def _reset_parameters(self) -> None:
        init = torch.nn.init
        for weight in (self.in_proj_weight, self.q_proj_weight, self.k_proj_weight, self.v_proj_weight):
            if weight is not None:
                init.xavier_uniform_(weight)
        if self.in_proj_bias is not None:
            init.constant_(self.in_proj_bias, 0.0)
            init.constant_(self.out_proj.bias, 0.0)
        for bias in (self.bias_k, self.bias_v):
            if bias is not None:
                init.xavier_normal_(bias)

    def forward(
        self,
        query: Any,
        key: Any,
        value: Any,
        key_padding_mask: Any = None,
        need_weights: bool = True,
        attn_mask: Any = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Any, Any]:
        """The attention of each query to the keys.

        key_padding_mask  (N, S): True where a key counts for nothing, or numbers that are added to its scores
        attn_mask         (L, S) or (N * heads, L, S), in the same way
        """
        batched = query.dim() == 3
        if self.batch_first and batched:
            query, key, value = (x.transpose(1, 0) for x in (query, key, value))
        output, weights = F.multi_head_attention_forward(
            query,
            key,
            value,
            self.embed_dim,
            self.num_heads,
            self.in_proj_weight,
            self.in_proj_bias,
            self.bias_k,
            self.bias_v,
            self.add_zero_attn,
            self.dropout,
            self.out_proj.weight,
            self.out_proj.bias,
            training=self.training,
            key_padding_mask=key_padding_mask,
            need_weights=need_weights,
            attn_mask=attn_mask,
            use_separate_proj_weight=not self._qkv_same_embed_dim,
            q_proj_weight=self.q_proj_weight,
            k_proj_weight=self.k_proj_weight,
            v_proj_weight=self.v_proj_weight,
            average_attn_weights=average_attn_weights,
            is_causal=is_causal,
        )
        return (output.transpose(1, 0) if self.batch_first and batched else output), weights

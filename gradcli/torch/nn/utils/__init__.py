"""`torch.nn.utils`: what is done to parameters and gradients of a network from outside."""

from __future__ import annotations

from gradcli.torch.utils.lazy import getattr_of

_CLIPPING = ("clip_grad_norm_", "clip_grad_norm", "clip_grad_value_", "clip_grads_with_norm_", "get_total_norm")
__getattr__, __dir__, __all__ = getattr_of(
    __name__,
    {
        "clip_grad": _CLIPPING,
        "convert_parameters": ("parameters_to_vector", "vector_to_parameters"),
        "fusion": ("fuse_conv_bn_eval", "fuse_conv_bn_weights", "fuse_linear_bn_eval", "fuse_linear_bn_weights"),
        "init": ("skip_init",),
        "memory_format": ("convert_conv2d_weight_memory_format", "convert_conv3d_weight_memory_format"),
        "_weight_norm": ("weight_norm", "remove_weight_norm"),
        "_spectral_norm": ("spectral_norm", "remove_spectral_norm"),
        "parametrizations": (),
        "parametrize": (),
        "prune": (),
        "rnn": (),
        "stateless": (),
    },
)

"""PyTorch's names over NumPy: tensors that record what is done with them, their gradients, and what is built on these.

    import gradcli.torch as torch

Functions are made from the table of operations when they are first asked for, as are the modules that few programs need.
"""

from __future__ import annotations

import math
from importlib import import_module
from typing import TYPE_CHECKING, Any

from gradcli.graph import versions
from gradcli.ops.catalogue import FUNCTIONS
from gradcli.ops.movement.properties import Size
from gradcli.torch import _construction, _dtypes, _namespaces, _nodes, _rows, _stale, _tensor, random
from gradcli.torch._construction import as_tensor, asarray, from_numpy, scalar_tensor, tensor
from gradcli.torch._dtypes import device, dtype, finfo, iinfo, layout, memory_format
from gradcli.torch._storage import empty_permuted, empty_strided
from gradcli.torch._tensor_str import get_printoptions, set_printoptions
from gradcli.torch._warnings import is_warn_always_enabled, set_warn_always
from gradcli.torch.random import (
    Generator,
    bernoulli,
    binomial,
    default_generator,
    get_rng_state,
    initial_seed,
    manual_seed,
    multinomial,
    normal,
    poisson,
    randint_like,
    randperm,
    seed,
    set_rng_state,
)
from gradcli.torch.version import __version__

if TYPE_CHECKING:  # with the attributes that this package gives to it
    from gradcli.torch._attached import Tensor
else:
    from gradcli.graph.tensor import Tensor

_tensor.equip()
_nodes.equip()
versions.describe_with(_stale.described, _stale.place)

from gradcli.torch import autograd  # noqa: E402  (whose classes need tensors as they are now)
from gradcli.torch.autograd.anomaly_mode import is_anomaly_check_nan_enabled, is_anomaly_enabled  # noqa: E402
from gradcli.torch.autograd.grad_mode import (  # noqa: E402
    enable_grad,
    inference_mode,
    is_grad_enabled,
    is_inference_mode_enabled,
    no_grad,
    set_grad_enabled,
)
from gradcli.torch.functional import (  # noqa: E402
    are_deterministic_algorithms_enabled,
    broadcast_shapes,
    can_cast,
    chain_matmul,
    compile,
    equal,
    get_default_device,
    get_default_dtype,
    get_float32_matmul_precision,
    get_num_threads,
    is_complex,
    is_floating_point,
    is_inference,
    is_nonzero,
    is_same_size,
    is_tensor,
    lobpcg,
    meshgrid,
    numel,
    promote_types,
    result_type,
    set_default_device,
    set_default_dtype,
    set_default_tensor_type,
    set_float32_matmul_precision,
    set_num_threads,
    typename,
    use_deterministic_algorithms,
)

_dtypes.start()
e, inf, nan, pi, newaxis = math.e, math.inf, math.nan, math.pi, None
strided, sparse_coo, sparse_csr = _dtypes.STRIDED, _dtypes.SPARSE_COO, _dtypes.SPARSE_CSR
_HOMES = frozenset({"torch", "F", "torch.linalg", "torch.special"})  # namespaces whose names stand here, too
_MODULES = frozenset({
    "__future__", "_C", "_VF", "_dynamo", "_vmap_internals", "accelerator", "amp", "backends", "compiler", "cpu", "cuda",
    "distributed",
    "distributions", "fft", "func", "functional", "hub", "jit", "library", "linalg", "mps", "multiprocessing", "nn", "ops",
    "optim", "overrides", "profiler", "serialization", "signal", "sparse", "special", "storage", "testing", "torch_version",
    "types", "utils", "version", "xpu",
})  # fmt: skip
_LATER = {
    "GradScaler": "amp",
    "OutOfMemoryError": "cuda",
    "autocast": "amp",
    "einsum": "_einsum",
    "get_autocast_dtype": "amp",
    "is_autocast_enabled": "amp",
    "load": "serialization",
    "save": "serialization",
    "dsmm": "sparse.functions",
    "saddmm": "sparse.functions",
    "sparse_coo_tensor": "sparse.construction",
    "sparse_csr_tensor": "sparse.construction",
    "spmm": "sparse.functions",
    "vmap": "func",
    **dict.fromkeys(("TypedStorage", "UntypedStorage"), "_storage"),
    **dict.fromkeys(("from_dlpack", "from_file", "frombuffer", "to_dlpack"), "_exchange"),
    **dict.fromkeys(("eig", "lstsq", "matrix_rank", "solve", "symeig"), "_elementwise_methods"),
    **dict.fromkeys(("pca_lowrank", "svd_lowrank"), "_lowrank"),
    **dict.fromkeys(
        ("gru", "gru_cell", "lstm", "lstm_cell", "rnn_relu", "rnn_relu_cell", "rnn_tanh", "rnn_tanh_cell"),
        "nn._recurrent_functions",
    ),
    **dict.fromkeys((
        "affine_grid_generator", "alpha_dropout", "alpha_dropout_", "bilinear", "celu_", "conv_tbc", "convolution", "dropout",
        "dropout_", "embedding_renorm_", "feature_alpha_dropout", "feature_alpha_dropout_", "feature_dropout",
        "feature_dropout_", "frobenius_norm", "grid_sampler", "max_pool1d_with_indices", "native_channel_shuffle",
        "norm_except_dim", "nuclear_norm", "rrelu", "rrelu_", "selu_", "threshold_",
    ), "nn._in_torch"),
    **dict.fromkeys((
        "clear_autocast_cache", "compiled_with_cxx11_abi", "get_autocast_cpu_dtype", "get_autocast_gpu_dtype",
        "get_deterministic_debug_mode", "get_device", "get_device_module", "get_num_interop_threads",
        "is_autocast_cache_enabled", "is_autocast_cpu_enabled", "is_deterministic_algorithms_warn_only_enabled",
        "is_distributed", "is_signed", "is_storage", "is_vulkan_available", "range", "set_anomaly_enabled",
        "set_autocast_cache_enabled", "set_deterministic_debug_mode", "set_flush_denormal", "set_num_interop_threads",
    ), "_settings"),
}  # fmt: skip  # where they stand
_INNER = frozenset({  # by PyTorch's inner names
    "_batch_norm_with_update", "_chunk_cat", "_native_batch_norm_legit", "_safe_softmax", "_unsafe_masked_index",
    "_unsafe_masked_index_put_accumulate", "_unique", "_unique2", "native_batch_norm", "native_dropout",
})  # fmt: skip

_IN_PLACE = frozenset({  # functions that change their tensor
    "abs_", "acos_", "acosh_", "addmv_", "arccos_", "arccosh_", "arcsin_", "arcsinh_", "arctan_", "arctanh_", "as_strided_",
    "asin_", "asinh_", "atan_", "atanh_", "ceil_", "clamp_", "clamp_max_", "clamp_min_", "clip_", "conj_physical_", "cos_",
    "cosh_", "deg2rad_", "detach_", "erf_", "erfc_", "exp2_", "exp_", "expm1_", "fill_", "fix_", "floor_", "frac_", "gcd_",
    "i0_", "index_put_", "lcm_", "ldexp_", "log10_", "log1p_", "log2_", "log_", "logit_", "nan_to_num_", "neg_",
    "negative_", "rad2deg_", "reciprocal_", "relu_", "resize_as_", "round_", "rsqrt_", "sigmoid_", "sin_", "sinc_", "sinh_",
    "sqrt_", "square_", "tan_", "tanh_", "trunc_", "xlogy_", "zero_",
})  # fmt: skip

globals().update(_dtypes.DTYPES)
globals().update(_dtypes.MEMORY_FORMATS)
globals().update(_construction.legacy_classes())


def __getattr__(name: str) -> Any:
    """A function of the table, or a module, which stays from then on."""
    value = _found(name)
    if value is None:
        raise _namespaces.missing("torch", name, __dir__)
    globals()[name] = value
    return value


def _found(name: str) -> Any:
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    if name in _LATER:
        return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
    if name.startswith("_foreach_"):
        return import_module(f"{__name__}._foreach").function(name)
    if name in _IN_PLACE:
        return getattr(Tensor, name, None)
    if name in _INNER:
        return getattr(import_module(f"{__name__}._aten"), name)
    rows = FUNCTIONS.get(name, ()) if not name.startswith("_") else ()
    homes = {row.namespace for row in rows if name in (row.name, *row.aliases)}
    if not homes & _HOMES:
        return None
    made = _rows.function(name)
    made.__module__ = __name__
    return made


def __dir__() -> list[str]:
    """Every name, those included that nobody asked for yet."""
    listed = [name for name in (*FUNCTIONS, *_IN_PLACE) if "." not in name and _found(name) is not None]
    return sorted({*globals(), *_MODULES, *_LATER, *listed})

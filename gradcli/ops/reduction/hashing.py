"""hash_tensor: the exclusive or of the bits of elements, each as 64 of them, by which tensors are told apart quickly."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.types import Array
from gradcli.ops.core.builders import constant
from gradcli.ops.core.dims import all_dims
from gradcli.ops.core.dtypes import not_implemented
from gradcli.ops.core.parameter_types import Dims
from gradcli.ops.core.table import family

family("reductions")


def _hash(x: Array, /, dim: Dims = None, *, keepdim: bool = False, mode: int = 0) -> Any:
    if mode:
        raise Problem("argument", "hash_tensor: Unknown HashMode", hint="mode is 0, the exclusive or")
    if x.dtype.kind == "c":
        raise not_implemented("xor_sum_cpu", x.dtype)
    if not x.size and dim in (None, ()):
        words = "hash_tensor: Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the"
        raise Problem("empty", f"{words} 'dim' argument.")
    axes = all_dims(dim, x.ndim)
    empty = [axis for axis in axes if not x.shape[axis]]
    if empty:
        raise Problem("empty", f"hash_tensor: Expected reduction dim {empty[0]} to have non-zero size.", type="IndexError")
    bits = x.astype(np.float64 if x.dtype.kind == "f" else np.int64).view(np.uint64)
    options: Any = {"axis": axes, "keepdims": keepdim}
    return np.asarray(np.bitwise_xor.reduce(bits, **options))


constant(
    "hash_tensor",
    _hash,
    doc="The exclusive or of the bits of all elements, or of those along dimensions.",
    samples=("hash_tensor(x)", "x.hash_tensor(dim=0, keepdim=True)", "hash_tensor(x, (0, 1))"),
)

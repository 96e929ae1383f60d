"""`torch.sparse.FloatTensor` and its kin, by which older programs make sparse tensors, and ask whether one is of a dtype."""

from __future__ import annotations

from typing import Any

from gradcli.graph.tensor import Tensor, is_unstrided
from gradcli.torch._boundary import failure
from gradcli.torch._construction import TensorType
from gradcli.torch._dtypes import LEGACY, of
from gradcli.torch._warnings import warn_once
from gradcli.torch.sparse.construction import sparse_coo_tensor

_DEPRECATED = (
    "torch.sparse.SparseTensor({0}, *, device=) is deprecated. It is torch.sparse_coo_tensor({0}, dtype=, device=) now"
)


class SparseType(TensorType):
    """The class of those, which have no instances of their own."""

    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, Tensor) and is_unstrided(value) and value.ndarray.dtype == cls.kind

    def __call__(cls, *args: Any, **places: Any) -> Any:
        """A tensor of indices, values (which keep their dtype) and perhaps a size; or of a size alone."""
        if len(args) > 1 and isinstance(args[0], Tensor) and isinstance(args[1], Tensor):
            warn_once(_DEPRECATED.format("indices, values, shape"))
            return sparse_coo_tensor(*args, **places)
        size = args[0] if len(args) == 1 and isinstance(args[0], tuple) else args or (0,)
        if not all([type(length) is int for length in size]):
            words = "new() received an invalid combination of arguments"
            raise failure("TypeError", words, hint="give indices and values as tensors, or a size")
        warn_once(_DEPRECATED.format("shape"))
        return sparse_coo_tensor(tuple(size), dtype=of(cls.kind), **places)


def __getattr__(name: str) -> SparseType:
    if name not in LEGACY:
        raise AttributeError(f"module 'torch.sparse' has no attribute '{name}'", name=name)
    made = globals()[name] = SparseType(name, (), {"kind": LEGACY[name].kind, "__module__": "torch.sparse"})
    return made

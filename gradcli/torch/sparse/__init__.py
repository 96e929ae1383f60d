"""`torch.sparse`: functions of sparse tensors, which are tensors whose array keeps the places of entries and their values."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from gradcli.torch._dtypes import LEGACY
from gradcli.torch._namespaces import missing

__all__ = ["addmm", "as_sparse_gradcheck", "check_sparse_tensor_invariants", "log_softmax", "mm", "softmax", "spdiags", "sum"]

_HOMES = {  # where they stand
    "addmm": "functions", "as_sparse_gradcheck": "functions", "check_sparse_tensor_invariants": "construction",
    "log_softmax": "functions", "mm": "functions", "softmax": "functions", "spdiags": "construction", "sum": "functions",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    """A function, which stays from then on."""
    if name in LEGACY:
        return getattr(import_module(f"{__name__}.legacy"), name)
    if name not in _HOMES:
        raise missing("torch.sparse", name, __dir__)
    value = globals()[name] = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES, *LEGACY})

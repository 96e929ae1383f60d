"""Methods of tensors for a program's own function of each element, and those that PyTorch has removed or deprecated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradcli.engine import inplace
from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor, from_array
from gradcli.ops.core.dtypes import as_dtype, scalar_name, tensor_type
from gradcli.torch import _rows
from gradcli.torch._boundary import guarded
from gradcli.torch._warnings import warn

_REMOVED = {
    "eig": "torch.linalg.eig", "lstsq": "torch.linalg.lstsq", "matrix_rank": "torch.linalg.matrix_rank",
    "solve": "torch.linalg.solve", "symeig": "torch.linalg.eigh",
}  # fmt: skip


def _mapped(name: str, tensor: Tensor, others: tuple[Any, ...], function: Callable[..., Any]) -> Tensor:
    """A function of the elements at each place, written over the tensor.  Raises Problem."""
    for other in others:
        if not isinstance(other, Tensor) or other.ndarray.dtype != tensor.ndarray.dtype:
            mine, found = tensor_type(tensor.ndarray.dtype), getattr(getattr(other, "ndarray", None), "dtype", None)
            theirs = type(other).__name__ if found is None else tensor_type(found)
            raise Problem("type", f"{name}: expected {mine} for 'other' (got {theirs})", type="TypeError")
    if any([each._requires_grad for each in (tensor, *others)]):
        clause = f"Can't call {name}() on Variable that requires grad."
        raise Problem("no-grad", f"{clause} Use var.detach().{name}() instead.")
    array = tensor.ndarray
    columns = [np.broadcast_to(each.ndarray, array.shape).reshape(-1).tolist() for each in (tensor, *others)]
    values = np.array([function(*numbers) for numbers in zip(*columns)], None if array.size else np.float64)
    return inplace.change("copy_", tensor, from_array(as_dtype(values.reshape(array.shape), array.dtype)))


@guarded
def apply_(self: Tensor, callable: Callable[[Any], Any]) -> Tensor:
    """Each element becomes what a function of Python's gives for it."""
    return _mapped("apply_", self, (), callable)


@guarded
def map_(self: Tensor, tensor: Tensor, callable: Callable[[Any, Any], Any]) -> Tensor:
    """The same for a function of this tensor's element and another's."""
    return _mapped("map_", self, (tensor,), callable)


@guarded
def map2_(self: Tensor, x: Tensor, y: Tensor, callable: Callable[[Any, Any, Any], Any]) -> Tensor:
    """The same for a function of three elements."""
    return _mapped("map2_", self, (x, y), callable)


@guarded
def float_power_(self: Tensor, exponent: Any) -> Tensor:
    """`x ** exponent` in double precision, in place: so of tensors of that precision only.  Raises Problem."""
    wide = np.dtype(np.complex128 if self.ndarray.dtype.kind == "c" else np.float64)
    if self.ndarray.dtype != wide:
        mine, needed = scalar_name(self.ndarray.dtype), scalar_name(wide)
        words = f"the base given to float_power_ has dtype {mine} but the operation's result requires dtype {needed}"
        raise Problem("dtype", words, hint="x.float_power(exponent) gives a new tensor")
    return inplace.change("pow_", self, exponent)


def resize(self: Tensor, *sizes: int) -> Any:
    """`reshape`, as it was called of old."""
    warn("non-inplace resize is deprecated")
    return self.clone().resize_(*sizes)  # type: ignore[attr-defined]


def resize_as(self: Tensor, tensor: Tensor) -> Any:
    """`resize`, to another's size."""
    warn("non-inplace resize_as is deprecated")
    return self.clone().resize_as_(tensor)  # type: ignore[attr-defined]


def dim_order(self: Tensor, ambiguity_check: Any = False) -> tuple[int, ...]:
    """The dimensions in the order in which they lie in memory, the outermost first."""
    strides = self.stride()  # type: ignore[attr-defined]
    return tuple(sorted(range(self.ndim), key=lambda dim: -strides[dim]))


def removed(name: str) -> Callable[..., Any]:
    """A function that PyTorch has no more, and only says so."""

    def refuse(*args: Any, **words: Any) -> Any:
        raise RuntimeError(f"This function was deprecated since version 1.9 and is now removed. Use {_REMOVED[name]} instead.")

    refuse.__name__ = refuse.__qualname__ = name
    refuse.__doc__ = f"Raises RuntimeError: {_REMOVED[name]} has taken its place."
    return refuse


def reinforce(self: Tensor, reward: Any) -> None:
    """Raises RuntimeError: distributions have taken its place."""
    raise RuntimeError(
        "reinforce() was removed.\nUse torch.distributions instead: (-distribution.log_prob(action) * reward).sum()"
    )


def __getattr__(name: str) -> Any:
    if name in _REMOVED:
        return removed(name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


METHODS: dict[str, Any] = {
    "apply_": apply_, "dim_order": dim_order, "float_power_": float_power_, "grad_dtype": property(lambda self: self.dtype),
    "is_distributed": lambda self: False, "map2_": map2_, "map_": map_, "reinforce": reinforce, "resize": resize,
    "resize_as": resize_as,
    "__dlpack__": lambda self, **words: self.detach().numpy().__dlpack__(**words),
    "__dlpack_device__": lambda self: (1, 0), "hardshrink": lambda self, lambd=0.5: _rows.function("hardshrink")(self, lambd),
    **{name: property(lambda self: False) for name in ("is_ipu", "is_maia", "is_mkldnn", "is_mtia", "is_vulkan", "is_xla")},
    **{name: removed(name) for name in ("eig", "lstsq", "solve", "symeig")},
}  # fmt: skip

"""What functions that `torch.func` transforms cannot do, in PyTorch's words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from gradcli.graph.tensor import Tensor
from gradcli.torch._boundary import failure

_PLEASE = "Please file an issue at https://github.com/pytorch/pytorch/issues if you need this feature."
_FLOW = (
    "vmap: It looks like you're attempting to use a Tensor in some data-dependent control flow. We don't support that yet, "
    "please file an issue at https://github.com/pytorch/pytorch/issues ."
)
_ITEM = (
    "vmap: It looks like you're calling .item() on a Tensor. We don't support vmap over calling .item() on a Tensor, please "
    "try to rewrite what you're doing with other operations. If error is occurring somewhere inside PyTorch internals, please "
    "file a bug report."
)
_STORAGE = "Cannot access data pointer of Tensor that doesn't have storage"
DYNAMIC = (
    "vmap: We do not support batching operators that can output dynamic shape. The results for two entries have different "
    f"shapes. {_PLEASE}"
)
UNMAPPED = (
    "vmap: inplace arithmetic(self, *extra_args) is not possible because there exists a Tensor `other` in extra_args that has "
    "more elements than `self`. This happened due to `other` being vmapped over but `self` not being vmapped over in a vmap. "
    "Please try to use out-of-place operators instead of inplace arithmetic. If said operator is being called inside the "
    "PyTorch framework, please file a bug report instead."
)
_MASK = (
    "vmap: We do not support batching operators that can support dynamic shape. Attempting to batch over indexing with a "
    "boolean mask."
)
_SELECT = (
    "vmap: Attempted to vmap over `mask` in torch.masked_select(self, mask) We cannot support this because for each batch this "
    f"would return a differently shaped Tensor. {_PLEASE}"
)
_RUNNING = (
    "Batch norm got a batched tensor as input while the running_mean or running_var, which will be updated in place, were not "
    "batched.\nIf you are using a module and do not need eval mode, please set `track_running_stats` to be False.If you are "
    "using a prebuilt module and do not need eval mode, please see the functorch website for resources on how to patch your "
    "module to work with vmap"
)

_NUMBERS = frozenset({"__complex__", "__contains__", "__float__", "__format__", "__index__", "__int__", "item"})
_VALUES = frozenset({"__array__", "data_ptr", "numpy", "tolist"})
_BY_NAME = {
    "__bool__": _FLOW,
    "is_nonzero": _FLOW,
    "allclose": f"vmap over torch.allclose isn't supported yet. {_PLEASE}",
    "equal": "Batching rule not implemented for aten::equal. We could not generate a fallback.",
    "masked_select": _SELECT,
    **dict.fromkeys(_NUMBERS, _ITEM),
    **dict.fromkeys(_VALUES, _STORAGE),
}
_OF_ANY_SHAPE = {"nonzero": "nonzero", "unique": "_unique2", "unique_consecutive": "unique_consecutive"}


def refuse(message: str) -> NoReturn:
    """Raise RuntimeError."""
    raise failure("RuntimeError", message)


def item() -> NoReturn:
    """Refuse to make a number of many.  Raises RuntimeError."""
    refuse(_ITEM)


def check(name: str, args: tuple[Any, ...], keywords: dict[str, Any], is_batched: Callable[[Any], bool]) -> None:
    """Refuse a call that no batching rule serves.  Raises RuntimeError.

    is_batched  whether a value is a tensor of the entries
    """
    if name in _BY_NAME:
        refuse(_BY_NAME[name])
    if name in _OF_ANY_SHAPE or (name == "where" and len(args) == 1):
        refuse(
            "vmap: We do not support batching operators that can output dynamic shape. Attempted to vmap over "
            f"aten::{_OF_ANY_SHAPE.get(name, name)}. {_PLEASE}"
        )
    if keywords.get("out") is not None:
        refuse(f"Batching rule not implemented for aten::{name}.out; the fallback path doesn't work on out= or view ops.")
    if name == "__getitem__" and any([is_batched(each) and _is_mask(each) for each in _parts(args[1])]):
        refuse(_MASK)
    if name == "batch_norm" and keywords.get("training", args[5] if len(args) > 5 else False):
        stats = [keywords.get("running_mean", args[1] if len(args) > 1 else None)]
        if isinstance(stats[0], Tensor) and not is_batched(stats[0]):
            refuse(_RUNNING)


def _parts(index: Any) -> tuple[Any, ...]:
    return index if isinstance(index, tuple) else (index,)


def _is_mask(value: Any) -> bool:
    return "bool" in str(getattr(value, "dtype", ""))

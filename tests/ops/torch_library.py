"""PyTorch, as `observing` sees it; only the makers of golden files import this."""

from __future__ import annotations

import builtins
import math
from typing import Any

import torch

from tests.ops.samples import Array

_CONSTANTS = {
    "pi": math.pi,
    "e": math.e,
    "inf": math.inf,
    "nan": math.nan,
    "linalg": torch.linalg,
    "special": torch.special,
    "torch": torch,
    "F": torch.nn.functional,
    "True": True,
    "False": False,
    "None": None,
    "len": len,
}


class _Names(dict[str, Any]):
    """What a bare name means in an expression: PyTorch's function of that name, wherever it has it."""

    def __missing__(self, name: str) -> Any:
        for module in (torch, torch.nn.functional, torch.linalg):
            if hasattr(module, name):
                return getattr(module, name)
        return lambda x, *args, **keywords: getattr(x, name)(*args, **keywords)


class Torch:
    """See `Library`."""

    def leaf(self, array: Array, requires_grad: bool) -> Any:
        return torch.tensor(array, requires_grad=requires_grad)

    def compute(self, text: str, variables: dict[str, Any], dtype: str) -> Any:
        torch.set_default_dtype(getattr(torch, dtype))
        torch.manual_seed(0)
        return builtins.eval(text, {}, _Names(_CONSTANTS | variables))

    def is_tensor(self, value: Any) -> bool:
        return isinstance(value, torch.Tensor)

    def array(self, tensor: Any) -> Array:
        if tensor.dtype is torch.complex32:  # which NumPy lacks
            tensor = tensor.to(torch.complex64)
        if tensor.dtype is torch.bfloat16:  # as gradcli keeps it: float32 in the other order of bytes
            single = tensor.detach().float().numpy(force=True)
            return single.astype(single.dtype.newbyteorder())  # type: ignore[no-any-return]
        return tensor.detach().numpy(force=True)  # type: ignore[no-any-return]

    def function(self, tensor: Any) -> Any:
        return tensor.grad_fn

    def grad(self, outputs: list[Any], inputs: list[Any], weights: list[Any], create_graph: bool) -> list[Any]:
        return list(
            torch.autograd.grad(outputs, inputs, weights, create_graph=create_graph, retain_graph=True, allow_unused=True)
        )

    def backward(self, output: Any, weight: Any) -> None:
        output.backward(weight)

    def grad_of(self, leaf: Any) -> Any:
        return leaf.grad

    def problem(self, error: Exception) -> tuple[str, str] | None:
        return type(error).__name__.lstrip("_"), str(error).split("\n")[0]

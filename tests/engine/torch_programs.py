"""PyTorch, as `programs` sees it; only the maker of the golden file and the live comparison import this."""

from __future__ import annotations

import operator
import warnings
from typing import Any

import torch

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
_OPERATORS = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
    "@": operator.matmul,
    "<": operator.lt,
    ">": operator.gt,
    "&": operator.and_,
    "|": operator.or_,
}
_AUGMENTED = {
    "+": operator.iadd,
    "-": operator.isub,
    "*": operator.imul,
    "/": operator.itruediv,
    "//": operator.ifloordiv,
    "%": operator.imod,
    "**": operator.ipow,
    "@": operator.imatmul,
    "&": operator.iand,
    "|": operator.ior,
}


class Torch:
    """See `programs.Library`."""

    def leaf(self, array: Any, requires_grad: bool) -> Any:
        return torch.tensor(array, requires_grad=requires_grad)

    def call(self, x: Any, method: str, args: list[Any], keywords: dict[str, Any]) -> Any:
        found = getattr(x, method)
        return found(*args, **keywords) if callable(found) else found

    def index(self, x: Any, key: Any) -> Any:
        return x[key]

    def operator(self, symbol: str, x: Any, y: Any) -> Any:
        return _OPERATORS[symbol](x, y)

    def change(self, x: Any, method: str, args: list[Any], keywords: dict[str, Any]) -> Any:
        return getattr(x, method)(*args, **keywords)

    def assign(self, x: Any, key: Any, value: Any) -> None:
        x[key] = value

    def augment(self, x: Any, symbol: str, y: Any) -> Any:
        return _AUGMENTED[symbol](x, y)

    def record(self, enabled: bool) -> Any:
        return torch.set_grad_enabled(enabled)

    def backward(self, x: Any, weight: Any, options: dict[str, Any]) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about reference cycles of create_graph
            x.backward(weight, **options)

    def grad(self, x: Any, inputs: list[Any], weight: Any, options: dict[str, Any]) -> list[Any]:
        found = torch.autograd.grad(x, inputs, weight, **options)
        return [None if each is None else each.clone(memory_format=torch.contiguous_format) for each in found]

    def detach(self, x: Any) -> Any:
        return x.detach()

    def data(self, x: Any) -> Any:
        return x.data

    def set_data(self, x: Any, y: Any) -> None:
        x.data = y

    def detach_(self, x: Any) -> None:
        x.detach_()

    def requires_grad_(self, x: Any, flag: bool) -> None:
        x.requires_grad_(flag)

    def retain_grad(self, x: Any) -> None:
        x.retain_grad()

    def set_grad(self, x: Any, y: Any) -> None:
        x.grad = y

    def hook(self, x: Any, function: Any) -> Any:
        return x.register_hook(function)

    def array(self, x: Any) -> Any:
        return x.detach().numpy().copy()

    def version(self, x: Any) -> int:
        return int(x._version)

    def grad_of(self, x: Any) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about the gradient of a tensor that is no leaf
            return x.grad

    def function(self, x: Any) -> Any:
        return x.grad_fn

    def problem(self, error: Exception) -> tuple[str, str] | None:
        return type(error).__name__.lstrip("_"), str(error).split("\n")[0]

"""gradcli, as `programs` sees it."""

from __future__ import annotations

from typing import Any

from gradcli.engine import inplace, reverse_mode, tensors
from gradcli.errors import Problem
from gradcli.graph.operators import OPERATORS
from gradcli.graph.tape import grad_mode
from gradcli.graph.tensor import from_array
from gradcli.ops.catalogue import ATTRIBUTES, METHODS
from gradcli.ops.core import binding


class Gradcli:
    """See `programs.Library`."""

    def leaf(self, array: Any, requires_grad: bool) -> Any:
        return from_array(array.copy(), requires_grad)

    def call(self, x: Any, method: str, args: list[Any], keywords: dict[str, Any]) -> Any:
        if method in ATTRIBUTES:
            return ATTRIBUTES[method].call(x)
        return binding.call(method, METHODS[method], [x, *args], keywords)

    def index(self, x: Any, key: Any) -> Any:
        return x[key]

    def operator(self, symbol: str, x: Any, y: Any) -> Any:
        return OPERATORS[symbol](x, y)

    def change(self, x: Any, method: str, args: list[Any], keywords: dict[str, Any]) -> Any:
        return inplace.change(method, x, *args, **keywords)

    def assign(self, x: Any, key: Any, value: Any) -> None:
        inplace.assign_index(x, key, value)

    def augment(self, x: Any, symbol: str, y: Any) -> Any:
        return inplace.augment(symbol, x, y)

    def record(self, enabled: bool) -> Any:
        return grad_mode(enabled)

    def backward(self, x: Any, weight: Any, options: dict[str, Any]) -> None:
        reverse_mode.backward([x], [weight], **options)

    def grad(self, x: Any, inputs: list[Any], weight: Any, options: dict[str, Any]) -> list[Any]:
        found = reverse_mode.grad([x], inputs, [weight], **options)
        return [None if each is None else OPERATORS["clone"](each) for each in found]

    def detach(self, x: Any) -> Any:
        return x.detach()

    def data(self, x: Any) -> Any:
        return tensors.data_of(x)

    def set_data(self, x: Any, y: Any) -> None:
        tensors.set_data(x, y)

    def detach_(self, x: Any) -> None:
        tensors.detach_(x)

    def requires_grad_(self, x: Any, flag: bool) -> None:
        tensors.requires_grad_(x, flag)

    def retain_grad(self, x: Any) -> None:
        tensors.retain_grad(x)

    def set_grad(self, x: Any, y: Any) -> None:
        tensors.set_grad(x, y)

    def hook(self, x: Any, function: Any) -> Any:
        return tensors.register_hook(x, function)

    def array(self, x: Any) -> Any:
        return x.ndarray

    def version(self, x: Any) -> int:
        return tensors.version(x)

    def grad_of(self, x: Any) -> Any:
        return x._grad

    def function(self, x: Any) -> Any:
        return x.grad_fn

    def problem(self, error: Exception) -> tuple[str, str] | None:
        found = error if isinstance(error, Problem) else error.__context__  # of an exception as programs see it
        return (found.type, found.message) if isinstance(found, Problem) else None

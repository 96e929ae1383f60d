"""Python's operators as methods: `x.__rsub__(2)` is `2 - x`, as programs spell it that call operators by their names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradcli.graph.operators import OPERATORS
from gradcli.graph.tensor import Tensor
from gradcli.ops.core.arrays import Operand
from gradcli.ops.core.builders import composite
from gradcli.ops.core.parameter_types import Number
from gradcli.ops.core.table import family
from gradcli.ops.elementwise.arithmetic import mul, reciprocal, rsub_tensor

family("operators")

_BINARY = {
    "add": "+", "sub": "-", "mul": "*", "truediv": "/", "div": "/", "floordiv": "//", "mod": "%", "pow": "**",
    "matmul": "@", "and": "&", "or": "|", "xor": "^", "lshift": "<<", "rshift": ">>",
    "eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">=",
}  # fmt: skip
_COMPARING = ("eq", "ne", "lt", "le", "gt", "ge")
_UNARY = {"neg": "neg", "abs": "abs", "invert": "~"}


def _subtracted_from(x: Operand, y: Number | Tensor) -> Any:
    return rsub_tensor(x, y) if isinstance(y, Tensor) else OPERATORS["-"](y, x)


def _dividing(x: Operand, y: Number | Tensor) -> Any:
    return mul(reciprocal(x), y) if isinstance(y, Tensor) else OPERATORS["/"](y, x)


_REVERSED = {"-": _subtracted_from, "/": _dividing}


def reverse_of(symbol: str) -> Callable[[Operand, Number | Tensor], Any]:
    """An operator with its operands exchanged; of a tensor y, PyTorch has other nodes for y - x and y / x as methods of x."""
    return _REVERSED.get(symbol) or (lambda x, y: OPERATORS[symbol](y, x))


def _method(name: str, forward: Any, doc: str, samples: tuple[str, ...]) -> None:
    composite(name, forward, function=False, namespace="Tensor", doc=doc, samples=samples)


def _binary(name: str, symbol: str) -> None:
    def forward(x: Operand, y: Number | Tensor, /) -> Any:
        return OPERATORS[symbol](x, y)

    def reflected(x: Operand, y: Number | Tensor, /) -> Any:
        return reverse_of(symbol)(x, y)

    _method(f"__{name}__", forward, f"x {symbol} y.", _samples(name, symbol, False))
    if name not in _COMPARING:
        _method(f"__r{name}__", reflected, f"y {symbol} x.", _samples(name, symbol, True))


def _samples(name: str, symbol: str, is_reflected: bool) -> tuple[str, ...]:
    """Calls that PyTorch has: its Tensor lacks a few of the names."""
    method = f"__{'r' * is_reflected}{name}__"
    if symbol == "@":
        return (f"x:2,3 y:3,2 {'y' if is_reflected else 'x'}.{method}({'x' if is_reflected else 'y'})",)
    if symbol in ("<<", ">>"):
        return (f"tensor([1, 2]).{method}(2)",)
    if symbol in "&|^":
        return (f"(x > 0).{method}(x < 1)",)
    return (f"x.{method}(2)",)


def _unary(name: str, symbol: str) -> None:
    def forward(x: Operand, /) -> Any:
        return OPERATORS[symbol](x)

    _method(f"__{name}__", forward, f"{symbol} of x.", ("(x > 0).__invert__()" if symbol == "~" else f"x.__{name}__()",))


for _name, _symbol in _BINARY.items():
    _binary(_name, _symbol)
for _name, _symbol in _UNARY.items():
    _unary(_name, _symbol)

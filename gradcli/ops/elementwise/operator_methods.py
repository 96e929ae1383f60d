"""Python's operators as methods: `x.__rsub__(2)` is `2 - x`, as programs spell it that call operators by their names."""

from __future__ import annotations

from typing import Any

from gradcli.graph.operators import OPERATORS
from gradcli.graph.tensor import Tensor
from gradcli.ops.core.arrays import Operand
from gradcli.ops.core.builders import composite
from gradcli.ops.core.parameter_types import Number
from gradcli.ops.core.table import family

family("operators")

_BINARY = {
    "add": "+", "sub": "-", "mul": "*", "truediv": "/", "div": "/", "floordiv": "//", "mod": "%", "pow": "**",
    "matmul": "@", "and": "&", "or": "|", "eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">=",
}  # fmt: skip
_COMPARING = ("eq", "ne", "lt", "le", "gt", "ge")
_UNARY = {"neg": "neg", "abs": "abs", "invert": "~"}


def _method(name: str, forward: Any, doc: str, samples: tuple[str, ...]) -> None:
    composite(name, forward, function=False, namespace="Tensor", doc=doc, samples=samples)


def _binary(name: str, symbol: str) -> None:
    def forward(x: Operand, y: Number | Tensor, /) -> Any:
        return OPERATORS[symbol](x, y)

    def reflected(x: Operand, y: Number | Tensor, /) -> Any:
        return OPERATORS[symbol](y, x)

    _method(f"__{name}__", forward, f"x {symbol} y.", _samples(name, symbol, False))
    if name not in _COMPARING:
        _method(f"__r{name}__", reflected, f"y {symbol} x.", _samples(name, symbol, True))


def _samples(name: str, symbol: str, is_reflected: bool) -> tuple[str, ...]:
    """Calls that PyTorch has: its Tensor lacks a few of the names."""
    method = f"__{'r' * is_reflected}{name}__"
    if symbol == "@":
        return (f"x:2,3 y:3,2 {'y' if is_reflected else 'x'}.{method}({'x' if is_reflected else 'y'})",)
    if symbol in "&|":
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

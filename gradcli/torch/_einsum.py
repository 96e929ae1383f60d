"""`torch.einsum`: by an equation, or by tensors each followed by the numbers of its dimensions."""

from __future__ import annotations

from collections.abc import Callable
from string import ascii_letters
from typing import Any

from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor
from gradcli.torch import _rows
from gradcli.torch._boundary import guarded

_of_equation: Callable[..., Tensor] = _rows.function("einsum")


@guarded
def einsum(*args: Any) -> Tensor:
    """`einsum("ij,jk->ik", x, y)`, or `einsum(x, [0, 1], y, [1, 2], [0, 2])`.  Raises ValueError, RuntimeError."""
    if len(args) < 2:
        words = "must specify the equation string and at least one operand, or at least one operand and its subscripts list"
        raise Problem("argument", f"einsum(): {words}", type="ValueError", hint="einsum('ij,jk->ik', x, y)")
    if not isinstance(args[0], Tensor):
        return _of_equation(*args)
    count = len(args) // 2
    equation = ",".join(map(_letters, args[1 : 2 * count : 2]))
    if len(args) % 2:
        equation += f"->{_letters(args[-1])}"
    return _of_equation(equation, *args[: 2 * count : 2])


def _letters(dims: Any) -> str:
    if not all([each is Ellipsis or 0 <= each < len(ascii_letters) for each in dims]):
        words = f"not within the valid range [0, {len(ascii_letters)})"
        raise Problem("argument", f"einsum(): subscripts in the list {list(dims)} are {words}")
    return "".join(["..." if each is Ellipsis else ascii_letters[each] for each in dims])

"""What annotations call the things that flow through the tape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias, Union

from gradcli.graph.operand import Operand

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import EllipsisType
    from typing import SupportsIndex

    import numpy as np

    from gradcli.graph.node import Node
    from gradcli.graph.tensor import Tensor

__all__ = ["Array", "Axes", "Cotangent", "Edge", "Index", "Operand", "Tangent"]

Array: TypeAlias = "np.ndarray[Any, np.dtype[Any]]"
Edge: TypeAlias = Union["Node", "Tensor"]  # where a gradient goes: what made an operand, or the leaf that it is
Cotangent: TypeAlias = Operand  # the gradient that arrives at a result
Tangent: TypeAlias = Operand  # the derivative of an operand along a direction
_Position: TypeAlias = "SupportsIndex | slice | EllipsisType | Operand | Sequence[int] | None"
Index: TypeAlias = "_Position | tuple[_Position, ...]"  # what stands in brackets: one, or one for each dimension
Axes: TypeAlias = "int | tuple[int, ...] | None"  # as NumPy's reductions take them; None is all

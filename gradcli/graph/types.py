"""What annotations call the things that flow through the tape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias, Union

if TYPE_CHECKING:
    import numpy as np

    from gradcli.graph.node import Node
    from gradcli.graph.tensor import Tensor

Array: TypeAlias = "np.ndarray[Any, np.dtype[Any]]"
Edge: TypeAlias = Union["Node", "Tensor"]  # where a gradient goes: what made an operand, or the leaf that it is

# A forward function takes bare arrays.  A rule is written once for both: in a pass that is itself recorded it takes tensors,
# else bare arrays, which do the same in a tenth of the time, or what stands for many of them (engine.batch), or for those
# that a plan will be given (engine.plan).  No type of Python says so without naming every operator.
Operand: TypeAlias = Any  # what a row is applied to, or its result
Cotangent: TypeAlias = Any  # the gradient that arrives at a result
Tangent: TypeAlias = Any  # the derivative of an operand along a direction
Index: TypeAlias = Any  # what stands in brackets: integers, slices, None, `...`, masks and indices, one or a tuple of them
Axes: TypeAlias = "int | tuple[int, ...] | None"  # as NumPy's reductions take them; None is all

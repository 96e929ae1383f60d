"""What rules and forward functions do alike to tensors, arrays and numbers."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

from gradcli.graph.tensor import Tensor, from_array

Array: TypeAlias = "np.ndarray[Any, np.dtype[Any]]"

# A forward function takes bare arrays.  A rule is written once for both: in a pass that is itself recorded it takes tensors,
# else bare arrays, which do the same in a tenth of the time.  No type of Python says so without naming every operator.
Operand = Any  # an array or a tensor that a row is applied to, or its result
Cotangent = Any  # the gradient that arrives at a result
Tangent = Any  # the derivative of an operand along a direction


def zeros(shape: tuple[int, ...], like: Any) -> Any:
    """An array of zeros in the dtype of another; what only stands for arrays makes its own (engine.batch, engine.plan)."""
    return np.zeros(shape, like.dtype) if type(like) is np.ndarray or isinstance(like, np.generic) else like.zeros(shape)


def tensor_of(x: Any) -> Tensor:
    """A composite's operand, which may be a number, as a tensor."""
    return x if isinstance(x, Tensor) else from_array(np.asarray(x))

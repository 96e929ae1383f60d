"""The kinds of static parameters: a forward function's annotations use these names, and `binding` checks by them."""

from __future__ import annotations

from typing import Any

import numpy as np

Number = int | float  # also a 0-d tensor that needs no gradient
Dim = int  # one dimension
Dims = int | tuple[int, ...] | None  # one, several, or all dimensions
Wholes = int | tuple[int, ...]  # a whole number, or several as a list or a tensor of them
Sizes = tuple[int, ...]  # lengths, as one list or as so many arguments
DType = np.dtype[Any] | None
Tensors = list[Any]  # the one operand of a variadic operation
Operands = list[Any]  # tensors behind another parameter, as one list or as so many arguments
Anything = Any  # checked by the operation itself

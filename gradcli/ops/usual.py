"""The families that any expression may need; importing this module enters their rows into the table."""

from gradcli.ops.creation import factories  # noqa: F401
from gradcli.ops.elementwise import (  # noqa: F401
    arithmetic,
    comparison,
    conversion,
    exponential,
    fused_arithmetic,
    powers,
    remainders,
    rounding,
    selection,
    special_functions,
    trigonometry,
)
from gradcli.ops.linalg import affine, contractions, inverses, matrix_products, norms, svd  # noqa: F401
from gradcli.ops.movement import (  # noqa: F401
    broadcasting,
    diagonals,
    gather_scatter,
    in_place,
    indexing,
    joining,
    properties,
    shapes,
    splitting,
    transposing,
)
from gradcli.ops.nn import activations, binary_losses, class_losses, regression_losses  # noqa: F401
from gradcli.ops.reduction import cumulative, extremes, reductions, sorting  # noqa: F401

"""All families of operations; importing this module enters every row into the table.

The usual ones enter when the program starts.  The others, below, do so when somebody first asks for a name that those
lack (see `table.Names`): a start takes the longer, the more rows enter.
"""

from gradcli.ops import usual  # noqa: F401
from gradcli.ops.elementwise import gamma, probability, sign_functions  # noqa: F401
from gradcli.ops.linalg import (  # noqa: F401
    added_products,
    decompositions,
    determinants,
    distances,
    least_squares,
    matrix_chains,
    matrix_functions,
    triangular,
)
from gradcli.ops.movement import blocks, index_select, masked_select, rearranging  # noqa: F401
from gradcli.ops.nn import adaptive_pooling, convolution, embedding, margin_losses, normalization, pooling, similarity  # noqa: F401
from gradcli.ops.reduction import calculus, quantiles, statistics  # noqa: F401

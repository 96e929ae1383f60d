"""All families of operations; importing this module enters every row into the table.

The usual ones enter when the program starts.  The others, below, do so when somebody first asks for a name that those
lack (see `table.Names`): a start takes the longer, the more rows enter.
"""

from gradcli.ops import (  # noqa: F401
    adaptive,
    assembling,
    between_points,
    calculus,
    chains,
    convolution,
    decompositions,
    determinants,
    distributions,
    embedding,
    entries,
    gamma,
    least_squares,
    margin_losses,
    masking,
    matrix_functions,
    normalization,
    pooling,
    products,
    quantiles,
    rearranging,
    signs,
    similarity,
    statistics,
    triangular,
    usual,
)

"""All families of operations; importing this module enters every row into the table."""

from gradcli.ops import (  # noqa: F401
    arithmetic,
    comparison,
    creation,
    exponential,
    extremes,
    in_place,
    indexing,
    joining,
    linear_algebra,
    losses,
    norms,
    powers,
    reductions,
    selection,
    shapes,
    singular,
    splitting,
    trigonometry,
    viewing,
)

"""The table of operations: rows only, one file a family.  Importing this package enters them all, in the order of the families."""

from gradcli.ops import (  # noqa: F401
    arithmetic,
    comparison,
    creation,
    exponential,
    indexing,
    linear_algebra,
    losses,
    powers,
    reductions,
    selection,
    shapes,
    trigonometry,
)

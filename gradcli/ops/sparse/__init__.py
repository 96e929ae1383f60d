"""Sparse arrays, and the operations that make them, take them apart, and exist for them alone."""

from gradcli.ops.sparse import arithmetic, steps  # noqa: F401  (which serve the arrays)

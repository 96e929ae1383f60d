"""Dimensions: negative ones counted from the end, and checked."""

from __future__ import annotations

from typing import Any

from gradcli.errors import Problem


def one_dim(dim: int, ndim: int) -> int:
    """A dimension as an index from 0.  A 0-d tensor counts as having one.  Raises Problem (PyTorch's IndexError)."""
    bound = max(ndim, 1)
    if not -bound <= dim < bound:
        raise Problem(
            "dimension",
            f"Dimension out of range (expected to be in range of [{-bound}, {bound - 1}], but got {dim})",
            type="IndexError",
            hint=f"the tensor has {ndim} dimension{'s' * (ndim != 1)}",
        )
    return dim % bound


def all_dims(dim: Any, ndim: int) -> tuple[int, ...]:
    """The dimensions that a `dim` argument names: one, several, or all (None, or an empty list, as in PyTorch)."""
    if dim is None or (isinstance(dim, (tuple, list)) and not dim):
        return tuple(range(ndim))
    dims = tuple([one_dim(each, ndim) for each in (dim if isinstance(dim, (tuple, list)) else (dim,))])
    if len(set(dims)) != len(dims):
        raise Problem(
            "dimension", f"dim {next(each for each in dims if dims.count(each) > 1)} appears multiple times in the list of dims"
        )
    return dims if ndim else ()

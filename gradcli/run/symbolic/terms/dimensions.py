"""Shapes whose dimensions are numbers or names: what broadcasts with what, and what two operands have to agree on."""

from __future__ import annotations

from collections.abc import Sequence

from gradcli.errors import Problem

Dim = int | str
Shape = tuple[Dim, ...]


def broadcast(*shapes: Shape) -> Shape:
    """The shape of an elementwise operation.  Raises Problem where two dimensions cannot be the same."""
    length = max(map(len, shapes), default=0)
    found: list[Dim] = [1] * length
    for shape in shapes:
        for back, dim in enumerate(reversed(shape), 1):
            if dim != 1 and found[-back] not in (1, dim):
                raise disagree(found[-back], dim, shapes)
            found[-back] = dim if found[-back] == 1 else found[-back]
    return tuple(found)


class Clash(Problem):
    """The error of two dimensions that have to be the same; `dims` are these."""

    dims: tuple[Dim, Dim]


def clash(dims: tuple[Dim, Dim], message: str, hint: str) -> Clash:
    """The error of two dimensions that have to be the same and are not."""
    problem = Clash("shape-mismatch", message, hint=hint)
    problem.dims = dims
    return problem


def disagree(one: Dim, two: Dim, shapes: Sequence[Shape]) -> Problem:
    """The error of two dimensions that are matched by broadcasting."""
    return clash(
        (one, two),
        f"The size of tensor a ({one}) must match the size of tensor b ({two})",
        f"the shapes are {' and '.join(map(written, shapes))}: {one} and {two} have to be the same; give them one name",
    )


def written(shape: Shape) -> str:
    """A shape as people read it: [m, n]."""
    return f"[{', '.join(map(str, shape))}]"


def covers(shape: Shape, others: Sequence[Shape]) -> bool:
    """Whether what broadcasts from `others` has this shape already."""
    return bool(others) and broadcast(*others) == shape


def without(shape: Shape, axes: Sequence[int], keepdim: bool) -> Shape:
    """The shape of a reduction over some axes."""
    if keepdim:
        return tuple([1 if axis in axes else dim for axis, dim in enumerate(shape)])
    return tuple([dim for axis, dim in enumerate(shape) if axis not in axes])


def product_shape(left: Shape, right: Shape) -> Shape:
    """The shape of a product of matrices or vectors.  Raises Problem where they do not fit."""
    inner = right[0] if len(right) == 1 else right[-2]
    if left[-1] != inner:
        raise clash(
            (left[-1], inner),
            f"mat1 and mat2 shapes cannot be multiplied ({_by(left)} and {_by(right)})",
            f"the shapes are {written(left)} and {written(right)}: {left[-1]} and {inner} have to be the same",
        )
    batch: Shape = ()
    if len(left) > 2 or len(right) > 2:
        batch = broadcast(left[:-2], right[:-2])
    return (*batch, *(left[-2:-1] if len(left) > 1 else ()), *(right[-1:] if len(right) > 1 else ()))


def _by(shape: Shape) -> str:
    return "x".join(map(str, shape))

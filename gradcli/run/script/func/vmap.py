"""`torch.vmap`: a function of one entry as a function of many; it is called for each, and the results are stacked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.tensor import Outputs, Tensor
from gradcli.run.script.calls import function
from gradcli.run.script.classes import type_of
from gradcli.run.script.func import trees

_RANDOMNESS = ("error", "different", "same")


def vmap(
    func: Callable[..., Any], in_dims: Any = 0, out_dims: Any = 0, randomness: str = "error", *, chunk_size: Any = None
) -> Callable[..., Any]:
    """A function that maps `func` over the dimensions `in_dims` of its arguments.

    in_dims   for all arguments a number or None (for what is the same in every call), or a tuple of them
    out_dims  where the new dimension stands in the results
    Raises Problem.
    """
    if randomness not in _RANDOMNESS:
        raise Problem("argument", f"Only allowed values for randomness are 'error', 'different', or 'same'. Got {randomness}")

    def mapped(*args: Any, **keywords: Any) -> Any:
        values, dims = _mapped(args, in_dims, func)
        count = _count(values, dims)
        words = [(each, 0 if type(each) is Tensor else None) for each in trees.leaves(keywords)]
        results = []
        for place in range(max(count, 1)):
            entries = iter([_entry(value, dim, place, count) for value, dim in [*zip(values, dims), *words]])
            given, named = trees.like(args, entries), trees.like(keywords, entries)
            results.append(func(*given, **named))
        return _stacked(results, out_dims, count, func)

    mapped.__name__ = mapped.__qualname__ = _name(func)
    return mapped


def _mapped(args: tuple[Any, ...], in_dims: Any, func: Any) -> tuple[list[Any], list[int | None]]:
    """Every leaf of the arguments, and the dimension that it is mapped over."""
    if not args:
        raise Problem(
            "argument",
            _about(
                func,
                in_dims,
                "got no inputs. Maybe you forgot to add inputs, or you are trying to "
                "vmap over a function with no inputs. The latter is unsupported.",
            ),
            type="ValueError",
        )
    if not isinstance(in_dims, (int, tuple, list)):
        clause = (
            "expected `in_dims` to be int or a (potentially nested) tuple matching the structure of inputs, "
            f"got: {type_of(in_dims)}."
        )
        raise Problem("argument", _about(func, in_dims, clause), type="ValueError")
    dims: list[int | None] = []
    for value, dim in _paired(args, in_dims if isinstance(in_dims, int) else tuple(in_dims), func, in_dims):
        dims.append(_dimension(value, dim, func, in_dims))
    return trees.leaves(args), dims


def _paired(tree: Any, dims: Any, func: Any, in_dims: Any) -> list[tuple[Any, Any]]:
    """Each leaf of a tree with its dimension; one number stands for all below it."""
    pairs: list[tuple[Any, Any]] = []
    waiting = [(tree, dims)]
    while waiting:
        value, dim = waiting.pop()
        if dim is None or isinstance(dim, int):
            pairs += [(each, dim) for each in trees.leaves(value)]
        elif isinstance(dim, dict) and isinstance(value, dict) and dim.keys() == value.keys():
            waiting += reversed([(each, dim[key]) for key, each in value.items()])
        elif isinstance(dim, (list, tuple)) and isinstance(value, (list, tuple)) and len(dim) == len(value):
            waiting += reversed(list(zip(value, dim)))
        else:
            clause = "in_dims is not compatible with the structure of `inputs`."
            raise Problem("argument", _about(func, in_dims, clause), type="ValueError")
    return pairs


def _dimension(value: Any, dim: Any, func: Any, in_dims: Any) -> int | None:
    if dim is None:
        return None
    if type(value) is not Tensor:
        clause = (
            f"Got in_dim={dim} for an input but the input is of type {type_of(value)}. We cannot vmap over non-Tensor "
            "arguments, please use None as the respective in_dim"
        )
        raise Problem("argument", _about(func, in_dims, clause), type="ValueError")
    if not -value.ndim <= dim < value.ndim:
        clause = (
            f"Got in_dim={dim} for some input, but that input is a Tensor of dimensionality {value.ndim} so expected in_dim "
            f"to satisfy -{value.ndim} <= in_dim < {value.ndim}."
        )
        raise Problem("argument", _about(func, in_dims, clause), type="ValueError")
    place: int = dim % value.ndim
    return place


def _count(values: list[Any], dims: list[int | None]) -> int:
    """How many entries there are, in all arguments alike.  Raises Problem."""
    sizes = [value.shape[dim] for value, dim in zip(values, dims) if dim is not None]
    if not sizes:
        raise Problem(
            "argument",
            "vmap: at least one of the inputs must be mapped over, and in_dims are all None",
            type="ValueError",
            hint="give a dimension in in_dims for one of them",
        )
    if len(set(sizes)) > 1:
        raise Problem(
            "shape-mismatch",
            f"vmap: Expected all tensors to have the same size in the mapped dimension, "
            f"got sizes {sizes} for the mapped "
            "dimension",
            type="ValueError",
        )
    count: int = sizes[0]
    return count


def _entry(value: Any, dim: int | None, place: int, count: int) -> Any:
    """What one call gets; without any entries there is one call with zeros, which tells the shapes of the results."""
    if dim is None:
        return value
    if not count:
        return Tensor(np.zeros([n for each, n in enumerate(value.shape) if each != dim], value.dtype))
    return function("select")(value, dim, place)


def _stacked(results: list[Any], out_dims: Any, count: int, func: Any) -> Any:
    """The results of all calls, each leaf stacked."""
    first = results[0]
    dims = [dim for _, dim in _paired(first, out_dims, func, out_dims)] if not isinstance(first, Tensor) else [_only(out_dims)]
    columns = []
    for column, dim in zip(zip(*[trees.leaves(each) for each in results]), dims):
        for each in column:
            if type(each) is not Tensor:
                raise Problem(
                    "type",
                    f"vmap({_name(func)}, ...): `{_name(func)}` must only return Tensors, got type {type_of(each)}.",
                    type="ValueError",
                )
        columns.append(column[0] if dim is None else function("stack")(list(column)[:count] or list(column), dim))
        if not count and dim is not None:
            columns[-1] = function("narrow")(columns[-1], dim, 0, 0)
    return trees.like(tuple(first) if isinstance(first, Outputs) else first, iter(columns))


def _only(out_dims: Any) -> Any:
    return out_dims[0] if isinstance(out_dims, tuple) and len(out_dims) == 1 else out_dims


def _about(func: Any, in_dims: Any, clause: str) -> str:
    return f"vmap({_name(func)}, in_dims={in_dims}, ...)(<inputs>): {clause}"


def _name(func: Any) -> str:
    return str(getattr(func, "__name__", type(func).__name__))

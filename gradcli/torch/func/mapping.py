"""`torch.vmap`: a function of one entry as a function of many."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from gradcli.graph.tensor import Tensor
from gradcli.torch import _trees as trees
from gradcli.torch._boundary import failure
from gradcli.torch.func._mapped_calls import Mapped, name_of, outputs_mismatched, paired
from gradcli.torch.func._rules import VmapInfo, applied, called

_RANDOMNESS = ("error", "different", "same")


def vmap(
    func: Callable[..., Any],
    in_dims: Any = 0,
    out_dims: Any = 0,
    randomness: str = "error",
    *,
    chunk_size: int | None = None,
) -> Callable[..., Any]:
    """A function that maps `func` over the dimensions `in_dims` of its arguments.

    in_dims     for all arguments a number or None (for what is the same in every call), or a tuple of them
    out_dims    where the new dimension stands in the results
    randomness  whether random numbers are refused, drawn anew for each entry, or the same for all

    Raises ValueError, RuntimeError.
    """
    if randomness not in _RANDOMNESS:
        raise failure(
            "RuntimeError", f"Only allowed values for randomness are 'error', 'different', or 'same'. Got {randomness}"
        )

    if chunk_size is not None and chunk_size < 1:
        raise failure("ValueError", f"vmap: chunk_size should be None or greater than 0. (got {chunk_size})")

    @functools.wraps(func)
    def mapped(*args: Any, **keywords: Any) -> Any:
        call = call_of(func, args, keywords, in_dims, out_dims, randomness)
        cls = applied(func)
        if cls is not None:
            dims = [dim for _, dim in call.inputs][: len(trees.leaves(args))]
            given = called(cls, VmapInfo(call.count, randomness), dims, args, keywords)
            places = [dim for _, dim in paired(given, out_dims, outputs_mismatched(func, out_dims))]
            moved = iter([each if dim == 0 else each.movedim(0, dim) for each, dim in zip(trees.leaves(given), places)])
            return trees.like(given, moved)
        return call.computed(chunk_size)

    return mapped


def call_of(
    func: Callable[..., Any], args: tuple[Any, ...], keywords: dict[str, Any], in_dims: Any, out_dims: Any, randomness: str
) -> Mapped:
    """A call of a function that is mapped over the dimensions `in_dims` of its arguments.  Raises ValueError."""
    values, dims = _mapped(args, in_dims, func)
    words = [(each, 0 if isinstance(each, Tensor) else None) for each in trees.leaves(keywords)]
    return Mapped(func, args, keywords, [*zip(values, dims), *words], out_dims, _count(values, dims), randomness)


def _mapped(args: tuple[Any, ...], in_dims: Any, func: Any) -> tuple[list[Any], list[int | None]]:
    """Every leaf of the arguments, and the dimension that it is mapped over."""
    if not args:
        clause = (
            "got no inputs. Maybe you forgot to add inputs, or you are trying to vmap over a function with no inputs. "
            "The latter is unsupported."
        )
        raise failure("ValueError", f"vmap({name_of(func)})(<inputs>): {clause}")
    if not isinstance(in_dims, (int, tuple)):
        clause = (
            "expected `in_dims` to be int or a (potentially nested) tuple matching the structure of inputs, "
            f"got: {type(in_dims)}."
        )
        raise failure("ValueError", _about(func, in_dims, clause))

    def mismatched(dims: str, inputs: str) -> str:
        clause = "in_dims is not compatible with the structure of `inputs`."
        return _about(func, in_dims, f"{clause} in_dims has structure {dims} but inputs has structure {inputs}.")

    pairs = paired(args, in_dims, mismatched)
    return trees.leaves(args), [_dimension(value, dim, func, in_dims) for value, dim in pairs]


def _dimension(value: Any, dim: Any, func: Any, in_dims: Any) -> int | None:
    if dim is None:
        return None
    if not isinstance(value, Tensor):
        clause = (
            f"Got in_dim={dim} for an input but the input is of type {type(value)}. We cannot vmap over non-Tensor "
            "arguments, please use None as the respective in_dim"
        )
        raise failure("ValueError", _about(func, in_dims, clause))
    if not -value.ndim <= dim < value.ndim:
        clause = (
            f"Got in_dim={dim} for some input, but that input is a Tensor of dimensionality {value.ndim} so expected in_dim "
            f"to satisfy -{value.ndim} <= in_dim < {value.ndim}."
        )
        raise failure("ValueError", _about(func, in_dims, clause))
    place: int = dim % value.ndim
    return place


def _count(values: list[Any], dims: list[int | None]) -> int:
    """How many entries there are, in all arguments alike."""
    sizes: list[int] = [value.shape[dim] for value, dim in zip(values, dims) if dim is not None]
    if not sizes:
        raise failure(
            "ValueError",
            "vmap: Expected at least one Tensor to vmap over",
            hint="give a dimension in in_dims for one of them",
        )
    if len(set(sizes)) > 1:
        raise failure(
            "ValueError",
            "vmap: Expected all tensors to have the same size in the mapped dimension, "
            f"got sizes {sizes} for the mapped dimension",
        )
    return sizes[0]


def _about(func: Any, in_dims: Any, clause: str) -> str:
    return f"vmap({name_of(func)}, in_dims={in_dims}, ...)(<inputs>): {clause}"

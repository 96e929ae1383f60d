"""`torch.vmap`: a function of one entry as a function of many.

Many entries are computed together: the function is traced for one, and its plan runs for all of them, stacked.  Where that
cannot be, as where results belong to a graph, it is called for each, and the results are stacked.  What stands behind such a
result in the graph bears the name of the function that gave each entry, as where all entries are computed at once.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

import gradcli.torch as torch
from gradcli.engine.plan import trace
from gradcli.graph import symbolic
from gradcli.graph.tensor import Outputs, Tensor, from_array
from gradcli.torch import _trees as trees
from gradcli.torch._boundary import failure, guarded
from gradcli.torch._naming import renamed
from gradcli.torch.func._rules import VmapInfo, applied, called

_MANY = 16  # entries from which on it pays to trace a function before it is computed
_APART: Any = object()
_RANDOMNESS = ("error", "different", "same")
# Functions whose form for many entries has another name in PyTorch: the entries' dimension makes a matrix of a vector.
_OF_MANY = {"DotBackward0": "MvBackward0", "SumBackward0": "SumBackward1", "MeanBackward0": "MeanBackward1"}


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
        values, dims = _mapped(args, in_dims, func)
        count = _count(values, dims)
        cls = applied(func)
        if cls is not None:
            given = called(cls, VmapInfo(count, randomness), dims, args, keywords)
            places = [dim for _, dim in _paired(given, out_dims, _outputs_mismatched(func, out_dims))]
            moved = iter([each if dim == 0 else each.movedim(0, dim) for each, dim in zip(trees.leaves(given), places)])
            return trees.like(given, moved)
        words = [(each, 0 if isinstance(each, Tensor) else None) for each in trees.leaves(keywords)]
        if count >= _MANY:
            together = _together(func, args, keywords, [*zip(values, dims), *words], out_dims)
            if together is not _APART:
                return together
        results = []
        with _randomness(randomness) as before_each:
            for place in range(max(count, 1)):
                before_each()
                entries = iter([_entry(value, dim, place, count) for value, dim in [*zip(values, dims), *words]])
                given, named = trees.like(args, entries), trees.like(keywords, entries)
                results.append(func(*given, **named))
        return _stacked(results, out_dims, count, func)

    return mapped


def _together(func: Callable[..., Any], args: Any, keywords: Any, inputs: list[tuple[Any, Any]], out_dims: Any) -> Any:
    """The results of all calls at once: `func` is traced for one entry, and the plan runs for all of them, stacked.

    inputs  each leaf of the arguments with the dimension that it is mapped over
    Gives _APART where that cannot be: something in it wants a gradient, is random, or depends on values; and where it fails, so
    that the error comes from a call of its own.
    """
    if symbolic.is_tracing() or any([isinstance(value, Tensor) and value.requires_grad for value, _ in inputs]):
        return _APART
    arrays = [np.moveaxis(value.ndarray, dim, 0) for value, dim in inputs if dim is not None]
    found: list[Any] = []

    def of_one(*entries: Any) -> list[Any]:
        mapped = iter(entries)
        leaves = iter([value if dim is None else from_array(next(mapped)) for value, dim in inputs])
        given, named = trees.like(args, leaves), trees.like(keywords, leaves)
        result = func(*given, **named)
        found[:] = [result]
        return [_array_of(each) for each in trees.leaves(result)]

    try:
        outputs = trace(of_one, [(each.shape[1:], each.dtype) for each in arrays]).stacked(arrays)
        (result,) = found
        places = (
            [_only(out_dims)]
            if isinstance(result, Tensor)
            else [dim for _, dim in _paired(result, out_dims, _outputs_mismatched(func, out_dims))]
        )
        moved = [each[0] if dim is None else np.moveaxis(each, 0, dim) for each, dim in zip(outputs, places)]
        return _rebuilt(result, [from_array(np.array(each)) for each in moved])
    except Exception:  # of whatever the function calls, which says so again when it is called alone
        return _APART


def _array_of(result: Any) -> Any:
    """The array of a result.  Raises where it must be computed apart: it belongs to a graph, or is no tensor."""
    if not isinstance(result, Tensor) or result.requires_grad:
        symbolic.refuse("it belongs to a graph")
    return result.ndarray


@contextmanager
def _randomness(kind: str) -> Iterator[Callable[[], None]]:
    """What is done before each call, so that random numbers are what was asked for."""
    if kind == "different":
        yield lambda: None
        return
    state = torch.random.default_generator._stream.state
    if kind == "same":

        def rewind() -> None:
            torch.random.default_generator._stream.state = state

        yield rewind
        return
    yield lambda: None
    if torch.random.default_generator._stream.state != state:
        torch.random.default_generator._stream.state = state
        raise failure(
            "RuntimeError",
            "vmap: called random operation while in randomness error mode. Please either use the 'same' or 'different' "
            "randomness flags on vmap or perform the randomness operation out of vmap",
        )


def _mapped(args: tuple[Any, ...], in_dims: Any, func: Any) -> tuple[list[Any], list[int | None]]:
    """Every leaf of the arguments, and the dimension that it is mapped over."""
    if not args:
        clause = (
            "got no inputs. Maybe you forgot to add inputs, or you are trying to vmap over a function with no inputs. "
            "The latter is unsupported."
        )
        raise failure("ValueError", f"vmap({_name(func)})(<inputs>): {clause}")
    if not isinstance(in_dims, (int, tuple)):
        clause = (
            "expected `in_dims` to be int or a (potentially nested) tuple matching the structure of inputs, "
            f"got: {type(in_dims)}."
        )
        raise failure("ValueError", _about(func, in_dims, clause))

    def mismatched(dims: str, inputs: str) -> str:
        clause = "in_dims is not compatible with the structure of `inputs`."
        return _about(func, in_dims, f"{clause} in_dims has structure {dims} but inputs has structure {inputs}.")

    pairs = _paired(args, in_dims, mismatched)
    return trees.leaves(args), [_dimension(value, dim, func, in_dims) for value, dim in pairs]


def _paired(tree: Any, dims: Any, mismatched: Callable[[str, str], str]) -> list[tuple[Any, Any]]:
    """Each leaf of a tree with its dimension; one number stands for all below it.

    mismatched  the message where dimensions and tree have these two forms, which do not fit
    """
    if dims is None or isinstance(dims, int):
        return [(each, dims) for each in trees.leaves(tree)]
    if isinstance(dims, dict) and isinstance(tree, dict) and dims.keys() == tree.keys():
        return [pair for key, each in tree.items() for pair in _paired(each, dims[key], mismatched)]
    if isinstance(dims, (list, tuple)) and isinstance(tree, (list, tuple)) and len(dims) == len(tree):
        return [pair for each, dim in zip(tree, dims) for pair in _paired(each, dim, mismatched)]
    raise failure("ValueError", mismatched(trees.spec(dims), trees.spec(tree)))


def _outputs_mismatched(func: Any, out_dims: Any) -> Callable[[str, str], str]:
    return lambda dims, outputs: (
        f"vmap({_name(func)}, ..., out_dims={out_dims})(<inputs>): out_dims is not compatible with the structure of `outputs`. "
        f"out_dims has structure {dims} but outputs has structure {outputs}."
    )


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
            "vmap: at least one of the inputs must be mapped over, and in_dims are all None",
            hint="give a dimension in in_dims for one of them",
        )
    if len(set(sizes)) > 1:
        raise failure(
            "ValueError",
            "vmap: Expected all tensors to have the same size in the mapped dimension, "
            f"got sizes {sizes} for the mapped dimension",
        )
    return sizes[0]


def _entry(value: Any, dim: int | None, place: int, count: int) -> Any:
    """What one call gets; without any entries there is one call with zeros, which tells the shapes of the results."""
    if dim is None:
        return value
    if not count:
        return torch.zeros([n for each, n in enumerate(value.shape) if each != dim], dtype=value.dtype)
    return value.select(dim, place)


@guarded
def _stacked(results: list[Any], out_dims: Any, count: int, func: Any) -> Any:
    """The results of all calls, each leaf stacked."""
    first = results[0]
    dims = (
        [dim for _, dim in _paired(first, out_dims, _outputs_mismatched(func, out_dims))]
        if not isinstance(first, Tensor)
        else [_only(out_dims)]
    )
    columns = []
    for column, dim in zip(zip(*[trees.leaves(each) for each in results]), dims):
        for each in column:
            if not isinstance(each, Tensor):
                name = _name(func)
                message = f"vmap({name}, ...): `{name}` must only return Tensors, got type {type(each)}. Did you mean to set "
                message += "out_dims= to None for output?"
                raise failure("ValueError", message)
        stacked = column[0] if dim is None else _stack(list(column), dim)
        columns.append(stacked.narrow(dim, 0, 0) if not count and dim is not None else stacked)
    return _rebuilt(first, columns)


def _rebuilt(result: Any, leaves: list[Any]) -> Any:
    """A result of one call with the leaves of all calls; several results of one operation keep their names."""
    if isinstance(result, Outputs):
        return Outputs(tuple(leaves), result.fields, result.name)
    return trees.like(result, iter(leaves))


def _stack(entries: list[Any], dim: int) -> Any:
    """Entries along a new dimension; the function of the graph has the name of theirs."""
    names = {None if each.node is None else each.grad_fn.name() for each in entries}
    stacked = torch.stack(entries, dim)
    (name,) = names if len(names) == 1 else (None,)
    return stacked if name is None else renamed(stacked, _OF_MANY.get(name, name))


def _only(out_dims: Any) -> Any:
    return out_dims[0] if isinstance(out_dims, tuple) and len(out_dims) == 1 else out_dims


def _about(func: Any, in_dims: Any, clause: str) -> str:
    return f"vmap({_name(func)}, in_dims={in_dims}, ...)(<inputs>): {clause}"


def _name(func: Any) -> str:
    return str(getattr(func, "__name__", type(func).__name__))

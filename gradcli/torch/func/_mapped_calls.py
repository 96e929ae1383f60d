"""A call of a mapped function: its results for all entries.

There are three ways, which give the same numbers.  Many entries are computed together: the function is traced for one, and its
plan runs for all of them, stacked.  Where that cannot be, as where results belong to a graph, it is called once with tensors
of all entries, which are computed in step (`batched`).  Where that cannot be either, as in a transform within, it is called for
each.  What stands behind a result in the graph bears the name of the function that gave each entry, as where all are computed
at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

import gradcli.torch as torch
from gradcli.engine.plan import trace
from gradcli.graph import symbolic
from gradcli.graph.tensor import Outputs, Tensor, from_array
from gradcli.torch import _trees as trees
from gradcli.torch._boundary import failure, guarded
from gradcli.torch._naming import renamed
from gradcli.torch._transforming import within
from gradcli.torch.func import batched

_MANY = 16  # entries from which on it pays to trace a function before it is computed
_APART: Any = object()
LEGACY = "legacy"
_RANDOM = {
    "error": "vmap: called random operation while in randomness error mode. Please either use the 'same' or 'different' "
    "randomness flags on vmap or perform the randomness operation out of vmap",
    LEGACY: "vmap: We do not yet support calling random operations inside of vmap. Please perform random operations outside of "
    "vmap as a workaround",
}
# Functions whose form for many entries has another name in PyTorch: the entries' dimension makes a matrix of a vector.
_OF_MANY = {"DotBackward0": "MvBackward0", "SumBackward0": "SumBackward1", "MeanBackward0": "MeanBackward1"}


@dataclass(frozen=True)
class Mapped:
    """A function and what it is called with.

    inputs      each leaf of the arguments, with the dimension that it is mapped over (None: the same for all entries)
    out_dims    the dimension of the entries in the results
    count       how many entries there are
    randomness  "error", "different" or "same"; LEGACY for a call by the older `vmap`, which is no transform
    """

    func: Callable[..., Any]
    args: tuple[Any, ...]
    keywords: dict[str, Any]
    inputs: list[tuple[Any, Any]]
    out_dims: Any
    count: int
    randomness: str

    def computed(self, chunk_size: int | None) -> Any:
        """The results for all entries, so many of them at a time."""
        if chunk_size is None or chunk_size >= self.count:
            return self._at_once()
        results = []
        for start in range(0, self.count, chunk_size):
            size = min(chunk_size, self.count - start)
            inputs = [(value if dim is None else value.narrow(dim, start, size), dim) for value, dim in self.inputs]
            results.append(replace(self, inputs=inputs, count=size)._at_once())
        dims = self._dims_of(results[0])
        columns = zip(*[trees.leaves(each) for each in results])
        return _rebuilt(results[0], [each[0] if dim is None else torch.cat(each, dim) for each, dim in zip(columns, dims)])

    def _at_once(self) -> Any:
        ways: list[Callable[[], Any]] = []
        if self.count >= _MANY:
            ways.append(self._together)
        if self.randomness != "different" and not symbolic.is_tracing():
            ways.append(self._in_step)
        for way in ways:
            found = way()
            if found is not _APART:
                return found
        return self._one_by_one()

    # --- a plan ---

    def _together(self) -> Any:
        """The results of a plan, stacked.

        Gives _APART where that cannot be: something in it wants a gradient, is random, or depends on values; and where it
        fails, so that the error comes from a call of its own.
        """
        if symbolic.is_tracing() or any([_is_apart(value) for value, _ in self.inputs]):
            return _APART
        arrays = [np.moveaxis(value.ndarray, dim, 0) for value, dim in self.inputs if dim is not None]
        found: list[Any] = []

        def of_one(*entries: Any) -> list[Any]:
            mapped = iter(entries)
            leaves = [value if dim is None else from_array(next(mapped)) for value, dim in self.inputs]
            found[:] = [self._called(leaves)]
            return [_array_of(each) for each in trees.leaves(found[0])]

        try:
            outputs = trace(of_one, [(each.shape[1:], each.dtype) for each in arrays]).stacked(arrays)
            dims = self._dims_of(found[0])
            moved = [each[0] if dim is None else np.moveaxis(each, 0, dim) for each, dim in zip(outputs, dims)]
            return _rebuilt(found[0], [from_array(np.array(each)) for each in moved])
        except Exception:  # of whatever the function calls, which says so again when it is called alone
            return _APART

    # --- one call ---

    def _in_step(self) -> Any:
        """The results of one call with tensors of all entries; _APART where that cannot be."""
        generator = torch.random.default_generator._stream
        state = generator.state
        with self._inside(), drawing(self.randomness), batched.level(self.count, self.randomness) as at:
            try:
                result = self._called([value if dim is None else self._all(value, dim, at) for value, dim in self.inputs])
                return _rebuilt(result, [self._of_all(*each, at) for each in zip(trees.leaves(result), self._dims_of(result))])
            except batched.Apart:
                at.undo()
                generator.state = state
                return _APART

    def _all(self, value: Tensor, dim: int, at: Any) -> Tensor:
        """An input as a tensor of all its entries."""
        entries = [self._entry(value, dim, place) for place in range(max(self.count, 1))]
        return batched.batched(entries, at, (value, dim) if self.count else None)

    @guarded
    def _of_all(self, result: Any, dim: Any, at: Any) -> Any:
        """A result of one call, with all entries along a dimension; as it is where that is None."""
        own = result if isinstance(result, batched.BatchedTensor) and result.level is at else None
        if dim is None and own is not None:
            name = name_of(self.func)
            raise failure("ValueError", f"vmap({name}, ...): `{name}` can not return a BatchedTensor when out_dim is None")
        if dim is None:
            return result
        if not isinstance(result, Tensor):
            raise self._no_tensor(result)
        if own is None:
            wider: Any = result.unsqueeze(dim)  # type: ignore[attr-defined]
            return wider.expand([self.count if place == dim % wider.ndim else -1 for place in range(wider.ndim)])
        return self._stack(own.entries, dim) if own.whole is None else batched.joined(own, dim)

    # --- a call for each ---

    def _one_by_one(self) -> Any:
        """The results of a call for each entry."""
        results = []
        with self._inside(), drawing(self.randomness) as before_each:
            for place in range(max(self.count, 1)):
                before_each()
                results.append(self._called([self._entry(value, dim, place) for value, dim in self.inputs]))
        return self._stacked(results)

    def _entry(self, value: Any, dim: int | None, place: int) -> Any:
        """What one call gets; without any entries there is one call with zeros, which tells the shapes of the results."""
        if dim is None:
            return value
        if not self.count:
            return torch.zeros([n for each, n in enumerate(value.shape) if each != dim], dtype=value.dtype)
        return value.select(dim, place)

    @guarded
    def _stacked(self, results: list[Any]) -> Any:
        """The results of all calls, each leaf stacked."""
        columns = []
        for column, dim in zip(zip(*[trees.leaves(each) for each in results]), self._dims_of(results[0])):
            for each in column:
                if dim is not None and not isinstance(each, Tensor):
                    raise self._no_tensor(each)
            columns.append(column[0] if dim is None else self._stack(list(column), dim))
        return _rebuilt(results[0], columns)

    # --- all of them ---

    def _inside(self) -> AbstractContextManager[None]:
        """A block in which the function runs."""
        return nullcontext() if self.randomness == LEGACY else within("vmap")

    def _called(self, leaves: list[Any]) -> Any:
        """What the function gives for these leaves of its arguments."""
        given = iter(leaves)
        return self.func(*trees.like(self.args, given), **trees.like(self.keywords, given))

    def _dims_of(self, result: Any) -> list[Any]:
        """The dimension of the entries in each leaf of a result.  Raises ValueError."""
        dims = self.out_dims
        if not all([each is None or isinstance(each, int) for each in trees.leaves(dims)]):
            clause = "`out_dims` must be an int, None or a python collection of ints representing where in the outputs the "
            told = f"vmap({name_of(self.func)}, ..., out_dims={dims}): {clause}vmapped dimension should appear."
            raise failure("ValueError", told)
        if isinstance(result, Tensor) and isinstance(dims, tuple) and len(dims) == 1:
            (dims,) = dims
        return [dim for _, dim in paired(result, dims, outputs_mismatched(self.func, self.out_dims))]

    def _no_tensor(self, value: Any) -> Exception:
        name = name_of(self.func)
        clause = f"`{name}` must only return Tensors, got type {type(value)}. Did you mean to set out_dims= to None for output?"
        return failure("ValueError", f"vmap({name}, ...): {clause}")

    def _stack(self, entries: list[Any], dim: int) -> Any:
        """Entries along a new dimension; the function of the graph has the name of theirs."""
        names = {None if each.node is None else each.grad_fn.name() for each in entries}
        stacked = torch.stack(entries, dim)
        (name,) = names if len(names) == 1 else (None,)
        if name is not None:
            renamed(stacked, _OF_MANY.get(name, name))
        return stacked if self.count else stacked.narrow(dim, 0, 0)


def _is_apart(value: Any) -> bool:
    """Whether a value cannot be in a plan."""
    return isinstance(value, batched.BatchedTensor) or (isinstance(value, Tensor) and value.requires_grad)


def _array_of(result: Any) -> Any:
    """The array of a result.  Raises where it must be computed apart: it belongs to a graph, or is no tensor."""
    if not isinstance(result, Tensor) or result.requires_grad:
        symbolic.refuse("it belongs to a graph")
    return result.ndarray


@contextmanager
def drawing(kind: str) -> Iterator[Callable[[], None]]:
    """What is done before each call, so that random numbers are what was asked for."""
    stream = torch.random.default_generator._stream
    state = stream.state

    def rewind() -> None:
        if kind == "same":
            stream.state = state

    yield rewind
    if kind in _RANDOM and stream.state != state:
        stream.state = state
        raise failure("RuntimeError", _RANDOM[kind])


def paired(tree: Any, dims: Any, mismatched: Callable[[str, str], str]) -> list[tuple[Any, Any]]:
    """Each leaf of a tree with its dimension; one number stands for all below it.

    mismatched  the message where dimensions and tree have these two forms, which do not fit
    """
    if dims is None or isinstance(dims, int):
        return [(each, dims) for each in trees.leaves(tree)]
    if isinstance(dims, dict) and isinstance(tree, dict) and dims.keys() == tree.keys():
        return [pair for key, each in tree.items() for pair in paired(each, dims[key], mismatched)]
    for kind in (list, tuple):
        if isinstance(dims, kind) and isinstance(tree, kind) and len(dims) == len(tree):
            return [pair for each, dim in zip(tree, dims) for pair in paired(each, dim, mismatched)]
    raise failure("ValueError", mismatched(trees.spec(dims), trees.spec(tree)))


def outputs_mismatched(func: Any, out_dims: Any) -> Callable[[str, str], str]:
    """The message where dimensions of results and results have two forms that do not fit."""
    return lambda dims, outputs: (
        f"vmap({name_of(func)}, ..., out_dims={out_dims})(<inputs>): out_dims is not compatible with the structure of "
        f"`outputs`. out_dims has structure {dims} but outputs has structure {outputs}."
    )


def _rebuilt(result: Any, leaves: list[Any]) -> Any:
    """A result of one call with the leaves of all calls; several results of one operation keep their names."""
    if isinstance(result, Outputs):
        return Outputs(tuple(leaves), result.fields, result.name)
    return trees.like(result, iter(leaves))


def name_of(func: Any) -> str:
    """What a function is called in messages."""
    return str(getattr(func, "__name__", type(func).__name__))

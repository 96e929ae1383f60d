"""Tensors of many entries, which are computed in step: what `vmap` calls its function with, once.

A BatchedTensor holds one tensor for each entry that is mapped over, and looks like one of them.  Its `__torch_function__`
computes a call for every entry in turn, and joins the results; so gradients, views and changes in place are those of the
entries.  What asks for its values in any other way raises Apart, and `vmap` calls its function for each entry alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import gradcli.torch as torch
from gradcli.graph.tensor import Tensor
from gradcli.torch import _trees as trees
from gradcli.torch._boundary import failure
from gradcli.torch.func import _refusals as refusals

# Calls that are answered by any entry, and give no tensor.
_OF_ONE = frozenset({
    "__len__", "dim", "element_size", "get_device", "is_complex", "is_contiguous", "is_floating_point", "is_inference",
    "is_signed", "ndimension", "nelement", "numel", "size", "storage_offset", "stride",
})  # fmt: skip
_OPERATORS_IN_PLACE = frozenset({
    "__iadd__", "__iand__", "__idiv__", "__ifloordiv__", "__ilshift__", "__imod__", "__imul__", "__ior__", "__ipow__",
    "__irshift__", "__isub__", "__itruediv__", "__ixor__", "__setitem__",
})  # fmt: skip


class Apart(BaseException):
    """What is called cannot be computed in step; no error of the program's, which must not catch it."""


class _Level:
    """One call of a mapped function: its depth, and what arrays held that it has changed."""

    def __init__(self, number: int, count: int, randomness: str) -> None:
        self.number, self.count, self.randomness = number, count, randomness
        self.changed: dict[int, tuple[Any, Any]] = {}

    def remember(self, entries: list[Tensor]) -> None:
        """Keep what lies in the arrays of entries that are about to change, if somebody else sees them."""
        for each in entries:
            if isinstance(each, BatchedTensor):
                self.remember(each.entries)
            elif each._view is not None and id(each) not in self.changed:
                self.changed[id(each)] = each.ndarray, each.ndarray.copy()

    def undo(self) -> None:
        """Put back what has been changed."""
        for array, before in reversed(self.changed.values()):
            array[...] = before


_levels: ContextVar[tuple[_Level, ...]] = ContextVar("levels", default=())


def in_step() -> bool:
    """Whether a function runs that is called once for all entries."""
    return bool(_levels.get())


def apart_if_in_step() -> None:
    """Let the function that is mapped be called for each entry.  Raises Apart where it is not."""
    if in_step():
        raise Apart


@contextmanager
def level(count: int, randomness: str) -> Iterator[_Level]:
    """A block in which a function is called for `count` entries at once."""
    outer = _levels.get()
    made = _Level(len(outer) + 1, count, randomness)
    token = _levels.set((*outer, made))
    try:
        yield made
    finally:
        _levels.reset(token)


class BatchedTensor(Tensor):
    """One tensor for each entry.

    entries  the tensors, which have one shape and dtype
    level    the call of a mapped function that it belongs to
    whole    the tensor that the entries are of, and the dimension that they stand along; None for results
    """

    __slots__ = ("entries", "level", "whole")
    _in_step = True  # which nobody else's tensors say
    entries: list[Tensor]
    level: _Level
    whole: tuple[Tensor, int] | None

    @property
    def ndarray(self) -> Any:
        """What only one tensor has.  Raises Apart."""
        raise Apart

    shape = property(lambda self: self.entries[0].shape)
    ndim = property(lambda self: self.entries[0].ndim)
    data = property(
        lambda self: refusals.refuse("accessing `data` under vmap transform is not allowed"),
        lambda self, value: refusals.refuse("mutating directly with `.data` under vmap transform is not allowed."),
    )

    @classmethod
    def __torch_function__(cls, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _in_step(func, args, kwargs or {})

    def __repr__(self) -> str:
        values, dim = self.whole if self.whole is not None else (joined(self, 0), 0)
        shown = repr(values.detach()).replace("\n", "\n    ")
        return f"BatchedTensor(lvl={self.level.number}, bdim={dim}, value=\n    {shown}\n)"

    def __format__(self, spec: str) -> str:
        return refusals.item()

    def __iter__(self) -> Iterator[Any]:
        return iter(self.unbind(0))  # type: ignore[attr-defined]

    def __deepcopy__(self, memo: Any) -> Any:
        raise failure("NotImplementedError", "Cannot access storage of BatchedTensorImpl")


def _delegate() -> None:
    """Let plain attributes of tensors be those of an entry."""
    for name, member in Tensor.__dict__.items():
        if isinstance(member, property) and name not in BatchedTensor.__dict__ and name not in ("requires_grad", "edge"):
            setattr(BatchedTensor, name, property(_of_first(member.fget), member.fset, member.fdel))


def _of_first(read: Any) -> Callable[[Any], Any]:
    return lambda self: read(self.entries[0])


_delegate()
BatchedTensor.__name__ = BatchedTensor.__qualname__ = "Tensor"
BatchedTensor.__module__ = "torch"


def batched(entries: list[Tensor], at: _Level, whole: tuple[Tensor, int] | None = None) -> BatchedTensor:
    """One tensor of many."""
    made = object.__new__(BatchedTensor)
    made.entries, made.level, made.whole = entries, at, whole
    made.node = made._view = made._grad = made._label = None
    made._requires_grad = made._inference = False
    return made


def entry(value: Any, at: _Level, place: int) -> Any:
    """What one entry has for a value; tensors that belong to no entry, or to another level, are the same for all."""
    if isinstance(value, BatchedTensor):
        return value.entries[place] if value.level is at else value
    if isinstance(value, slice):
        return slice(*[entry(each, at, place) for each in (value.start, value.stop, value.step)])
    if isinstance(value, (list, tuple, dict)):
        return trees.mapped(lambda each: each if each is value else entry(each, at, place), value)
    return value


def joined(value: BatchedTensor, dim: int) -> Tensor:
    """All entries as one tensor, along a dimension: the very tensor where they are its own."""
    if value.whole is not None:
        whole, along = value.whole
        if not -whole.ndim <= dim < whole.ndim:
            first, last = -whole.ndim, whole.ndim - 1
            raise failure("IndexError", f"Dimension out of range (expected to be in range of [{first}, {last}], but got {dim})")
        return whole if along == dim % whole.ndim else whole.movedim(along, dim)  # type: ignore[attr-defined]
    return torch.stack(value.entries, dim)  # type: ignore[no-any-return]


def debug_unwrap(tensor: Any, *, recurse: bool = True) -> Any:
    """What lies behind a tensor of all entries: all of them as one tensor; with `recurse`, through several mapped calls."""
    if not isinstance(tensor, Tensor):
        raise ValueError(f"Expected torch.Tensor, got {type(tensor)}")
    if not isinstance(tensor, BatchedTensor):
        return tensor
    found = joined(tensor, 0) if tensor.whole is None else tensor.whole[0]
    return debug_unwrap(found) if recurse else found


# --- calls ----------------------------------------------------------------------------------------------------------


def _in_step(func: Callable[..., Any], args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """A call of a function for each entry of the innermost level, joined."""
    name = getattr(func, "__name__", "")
    given = [each for each in _leaves((args, keywords)) if isinstance(each, BatchedTensor)]
    at = max([each.level for each in given], key=lambda level: level.number)
    if at not in _levels.get():
        raise Apart
    own = [each for each in given if each.level is at]
    refusals.check(name, args, keywords, lambda value: any([each is value for each in own]))
    if name in _OF_ONE:
        return func(*entry(args, at, 0), **entry(keywords, at, 0))
    if _changes(name):
        if not any([each is args[0] for each in own]):
            refusals.refuse(refusals.UNMAPPED)
        at.remember(args[0].entries)
    results = []
    before_each = _rewinding() if at.randomness == "same" else None
    for place in range(len(own[0].entries)):
        if before_each is not None:
            before_each()
        results.append(func(*entry(args, at, place), **entry(keywords, at, place)))
    return _rejoined(results, own, at)


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, (list, tuple)):
        return [one for each in value for one in _leaves(each)]
    if isinstance(value, dict):
        return _leaves(list(value.values()))
    return _leaves([value.start, value.stop, value.step]) if isinstance(value, slice) else [value]


def _changes(name: str) -> bool:
    """Whether a function of this name changes its first argument."""
    return name in _OPERATORS_IN_PLACE or (name.endswith("_") and not name.endswith("__") and name != "requires_grad_")


def _rewinding() -> Callable[[], None]:
    """Lets every entry draw the random numbers that the first one drew."""
    stream = torch.random.default_generator._stream
    start = stream.state

    def rewind() -> None:
        stream.state = start

    return rewind


def _rejoined(results: list[Any], own: list[BatchedTensor], at: _Level) -> Any:
    """The results of one call for all entries, each tensor among them a batched one."""
    first = results[0]
    if not isinstance(first, Tensor):
        columns = [list(each) for each in zip(*[trees.leaves(each) for each in results])]
        leaves = [_rejoined(each, own, at) if isinstance(each[0], Tensor) else each[0] for each in columns]
        return trees.like(first, iter(leaves))
    for each in own:
        if all([one is other for one, other in zip(results, each.entries)]):
            return each
    if len({each.shape for each in results}) > 1:
        refusals.refuse(refusals.DYNAMIC)
    return batched(results, at)


def applied(function: Any, args: tuple[Any, ...]) -> Any:
    """`apply` of a program's own function, by its rule for many entries, or for each of them.  Raises RuntimeError."""
    from gradcli.torch.func import _rules  # few programs have such functions

    given = [each for each in _leaves(args) if isinstance(each, BatchedTensor)]
    at = max([each.level for each in given], key=lambda level: level.number)
    cls = _rules.applied(function.apply)
    if cls is None:
        results = [function.apply(*entry(args, at, place)) for place in range(at.count)]
        return _rejoined(results, [each for each in given if each.level is at], at)
    leaves = trees.leaves(args)
    dims = [0 if isinstance(each, BatchedTensor) and each.level is at else None for each in leaves]
    whole = trees.like(args, iter([each if dim is None else joined(each, 0) for each, dim in zip(leaves, dims)]))
    with _outside(at):
        output = _rules.called(cls, _rules.VmapInfo(at.count, at.randomness), dims, whole, {})
    return trees.mapped(lambda each: batched(list(torch.unbind(each)), at) if isinstance(each, Tensor) else each, output)


@contextmanager
def _outside(at: _Level) -> Iterator[None]:
    """A block that stands outside of a level."""
    token = _levels.set(_levels.get()[: at.number - 1])
    try:
        yield
    finally:
        _levels.reset(token)

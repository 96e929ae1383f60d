"""`SavedTensor`: one place where a function of the graph keeps a tensor, as programs get hold of it.

A place (`Keeper`) tells what lies there, and takes what hooks make of it instead: places in functions of the table, in calls
of a program's own function, and loose ones that only a program has.
"""

from __future__ import annotations

from typing import Any, Protocol

from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor
from gradcli.torch import _saved_hooks
from gradcli.torch._boundary import failure, guarded
from gradcli.torch._saved_hooks import Packed

_FREED = "Calling register_hooks on a saved tensor after it has been freed."
_TYPES = (
    "register_hooks(): incompatible function arguments. The following argument types are supported:\n"
    "    1. (self: torch._C._autograd.SavedTensor, arg0: collections.abc.Callable, arg1: collections.abc.Callable) -> None\n\n"
    "Invoked with: "
)


class Keeper(Protocol):
    """A place where a tensor is kept."""

    def freed(self) -> bool:
        """Whether a backward pass has freed what was kept."""

    def packed(self) -> Packed | None:
        """What hooks keep there, if any do."""

    def tensor(self) -> Tensor | None:
        """The tensor as a rule would read it.  Raises Problem once it is freed."""

    def raw(self) -> Any:
        """The tensor as it lies there: an output without its graph."""

    def put(self, packed: Packed) -> None:
        """Keep this instead."""


class SavedTensor:
    """A saved operand or result, for which hooks may be registered."""

    __module__ = "torch._C._autograd"
    _keeper: Keeper

    def __init__(self, *_: Any, **__: Any) -> None:
        raise failure("RuntimeError", "Trying to create a SavedTensor object from Python is forbidden.")

    @guarded
    def register_hooks(self, *hooks: Any) -> None:
        """Keep what `pack_hook` gives for the tensor in its place; `unpack_hook` is to give the tensor again."""
        if len(hooks) != 2 or not all([callable(each) for each in hooks]):
            raise Problem("type", _TYPES + ", ".join(map(repr, (self, *hooks))), type="TypeError")
        if self._keeper.freed():
            raise Problem(
                "second-backward",
                _FREED,
                hint="register them before the pass, or keep the graph in it",
                theirs=f"{_FREED} Saved intermediate values of the graph are freed when you call .backward() or "
                "autograd.grad(). Specify retain_graph=True if you need to backward through the graph a "
                "second time or if you need to access saved variables after calling backward.",
            )
        if self._keeper.packed() is not None:
            raise _twice()
        tensor = self._keeper.tensor()
        if tensor is None:
            raise Problem("argument", "Calling register_hooks on a saved tensor with value None is forbidden")
        self._keeper.put(Packed(tensor, hooks))

    @guarded
    def unpack(self) -> Any:
        """The tensor, or None."""
        return self._keeper.tensor()

    @property
    @guarded
    def data(self) -> Any:
        """What is kept: what a pack hook gave, or the tensor."""
        packed = self._keeper.packed()
        return self._keeper.raw() if packed is None else packed.value

    @property
    def unpack_hook(self) -> Any:
        """The hook that makes a tensor of it, or None."""
        packed = self._keeper.packed()
        return None if packed is None else packed.unpack


def at(keeper: Keeper) -> SavedTensor:
    """The saved tensor of a place."""
    made = SavedTensor.__new__(SavedTensor)
    made._keeper = keeper
    return made


class _Loose:
    """A place that belongs to no function."""

    def __init__(self, tensor: Tensor | None, is_output: bool) -> None:
        self._tensor = tensor
        self._is_output = is_output
        self._packed: Packed | None = None

    def freed(self) -> bool:
        return False

    def packed(self) -> Packed | None:
        return self._packed

    def tensor(self) -> Tensor | None:
        return self._tensor if self._packed is None else self._packed.tensor()

    def raw(self) -> Any:
        return self._tensor.detach() if self._is_output and self._tensor is not None else self._tensor

    def put(self, packed: Packed) -> None:
        self._packed = packed


def raw_of(tensor: Tensor | None) -> SavedTensor:
    """A place of its own that holds a tensor, or None."""
    return at(_Loose(tensor, False))


@guarded
def made_of(tensor: Tensor, is_output: bool) -> SavedTensor:
    """A saved tensor of a program's own, which the hooks that are in force pack."""
    keeper = _Loose(tensor, is_output)
    pair = _saved_hooks.in_force()
    if pair is not None:
        keeper.put(Packed(tensor, pair))
    return at(keeper)


def _twice() -> Problem:
    return Problem(
        "argument",
        "Calling register_hooks on a saved tensor whose hooks have already been set. Hint: only one pair of hooks is allowed "
        "at a time.",
    )

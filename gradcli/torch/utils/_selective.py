"""Selective checkpoints: a policy says of each operation of a call whether its result is kept for the call that is made again.

Both calls run in modes that are asked for the values of every operation: the first keeps some, the second gives them again.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from enum import Enum
from typing import Any

from gradcli.graph import versions
from gradcli.graph.tensor import Tensor
from gradcli.torch import ops
from gradcli.torch.utils._python_dispatch import TorchDispatchMode
from gradcli.torch.utils._pytree import tree_map_only

_MISMATCH = (
    "This can happen if the operations in the checkpointed region are nondeterministic or depend on global state that changed "
    "between forward and backward."
)
_AGAIN = (
    "Trying to backward an extra time. You are only allowed to backward once on any region computed under selective "
    "activation checkpoint."
)
_MUTATED = "Tensor cached during selective activation checkpoint has been mutated"
_IGNORED = frozenset({"detach", "alias"})


class CheckpointPolicy(Enum):
    """What a policy may say of an operation: whether its result is kept, or computed again."""

    MUST_SAVE = 0
    PREFER_SAVE = 1
    MUST_RECOMPUTE = 2
    PREFER_RECOMPUTE = 3


_SAVING = (CheckpointPolicy.MUST_SAVE, CheckpointPolicy.PREFER_SAVE)


class SelectiveCheckpointContext:
    """What a policy is told beside the operation: what that gave.  It is asked in the first call only."""

    def __init__(self, *, is_recompute: bool, op_output: Any = None) -> None:
        self.is_recompute = is_recompute
        self.op_output = op_output


class _Kept:
    """A result that is kept, and the version of its memory when it was."""

    def __init__(self, val: Any) -> None:
        self.val = val
        self._version = versions.version(val.ndarray)

    def get(self, mutable: bool) -> Any:
        """The result.  Raises RuntimeError where it has been changed since, and that is not allowed."""
        if not mutable and versions.version(self.val.ndarray) != self._version:
            raise RuntimeError(_MUTATED)
        return self.val


_Storage = dict[Any, list[Any]]  # by operation, in order: its result with tensors as _Kept, or one of these two
_RECOMPUTED, _CLAIMED = object(), object()


class _CachingTorchDispatchMode(TorchDispatchMode):
    """Asks a policy about each operation of a call, and keeps the results that it names."""

    def __init__(self, policy_fn: Callable[..., Any], storage: _Storage) -> None:
        self._policy = policy_fn
        self.storage = storage

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        if func.overloadpacket.__name__ in _IGNORED:
            return out
        told = SelectiveCheckpointContext(is_recompute=False, op_output=out)
        said = self._policy(told, func, *args, **(kwargs or {}))
        if isinstance(said, bool):
            said = CheckpointPolicy.MUST_SAVE if said else CheckpointPolicy.PREFER_RECOMPUTE
        entry = tree_map_only(Tensor, _Kept, out) if said in _SAVING else _RECOMPUTED
        self.storage.setdefault(func, []).append(entry)
        return out


class _CachedTorchDispatchMode(TorchDispatchMode):
    """Gives what the first call has kept, in the order of its operations."""

    def __init__(self, storage: _Storage, allow_cache_entry_mutation: bool) -> None:
        self.storage = storage
        self._mutable = allow_cache_entry_mutation
        self._counts: dict[Any, int] = {}

    def __enter__(self) -> Any:
        self._counts.clear()
        return super().__enter__()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """What was kept, else what is computed again.  Raises RuntimeError where nothing is there, or it was taken before."""
        if func.overloadpacket.__name__ in _IGNORED:
            return func(*args, **(kwargs or {}))
        place = self._counts[func] = self._counts.get(func, -1) + 1
        entries = self.storage.get(func, [])
        if place >= len(entries):
            which = f" invocation index {place}" if entries else ""
            raise RuntimeError(f"{func}{which} encountered during backward but not found in storage. {_MISMATCH}")
        entry = entries[place]
        if entry is _CLAIMED:
            raise RuntimeError(_AGAIN)
        if entry is _RECOMPUTED:
            return func(*args, **(kwargs or {}))
        entries[place] = _CLAIMED
        return tree_map_only(_Kept, lambda kept: kept.get(self._mutable), entry)


def create_selective_checkpoint_contexts(
    policy_fn_or_list: Any, allow_cache_entry_mutation: bool = False
) -> tuple[AbstractContextManager[Any], AbstractContextManager[Any]]:
    """Contexts for a call and for the call made again, in which a policy, or a list of operations, says what is kept.

    Raises ValueError for what is no operation, TypeError for what is neither.
    """
    policy = policy_fn_or_list
    if isinstance(policy_fn_or_list, list):
        for op in policy_fn_or_list:
            _check_op(op)
        policy = lambda _, op, *__, **___: op in policy_fn_or_list  # noqa: E731
    elif not callable(policy_fn_or_list):
        raise TypeError("policy_fn_or_list must be either a function or a list of ops.")
    storage: _Storage = {}
    return _CachingTorchDispatchMode(policy, storage), _CachedTorchDispatchMode(storage, allow_cache_entry_mutation)


def _check_op(op: Any) -> None:
    if isinstance(op, ops.OpOverload):
        return
    advice = ""
    if isinstance(op, ops.OpOverloadPacket):
        advice = (
            "Please update the OpOverloadPacket to a specific OpOverload.For example, if you have `torch.ops.aten.mm`, change "
            "it to `torch.ops.aten.mm.default`."
        )
    raise ValueError(f"Expected op in `op_list` to be an OpOverload but got: {op} of type {type(op)}. {advice}")


__all__ = ["CheckpointPolicy", "SelectiveCheckpointContext", "create_selective_checkpoint_contexts"]

"""Selective checkpoints: a policy says of each operation of a call whether its result is kept for the call that is made again.

What is kept is a claim on the result, not a shortcut: the second call computes everything, to the same values, and each kept
result must still be there and unchanged, as in PyTorch.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from enum import Enum
from typing import Any

from gradcli.graph import context, versions
from gradcli.torch import ops

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


class Watching:
    """A block that is told each operation in it; whoever was told before goes on being told, first."""

    def __init__(self) -> None:
        self._blocks: list[AbstractContextManager[None]] = []

    def note(self, operation: Any, operands: Any, statics: Any, result: Any) -> None:
        """To be overridden: an operation was applied."""
        raise NotImplementedError

    def __enter__(self) -> None:
        outer = context.current().observer

        def observe(*application: Any) -> None:
            if outer is not None:
                outer(*application)
            self.note(*application)

        self._blocks.append(context.observed(observe))
        self._blocks[-1].__enter__()

    def __exit__(self, *error: Any) -> None:
        self._blocks.pop().__exit__(*error)


_Kept = dict[Any, list[Any]]  # by operation, in order: what is claimed of a result, or one of these two
_RECOMPUTED, _CLAIMED = object(), object()


class _Selecting(Watching):
    """Asks a policy about each operation of a call, and notes the results to be kept with the versions of their memory."""

    def __init__(self, policy: Callable[..., Any], kept: _Kept) -> None:
        super().__init__()
        self._policy, self._kept = policy, kept

    def note(self, operation: Any, operands: Any, statics: Any, result: Any) -> None:
        """Keep a result, or remember that it is not."""
        if operation.name in _IGNORED:
            return
        op = ops.overload_of(operation, operands)
        told = SelectiveCheckpointContext(is_recompute=False, op_output=result)
        said = self._policy(told, op, *operands, *statics)
        if isinstance(said, bool):
            said = CheckpointPolicy.MUST_SAVE if said else CheckpointPolicy.PREFER_RECOMPUTE
        arrays = [each.ndarray for each in (result if isinstance(result, tuple) else (result,))]
        entry = [(array, versions.version(array)) for array in arrays] if said in _SAVING else _RECOMPUTED
        self._kept.setdefault(op, []).append(entry)


class _Claiming(Watching):
    """Claims what the first call has kept, in the order of its operations."""

    def __init__(self, kept: _Kept, mutable: bool) -> None:
        super().__init__()
        self._kept, self._mutable = kept, mutable
        self._counts: dict[Any, int] = {}

    def __enter__(self) -> None:
        self._counts.clear()
        super().__enter__()

    def note(self, operation: Any, operands: Any, statics: Any, result: Any) -> None:
        """Claim a result.  Raises RuntimeError where it is not there, was claimed before, or has changed."""
        if operation.name in _IGNORED:
            return
        op = ops.overload_of(operation, operands)
        place = self._counts[op] = self._counts.get(op, -1) + 1
        entries = self._kept.get(op, [])
        if place >= len(entries):
            which = f" invocation index {place}" if entries else ""
            raise RuntimeError(f"{op}{which} encountered during backward but not found in storage. {_MISMATCH}")
        entry = entries[place]
        if entry is _CLAIMED:
            raise RuntimeError(_AGAIN)
        if entry is _RECOMPUTED:
            return
        entries[place] = _CLAIMED
        if not self._mutable and any([versions.version(array) != version for array, version in entry]):
            raise RuntimeError(_MUTATED)


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
    kept: _Kept = {}
    return _Selecting(policy, kept), _Claiming(kept, allow_cache_entry_mutation)


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


__all__ = ["CheckpointPolicy", "SelectiveCheckpointContext", "Watching", "create_selective_checkpoint_contexts"]

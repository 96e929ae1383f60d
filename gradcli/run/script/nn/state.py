"""What a module is saved as, and loaded from: its parameters and buffers by their dotted names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gradcli.engine import inplace
from gradcli.graph.tape import grad_mode
from gradcli.graph.tensor import Tensor
from gradcli.run.script.classes import type_name
from gradcli.run.script.exposed import Exposed
from gradcli.run.script.ordered import OrderedDict


def _entries(module: Any, prefix: str) -> Iterator[tuple[str, Tensor]]:
    """Parameters and buffers, module by module; what is shared stands under each of its names."""
    for path, each in module.named_modules(prefix=prefix, remove_duplicate=False):
        for name, value in (*each._parameters.items(), *each._buffers.items()):
            if value is not None and name not in each._non_persistent_buffers_set:
                yield f"{path}.{name}" if path else name, value


def saved(module: Any, prefix: str, keep_vars: bool) -> OrderedDict:
    """The state, whose tensors share their memory with the module's."""
    return OrderedDict([(name, value if keep_vars else value.detach()) for name, value in _entries(module, prefix.rstrip("."))])


def load(module: Any, state: Any, strict: bool) -> LoadResult:
    """Copy a state into a module.  Raises RuntimeError for what does not fit, and TypeError for what is no dictionary."""
    if not isinstance(state, dict):
        raise TypeError(f"Expected state_dict to be dict-like, got {type(state)}.")
    own = dict(_entries(module, ""))
    missing, unexpected = [name for name in own if name not in state], [name for name in state if name not in own]
    complaints = []
    if strict:
        complaints += [f"Missing key(s) in state_dict: {_quoted(missing)}. "] if missing else []
        complaints += [f"Unexpected key(s) in state_dict: {_quoted(unexpected)}. "] if unexpected else []
    with grad_mode(False):
        for name, value in own.items():
            if name in state:
                complaints += _copied(name, value, state[name])
    if complaints:
        listed = "\n\t".join(complaints)
        raise RuntimeError(f"Error(s) in loading state_dict for {type(module).__name__}:\n\t{listed}")
    return LoadResult(missing, unexpected)


def _quoted(names: list[str]) -> str:
    return ", ".join([f'"{name}"' for name in names])


def _copied(name: str, own: Tensor, new: Any) -> list[str]:
    """Copy one tensor, or say why not."""
    if type(new) is not Tensor:
        return [
            f'While copying the parameter named "{name}", expected torch.Tensor or Tensor-like object from checkpoint but '
            f"received {type_name(new)}"
        ]
    if own.shape != new.shape:
        return [
            f"size mismatch for {name}: copying a param with shape torch.Size({list(new.shape)}) from checkpoint, the shape "
            f"in current model is torch.Size({list(own.shape)})."
        ]
    inplace.change("copy_", own, new)
    return []


class LoadResult(Exposed):
    """What loading a state gives: the names that were missing, and those that had no place."""

    __slots__ = ("missing_keys", "unexpected_keys")
    public = frozenset(__slots__)
    title = "_IncompatibleKeys"

    def __init__(self, missing_keys: list[str], unexpected_keys: list[str]) -> None:
        self.missing_keys = missing_keys
        self.unexpected_keys = unexpected_keys

    def __repr__(self) -> str:
        if not (self.missing_keys or self.unexpected_keys):
            return "<All keys matched successfully>"
        return f"_IncompatibleKeys(missing_keys={self.missing_keys}, unexpected_keys={self.unexpected_keys})"

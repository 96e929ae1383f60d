"""What registering a hook gives back (`torch.utils.hooks.RemovableHandle`), and hooks of tensors and functions of the graph."""

from __future__ import annotations

import weakref
from collections.abc import Callable, MutableMapping, Sequence
from contextlib import AbstractContextManager
from contextvars import ContextVar
from itertools import count
from typing import Any

from gradcli.errors import Problem
from gradcli.graph import hooks

_next_id = count().__next__
watchers: ContextVar[tuple[Callable[[Sequence[Any]], AbstractContextManager[None]], ...]] = ContextVar("watchers", default=())
"""Who watches the backward passes from some outputs, while a block of theirs runs: profiles."""


class RemovableHandle:
    """Takes a hook out of its dictionary again; a context manager that does so at its end.

    hooks_dict  where the hook stands under this handle's `id`
    extra_dict  further dictionaries that know the same id
    """

    __module__ = "torch.utils.hooks"

    def __init__(self, hooks_dict: MutableMapping[int, Any], *, extra_dict: Any = None) -> None:
        self.id = _next_id()
        extra = () if extra_dict is None else extra_dict if isinstance(extra_dict, (list, tuple)) else (extra_dict,)
        self._dicts = [weakref.ref(each) for each in (hooks_dict, *extra)]

    def remove(self) -> None:
        """Remove the hook; once it is gone, nothing."""
        for ref in self._dicts:
            found = ref()
            if found is not None:
                found.pop(self.id, None)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()


class GraphHandle(RemovableHandle):
    """The same for a hook that the engine keeps."""

    __module__ = "torch.utils.hooks"

    def __init__(self, handle: hooks.Handle) -> None:
        self.id = _next_id()
        self._handle = handle

    def remove(self) -> None:
        """Remove the hook; a second time changes nothing."""
        self._handle.remove()


GraphHandle.__name__ = GraphHandle.__qualname__ = "RemovableHandle"


def checked_hook(hook: Any) -> Callable[..., Any]:
    """A hook, which must be something to call.  Raises Problem (TypeError)."""
    if not callable(hook):
        raise Problem(
            "type",
            f"'{type(hook).__name__}' object is not callable",
            type="TypeError",
            hint="a hook is a function of the gradient",
        )
    return hook  # type: ignore[no-any-return]

"""`torch.autograd.graph`: functions of the graph, and hooks that decide what is kept of the tensors that they save."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from gradcli.graph import context, sweep, versions
from gradcli.graph.node import Node, function_of
from gradcli.graph.operation import Operation
from gradcli.graph.tensor import Tensor
from gradcli.torch import _saved_hooks
from gradcli.torch._edges import GradientEdge, get_gradient_edge
from gradcli.torch._hooks import RemovableHandle
from gradcli.torch.autograd import anomaly_mode

__all__ = [
    "GradientEdge",
    "Node",
    "allow_mutation_on_saved_tensors",
    "disable_saved_tensors_hooks",
    "get_gradient_edge",
    "increment_version",
    "register_multi_grad_hook",
    "save_on_cpu",
    "saved_tensors_hooks",
]

_refusal: ContextVar[str | None] = ContextVar("refusal", default=None)


def increment_version(tensor: Tensor | Sequence[Tensor]) -> None:
    """Count a change of a tensor's memory (of each, of several) that PyTorch did not see."""
    for each in (tensor,) if isinstance(tensor, Tensor) else tensor:
        versions.changed(each.array)


def register_multi_grad_hook(tensors: Sequence[Tensor], fn: Callable[..., None], *, mode: str = "all") -> RemovableHandle:
    """Call `fn` with the gradients of several tensors when all are known, or with the first that is (`mode` "any").

    A tensor to which a pass does not come has None for its gradient.
    """
    if mode not in ("all", "any"):
        raise ValueError(f"Expects mode to be one of ('all', 'any') but got {mode}")
    if not all([each.requires_grad for each in tensors]):
        raise AssertionError("Expected gradient function to be set")
    arrived: dict[int, dict[int, Any]] = {}  # by the id of the pass that runs, by the place of the tensor

    def note(place: int) -> Callable[[Any], None]:
        def hook(g: Any) -> None:
            run = sweep.running()
            assert run is not None  # for it calls this
            seen = arrived.setdefault(id(run), {})
            seen[place] = g
            first, last = len(seen) == 1, len(seen) == sum([run.reaches(each) for each in tensors])
            if last:
                del arrived[id(run)]
            if mode == "any" and first:
                fn(g)
            elif mode == "all" and last:
                fn([seen.get(each) for each in range(len(tensors))])

        return hook

    handles = {place: each.register_hook(note(place)) for place, each in enumerate(tensors)}  # type: ignore[attr-defined]
    return _Several(handles)


class _Several(RemovableHandle):
    """The handle of several hooks."""

    def __init__(self, handles: dict[int, RemovableHandle]) -> None:
        self._handles = handles

    def remove(self) -> None:
        """Remove them all."""
        for each in self._handles.values():
            each.remove()


# --- what is kept of saved tensors ----------------------------------------------------------------------------------


class saved_tensors_hooks:
    """Inside a `with` block, let functions of the graph keep `pack_hook(x)` in place of each tensor x that they save.

    unpack_hook  gives a tensor of the same values for what pack_hook gave, whenever a backward pass needs it
    """

    def __init__(self, pack_hook: Callable[[Tensor], Any], unpack_hook: Callable[[Any], Tensor]) -> None:
        self.pack_hook = pack_hook
        self.unpack_hook = unpack_hook

    def __enter__(self) -> None:
        refusal = _refusal.get()
        if refusal is not None:
            raise RuntimeError(refusal)
        context.enter(observer=_Packing((self.pack_hook, self.unpack_hook), context.current().observer))

    def __exit__(self, *_: object) -> None:
        """Take away the hooks that were entered last, whose they are; where there are none, that is no mistake."""
        last = context.current().observer
        if isinstance(last, _Packing):
            context.leave(observer=last.outer)


class _Packing:
    """Observes operations, and packs what their functions save; `outer` observed before it.

    A chain of these is the stack of hooks.  It belongs to the context, so that a backward pass in which hooks are entered or
    left puts everything back at its end.
    """

    def __init__(self, pair: _saved_hooks.Pair, outer: context.Observer | None) -> None:
        self.pair = pair
        self.outer = outer

    def __call__(self, operation: Operation, operands: tuple[Any, ...], statics: tuple[Any, ...], result: Any) -> None:
        """Pack what the function of an application has saved (the tape calls this)."""
        results = (result,) if isinstance(result, Tensor) else tuple(result)
        functions = {function_of(each.node)[0] for each in results if isinstance(each, Tensor) and isinstance(each.node, Node)}
        for node in functions - {None}:
            _saved_hooks.pack(node, self.pair, (*results, *operands))
        anomaly_mode.remember(operation, operands, statics, result)


class save_on_cpu(saved_tensors_hooks):
    """Keep copies of saved tensors in the main memory, where they are anyway."""

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda") -> None:
        super().__init__(lambda x: x.clone(), lambda x: x)  # type: ignore[attr-defined]


@contextmanager
def disable_saved_tensors_hooks(error_message: str) -> Iterator[None]:
    """Refuse hooks for saved tensors inside the block, with this message."""
    token = _refusal.set(error_message)
    try:
        yield
    finally:
        _refusal.reset(token)


class _Copies:
    """What is kept inside `allow_mutation_on_saved_tensors`: copies, which changes of the tensors do not reach."""

    def __init__(self) -> None:
        self._kept: dict[int, Tensor] = {}

    def pack(self, x: Tensor) -> int:
        """Keep a copy; its number stands for it."""
        number = len(self._kept)
        self._kept[number] = x.detach().clone()  # type: ignore[attr-defined]
        return number

    def unpack(self, number: int) -> Tensor:
        """The copy again.  Raises AssertionError once the block is over."""
        if number not in self._kept:
            raise AssertionError(
                "Trying to backward outside of the 'allow_mutation_on_saved_tensors' contextin which the graph was originally "
                "recorded."
            )
        return self._kept[number]

    def clear(self) -> None:
        """Forget them all."""
        self._kept.clear()


_copying: ContextVar[bool] = ContextVar("copying", default=False)


@contextmanager
def allow_mutation_on_saved_tensors() -> Iterator[_Copies]:
    """Let tensors be changed in place in the block that a backward pass, in the block too, will need as they were.

    Raises RuntimeError where such blocks are nested.
    """
    if _copying.get():
        raise RuntimeError("allow_mutation_on_saved_tensors contexts cannot be nested")
    copies = _Copies()
    token = _copying.set(True)
    try:
        with saved_tensors_hooks(copies.pack, copies.unpack):
            yield copies
    finally:
        _copying.reset(token)
        copies.clear()

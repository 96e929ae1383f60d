"""`torch.autograd.graph`: functions of the graph, and hooks that decide what is kept of the tensors that they save."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

import numpy as np

from gradcli.graph import context, saved_tensors, sweep, versions
from gradcli.graph.node import RELEASED, Node
from gradcli.graph.operation import Operation, OutputSelector
from gradcli.graph.tensor import Tensor
from gradcli.torch._hooks import RemovableHandle
from gradcli.torch._nodes import shown

__all__ = [
    "GradientEdge",
    "Node",
    "disable_saved_tensors_hooks",
    "get_gradient_edge",
    "increment_version",
    "register_multi_grad_hook",
    "save_on_cpu",
    "saved_tensors_hooks",
]

_refusal: ContextVar[str | None] = ContextVar("refusal", default=None)


class GradientEdge(NamedTuple):
    """Where a gradient goes: a function of the graph, and which of its outputs is meant."""

    node: Any
    output_nr: int


def get_gradient_edge(tensor: Tensor) -> GradientEdge:
    """The edge that leads to a tensor's gradient.  Raises RuntimeError for one that requires none."""
    if not tensor.requires_grad:
        raise RuntimeError("It is not possible to get the gradient edge for a Tensor that does not require gradients")
    from gradcli.graph.node import function_of

    function, number = function_of(tensor.edge)
    return GradientEdge(shown(function), number)


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
        self._blocks: list[AbstractContextManager[None]] = []

    def __enter__(self) -> None:
        refusal = _refusal.get()
        if refusal is not None:
            raise RuntimeError(refusal)
        block = context.changed(observer=self._observe)
        block.__enter__()
        self._blocks.append(block)

    def __exit__(self, *error: Any) -> None:
        self._blocks.pop().__exit__(*error)

    def _observe(self, operation: Operation, operands: tuple[Any, ...], result: Any) -> None:
        """Pack what the function of an application has saved (the tape calls this)."""
        for each in (result,) if isinstance(result, Tensor) else result:
            node = each.node if isinstance(each, Tensor) else None
            if isinstance(node, Node):
                self._pack(node.edges[0] if isinstance(node.operation, OutputSelector) else node)

    def _pack(self, node: Node) -> None:
        if node.operation.variadic or isinstance(node, _PackedNode) or node.saved is RELEASED:
            return
        with context.changed(observer=None):  # what the hook computes is its own affair
            lifted = saved_tensors.as_tensors(node)
            kept: dict[int, _Packed] = {}
            saved = []
            for values, tensors in zip(node.saved, lifted):
                saved.append(values and tuple([self._kept(kept, one, two) for one, two in zip(values, tensors)]))
        node.__class__ = _packed_class(type(node))
        _raw.__set__(node, (*saved, *node.saved[len(lifted) :]))

    def _kept(self, kept: dict[int, _Packed], value: Any, tensor: Any) -> Any:
        if not isinstance(value, np.ndarray) or not isinstance(tensor, Tensor):
            return value
        if id(value) not in kept:
            given = tensor if tensor.node is None else tensor.detach()
            kept[id(value)] = _Packed(self.pack_hook(given), self.unpack_hook)
        return kept[id(value)]


class _Packed:
    """What a pack hook gave for a saved array, and how to get it back."""

    __slots__ = ("unpack_hook", "value")

    def __init__(self, value: Any, unpack_hook: Callable[[Any], Tensor]) -> None:
        self.value = value
        self.unpack_hook = unpack_hook

    def array(self) -> Any:
        """The array again."""
        return self.unpack_hook(self.value).array


_raw: Any = Node.__dict__["saved"]  # the slot itself


def _unpacked(node: Node) -> Any:
    saved = _raw.__get__(node)
    if saved is RELEASED:
        return saved
    arrays: dict[int, Any] = {}  # each is unpacked once for one look at the node

    def plain(value: Any) -> Any:
        if not isinstance(value, _Packed):
            return value
        if id(value) not in arrays:
            arrays[id(value)] = value.array()
        return arrays[id(value)]

    return tuple([values and tuple([plain(value) for value in values]) for values in saved])


class _PackedNode(Node):
    """A function of the graph that unpacks what it saved whenever that is asked for."""

    __slots__ = ()
    saved = property(_unpacked, lambda node, value: _raw.__set__(node, value))


_packed_classes: dict[type, type[Node]] = {}


def _packed_class(kind: type) -> type[Node]:
    if kind not in _packed_classes:
        _packed_classes[kind] = type(kind.__name__, (_PackedNode,), {"__slots__": (), "__module__": kind.__module__})
    return _packed_classes[kind]


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

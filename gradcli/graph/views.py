"""Views: tensors that look into the memory of another, their base; and what a change does to the graph of both.

A base that was changed has a new node.  A view that was changed gives its base one (CopySlices: the change, put into the
place of the view).  Either way the base's live views no longer come from where they came from: each becomes a strided look
at the base as it is now (AsStridedBackward0).  PyTorch finds that out when a view is next used; here it is done at once,
so that reading a tensor's node costs nothing.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any
from weakref import ref

import numpy as np

from gradcli.errors import Problem
from gradcli.graph import hooks, versions
from gradcli.graph.context import current, grad_enabled
from gradcli.graph.layout import Layout
from gradcli.graph.node import Node, function_of, origin_of
from gradcli.graph.operation import NoGradView
from gradcli.graph.operators import ROWS
from gradcli.graph.tensor import Tensor
from gradcli.graph.types import Array, Edge

# Why a view may not be changed while operations are recorded.
NO_GRAD, INFERENCE, SEVERAL, CUSTOM = "no_grad", "inference", "several", "custom"

_ADVICE = {
    INFERENCE: "make the view and change it both inside the inference_mode block, or both outside",
    NO_GRAD: "make the view and change it both inside the no_grad block, or both outside",
    CUSTOM: "let the forward of the torch.autograd.Function return a copy: x.clone()",
    SEVERAL: "outputs of a function that returns multiple views may not be changed in place; make a new tensor, or index: x[0]",
}
_THEIR_ADVICE = {  # PyTorch's
    NO_GRAD: "Given that this use case is ambiguous and error-prone, it is forbidden. You can clarify your code by moving both "
    "the view and the inplace either both inside the no_grad block (if you don't want the inplace to be tracked) or both "
    "outside (if you want the inplace to be tracked).",
    INFERENCE: "Given that this use case is ambiguous and error-prone, it is forbidden. You can clarify your code by moving "
    "both the view and the inplace either both inside the inference_mode block (if you don't want the inplace to be tracked) "
    "or both outside (if you want the inplace to be tracked).",
    CUSTOM: "This view was created inside a custom Function (or because an input was returned as-is) and the autograd logic to "
    "handle view+inplace would override the custom backward associated with the custom Function, leading to incorrect "
    "gradients. This behavior is forbidden. You can fix this by cloning the output of the custom Function.",
    SEVERAL: "This view is the output of a function that returns multiple views. Such functions do not allow the output views "
    "to be modified inplace. You should replace the inplace operation by an out-of-place one.",
}
_MODES = {  # how such a view was made, and what holds where it is changed
    NO_GRAD: ("created in no_grad mode", "with grad mode enabled"),
    INFERENCE: ("created in inference mode", "in normal mode"),
}
replaying: ContextVar[bool] = ContextVar("replaying", default=False)
"""Whether views of what was changed have their own operations' nodes again, in place of a strided look."""
_CHANGED, _OVERTAKEN = "is being modified inplace", "its base or another view of its base has been modified inplace"


class View:
    """What a tensor is a view of.

    base         the tensor that is itself no view
    restriction  NO_GRAD for a view made while nothing was recorded, SEVERAL for one of several outputs, CUSTOM for what a
                 program's own function gave, or None; handed down to views of the view
    changes      the version of the memory when the view's node was made
    """

    __slots__ = ("base", "changes", "restriction")

    def __init__(self, base: Tensor, restriction: str | None, changes: int) -> None:
        self.base = base
        self.restriction = restriction
        self.changes = changes


class Invalid:
    """Stands where the node of a view was (`before`) that was overtaken by a change and cannot be renewed: an error to use."""

    __slots__ = ("before", "problem")
    hooks = None

    def __init__(self, before: Node | None, problem: Problem) -> None:
        self.before = before
        self.problem = problem

    def __bool__(self) -> bool:  # the tape asks, on its way to making this an edge
        if grad_enabled():
            raise self.problem
        return False

    @property
    def grad_fn(self) -> Any:
        """The tape cannot say what made this tensor.  Raises Problem."""
        raise self.problem


def enter(out: Tensor, source: Tensor, several: bool = False) -> Tensor:
    """Make it known that `out` looks into the memory of `source`.  Gives `out`.

    Of tensors that were made in inference mode nobody knows views.
    """
    out._inference = source._inference
    if source._inference:
        return out
    origin = source._view
    base = source if origin is None else origin.base
    restriction = None if origin is None else origin.restriction
    if not grad_enabled():
        restriction = INFERENCE if current().inference else NO_GRAD
    elif several:
        restriction = SEVERAL
    memory = versions.memory_of(out.ndarray)
    memory.add_view(out)
    out._view = View(base, restriction, memory.changes)
    if base._requires_grad and out.node is None:
        _flag(out)
    return out


def restrict(out: Tensor, several: bool) -> None:
    """Let a view, which a program's own function gave (alone, or among several outputs), be one that is not to be changed."""
    if out._view is not None:
        out._view.restriction = SEVERAL if several else CUSTOM


_NOWHERE = NoGradView(name="", grad_fn=None, namespace="", outputs=("out",), operands=(), statics=(), vjps=(), variadic=False)


def _flag(tensor: Tensor) -> None:
    """Let a view that nothing recorded require grad because its base does, which leads no gradient anywhere."""
    tensor._requires_grad = True
    tensor.node = Node(_NOWHERE, (), (), tensor.shape, tensor.ndarray.dtype)


def flagged(tensor: Tensor) -> bool:
    """Whether a tensor requires grad for its base's sake alone."""
    return isinstance(tensor.node, Node) and isinstance(tensor.node.operation, NoGradView)


def follow(base: Tensor) -> None:
    """Let the views of a base require grad for its sake, or no longer, after that was set by hand."""
    own = base._view
    if own is not None and own.base._requires_grad and not base._requires_grad:
        _flag(base)  # it does as its own base does, whatever it was told
    memory = versions.known(base.ndarray)
    for tensor in memory.live_views() if memory is not None else ():
        view = tensor._view
        if view.base is not base or not _follows(tensor):
            continue
        if not base._requires_grad:
            tensor.node, tensor._requires_grad = None, False
        elif view.changes == versions.version(base.ndarray):
            _flag(tensor)
        else:
            _renew(tensor, view)


def _follows(tensor: Tensor) -> bool:
    """Whether what a view has of a graph, it has for its base's sake alone."""
    if type(tensor.node) is Invalid:
        return origin_of(tensor) is None
    return flagged(tensor) or (tensor.node is None and not tensor._requires_grad)


# --- changes --------------------------------------------------------------------------------------------------------


def check_writable(tensor: Tensor) -> None:
    """Refuse a recorded change of a tensor that must stay as it is.  Raises Problem."""
    view = tensor._view
    if view is not None and view.restriction is not None:
        raise _restricted(tensor, view, _CHANGED)
    if view is not None and tensor._requires_grad and view.base.node is None:
        raise _leaf("a view of a leaf Variable")
    if tensor._requires_grad and (tensor.node is None or flagged(tensor)):
        raise _leaf("a leaf Variable")


def rewrite(tensor: Tensor, node: Node) -> None:
    """Let `node`, whose first operand is the tensor as it was before a change, be where the tensor comes from."""
    view = tensor._view
    if view is None:
        _attach(tensor, node)
        return
    base, operation = view.base, node.operation
    rules = (True,) * len(node.edges) if operation.variadic else operation.vjps
    others = tuple([place for place, rule in enumerate(rules) if place and (rule or node.edges[place] is not None)])
    edges = (base.edge, *[node.edges[place] for place in others])
    slices = Node(ROWS["copy slices"], edges, None, base.shape, base.ndarray.dtype)
    slices.saved = ((node, others, Layout(base.ndarray, tensor.ndarray), ref(slices)),)
    slices.order = node.order  # both go stale together
    _attach(base, slices)
    hooks.forget(tensor)


def _attach(tensor: Tensor, node: Node) -> None:
    hooks.move_retention(tensor.node, node)
    hooks.forget(tensor)  # those of before stay with the node of before
    tensor.node = node
    tensor._requires_grad = True


def refresh(memory: versions.Memory, but: Tensor | None = None) -> None:
    """After a change, let the live views into a memory (all `but` one) come from their bases as these are now."""
    for tensor in memory.live_views() if memory.views else ():
        if tensor is not but and (tensor.node is not None or tensor._view.base._requires_grad) and _looks_there(tensor):
            _renew(tensor, tensor._view)


def _looks_there(tensor: Tensor) -> bool:
    """Whether a view still looks into the memory of its base, which may have been given another (`x.data = y`)."""
    return versions.root_of(tensor.ndarray) is versions.root_of(tensor._view.base.ndarray)  # type: ignore[union-attr]


def _renew(tensor: Tensor, view: View) -> None:
    tensor._requires_grad = True
    if view.restriction is not None:
        invalid: Any = tensor.node
        if type(invalid) is not Invalid:
            invalid = Invalid(tensor.node, _restricted(tensor, view, _OVERTAKEN))
            if tensor.node is not None:
                versions.detached_in_place(tensor.ndarray, tensor.node, invalid.problem)
        tensor.node = invalid
        return
    again = replaying.get() or tensor.ndarray.itemsize > view.base.ndarray.itemsize  # complex ones of real
    node = (_replayed(tensor.node, view.base) if again else None) or _strided_look(view.base, tensor.ndarray)
    hooks.move_retention(tensor.node, node)
    hooks.forget(tensor)
    tensor.node = node
    view.changes = versions.version(tensor.ndarray)


def _replayed(node: Any, base: Tensor) -> Node | None:
    """The node of a view whose operations are applied again to the base as it is now; None where they are not known."""
    chain: list[Node] = []
    while isinstance(node, Node) and node.operation.shares:
        chain.append(node)
        node = node.edges[0]
    edge = base.edge
    for old in reversed(chain):
        made = Node(old.operation, (edge, *old.edges[1:]), old.saved, old.shape, old.dtype)
        made.statics = getattr(old, "statics", ())
        edge = made
    return edge if chain else None


def _strided_look(base: Tensor, array: Array) -> Node:
    """The node of a tensor whose array lies somewhere in the memory of `base`."""
    return look(base.edge, Layout(base.ndarray, array), array.shape, array.dtype)


def look(base: Edge, layout: Layout, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Node:
    """The node of what lies so in the memory of what comes from an edge."""
    return Node(ROWS["as strided"], (base,), ((layout,),), shape, dtype)


def _leaf(what: str) -> Problem:
    return Problem(
        "in-place",
        f"{what} that requires grad is being used in an in-place operation.",
        hint="wrap the change in torch.no_grad(), or make a new tensor: x = x + 1 in place of x += 1",
    )


def _restricted(tensor: Tensor, view: View, happened: str) -> Problem:
    """The error of a view that may not be changed, or whose base was."""
    assert view.restriction is not None
    node: Any = tensor.node
    node = node.before if type(node) is Invalid else node
    function, number = (None, 0) if node is None else function_of(node)
    made, now = _MODES.get(view.restriction, ("", ""))
    if function is None:
        made, now = _MODES[view.restriction if made else NO_GRAD]
        opening = f"A view was {made} and {happened} {now}"
    else:
        output = f"Output {number} of {function.title.removesuffix('0').replace('Backward', '')} is a view"
        opening = f"{output} of a view which was {made} and {happened} {now}" if made else f"{output} and {happened}"
    restriction = view.restriction
    return Problem("in-place", f"{opening}.", hint=_ADVICE[restriction], theirs=f"{opening}. {_THEIR_ADVICE[restriction]}")

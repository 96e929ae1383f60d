"""`ctx`: what the forward of a custom function leaves for its backward."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import ref

from gradcli.graph.multi_output import outlet
from gradcli.graph.node import RELEASED, Node
from gradcli.graph.pullback import second_backward
from gradcli.graph.saved_tensors import connected
from gradcli.graph.tensor import Tensor, from_array
from gradcli.torch._boundary import exception, failure
from gradcli.torch._saved_hooks import Packed
from gradcli.torch._saved_tensor import SavedTensor, at
from gradcli.torch._warnings import warn

_ONCE = (
    "saved_tensors can only be accessed once when clear_saved_tensors_on_access=True is set on the autograd.Function. Either "
    "access saved_tensors only once, or set clear_saved_tensors_on_access=False."
)


class FunctionCtx:
    """One call of a custom function, as its forward and its backward see it; programs put attributes of their own on it.

    _inputs, _outputs   of the forward, as tuples; outputs are known after it; of tensors, later, what they were like
    _kept               what was saved: tensors and None
    _kept_forward       what was saved for forward mode, or None where nothing was
    _first              the number of the first output that has a gradient
    _dirty, _constant   the tensors that were changed in place, and those that no gradient goes through
    _materialize        whether gradients that did not arrive are zeros for the backward, rather than None
    """

    __module__ = "torch.autograd.function"
    _function: Any = None  # the class whose call it is

    def __init__(self, inputs: tuple[Any, ...]) -> None:
        self._inputs = inputs
        self._outputs: tuple[Any, ...] = ()
        self._kept: tuple[Any, ...] = ()
        self._kept_forward: tuple[Any, ...] | None = None
        self._dirty: tuple[Any, ...] = ()
        self._constant: tuple[Any, ...] = ()
        self._materialize = True
        self._materialize_non_diff_grads = True  # PyTorch's own switch: whether outputs without a gradient have zeros for one
        self._node: ref[Node] | None = None
        self._cleared = False
        self._several = False
        self._first = 0
        self._live: frozenset[int] = frozenset()  # the numbers of the outputs that have gradients

    def name(self) -> str:
        """The name of the node of the call, such as "MyReLUBackward"."""
        return type(self).__name__

    # --- what the forward calls -------------------------------------------------------------------------------------

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep tensors, or None, for the backward.  Raises TypeError for anything else."""
        for place, each in enumerate(tensors):
            if each is not None and not isinstance(each, Tensor):
                raise TypeError(
                    f"save_for_backward can only save variables, but argument {place} is of type {type(each).__name__}"
                )
        self._kept = tensors

    def save_for_forward(self, *tensors: Any) -> None:
        """Keep tensors, or None, for the `jvp`, which finds them in `saved_tensors`."""
        self._kept_forward = tensors

    def mark_dirty(self, *tensors: Any) -> None:
        """Say which inputs were changed in place.  Raises RuntimeError for what is no tensor."""
        for place, each in enumerate(tensors):
            if not isinstance(each, Tensor):
                raise failure(
                    "RuntimeError", f"mark_dirty can only accept variables, but argument {place} is of type {type(each)}"
                )
        self._dirty = tensors

    def mark_non_differentiable(self, *tensors: Any) -> None:
        """Say which outputs have no gradient.  Raises RuntimeError for what is no tensor."""
        for each in tensors:
            if not isinstance(each, Tensor):
                message = f"mark_non_differentiable only accepts variable arguments, but got {type(each).__name__}"
                raise failure("RuntimeError", message)
        self._constant = tensors

    def set_materialize_grads(self, value: Any) -> None:
        """Say whether gradients that do not arrive are zeros, or None."""
        self._materialize = bool(value)

    # --- what the backward asks -------------------------------------------------------------------------------------

    @property
    def needs_input_grad(self) -> tuple[bool, ...]:
        """Which inputs want a gradient."""
        return tuple([isinstance(each, (Tensor, _Shape)) and each._requires_grad for each in self._inputs])

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """What was saved, with its place in the graph: an output comes from this very call.

        Raises RuntimeError once it is freed.
        """
        node = self._alive()
        if node is not None and node.saved is RELEASED:
            raise exception(second_backward(node))
        found = tuple([self._placed(each) for each in self._kept])
        if self._clears:
            if self._cleared:
                raise failure("RuntimeError", _ONCE)
            self._cleared, self._kept = True, ()
        return found

    @property
    def _raw_saved_tensors(self) -> tuple[SavedTensor, ...]:
        """What was saved, as places for which hooks may be registered.  Raises RuntimeError once it is freed."""
        node = self._alive()
        if node is not None and node.saved is RELEASED:
            raise exception(second_backward(node))
        return tuple([at(_Place(self, place)) for place in range(len(self._kept))])

    @property
    def _clears(self) -> bool:
        """Whether saved tensors are forgotten once the backward has read them."""
        return self._node is not None and getattr(self._function, "clear_saved_tensors_on_access", False)

    @property
    def saved_variables(self) -> tuple[Any, ...]:
        """The same by an older name."""
        warn("'saved_variables' is deprecated; use 'saved_tensors'", DeprecationWarning)
        return self.saved_tensors

    @property
    def next_functions(self) -> Any:
        """Where gradients go on to, as the node of the call tells."""
        node = self._alive()
        return () if node is None else node.next_functions

    def _alive(self) -> Node | None:
        return None if self._node is None else self._node()

    def _settle(self, node: Node, results: dict[int, Tensor]) -> None:
        """Take over the node of the call, without holding its results: they hold the node, and it holds this."""
        self._node, self._several = ref(node), len(results) > 1
        self._first = next(iter(results))
        self._live = frozenset(results)
        numbers = {id(result): number for number, result in results.items()}
        self._kept = tuple([_Own(each.ndarray, numbers[id(each)]) if id(each) in numbers else each for each in self._kept])
        self._inputs, self._outputs = _shapes(self._inputs), _shapes(self._outputs)
        self._dirty = self._constant = ()

    def release(self) -> None:
        """Forget what was saved: a pass that keeps no graph has made use of it."""
        self._kept = ()

    def pack(self, packed: Callable[[Tensor], Packed]) -> None:
        """Keep what hooks make of each saved tensor in its place."""
        tensors = self.saved_tensors
        self._kept = tuple([None if each is None else _Hooked(packed(each), each.edge) for each in tensors])

    def _placed(self, kept: Any) -> Any:
        if type(kept) is _Hooked:
            return kept.tensor()
        if type(kept) is not _Own:
            return kept
        node = self._alive()
        if node is None:
            return from_array(kept.ndarray)
        return from_array(kept.ndarray, True, outlet(kept.ndarray, node, kept.number) if self._several else node)


class BackwardCFunction(FunctionCtx):
    """What the contexts of all programs' functions are: the functions of the graph that go back through them."""

    __module__ = "torch.autograd.function"


class _Place:
    """One of the saved tensors of a call, as the place of a SavedTensor."""

    def __init__(self, context: FunctionCtx, place: int) -> None:
        self._context, self._place = context, place

    def freed(self) -> bool:
        node = self._context._alive()
        return node is not None and node.saved is RELEASED

    def packed(self) -> Packed | None:
        held = self._context._kept[self._place]
        return held.packed if type(held) is _Hooked else None

    def tensor(self) -> Any:
        return self._context._placed(self._context._kept[self._place])

    def raw(self) -> Any:
        found = self.tensor()
        return found.detach() if type(self._context._kept[self._place]) is _Own else found

    def put(self, packed: Packed) -> None:
        kept = [*self._context._kept]
        kept[self._place] = _Hooked(packed, self.tensor().edge)
        self._context._kept = tuple(kept)


class _Own:
    """A saved output of the call: its values, and which one it is."""

    __slots__ = ("ndarray", "number")

    def __init__(self, array: Any, number: int) -> None:
        self.ndarray = array
        self.number = number


class _Hooked:
    """A saved tensor that hooks keep, and where it came from."""

    __slots__ = ("edge", "packed")

    def __init__(self, packed: Packed, edge: Any) -> None:
        self.packed = packed
        self.edge = edge

    def tensor(self) -> Tensor:
        """What the hooks give back, with the place in the graph of what they were given."""
        found = self.packed.tensor()
        if self.edge is None or found.edge is self.edge:
            return found
        if isinstance(self.edge, Node):
            return from_array(found.ndarray, True, self.edge)
        return connected(found.ndarray, self.edge)


class _Shape:
    """What is remembered of an input or output: enough for zeros of its kind."""

    __slots__ = ("_requires_grad", "dtype", "shape")

    def __init__(self, tensor: Tensor) -> None:
        self.shape = tensor.ndarray.shape
        self.dtype = tensor.ndarray.dtype
        self._requires_grad = tensor._requires_grad


def _shapes(values: tuple[Any, ...]) -> tuple[_Shape | None, ...]:
    return tuple([_Shape(each) if isinstance(each, Tensor) else None for each in values])

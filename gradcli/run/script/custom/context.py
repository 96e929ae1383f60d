"""`ctx`: what the forward of a custom function leaves for its backward."""

from __future__ import annotations

from typing import Any
from weakref import ref

from gradcli.errors import Problem
from gradcli.graph.node import PYTHON, Node
from gradcli.graph.several import outlet
from gradcli.graph.tensor import Tensor
from gradcli.run.script.exposed import FOREIGN, Exposed, no_attribute

_PLAIN = ("mark_dirty", "mark_non_differentiable", "save_for_backward", "save_for_forward", "set_materialize_grads")


class FunctionContext(Exposed):
    """One call of a custom function, as its forward and its backward see it; the script may put attributes on it.

    inputs, outputs  of the forward, as tuples; outputs are known after it
    kept             what was saved: tensors and None
    first            the number of the first output that has a gradient
    dirty, constant  the tensors that were changed in place, and those that no gradient goes through
    materialize      whether gradients that did not arrive are zeros for the backward, rather than None
    """

    __slots__ = (
        "_name",
        "_node",
        "_several",
        "constant",
        "dirty",
        "first",
        "inputs",
        "kept",
        "materialize",
        "members",
        "outputs",
    )
    public = frozenset({*_PLAIN, "name", "needs_input_grad", "next_functions", "saved_tensors", "saved_variables"})
    title = ""  # each has that of its function

    def __init__(self, name: str, inputs: tuple[Any, ...]) -> None:
        self._name = name
        self.inputs = inputs
        self.outputs: tuple[Any, ...] = ()
        self.kept: tuple[Any, ...] = ()
        self.dirty: tuple[Any, ...] = ()
        self.constant: tuple[Any, ...] = ()
        self.materialize = True
        self.members: dict[str, Any] = {}
        self._node: ref[Node] | None = None
        self._several = False
        self.first = 0

    @property
    def kind(self) -> str:
        """The name of its type in PyTorch, where it is also the node of the call."""
        return f"{PYTHON}.{self._name}"

    def name(self) -> str:
        """The name of the node of the call, such as "MyReLUBackward"."""
        return self._name

    # --- what the forward calls -------------------------------------------------------------------------------------

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep tensors, or None, for the backward.  Raises TypeError for anything else."""
        for place, each in enumerate(tensors):
            if each is not None and type(each) is not Tensor:
                raise TypeError(
                    f"save_for_backward can only save variables, but argument {place} is of type {type(each).__name__}"
                )
        self.kept = tensors

    def save_for_forward(self, *tensors: Any) -> None:
        """For derivatives in forward mode, of which custom functions have none here."""

    def mark_dirty(self, *tensors: Any) -> None:
        """Say which inputs were changed in place."""
        self.dirty = tensors

    def mark_non_differentiable(self, *tensors: Any) -> None:
        """Say which outputs have no gradient."""
        self.constant = tensors

    def set_materialize_grads(self, value: Any) -> None:
        """Say whether gradients that do not arrive are zeros, or None."""
        self.materialize = bool(value)

    # --- what the backward asks -------------------------------------------------------------------------------------

    @property
    def needs_input_grad(self) -> tuple[bool, ...]:
        """Which inputs want a gradient."""
        return tuple([type(each) is Tensor and each.requires_grad for each in self.inputs])

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """What was saved, with its place in the graph: an output comes from this very call."""
        return tuple([self._placed(each) for each in self.kept])

    saved_variables = saved_tensors

    @property
    def next_functions(self) -> Any:
        """Where gradients go on to, as the node of the call tells."""
        node = self._alive()
        return () if node is None else node.next_functions

    def _alive(self) -> Node | None:
        return None if self._node is None else self._node()

    def settle(self, node: Node, results: dict[int, Tensor]) -> None:
        """Take over the node of the call, without holding its results: they hold the node, and it holds this."""
        self._node, self._several = ref(node), len(results) > 1
        self.first = next(iter(results))
        numbers = {id(result): number for number, result in results.items()}
        self.kept = tuple([_Own(each.array, numbers[id(each)]) if id(each) in numbers else each for each in self.kept])
        self.outputs = tuple([_Shape(each) if type(each) is Tensor else None for each in self.outputs])
        self.dirty = self.constant = ()

    def _placed(self, kept: Any) -> Any:
        if type(kept) is not _Own:
            return kept
        node = self._alive()
        if node is None:
            return Tensor(kept.array)
        return Tensor(kept.array, True, outlet(kept.array, node, kept.number) if self._several else node)

    # --- attributes of the script's own -----------------------------------------------------------------------------

    def read(self, name: str) -> Any:
        """One of the names above, or what the script has put here.  Raises Problem."""
        if name in self.members:
            return self.members[name]
        if name in self.public:
            return getattr(self, name)
        raise no_attribute(f"'{self._name}' object", name, self.names())

    def assign(self, name: str, value: Any) -> None:
        """Put an attribute here.  Raises Problem."""
        if name in self.public:
            raise Problem("attribute", f"attribute '{name}' of '{self._name}' objects is not writable", type="AttributeError")
        self.members[name] = value

    def names(self) -> list[str]:
        """Every name that `read` knows."""
        return sorted({*self.public, *self.members})

    def __repr__(self) -> str:
        return f"<{self.kind} object at {id(self):#x}>"


FOREIGN[FunctionContext] = ("", FunctionContext.public)


class _Own:
    """A saved output of the call: its values, and which one it is."""

    __slots__ = ("array", "number")

    def __init__(self, array: Any, number: int) -> None:
        self.array = array
        self.number = number


class _Shape:
    """What is remembered of an output: enough for zeros of its kind."""

    __slots__ = ("dtype", "shape")

    def __init__(self, output: Tensor) -> None:
        self.shape = output.shape
        self.dtype = output.dtype

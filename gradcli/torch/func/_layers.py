"""One application of a transform of `torch.func`: the tensors that its function gets, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from gradcli.graph.node import Node
from gradcli.graph.sweep import reachable
from gradcli.graph.tape import grad_enabled
from gradcli.graph.tensor import Tensor, from_array
from gradcli.ops.movement.shapes import clone
from gradcli.torch import _saved_hooks
from gradcli.torch import _trees as trees
from gradcli.torch._boundary import failure
from gradcli.torch._transforming import refuse_saved_hooks, within
from gradcli.torch.autograd.functional import fresh
from gradcli.torch.func.batched import apart_if_in_step

Function = Callable[..., Any]


class Layer:
    """One application of a transform: the tensors that its function gets, by which it differentiates."""

    def __init__(self, name: str) -> None:
        apart_if_in_step()
        self.name = name
        self.values = "primals" if "primals" in name else "args"
        self.recording = grad_enabled()
        self.own: set[Any] = set()

    def taken(self, tree: Any, changeable: bool = False) -> tuple[Any, tuple[Tensor, ...]]:
        """A tree of tensors as the function gets it, and those by which it is differentiated.

        changeable  whether the function may change them in place, which no leaf can be
        """
        given = fresh(trees.tensors(tree, self.no_tensor), True)
        self.own.update([x for x in given if x.is_leaf])
        return trees.like(tree, iter([look_alike(x) for x in given] if changeable else given)), given

    def called(self, func: Function, args: Sequence[Any], keywords: dict[str, Any]) -> Any:
        """What the function gives; programs' own functions in it know that they are transformed."""
        with within(self):
            if _saved_hooks.in_force() is not None:
                refuse_saved_hooks()
            return func(*args, **keywords)

    def given(self, result: Any) -> tuple[Tensor, ...]:
        """The results of the function, all of which must be tensors.  Raises RuntimeError."""
        if trees.leaves(result) in ([], [None]):
            clause = f"Expected f to be a function that has non-empty output (got output = {trees.leaves(result)})"
            raise failure("RuntimeError", f"{self.name}: {clause}")
        return trees.tensors(result, self._no_result)

    def released(self, tree: Any) -> Any:
        """Results as they are given back: with their history where somebody outside has a part in it."""
        return trees.mapped(lambda each: self._released(each) if isinstance(each, Tensor) else each, tree)

    def outside(self, x: Tensor) -> bool:
        """Whether somebody outside has a part in the history of a tensor."""
        return self.recording and any([leaf not in self.own for leaf in reachable([x.edge])[1]])

    def _released(self, x: Tensor) -> Tensor:
        return x.detach() if x.requires_grad and not self.outside(x) else x

    def no_tensor(self, value: Any) -> Exception:
        """The error of an input that is no tensor."""
        message = f"Thing passed to transform API must be Tensor, got {type(value)}"
        return failure("ValueError", message, hint="argnums tells the arguments to differentiate for")

    def _no_result(self, value: Any) -> Exception:
        message = f"{self.name}: expected f(*{self.values}) to return only tensors, got unsupported type {type(value)}"
        return failure("RuntimeError", message)


def look_alike(x: Tensor) -> Tensor:
    """A tensor on the same memory that is neither a leaf nor a view of one."""
    node = Node(clone, (x.edge,), ((),), x.ndarray.shape, x.ndarray.dtype)
    return from_array(x.ndarray, True, node)


def chosen(argnums: Any, args: tuple[Any, ...]) -> tuple[Any, Callable[[Any], Sequence[Any]]]:
    """The arguments to differentiate for (one, or a tuple), and a function that puts others in their places."""
    single = isinstance(argnums, int)
    places = (argnums,) if single else argnums
    if not isinstance(places, tuple):
        raise failure("RuntimeError", f"argnums must be int or Tuple[int, ...], got: {type(argnums)}")
    if not places:
        raise failure("RuntimeError", "argnums must be non-empty")
    for place in places:
        if not isinstance(place, int):
            raise failure("RuntimeError", f"argnum must be int, got: {type(place)}")
        if not -len(args) <= place < len(args):
            raise failure("RuntimeError", f"Got argnum={place}, but only {len(args)} positional inputs")
    places = tuple([place % len(args) for place in places])
    if len(set(places)) < len(places):
        raise failure("RuntimeError", f"argnums elements must be unique, got {places}")

    def put(values: Any) -> list[Any]:
        found = list(args)
        for place, value in zip(places, (values,) if single else values):
            found[place] = value
        return found

    chosen = tuple([args[place] for place in places])
    return (chosen[0] if single else chosen), put


def split(layer: Layer, result: Any, has_aux: bool) -> tuple[Any, Any]:
    """What a function gives, and what it gives beside that."""
    if not has_aux:
        return result, None
    if not isinstance(result, tuple) or len(result) != 2:
        message = f"{layer.name}: output of function f should be a tuple: (output, aux) if has_aux is True"
        raise failure("RuntimeError", message)
    trees.tensors(result[1], lambda value: failure("RuntimeError", f"Expected tensors, got unsupported type {type(value)}"))
    return result


def named(made: Function, func: Function) -> Function:
    made.__name__ = made.__qualname__ = str(getattr(func, "__name__", "function"))
    return made

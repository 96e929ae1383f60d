"""`torch.autograd.Function`: classes whose `apply` runs their forward, and puts their backward on the tape."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from importlib import import_module
from typing import Any
from weakref import WeakKeyDictionary

from gradcli.errors import Problem
from gradcli.graph import custom, versions, views
from gradcli.graph.context import changed, current
from gradcli.graph.node import PYTHON, next_order
from gradcli.graph.operation import Operation
from gradcli.graph.tape import grad_enabled, grad_mode, inference_saved, tell
from gradcli.graph.tensor import Tensor, from_array
from gradcli.torch import _trees as trees
from gradcli.torch._boundary import guarded
from gradcli.torch._dispatch import has_a_say
from gradcli.torch._nodes import class_of_kind
from gradcli.torch._transforming import transforming
from gradcli.torch._warnings import warn
from gradcli.torch.autograd._function_backward import going_back, once_differentiable
from gradcli.torch.autograd._function_checks import check_dirty, check_pure_view
from gradcli.torch.autograd._function_context import BackwardCFunction, FunctionCtx
from gradcli.torch.autograd._function_forward import Call, push

__all__ = ["BackwardCFunction", "Function", "FunctionCtx", "InplaceFunction", "once_differentiable"]

_NO_BACKWARD = (
    "You must implement either the backward or vjp method for your custom autograd.Function to use it with backward mode AD."
)
_BOTH = "Implementing both 'backward' and 'vjp' for a custom Function is not allowed. You should only implement one of them."
NO_SETUP = (
    "In order to use an autograd.Function with functorch transforms (vmap, grad, jvp, jacrev, ...), it must override the "
    "setup_context staticmethod. For more details, please see https://pytorch.org/docs/main/notes/extending.func.html"
)
_LEGACY = (
    "Legacy autograd function with non-static forward method is deprecated. Please use new-style autograd function with "
    "static forward method. (Example: https://pytorch.org/docs/stable/autograd.html#torch.autograd.Function)"
)


class _BackwardClass:
    """`MyFunction._backward_cls`, PyTorch's own name: the class of what stands in the graph for a call."""

    def __get__(self, instance: object, owner: type[Function]) -> Any:
        return class_of_kind(f"{PYTHON}.{owner.__name__}Backward")


class Function:
    """What a function with a backward of its own derives from.

    forward        (ctx, *args), or (*args) where there is a `setup_context`
    backward, vjp  (ctx, *gradients of the outputs) -> a gradient, or None, for each argument of forward
    """

    __module__ = "torch.autograd.function"
    generate_vmap_rule = False  # whether `vmap` may go through the forward and the backward themselves
    _backward_cls: Any = _BackwardClass()

    def __init__(self, *_: Any, **__: Any) -> None:
        message = f"{type(self)} should not be instantiated. Its methods are static: call them on the class."
        warn(message, DeprecationWarning)

    def __call__(self, *_: Any, **__: Any) -> Any:
        raise RuntimeError(_LEGACY)

    @staticmethod
    def forward(*_: Any, **__: Any) -> Any:
        """To be overridden: computes the outputs, tensors or others, of which nothing is recorded."""
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> Any:
        """May be overridden: keeps on `ctx` what the backward needs, for a forward that takes no ctx."""
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """To be overridden: the gradients of the inputs."""
        raise NotImplementedError(_NO_BACKWARD)

    vjp = backward

    @staticmethod
    def jvp(ctx: Any, *grad_inputs: Any) -> Any:
        """May be overridden: the tangents of the outputs, from those of the inputs (zeros for one that does not move)."""
        raise NotImplementedError(
            "You must implement the jvp function for custom autograd.Function to use it with forward mode AD."
        )

    @staticmethod
    def vmap(info: Any, in_dims: Any, *args: Any) -> Any:
        """May be overridden: outputs for all entries of a mapped call, and the dimension of each that these stand along."""
        raise NotImplementedError(
            "To use autograd.Function with vmap, you must either override the vmap staticmethod or set generate_vmap_rule=True."
        )

    @classmethod
    def apply(cls, *args: Any, **keywords: Any) -> Any:
        """The forward of the class; a backward pass then goes through its backward."""
        return _apply(cls, _in_order(cls, args, keywords))


class InplaceFunction(Function):
    """The same, under the name of functions that change their inputs."""

    __module__ = "torch.autograd.function"

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace


def _splits(cls: type[Function]) -> bool:
    """Whether the forward of a class does without the context, which another method fills."""
    return cls.setup_context is not Function.setup_context


def _in_order(cls: type[Function], args: tuple[Any, ...], keywords: dict[str, Any]) -> tuple[Any, ...]:
    """Arguments by place, where some were given by name; with defaults, where `setup_context` is to see them."""
    splits = _splits(cls)
    if not keywords and not splits:
        return args
    import inspect  # few calls come this way

    extra = () if splits else (None,)
    bound = inspect.signature(cls.forward).bind(*extra, *args, **keywords)
    bound.apply_defaults()
    return bound.args[len(extra) :]


@guarded
def _apply(cls: type[Function], args: tuple[Any, ...]) -> Any:
    if transforming.get() and not cls.__module__.startswith(("gradcli.", "torch.")):
        if not _splits(cls):
            raise RuntimeError(NO_SETUP)
        if any([isinstance(x, Tensor) and hasattr(type(x), "_in_step") for x in trees.leaves(args)]):
            return import_module("gradcli.torch.func.batched").applied(cls, args)
    context = _context_class(cls)(args)
    level = current().level
    moves = level is not None and level.moves(args)
    with grad_mode(False), changed(level=None) if moves else nullcontext():
        if _splits(cls):
            given = cls.forward(*args)
            cls.setup_context(context, args, given)
        else:
            given = cls.forward(context, *args)
    results = given if isinstance(given, tuple) else (given,)
    operands = [x for x in args if isinstance(x, Tensor)]
    recording = grad_enabled() and any([x._requires_grad for x in operands])
    check_dirty(context, args, results, recording)
    outputs = tuple([_output(each, context, args, recording) for each in results])
    context._outputs = outputs
    _check_returned(cls, context, args, results)
    if getattr(context, "_is_pure_view", False):
        check_pure_view(operands, outputs)
    else:
        for each in outputs:
            if isinstance(each, Tensor) and not any([each is x for x in args]):
                views.restrict(each, len(outputs) - len(context._constant) > 1)
    live = [_differentiable(each, context) for each in outputs]
    dirty = context._dirty
    if recording:
        _record(cls, context, operands, {number: out for number, out in enumerate(outputs) if live[number]})
    if moves:
        push(cls.jvp, Call(context, args, outputs, live, dirty), level)
    return outputs if isinstance(given, tuple) else outputs[0]


def _differentiable(out: Any, context: FunctionCtx) -> bool:
    """Whether a result of a call has a gradient."""
    return isinstance(out, Tensor) and out.ndarray.dtype.kind in "fc" and not any([out is each for each in context._constant])


def _check_returned(cls: type[Function], context: FunctionCtx, args: tuple[Any, ...], results: tuple[Any, ...]) -> None:
    """Refuse an input that was returned as it is, and saved by a `setup_context` as an output.  Raises Problem."""
    kept = [each for each in (*context._kept, *(context._kept_forward or ())) if not any([each is x for x in context._dirty])]
    returned = [x for x in args if isinstance(x, Tensor) and any([x is each for each in results])]
    if _splits(cls) and any([x is each for x in returned for each in kept]):
        raise Problem(
            "argument",
            "An input that has been returned as-is as output is being saved for backward. This is not supported if you "
            "override setup_context. You should return and save a view of the input instead, e.g. with x.view_as(x) or setup "
            "ctx inside the forward function itself.",
        )


def _output(result: Any, context: FunctionCtx, args: tuple[Any, ...], recording: bool) -> Any:
    """A result as it is given back: what was not made by the forward is looked at anew, unless it was changed in place."""
    if not isinstance(result, Tensor):
        return result
    if any([result is each for each in context._dirty]):
        versions.changed(result.ndarray)  # as PyTorch counts it, whether forward changed it or only said so
        return result
    returned = any([result is each for each in args])
    if returned and has_a_say(type(result)):
        with grad_mode(False):  # which is of the class that its own functions give
            return result.view_as(result)  # type: ignore[attr-defined]
    if returned and result._requires_grad and not recording:
        return result.detach()
    source = result if returned else None if result._view is None else result._view.base
    return result if source is None else views.enter(from_array(result.ndarray[...]), source)


def _record(cls: type[Function], context: FunctionCtx, operands: list[Tensor], live: dict[int, Tensor]) -> None:
    """Put a call on the tape, with those of its outputs that have a gradient."""
    if not live:
        return
    saved = [each.ndarray for each in context._kept if each is not None]
    if any([each is not None and each._inference for each in context._kept]):
        raise inference_saved()
    changed = [out for out in live.values() if any([out is each for each in context._dirty])]
    before = [(out, out.node, out._requires_grad) for out in changed]
    node = custom.record(_operation(cls, bool(saved)), operands, live, context, saved)
    selectors = [each.node for each in live.values() if each.node is not node]
    for out, origin, required in before:  # which, with its kin, comes from the new node from now on
        behind, out.node, out._requires_grad = out.node, origin, required
        node.order = next_order()
        for each in selectors:
            each.order = next_order()  # on the way back they come before the call
        views.rewrite(out, behind)
        views.refresh(versions.memory_of(out.ndarray))
    context._settle(node, live)
    tell(node.operation, tuple(operands), (), tuple(live.values()))


_operations: WeakKeyDictionary[type, dict[tuple[bool, bool], Operation]] = WeakKeyDictionary()
_contexts: WeakKeyDictionary[type, type[FunctionCtx]] = WeakKeyDictionary()


def _operation(cls: type[Function], frees: bool) -> Operation:
    """The operation of a class; calls that saved tensors have another than those that did not.

    Inside of a transform of `torch.func` it bears the name that PyTorch's own backward has there.
    """
    known = _operations.setdefault(cls, {})
    kind = frees, bool(transforming.get())
    if kind not in known:
        both = cls.vjp is not Function.vjp and cls.backward is not Function.backward
        backward: Callable[..., Any] = _refuse_both if both else cls.vjp if cls.backward is Function.backward else cls.backward
        title = f"{cls.__name__}{'Generated' if kind[1] else ''}Backward"
        known[kind] = custom.operation(title, going_back(backward), frees=frees)
    return known[kind]


def _refuse_both(*_: Any) -> Any:
    raise RuntimeError(_BOTH)


def _context_class(cls: type[Function]) -> type[FunctionCtx]:
    """The class of a function's contexts, which bears the name of its nodes."""
    if cls not in _contexts:
        words = {"__module__": "torch.autograd.function"}
        _contexts[cls] = type(f"{cls.__name__}Backward", (BackwardCFunction,), words | {"_function": cls})
    return _contexts[cls]

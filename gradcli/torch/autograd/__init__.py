"""`torch.autograd`: gradients by any spelling of outputs, weights and inputs, to the engine and back."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from gradcli.engine import reverse_mode
from gradcli.errors import Problem
from gradcli.graph import hooks, subclasses, sweep, versions
from gradcli.graph.tensor import Tensor, from_array
from gradcli.torch import _dispatch, _nonfinite
from gradcli.torch._boundary import guarded
from gradcli.torch._edges import GradientEdge, tensor_at
from gradcli.torch._saved_tensor import SavedTensor
from gradcli.torch._transforming import refuse_inside
from gradcli.torch._warnings import warn, warn_once
from gradcli.torch.autograd import anomaly_mode
from gradcli.torch.autograd.anomaly_mode import detect_anomaly, set_detect_anomaly
from gradcli.torch.autograd.grad_mode import (
    _force_original_view_tracking,
    enable_grad,
    inference_mode,
    is_grad_enabled,
    is_multithreading_enabled,
    is_view_replay_enabled,
    no_grad,
    set_grad_enabled,
    set_multithreading_enabled,
)
from gradcli.torch.autograd.variable import Variable

if TYPE_CHECKING:
    from gradcli.torch.autograd.function import Function
    from gradcli.torch.autograd.gradcheck import gradcheck, gradgradcheck

__all__ = [
    "Function",
    "SavedTensor",
    "Variable",
    "backward",
    "detect_anomaly",
    "enable_grad",
    "grad",
    "grad_mode",
    "gradcheck",
    "gradgradcheck",
    "inference_mode",
    "is_grad_enabled",
    "is_multithreading_enabled",
    "is_view_replay_enabled",
    "no_grad",
    "set_detect_anomaly",
    "set_grad_enabled",
    "set_multithreading_enabled",
]

_LATER = {"Function": "function", "gradcheck": "gradcheck", "gradgradcheck": "gradcheck"}  # where they stand
_MODULES = frozenset({"forward_ad", "function", "functional", "gradcheck", "graph", "profiler", "profiler_util"})
_fills_leaves = ContextVar("whether the pass that runs fills the grad of every leaf", default=True)
Result = TypeVar("Result")
_PASSES_OF_A_THREAD = 20  # at twenty frames each, far from Python's limit of a thousand
_CYCLE = (
    "Using backward() with create_graph=True will create a reference cycle between the parameter and its gradient "
    "which can cause a memory leak. autograd.grad makes none; otherwise set the .grad of the parameters to None after use"
)
_HINTS = {
    "not-scalar": "reduce it, as in y.sum().backward(), or give weights of its shape: y.backward(torch.ones_like(y))",
    "no-grad": "it was made of constants, detached values or comparisons, or under no_grad; requires_grad=True marks "
    "what to differentiate for",
    "second-backward": "keep the graph in every pass but the last: backward(retain_graph=True)",
    "unused": "set allow_unused=True if None is fine there, or materialize_grads=True for zeros",
}


class _Package(ModuleType):
    """This package, in which `gradcheck` is the function, even once the module of that name has been imported."""

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value.gradcheck if name == "gradcheck" and isinstance(value, ModuleType) else value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    """What few programs need is imported when it is asked for."""
    if name in _LATER:
        value = getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
        globals()[name] = value
        return value
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    if name == "_profiler_enabled":
        return import_module("gradcli.torch.profiler").is_recording
    if name == "torch":  # as PyTorch's own module has it
        return import_module("gradcli.torch")
    raise AttributeError(f"module 'torch.autograd' has no attribute '{name}'")


@guarded
def backward(
    tensors: Any,
    grad_tensors: Any = None,
    retain_graph: Any = None,
    create_graph: bool = False,
    grad_variables: Any = None,
    inputs: Any = None,
) -> None:
    """Accumulate the gradients of `tensors` into the `grad` of the leaves that they were computed from.

    grad_tensors  for each tensor a weight of its shape, or None for a tensor of one element
    inputs        the tensors to accumulate into; None is every leaf that requires grad
    """
    refuse_inside("backward")
    if grad_variables is not None:
        warn("`grad_variables` is deprecated. Use `grad_tensors` instead.", FutureWarning)
        grad_tensors = grad_variables
    outputs = _listed(tensors)
    _check_outputs(outputs)
    wanted = None if inputs is None else _listed(inputs)
    if wanted is not None:
        _check_inputs(wanted, "backward")
        for x in wanted:
            if not x._requires_grad:
                hooks.retain_grad(x)  # which refuses
    if create_graph:
        warn_once(_CYCLE)
    for each in outputs:
        _nonfinite.look_at(each.ndarray)
    weights = _weights(grad_tensors, outputs)
    token = _fills_leaves.set(wanted is None)
    try:
        with _hinted, anomaly_mode.watched(outputs):
            _with_room(
                lambda: reverse_mode.backward(
                    outputs,
                    weights,
                    retain_graph=_flag(retain_graph),
                    create_graph=bool(create_graph),
                    inputs=wanted,
                )
            )
    finally:
        _fills_leaves.reset(token)


@guarded
def grad(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: Any = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Any, ...]:
    """The gradients of `outputs` with respect to `inputs`, one for each; no `grad` is touched.

    grad_outputs       for each output a weight of its shape, or None for an output of one element
    create_graph       whether the gradients can be differentiated again
    allow_unused       whether an input that outputs do not depend on gives None, or (`materialize_grads`) zeros
    """
    if materialize_grads and allow_unused is False:
        raise Problem(
            "argument",
            "Expected allow_unused to be True or not passed when materialize_grads=True, but got: allow_unused=False.",
            type="ValueError",
        )
    if not only_inputs:
        warn("only_inputs argument is deprecated and is ignored now (defaults to True).", FutureWarning)
    ends, starts = _listed(outputs), _listed(inputs)
    _check_outputs(ends)
    _check_inputs(starts, "grad")
    weights = _weights(grad_outputs, ends)
    options: dict[str, Any] = {
        "retain_graph": _flag(retain_graph),
        "create_graph": bool(create_graph),
        "allow_unused": bool(allow_unused or materialize_grads),
    }
    token = _fills_leaves.set(False)
    try:
        with _hinted, anomaly_mode.watched(ends):
            found = _with_room(
                lambda: (
                    _batched(ends, starts, weights, options)
                    if is_grads_batched
                    else reverse_mode.grad(ends, starts, weights, **options)
                )
            )
    finally:
        _fills_leaves.reset(token)
    if materialize_grads:
        if any([each is None and isinstance(x, GradientEdge) for each, x in zip(found, _as_given(inputs))]):
            raise Problem("argument", "materialize_grads cannot be used when the given input is a GradientEdge")
        found = [_zeros_like(x, create_graph) if each is None else each for each, x in zip(found, starts)]
    return tuple(found)


def _with_room(run: Callable[[], Result]) -> Result:
    """What `run` gives, in a thread of its own where many passes run within each other: the stack of one would overflow."""
    outer = sweep.running()
    if outer is None or (outer.depth + 1) % _PASSES_OF_A_THREAD:
        if not subclasses.known:
            return run()
        with _dispatch.asking_for_values[0]():
            return run()
    from concurrent.futures import ThreadPoolExecutor  # few programs come this way

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(copy_context().run, run).result()


def _as_given(value: Any) -> Sequence[Any]:
    return (value,) if isinstance(value, (Tensor, GradientEdge)) else value


def _zeros_like(x: Tensor, requires_grad: bool) -> Tensor:
    return from_array(np.zeros(x.ndarray.shape, x.ndarray.dtype), bool(requires_grad))


def _batched(
    ends: list[Tensor], starts: list[Tensor], weights: list[Tensor | None], options: dict[str, Any]
) -> tuple[Any, ...]:
    """Gradients for a stack of weights, stacked likewise: one pass for each."""
    for place, (end, weight) in enumerate(zip(ends, weights)):
        if weight is not None and weight.ndarray.shape[1:] != end.ndarray.shape:
            raise Problem(
                "shape-mismatch",
                "If `is_grads_batched=True`, we interpret the first dimension of each grad_output as the batch dimension. The "
                "sizes of the remaining dimensions are expected to match the shape of corresponding output, but a mismatch was "
                f"detected: grad_output[{place}] has a shape of {reverse_mode.size(weight.ndarray.shape[2:])} and "
                f"output[{place}] has a shape of {reverse_mode.size(end.ndarray.shape)}. If you only want some tensors in "
                "`grad_output` to be considered batched, consider using vmap.",
            )
    batch = [weight for weight in weights if weight is not None]
    if len(batch) < len(weights):
        return tuple(reverse_mode.grad(ends, starts, weights, **options))
    from gradcli.ops.movement.joining import stack

    count, kept = len(batch[0]), options.pop("retain_graph")
    rows = [
        reverse_mode.grad(ends, starts, [weight[place] for weight in batch], retain_graph=place < count - 1 or kept, **options)
        for place in range(count)
    ]
    return tuple([None if each[0] is None else stack(list(each)) for each in zip(*rows)])


def kineto_available() -> bool:
    """Whether profiles can be taken: PyTorch's own name for its profiler."""
    return True


def _is_checkpoint_valid() -> bool:
    """Whether the pass that runs now fills the `grad` of every leaf, so that a pass within it may do so, too."""
    return _fills_leaves.get()


def _flag(value: Any) -> bool | None:
    return None if value is None else bool(value)


def _listed(value: Any) -> list[Any]:
    """One tensor, or a sequence of them, as a list.  Raises Problem."""
    try:
        return [tensor_at(each) for each in _as_given(value)]
    except TypeError:
        raise Problem(
            "type",
            f"'{type(value).__name__}' object is not iterable",
            type="TypeError",
            hint="give a tensor, or a list of tensors",
        ) from None


def _check_outputs(outputs: Sequence[Any]) -> None:
    for each in outputs:
        if not isinstance(each, Tensor):
            raise Problem(
                "type",
                "Expected output to be a torch.Tensor",
                type="AssertionError",
                hint=f"it is a {type(each).__name__}",
            )


def _check_inputs(inputs: Sequence[Any], name: str) -> None:
    if not inputs:
        raise Problem("argument", f"`inputs` argument to `{name}()` cannot be empty.")
    for each in inputs:
        if not isinstance(each, Tensor):
            raise Problem("type", f"all inputs have to be Tensors or GradientEdges, but got {type(each).__name__}")


def _weights(given: Any, outputs: Sequence[Tensor]) -> list[Tensor | None]:
    """One weight for each output.  Raises Problem."""
    weights = [None] * len(outputs) if given is None else _listed(given)
    for each in weights:
        if each is not None and not isinstance(each, Tensor):
            raise Problem(
                "type",
                f"gradients can be either Tensors or None, but got {type(each).__name__}",
                type="TypeError",
                hint="make it a tensor: torch.tensor(...)",
            )
    if len(weights) != len(outputs):
        raise Problem("argument", f"got {len(outputs)} tensors and {len(weights)} gradients")
    return weights


@contextmanager
def _unsafe_preserve_version_counter(tensor: Tensor | tuple[Tensor, ...]) -> Iterator[None]:
    """Forget at the end of the block that tensors were changed in it: PyTorch's own name, which its documents use."""
    tensors = (tensor,) if isinstance(tensor, Tensor) else tensor
    before = [versions.version(each.ndarray) for each in tensors]
    try:
        yield
    finally:
        for each, count in zip(tensors, before):
            versions.rewind(each.ndarray, count)


class _Hinting:
    """A block in which the engine's problems get the hints that help in a program."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, problem: BaseException | None, trace: object) -> None:
        if isinstance(problem, Problem):
            problem.hint = _HINTS.get(problem.code, problem.hint)


_hinted = _Hinting()  # made once: every step of a training loop goes through it

"""Checkpointing: what a function saves for the backward pass is computed again when that comes, not kept until then.

Two ways, as in PyTorch.  The reentrant one makes the call one function of the graph, whose backward calls it anew under grad
mode and
starts a pass of its own.  The other leaves the graph as it is, and puts a hook on what is saved: only the number of each
tensor is kept, and the first that is asked for has the call made again.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import gradcli.torch as torch
from gradcli.torch._warnings import warn
from gradcli.torch.utils._python_dispatch import TorchDispatchMode, no_dispatch
from gradcli.torch.utils._selective import (
    CheckpointPolicy,
    SelectiveCheckpointContext,
    create_selective_checkpoint_contexts,
)
from gradcli.torch.utils._selective import _CachedTorchDispatchMode as _CachedTorchDispatchMode
from gradcli.torch.utils._selective import _CachingTorchDispatchMode as _CachingTorchDispatchMode

__all__ = [
    "CheckpointError",
    "CheckpointFunction",
    "CheckpointPolicy",
    "SelectiveCheckpointContext",
    "checkpoint",
    "checkpoint_sequential",
    "create_selective_checkpoint_contexts",
    "noop_context_fn",
    "set_checkpoint_debug_enabled",
    "set_checkpoint_early_stop",
]
_early_stop: bool | None = None  # what a block says, whatever calls in it do
_debug: bool | None = None
_NO_CHOICE = (
    "torch.utils.checkpoint: the use_reentrant parameter should be passed explicitly. Starting in PyTorch 2.9, calling "
    "checkpoint "
    "without use_reentrant will raise an exception. use_reentrant=False is recommended, but if you need to preserve the "
    "current "
    "default behavior, you can pass use_reentrant=True. Refer to docs for more details on the differences between the two "
    "variants."
)


class CheckpointError(RuntimeError):
    """What was computed again is not what was computed before."""


class _Done(Exception):
    """Everything that was saved has been computed again."""


def noop_context_fn() -> tuple[AbstractContextManager[Any], AbstractContextManager[Any]]:
    """Contexts for the call and for the call that is made again, which do nothing."""
    return contextlib.nullcontext(), contextlib.nullcontext()


@contextmanager
def set_checkpoint_debug_enabled(enabled: bool | None) -> Iterator[None]:
    """Whether errors show the operations of both calls, whatever `checkpoint` was told; None leaves it to that."""
    global _debug
    before, _debug = _debug, enabled
    try:
        yield
    finally:
        _debug = before


@contextmanager
def set_checkpoint_early_stop(enable: bool) -> Iterator[None]:
    """Whether calls of the block, made again, end as soon as all is there that was saved, whatever they say themselves."""
    global _early_stop
    before, _early_stop = _early_stop, enable
    try:
        yield
    finally:
        _early_stop = before


def checkpoint(
    function: Callable[..., Any],
    *args: Any,
    use_reentrant: bool | None = None,
    context_fn: Callable[[], tuple[Any, Any]] = noop_context_fn,
    determinism_check: str = "default",
    debug: bool = False,
    early_stop: bool = True,
    **kwargs: Any,
) -> Any:
    """`function(*args, **kwargs)`, without keeping what it saves for the backward pass.  Raises ValueError, CheckpointError."""
    preserve = kwargs.pop("preserve_rng_state", True)
    if use_reentrant is None:
        warn(_NO_CHOICE)
        use_reentrant = True
    if use_reentrant:
        if kwargs:
            listed = ",".join(kwargs)
            raise ValueError(f"Unexpected keyword arguments: {listed}")
        if context_fn is not noop_context_fn or debug is not False:
            raise ValueError("Passing `context_fn` or `debug` is only supported when use_reentrant=False.")
        return CheckpointFunction.apply(function, preserve, *args)
    debug = debug if _debug is None else _debug
    if debug and context_fn is not noop_context_fn:
        raise ValueError("debug=True is incompatible with non-default context_fn")
    return _without_reentrance(function, args, kwargs, preserve, context_fn, determinism_check, debug, early_stop)


# --- one function of the graph --------------------------------------------------------------------------------------


def check_backward_validity(inputs: Iterable[Any]) -> None:
    """Warn where no gradient can come back, since nothing among the inputs wants one."""
    if not any(isinstance(x, torch.Tensor) and x.requires_grad for x in inputs):
        warn("None of the inputs have requires_grad=True. Gradients will be None")


def detach_variable(inputs: Any) -> tuple[Any, ...]:
    """The inputs, with leaves that want gradients as the tensors among them do.  Raises RuntimeError."""
    if not isinstance(inputs, tuple):
        raise RuntimeError(f"Only tuple of tensors is supported. Got Unsupported input type:  {type(inputs).__name__}")
    return tuple([_apart(x) if isinstance(x, torch.Tensor) else x for x in inputs])


def _apart(x: Any) -> Any:
    return x.detach().requires_grad_(x.requires_grad)


def get_device_states(*args: Any) -> tuple[list[Any], list[Any]]:
    """The numbers of the devices of some tensors, beside the CPU, and the states of their generators: none."""
    return [], []


def set_device_states(devices: Any, states: Any, *, device_type: str | None = None) -> None:
    """There is none to set."""


class CheckpointFunction(torch.autograd.Function):
    """A call that its backward makes again."""

    @staticmethod
    def forward(ctx: Any, run_function: Callable[..., Any], preserve_rng_state: bool, *args: Any) -> Any:
        """The call, without a graph."""
        check_backward_validity(args)
        ctx.run_function = run_function
        ctx.state = torch.get_rng_state() if preserve_rng_state else None
        ctx.casting = _casting()
        ctx.inputs = [None if isinstance(x, torch.Tensor) else x for x in args]
        ctx.places = [place for place, x in enumerate(args) if isinstance(x, torch.Tensor)]
        ctx.save_for_backward(*[args[place] for place in ctx.places])
        with torch.no_grad():
            return run_function(*args)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        """Call it again under grad mode, and pass the gradients back through that.  Raises RuntimeError."""
        if not torch.autograd._is_checkpoint_valid():
            raise RuntimeError(
                "When use_reentrant=True, torch.utils.checkpoint is incompatible with .grad() or passing an `inputs` "
                "parameter to "
                ".backward(). To resolve this error, you can either set use_reentrant=False, or call .backward() without "
                "passing "
                "the `inputs` argument."
            )
        inputs = [*ctx.inputs]
        for place, x in zip(ctx.places, detach_variable(ctx.saved_tensors)):
            inputs[place] = x
        with _random_state(ctx.state), ctx.casting(), torch.enable_grad():
            outputs = ctx.run_function(*inputs)
        found = outputs if isinstance(outputs, tuple) else (outputs,)
        pairs = [(out, g) for out, g in zip(found, grads) if isinstance(out, torch.Tensor) and out.requires_grad]
        if not pairs:
            raise RuntimeError("none of output has requires_grad=True, this checkpoint() is not necessary")
        torch.autograd.backward([out for out, _ in pairs], [g for _, g in pairs])
        return (None, None, *[x.grad if isinstance(x, torch.Tensor) else None for x in inputs])


@contextmanager
def _random_state(state: Any) -> Iterator[None]:
    """Draw from a state of the generator while the block runs, if there is one."""
    if state is None:
        yield
        return
    before = torch.get_rng_state()
    torch.set_rng_state(state)
    try:
        yield
    finally:
        torch.set_rng_state(before)


def _casting() -> Callable[[], AbstractContextManager[Any]]:
    """What enters a block in which operations are cast as they are here and now, by `torch.autocast` or not at all."""
    enabled, dtype = _autocast()

    def enter() -> AbstractContextManager[Any]:
        alike = _autocast() == (enabled, dtype)
        return contextlib.nullcontext() if alike else torch.autocast("cpu", dtype, enabled)

    return enter


def _autocast() -> tuple[bool, Any]:
    return torch.is_autocast_enabled("cpu"), torch.get_autocast_dtype("cpu")


# --- hooks on what is saved -----------------------------------------------------------------------------------------


class _Frame:
    """One call: how to make it again, and what that gave.

    metadata   of each tensor that was saved, to be compared
    completed  whether the call has returned: a pass within it may ask for what was saved so far
    again      by the pass that asked, the tensors that were saved when the call was made again; each is given out once
    """

    def __init__(self, recompute: Callable[[], Any], early_stop: bool, determinism_check: str) -> None:
        self.recompute = recompute
        self.early_stop = early_stop
        self.compares = determinism_check == "default"
        self.metadata: list[Any] = []
        self.completed = False
        self.again: dict[int, list[Any]] = {}

    def pack(self, x: Any) -> int:
        """Keep the number in place of a tensor."""
        self.metadata.append(_metadata(x))
        return len(self.metadata) - 1

    def unpack(self, number: int) -> Any:
        """The tensor of a number, from a call made again for the pass that runs, or for this question alone.

        Raises CheckpointError.
        """
        run = torch._C._current_graph_task_id()
        if run not in self.again:
            made = self._made_again()
            if run < 0:
                return made[number]
            self.again[run] = made
        found, self.again[run][number] = self.again[run][number], None
        if found is None:
            raise CheckpointError(
                "torch.utils.checkpoint: Unpack is being triggered for a tensor that was already unpacked once. If you are "
                "calling ctx.saved_tensors in backward, make sure to do so only once. Otherwise please open an issue with "
                "details on your use case."
            )
        return found

    def _made_again(self) -> list[Any]:
        saved: list[Any] = []

        def pack(x: Any) -> Any:
            if len(saved) == len(self.metadata) and not self.completed:
                return x.detach()
            if len(saved) == len(self.metadata):
                raise CheckpointError(
                    "torch.utils.checkpoint: trying to save more tensors during recomputation than during the original forward "
                    "pass."
                )
            # What was changed in place on its way is copied: it is younger than the function that asks for it.
            kept = x.detach() if x.requires_grad or x._version else x
            if x._version:
                with no_dispatch():
                    kept = kept.clone()
            saved.append(kept)
            if self.early_stop and len(saved) == len(self.metadata):
                raise _Done
            return x.detach()

        with contextlib.suppress(_Done), torch.autograd.graph.saved_tensors_hooks(pack, lambda x: x), torch.enable_grad():
            self.recompute()
        self._check(saved)
        return saved

    def _check(self, saved: list[Any]) -> None:
        """Refuse tensors that are fewer, or of another kind, than before.  Raises CheckpointError."""
        if len(saved) != len(self.metadata):
            raise CheckpointError(
                "torch.utils.checkpoint: A different number of tensors was saved during the original forward and "
                "recomputation.\n"
                f"Number of tensors saved during forward: {len(self.metadata)}\n"
                f"Number of tensors saved during recomputation: {len(saved)}."
            )
        differing = [
            f"tensor at position {place}:\nsaved metadata: {before}\nrecomputed metadata: {_metadata(x)}"
            for place, (before, x) in enumerate(zip(self.metadata, saved))
            if before != _metadata(x)
        ]
        if differing and self.compares:
            listed = "\n".join(differing)
            raise CheckpointError(
                "torch.utils.checkpoint: Recomputed values for the following tensors have different metadata than during the "
                f"forward pass.\n{listed}.\n"
            )


def _metadata(x: Any) -> dict[str, Any]:
    return {"shape": x.shape, "dtype": x.dtype, "device": x.device}


def _without_reentrance(
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    preserve: bool,
    context_fn: Callable[[], tuple[Any, Any]],
    determinism_check: str,
    debug: bool,
    early_stop: bool,
) -> Any:
    if determinism_check not in ("default", "none"):
        raise ValueError(f"determinism_check should be one of ['default', 'none'] but got {determinism_check}")
    logs = _Log(), _Log()
    first, again = logs if debug else context_fn()
    state = torch.get_rng_state() if preserve else None
    casting = _casting()

    def recompute() -> None:
        with _random_state(state), casting(), again:
            function(*args, **kwargs)

    if not torch.is_grad_enabled():
        return function(*args, **kwargs)
    frame = _Frame(recompute, early_stop if _early_stop is None else _early_stop, determinism_check)

    def unpack(number: int) -> Any:
        try:
            return frame.unpack(number)
        except CheckpointError as error:
            if not debug:
                raise
            raise CheckpointError(_dump(error, *logs)) from error

    with torch.autograd.graph.saved_tensors_hooks(frame.pack, unpack), first:
        given = function(*args, **kwargs)
    frame.completed = True
    return given


class _Log(TorchDispatchMode):
    """Notes the operations of a call."""

    def __init__(self) -> None:
        self.operations: list[str] = []

    def __enter__(self) -> Any:
        self.operations = []
        return super().__enter__()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.operations.append(str(func.overloadpacket.__name__))
        return func(*args, **(kwargs or {}))


def _dump(error: CheckpointError, first: _Log, again: _Log) -> str:
    listed = [f"{title}:\n{', '.join(log.operations)}" for title, log in (("Forward", first), ("Again", again))]
    opening = (
        " An error happened while unpacking tensors; dumping logs of latest computation\nbecause you passed `debug=True` to "
        "`torch.utils.checkpoint.checkpoint()`."
    )
    told = "You are seeing this error because you passed `debug=True` to checkpoint: these are the operations of both calls."
    return "\n\n".join([opening, *listed, str(error), told])


def checkpoint_sequential(functions: Any, segments: int, input: Any, use_reentrant: bool | None = None, **kwargs: Any) -> Any:
    """A Sequential, or a list of modules, in so many parts, all but the last of them checkpointed."""
    if use_reentrant is None:
        warn(_NO_CHOICE.replace("calling checkpoint", "calling checkpoint_sequential"))
        use_reentrant = True
    preserve = kwargs.pop("preserve_rng_state", True)
    if kwargs:
        raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
    modules = [*(functions.children() if isinstance(functions, torch.nn.Sequential) else functions)]
    size = len(modules) // segments

    def part(start: int, stop: int) -> Callable[[Any], Any]:
        def run(x: Any) -> Any:
            for module in modules[start:stop]:
                x = module(x)
            return x

        return run

    stop = 0
    for start in range(0, size * (segments - 1), size):
        stop = start + size
        input = checkpoint(part(start, stop), input, use_reentrant=use_reentrant, preserve_rng_state=preserve)
    return part(stop, len(modules))(input)

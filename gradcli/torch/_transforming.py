"""Whether a function runs that `torch.func` transforms, and what it must not do there, in PyTorch's words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from gradcli.torch._boundary import failure

transforming: ContextVar[tuple[Any, ...]] = ContextVar("transforming", default=())
"""The transforms that run, the innermost last; empty outside of them."""
BY_BACKWARD = ("grad_and_value(f)(*args)", "vjp(f, *primals)")  # those that differentiate by backward passes

_INSIDE = (
    "inside of a function being transformed by a functorch transform. This is unsupported, please attempt to use the functorch "
    "transforms (e.g. grad, vjp, jacrev, jacfwd, hessian) or call {name}() outside of a function being transformed instead."
)
_CALLED = "You are attempting to call Tensor.{name}() "
_REFUSALS = {
    "backward": (
        "backward() called inside a functorch transform. This is not supported, please use functorch.grad or functorch.vjp "
        "instead or call backward() outside of functorch transforms."
    ),
    "requires_grad_": f"{_CALLED}(or perhaps using torch.autograd.functional.* APIs) {_INSIDE}",
    "retain_grad": _CALLED + _INSIDE,
}
_SAVED_HOOKS = (
    "torch.func.{grad, vjp, jacrev, hessian} don't yet support saved tensor hooks. Please open an issue with your use case."
)


def refuse_inside(name: str) -> None:
    """Refuse a method of tensors where a function is transformed.  Raises RuntimeError."""
    if transforming.get():
        raise failure("RuntimeError", _REFUSALS[name].format(name=name))


def refuse_saved_hooks() -> None:
    """Refuse hooks on saved tensors where a transform goes back.  Raises RuntimeError."""
    if any([getattr(each, "name", "") in BY_BACKWARD for each in transforming.get()]):
        raise failure("RuntimeError", _SAVED_HOOKS)


@contextmanager
def within(transform: Any) -> Iterator[None]:
    """A block in which a function runs that is transformed."""
    token = transforming.set((*transforming.get(), transform))
    try:
        yield
    finally:
        transforming.reset(token)

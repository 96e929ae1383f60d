"""`torch.autograd.forward_ad`: dual tensors, which carry a tangent through all that is computed with them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from gradcli.engine import dual
from gradcli.errors import Problem
from gradcli.graph.context import changed, current, enter
from gradcli.graph.tensor import Tensor
from gradcli.torch._boundary import guarded
from gradcli.torch._dtypes import of

__all__ = ["UnpackedDualTensor", "dual_level", "enter_dual_level", "exit_dual_level", "make_dual", "unpack_dual"]


def __getattr__(name: str) -> int:
    """`_current_level`, PyTorch's own name: the number of the level that lasts, or -1."""
    if name == "_current_level":
        return -1 if current().level is None else 0
    raise AttributeError(f"module 'torch.autograd.forward_ad' has no attribute '{name}'")


class UnpackedDualTensor(NamedTuple):
    """The two halves of a dual tensor; a tensor that is none has no tangent."""

    primal: Tensor
    tangent: Tensor | None


@guarded
def enter_dual_level() -> int:
    """Let tensors have tangents from now on.  Gives the number of the level."""
    dual.enter_level()
    return 0


@guarded
def exit_dual_level(*, level: int | None = None) -> None:
    """Forget all tangents."""
    dual.exit_level()


@guarded
def make_dual(tensor: Tensor, tangent: Tensor, *, level: int | None = None) -> Tensor:
    """A view of `tensor` that has a tangent, of the same shape.  Raises ValueError for what is not floating point."""
    for name, each in (("primal", tensor), ("tangent", tangent)):
        if not isinstance(each, Tensor):
            message = f"'{type(each).__name__}' object has no attribute 'is_floating_point'"
            raise Problem("type", message, type="AttributeError", hint="give two tensors")
        if each.ndarray.dtype.kind not in "fc":
            raise Problem(
                "dtype",
                f"Expected {name} to be floating point or complex, but got: {of(each.ndarray.dtype)}",
                type="ValueError",
                hint="convert it, as in x.float()",
            )
    return dual.make_dual(tensor, tangent)


@guarded
def unpack_dual(tensor: Tensor, *, level: int | None = None) -> UnpackedDualTensor:
    """A tensor without its tangent, and the tangent, or None where there is none."""
    tangent = dual.tangent_of(tensor)
    return UnpackedDualTensor(tensor if tangent is None else dual.primal_of(tensor), tangent)


class dual_level:
    """A `with` block in which tensors may have tangents."""

    def __enter__(self) -> int:
        return enter_dual_level()

    def __exit__(self, *_: object) -> None:
        exit_dual_level()


def _is_fwd_grad_enabled() -> bool:
    """Whether operations pass tangents on: PyTorch's own name."""
    return current().pushing


def _set_fwd_grad_enabled_from_now_on(mode: bool) -> None:
    """Pass tangents on from now on, or do not."""
    enter(pushing=bool(mode))


@contextmanager
def _set_fwd_grad_enabled(mode: bool) -> Iterator[None]:
    """Pass tangents on in the block, or do not: PyTorch's own name."""
    with changed(pushing=bool(mode)):
        yield

"""Rules that programs' own functions have for `vmap`: what a call gives for all entries at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from gradcli.graph.tensor import Tensor
from gradcli.torch import _trees as trees
from gradcli.torch._boundary import failure
from gradcli.torch.autograd.function import NO_SETUP, Function

_MORE = "For more details, please see https://pytorch.org/docs/main/notes/extending.func.html"
_RETURNS = (
    "Expected the vmap staticmethod to have two returns, an output and out_dims with pytree structure compatible with the "
    "output."
)


class VmapInfo(NamedTuple):
    """What a rule is told of the mapping: how many entries there are, and what holds for random numbers."""

    batch_size: int
    randomness: str


def applied(func: Callable[..., Any]) -> type[Function] | None:
    """The class whose `apply` a function is, if it computes all entries by a rule of its own.

    Raises RuntimeError for a class that has two rules, or none.
    """
    cls = getattr(func, "__self__", None)
    if not (isinstance(cls, type) and issubclass(cls, Function)) or getattr(func, "__name__", None) != "apply":
        return None
    if cls.setup_context is Function.setup_context:
        raise failure("RuntimeError", NO_SETUP)
    own, generated = cls.vmap is not Function.vmap, cls.generate_vmap_rule
    name = cls.__name__
    if own and generated:
        raise failure(
            "RuntimeError",
            f"You tried to vmap over {name}, but it has both generate_vmap_rule=True and an overridden vmap staticmethod. "
            f"Please set generate_vmap_rule=False or delete the overridden vmap staticmethod to avoid ambiguity. {_MORE}",
        )
    if not own and not generated:
        raise failure(
            "RuntimeError",
            f"You tried to vmap over {name}, but it does not have vmap support. Please override and implement the vmap "
            f"staticmethod or set generate_vmap_rule=True. {_MORE}",
        )
    return cls if own else None


def called(cls: type[Function], info: VmapInfo, dims: list[Any], args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """The outputs of a rule, each with its entries along a first dimension.

    dims  the dimension of each leaf of the arguments that is mapped over
    Raises RuntimeError, NotImplementedError.
    """
    if any([isinstance(each, Tensor) for each in trees.leaves(keywords)]):
        raise failure(
            "NotImplementedError",
            "Run vmap on autograd.Function with kwarg-only Tensor args. Please do not pass kwarg-only Tensors to "
            f"autograd.Function. Got: {keywords}",
        )
    given = cls.vmap(info, trees.like(args, iter(dims)), *args, **keywords)
    if not isinstance(given, tuple):
        raise failure("RuntimeError", f"{_RETURNS} Got a {type(given)} instead")
    if len(given) != 2:
        raise failure("RuntimeError", f"{_RETURNS} Got {len(given)} returns instead")
    output, places = given
    moved = [_moved(each, dim, info.batch_size) for each, dim in _paired(output, places, places)]
    return trees.like(output, iter(moved))


def _paired(output: Any, dims: Any, whole: Any) -> list[tuple[Any, Any]]:
    """Each output with the dimension of its entries, where one number, or None, stands for all below it."""
    if dims is None or isinstance(dims, int):
        return [(each, dims) for each in trees.leaves(output)]
    if type(dims) is type(output) and isinstance(dims, (list, tuple)) and len(dims) == len(output):
        return [pair for each, dim in zip(output, dims) for pair in _paired(each, dim, whole)]
    raise failure(
        "RuntimeError",
        f"The autograd.Function's vmap staticmethod returned an incompatible (output, out_dims) tuple. Expected "
        f"out_dims={whole} to be compatible with the structure of `output`. out_dims has structure {trees.spec(whole)} but "
        f"output has structure {trees.spec(output)}. {_MORE}",
    )


def _moved(each: Any, dim: int | None, count: int) -> Any:
    return each.unsqueeze(0).expand(count, *each.shape) if dim is None else each.movedim(dim, 0)

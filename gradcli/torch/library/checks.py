"""`torch.library.opcheck`: whether an operator does what its schema, its fake and its derivative say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import gradcli.torch as torch
from gradcli.graph.tensor import Tensor
from gradcli.torch.library.operators import CustomOverload, found
from gradcli.torch.utils._pytree import tree_leaves, tree_map_only


class OpCheckError(Exception):
    """An operator does not do what it says of itself."""


def _schema(op: CustomOverload, args: Any, kwargs: Any) -> None:
    """Arguments may change where the schema says so alone."""
    values, named = op._schema.bind(op.name(), args, kwargs)
    before = [[each.ndarray.copy() for each in _tensors(value)] for value in (*values, *named.values())]
    op(*values, **named)
    for argument, value, old in zip(op._schema.arguments, (*values, *named.values()), before):
        same = all([np.array_equal(x.ndarray, y, equal_nan=y.dtype.kind in "fc") for x, y in zip(_tensors(value), old)])
        if not same and not argument.mutated:
            raise OpCheckError(f"Argument {argument.name} is not defined as mutable but was mutated")


def _registration(op: CustomOverload, args: Any, kwargs: Any) -> None:
    """An operator that takes what wants gradients must have a derivative where autograd asks for it."""
    wanting = any([each.requires_grad for each in _tensors((args, kwargs))])
    kernels = ("Autograd", "AutogradCPU", "CompositeImplicitAutograd")
    if wanting and not op.careful and op.backward is None and not any([key in op.kernels for key in kernels]):
        raise OpCheckError(
            f"autograd_registration_check: {op.name()} has no derivative where autograd looks for one. Use register_autograd, "
            "not an autograd.Function in a kernel for the CPU."
        )


def _fake(op: CustomOverload, args: Any, kwargs: Any) -> None:
    """What the fake tells of results must be what they are like."""
    kernel = op.kernels.get("Meta", op.kernels.get("CompositeImplicitAutograd"))
    if kernel is None:
        raise OpCheckError(f"There is no fake of {op.name()}: give it one with torch.library.register_fake")
    with torch.no_grad():
        told = _tensors(kernel(*_copied(args), **_copied(kwargs)))
        given = _tensors(op(*_copied(args), **_copied(kwargs)))
    for one, two in zip(told, given):
        if (one.shape, one.ndarray.dtype) != (two.shape, two.ndarray.dtype):
            raise OpCheckError(
                f"The fake of {op.name()} gives a tensor of shape {list(one.shape)} and dtype {one.ndarray.dtype}, and the "
                f"operator one of shape {list(two.shape)} and dtype {two.ndarray.dtype}"
            )


def _backward(op: CustomOverload, args: Any, kwargs: Any) -> None:
    """A backward pass must go through, where somebody wants one and there is a derivative."""
    if op.backward is None or not any([each.requires_grad for each in _tensors((args, kwargs))]):
        return
    moved = tree_map_only(Tensor, lambda x: x.detach().clone().requires_grad_(x.requires_grad), (args, kwargs))
    results = [each for each in _tensors(op(*moved[0], **moved[1])) if each.requires_grad]
    if results:
        torch.autograd.backward(results, [torch.ones_like(each) for each in results])


_CHECKS: dict[str, Callable[[CustomOverload, Any, Any], None]] = {
    "test_schema": _schema,
    "test_autograd_registration": _registration,
    "test_faketensor": _fake,
    "test_aot_dispatch_dynamic": _backward,
}


def opcheck(
    op: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any] | None = None,
    *,
    test_utils: str | Sequence[str] = tuple(_CHECKS),
    raise_exception: bool = True,
    **_: Any,
) -> dict[str, Any]:
    """Check an operator on some arguments.  Gives "SUCCESS", or the error, by the name of each check.

    Raises OpCheckError, unless `raise_exception` is False.
    """
    names = [test_utils] if isinstance(test_utils, str) else test_utils
    verdicts: dict[str, Any] = {}
    for name in names:
        try:
            _CHECKS[name](found(op), args, kwargs or {})
            verdicts[name] = "SUCCESS"
        except Exception as error:
            if raise_exception:
                raise OpCheckError(f"opcheck(op, ...): {name} failed with {error} (scroll up for stack trace)") from error
            verdicts[name] = error
    return verdicts


def _tensors(tree: Any) -> list[Any]:
    return [each for each in tree_leaves(tree) if isinstance(each, Tensor)]


def _copied(tree: Any) -> Any:
    return tree_map_only(Tensor, lambda x: x.detach().clone(), tree)

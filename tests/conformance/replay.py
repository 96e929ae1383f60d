"""A sample run again, with `gradcli.torch` in the place of PyTorch, and what differs from what PyTorch made of it."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

import gradcli.torch as torch
from gradcli.torch.autograd import forward_ad
from tests.conformance.arrays import agree, digest, pattern, read


def differences(sample: dict[str, Any]) -> Iterator[str]:
    """What differs, in words that begin with its kind: missing, error, value, grad_fn, gradient, second, forward."""
    leaves: list[Any] = []
    inputs = [_leaf(each) for each in sample["tensors"]]
    leaves = [each for each in inputs if each.requires_grad]
    try:
        outs = _run(sample, inputs)
    except Exception as error:
        missing = isinstance(error, AttributeError)
        yield f"{'missing' if missing else 'error'}: {type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
        return
    for want, out in zip(sample["values"], outs, strict=True):
        yield from _compared("value", want, out)
    names = [None if each.grad_fn is None else each.grad_fn.name().removeprefix("torch::autograd::") for each in outs]
    if names != sample["functions"]:
        yield f"grad_fn: expected {sample['functions']}, found {names}"
    if "grads" in sample:
        try:
            yield from _backward(sample, [each for each in outs if each.requires_grad], leaves)
        except Exception as error:
            yield f"gradient: {type(error).__name__}: {error}"
    if "forward" in sample:
        try:
            yield from _forward(sample, inputs)
        except Exception as error:
            yield f"forward: {type(error).__name__}: {error}"


def _compared(kind: str, want: Any, found: Any) -> Iterator[str]:
    """An array, or where PyTorch gives none (or zeros in the place of none) nothing or zeros."""
    if found is None or want is None:
        if not (found is None and want is None):
            yield f"{kind}: expected {'nothing' if want is None else want[:2]}, found {found if found is None else 'a tensor'}"
        return
    array = found.detach().resolve_conj().numpy() if hasattr(found, "resolve_conj") else found.detach().numpy()
    have = digest(array)
    if not agree(want, have[: len(want)]):
        shown = np.array2string(array, threshold=8, precision=4).replace("\n", "")
        yield f"{kind}: expected {want[:2]}, found {have[:2]} {shown if want[:2] == have[:2] else ''}"


def _backward(sample: dict[str, Any], outs: list[Any], leaves: list[Any]) -> Iterator[str]:
    weights = [_like(each, 0.5) for each in outs]
    grads = torch.autograd.grad(outs, leaves, weights, create_graph=True, allow_unused=True)
    for want, found in zip(sample["grads"], grads, strict=True):
        yield from _compared("gradient", want, found)
    again = [each for each in grads if each is not None and each.requires_grad]
    if "second" in sample:
        try:
            weights = [_like(each, 0.9) for each in again]
            second = torch.autograd.grad(again, leaves, weights, allow_unused=True) if again else [None] * len(leaves)
        except Exception as error:
            yield f"second: {type(error).__name__}: {error}"
            return
        for want, found in zip(sample["second"], second, strict=True):
            yield from _compared("second", want, found)


def _forward(sample: dict[str, Any], inputs: list[Any]) -> Iterator[str]:
    with forward_ad.dual_level():
        duals = [forward_ad.make_dual(each.detach(), _like(each, 0.2)) if each.requires_grad else each for each in inputs]
        tangents = [forward_ad.unpack_dual(each).tangent for each in _run(sample, duals)]
    for want, found in zip(sample["forward"], tangents, strict=True):
        yield from _compared("forward", want, found)


def _leaf(written: list[Any]) -> Any:
    dtype, shape, strides, requires_grad, data = written
    return torch.from_numpy(read(data, shape, dtype, strides)).requires_grad_(requires_grad)


def _like(tensor: Any, phase: float) -> Any:
    return torch.from_numpy(pattern(tuple(tensor.shape), phase)).to(tensor.dtype)


def _run(sample: dict[str, Any], inputs: list[Any]) -> list[Any]:
    """The tensors of a sample's result."""
    torch.manual_seed(sample.get("seed", 0))
    results: list[Any] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, args, keywords in sample["calls"]:
            given = [_read(each, inputs, results) for each in args]
            results.append(_called(name, given, {key: _read(each, inputs, results) for key, each in keywords.items()}))
    return [_read(each, inputs, results) for each in sample["result"]]


def _called(name: str, args: list[Any], keywords: dict[str, Any]) -> Any:
    """A call of `torch.nn.functional.relu`, `torch.Tensor.add` or `torch.Tensor.T.__get__`."""
    path = name.split(".")
    if path[:2] == ["torch", "Tensor"]:
        if path[-1] == "__get__":
            return getattr(args[0], path[2])
        return getattr(args[0], path[2])(*args[1:], **keywords)
    found: Any = torch.ops.aten if path[0] == "aten" else torch
    for part in path[1:]:
        found = getattr(found, part)
    return found(*args, **keywords)


def _read(value: Any, inputs: list[Any], results: list[Any]) -> Any:
    if isinstance(value, list):
        return [_read(each, inputs, results) for each in value]
    if not isinstance(value, dict):
        return value
    ((kind, content),) = value.items()
    if kind == "x":
        return inputs[content]
    if kind == "r":
        found = results[content[0]]
        for place in content[1:]:
            found = found[place]
        return found
    if kind == "tuple":
        return tuple([_read(each, inputs, results) for each in content])
    if kind == "slice":
        return slice(*[_read(each, inputs, results) for each in content])
    readers = {"float": float, "complex": lambda pair: complex(*pair), "torch": lambda name: getattr(torch, name)}
    return Ellipsis if kind == "ellipsis" else readers[kind](content)

"""`torch._foreach_add` and its kin: one function for each tensor of a list, with what else it takes, one or one for each.

The names are PyTorch's own for what its optimizers do to all parameters at once; functions of the graph bear them, too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import gradcli.torch as torch
from gradcli.graph.tensor import Tensor
from gradcli.torch._boundary import failure
from gradcli.torch._naming import renamed

_WITH_NUMBERS = {"maximum": "clamp_min", "minimum": "clamp_max"}  # what these are where the other is a number
_UNARY = frozenset({
    "abs", "acos", "asin", "atan", "ceil", "cos", "cosh", "erf", "erfc", "exp", "expm1", "floor", "frac", "lgamma", "log",
    "log10", "log1p", "log2", "max", "neg", "reciprocal", "round", "rsqrt", "sigmoid", "sign", "sin", "sinh", "sqrt", "tan",
    "tanh", "trunc", "zero", "clone",
})  # fmt: skip
_OTHERS = frozenset({
    "add", "addcdiv", "addcmul", "clamp_max", "clamp_min", "copy", "div", "lerp", "maximum", "minimum", "mm", "mul", "norm",
    "pow", "sub",
})  # fmt: skip


def function(name: str) -> Callable[..., Any] | None:
    """The function of a name such as "_foreach_add_", or None where PyTorch has none."""
    base = name.removeprefix("_foreach_")
    changing = base.endswith("_")
    base = base.removesuffix("_")
    if base not in _UNARY | _OTHERS:
        return None

    def call(tensors: Any, *args: Any, **keywords: Any) -> Any:
        count = _count(base, tensors, args)
        results = []
        for place in range(count):
            own = [_entry(each, place, count) for each in (tensors, *args)]
            words = {word: _entry(value, place, count) for word, value in keywords.items()}
            results.append(_one(base, changing, own, words))
        return list(results) if changing else tuple(results)

    call.__name__ = call.__qualname__ = name
    return call


def _count(base: str, tensors: Any, args: tuple[Any, ...]) -> int:
    """How many calls there are: as many as tensors in the first list, or, for powers of one number, in the second."""
    lists = [each for each in (tensors, *args) if isinstance(each, (list, tuple))]
    if not lists or (isinstance(tensors, Tensor)):
        raise failure("TypeError", f"_foreach_{base}(): argument 'self' must be tuple of Tensors, not {type(tensors).__name__}")
    if not lists[0]:
        raise failure("RuntimeError", "Tensor list must have at least one tensor.")
    for each in lists[1:]:
        if len(each) != len(lists[0]):
            kind = "tensor lists" if isinstance(each[0], Tensor) else "scalar list"
            if kind == "scalar list":
                raise failure("RuntimeError", "Tensor list must have same number of elements as scalar list.")
            counts = f"got {len(lists[0])} and {len(each)}"
            raise failure("RuntimeError", f"Tensor lists must have the same number of tensors, {counts}")
    return len(lists[0])


def _entry(value: Any, place: int, count: int) -> Any:
    """What one call takes of a list; anything else goes to every call."""
    return value[place] if isinstance(value, (list, tuple)) and len(value) == count else value


def _one(base: str, changing: bool, own: Sequence[Any], words: dict[str, Any]) -> Any:
    if len(own) > 1 and not isinstance(own[1], Tensor):
        base = _WITH_NUMBERS.get(base, base)
    if base in ("addcdiv", "addcmul") and len(own) == 4:
        own, words = own[:3], {"value": own[3], **words}
    if changing:
        return getattr(own[0], f"{base}_")(*own[1:], **words)
    if base == "norm":
        return torch.linalg.vector_norm(*own, **words)
    result = getattr(torch, base)(*own, **words)
    if base in _UNARY and base != "clone":
        renamed(result, f"Foreach{base.capitalize()}Backward{1 if base == 'max' else 0}")
    return result

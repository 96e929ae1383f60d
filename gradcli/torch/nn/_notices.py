"""What `torch.nn.functional` says of a call before it makes it, and the ways of calling that it has kept from older days."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from gradcli.graph.tensor import Tensor
from gradcli.ops.catalogue import FUNCTIONS
from gradcli.torch import _rows
from gradcli.torch._naming import renamed
from gradcli.torch._warnings import warn, warn_once
from gradcli.torch.nn import _orders

Words = dict[str, Any]
_Prepare = Callable[[str, tuple[Any, ...], Words], Words]


def function(name: str) -> Callable[..., Any]:
    """The function of a name that the table has; some look at their arguments first."""
    if name in _ACTIVATIONS:
        return activation(name)
    found = _rows.function(name)
    prepare, order = _PREPARE.get(name), _orders.ORDERS.get(name)
    if prepare is None and any([each.name == "reduction" for row in FUNCTIONS[name] for each in row.statics]):
        prepare = _loss
    if prepare is None:
        return _orders.signed(found, order or _orders.of_row(FUNCTIONS[name][0]))
    most = _orders.positional(FUNCTIONS[name][0])

    @functools.wraps(found)
    def call(*args: Any, **words: Any) -> Any:
        if order is not None and len(args) > most:
            args, words = _orders.by_name(name, order, args, words, most)
        return found(*args, **prepare(name, args, words))

    vars(found)["shown"] = call
    return _orders.signed(call, order or _orders.of_row(FUNCTIONS[name][0]))


def _loss(name: str, args: tuple[Any, ...], words: Words) -> Words:
    """The options of a loss, where `size_average` and `reduce` have become the `reduction` that they stand for."""
    if "size_average" not in words and "reduce" not in words:
        return words
    rest = dict(words)
    average, reduce = rest.pop("size_average", None), rest.pop("reduce", None)
    if average is None and reduce is None:
        return rest
    meant = "none" if reduce is not None and not reduce else "mean" if average is None or average else "sum"
    warn(f"size_average and reduce args will be deprecated, please use reduction='{meant}' instead.")
    return {**rest, "reduction": meant}


def _distance(name: str, args: tuple[Any, ...], words: Words) -> Words:
    target = words.get("target", args[1] if len(args) > 1 else None)
    if args and isinstance(args[0], Tensor) and isinstance(target, Tensor) and args[0].shape != target.shape:
        warn(
            f"Using a target size ({target.shape}) that is different to the input size ({args[0].shape}). This will likely "
            "lead to incorrect results due to broadcasting. Please ensure they have the same size."
        )
    return _loss(name, args, words)


def _softmax(name: str, args: tuple[Any, ...], words: Words) -> Words:
    if "_stacklevel" in words:  # how far up PyTorch looks for the line that it warns of
        words = {word: value for word, value in words.items() if word != "_stacklevel"}
    if len(args) != 1 or not isinstance(args[0], Tensor) or words.get("dim") is not None:
        return words
    warn(f"Implicit dimension choice for {name} has been deprecated. Change the call to include dim=X as an argument.")
    return {**words, "dim": 0 if args[0].ndim in (0, 1, 3) else 1}


# Activations that may change their tensor, with the options before `inplace`, and the name that PyTorch gives to the function
# of the graph behind such a change, where it is another one.
_ACTIVATIONS: dict[str, tuple[int, str]] = {
    "celu": (1, "CeluBackward1"),
    "elu": (1, "EluBackward1"),
    "hardsigmoid": (0, ""),
    "hardswish": (0, ""),
    "hardtanh": (2, ""),
    "leaky_relu": (1, "LeakyReluBackward1"),
    "mish": (0, ""),
    "relu": (0, ""),
    "relu6": (0, ""),
    "selu": (0, "EluBackward1"),
    "silu": (0, ""),
    "threshold": (2, "ThresholdBackward1"),
}


def activation(name: str) -> Callable[..., Any]:
    """An activation of the table; `inplace` may stand last without its name."""
    found = _rows.function(name)
    options, changing = _ACTIVATIONS[name]

    @functools.wraps(found)
    def call(input: Any, *args: Any, inplace: bool = False, **words: Any) -> Any:
        if len(args) > options:
            args, inplace = args[:options], args[options]
        if not inplace:
            return found(input, *args, **words)
        out = found(input, *args, inplace=True, **words)
        return renamed(out, changing) if changing else out

    vars(found)["shown"] = call
    return _orders.signed(call, {**_orders.of_row(FUNCTIONS[name][0]), "inplace": False})


def in_place(name: str) -> Callable[..., Any]:
    """An activation that changes its tensor: `F.elu_(x)` is `F.elu(x, inplace=True)`."""
    found = activation(name)

    @functools.wraps(found)
    def call(input: Any, *args: Any, **words: Any) -> Any:
        return found(input, *args, inplace=True, **words)

    call.__name__ = call.__qualname__ = f"{name}_"
    return call


_ALIGN = (
    "Default grid_sample and affine_grid behavior has changed to align_corners=False since 1.3.0. Please specify "
    "align_corners=True if the old behavior is desired. See the documentation of grid_sample for details."
)


def _aligned(name: str, args: tuple[Any, ...], words: Words) -> Words:
    if len(args) < (3 if name == "affine_grid" else 5) and words.get("align_corners") is None:
        warn_once(_ALIGN)
    return words


_PREPARE: dict[str, _Prepare] = {
    **dict.fromkeys(("affine_grid", "grid_sample"), _aligned),
    **dict.fromkeys(("huber_loss", "l1_loss", "mse_loss", "smooth_l1_loss"), _distance),
    **dict.fromkeys(("log_softmax", "softmax", "softmin"), _softmax),
}

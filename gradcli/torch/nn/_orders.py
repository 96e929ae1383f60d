"""In which order functions of `torch.nn.functional` take their arguments, which is what `inspect.signature` shows.

Losses take `size_average` and `reduce`, of older days, between others; rows do not have them, and take what stands behind
them by name only.

    ORDERS                    by name: the arguments in their order, with their defaults
    by_name(...)              a call whose arguments stand in that order, as a call that gives the last ones names
    signed(function, order)   the function, with its signature
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import Parameter, Signature
from typing import Any

from gradcli.graph.operation import REQUIRED, Operation
from gradcli.ops.core.table import public_name

Order = dict[str, Any]

_PAIR: Order = dict.fromkeys(("input", "target"), REQUIRED)
_PAIR_AND_TARGET: Order = dict.fromkeys(("input1", "input2", "target"), REQUIRED)
_TRIPLET: Order = dict.fromkeys(("anchor", "positive", "negative"), REQUIRED)
_OLD: Order = {"size_average": None, "reduce": None, "reduction": "mean"}
_OF_CLASSES: Order = {
    **_PAIR, "weight": None, "size_average": None, "ignore_index": -100, "reduce": None, "reduction": "mean",
}  # fmt: skip
_OF_SOFTMAX: Order = {"input": REQUIRED, "dim": None, "_stacklevel": 3, "dtype": None}
ORDERS: dict[str, Order] = {
    "binary_cross_entropy": {**_PAIR, "weight": None, **_OLD},
    "binary_cross_entropy_with_logits": {**_PAIR, "weight": None, **_OLD, "pos_weight": None},
    "cosine_embedding_loss": {**_PAIR_AND_TARGET, "margin": 0, **_OLD},
    "cross_entropy": {**_OF_CLASSES, "label_smoothing": 0.0},
    "hinge_embedding_loss": {**_PAIR, "margin": 1.0, **_OLD},
    "huber_loss": {**_PAIR, "reduction": "mean", "delta": 1.0, "weight": None},
    "l1_loss": {**_PAIR, **_OLD, "weight": None},
    "log_softmax": _OF_SOFTMAX,
    "margin_ranking_loss": {**_PAIR_AND_TARGET, "margin": 0, **_OLD},
    "mse_loss": {**_PAIR, **_OLD, "weight": None},
    "multi_margin_loss": {**_PAIR, "p": 1, "margin": 1.0, "weight": None, **_OLD},
    "multilabel_margin_loss": {**_PAIR, **_OLD},
    "multilabel_soft_margin_loss": {**_PAIR, "weight": None, **_OLD},
    "nll_loss": _OF_CLASSES,
    "smooth_l1_loss": {**_PAIR, **_OLD, "beta": 1.0},
    "soft_margin_loss": {**_PAIR, **_OLD},
    "softmax": _OF_SOFTMAX,
    "softmin": _OF_SOFTMAX,
    "triplet_margin_loss": {**_TRIPLET, "margin": 1.0, "p": 2, "eps": 1e-6, "swap": False, **_OLD},
}  # fmt: skip


def of_row(row: Operation) -> Order:
    """The arguments of a row, in its own order."""
    needed = len(row.operands) - row.optional
    operands = {public_name(row, name): REQUIRED if at < needed else None for at, name in enumerate(row.operands)}
    return {**operands, **{each.name: each.default for each in row.statics}}


def positional(row: Operation) -> int:
    """How many arguments a row takes without their names."""
    return len(row.operands) + sum([not each.keyword_only for each in row.statics])


def by_name(
    function: str, order: Order, args: tuple[Any, ...], words: dict[str, Any], most: int
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """A call whose arguments stand in their order: those that a row does not take so get their names.  Raises TypeError."""
    if len(args) > len(order):
        least = list(order.values()).count(REQUIRED)
        takes = f"takes from {least} to {len(order)} positional arguments but {len(args)} were given"
        raise TypeError(f"{function}() {takes}")
    kept = min([most, *[at for at, name in enumerate(order) if name in _OLD or name == "_stacklevel"]])
    given = dict(zip(list(order)[kept:], args[kept:]))
    for name in given.keys() & words.keys():
        raise TypeError(f"{function}() got multiple values for argument '{name}'")
    return args[:kept], {**given, **words}


def signed(function: Callable[..., Any], order: Order) -> Callable[..., Any]:
    """The function, of which `inspect.signature` shows the arguments."""
    kind = Parameter.POSITIONAL_OR_KEYWORD
    shown = [Parameter(name, kind, default=Parameter.empty if of is REQUIRED else of) for name, of in order.items()]
    function.__signature__ = Signature(shown)  # type: ignore[attr-defined]
    return function

"""What is asked of `gradcli eval`: the expression, its bindings, and how to differentiate it."""

from __future__ import annotations

from copy import copy
from typing import Any


class Request:
    """One evaluation, as the user typed it (or as a batch record spells it).

    bindings     (name, value, is_constant) in the order given; a value is an expression, `@file`, or an array,
                 which keeps its dtype
    weights      one for each backward pass: an expression, `@file`, "ones", or an array; or a function that gives
                 them for the output's shape
    wrt          the only leaves to differentiate by, or None for all
    retain_grad  names of intermediate values whose gradients are kept, too
    also         "jacobian", "hessian", or both: what is to be computed beside the backward passes
    notes        whether kinks at which a gradient used a convention are to be told
    texts        the bindings that were given as texts, which stay when their values are computed
    stdin        gives the bytes of standard input, for `NAME=@-`
    tell         is given a sentence where a file was not read as it stands (it was packed), if anybody listens
    """

    __slots__ = (
        "also",
        "bindings",
        "dtype",
        "expr",
        "no_grad",
        "notes",
        "passes",
        "retain_grad",
        "retain_graph",
        "seed",
        "stdin",
        "tell",
        "texts",
        "values",
        "weights",
        "wrt",
        "zero_grad",
    )

    def __init__(
        self,
        expr: str,
        bindings: Any = (),
        *,
        weights: Any = (),
        passes: int = 1,
        retain_graph: bool = False,
        zero_grad: bool = False,
        wrt: Any = None,
        retain_grad: Any = (),
        no_grad: bool = False,
        dtype: str = "float64",
        seed: int | None = None,
        values: bool = False,
        also: Any = (),
        notes: bool = False,
        stdin: Any = None,
        tell: Any = None,
    ) -> None:
        self.expr: str = expr
        self.bindings: list[tuple[str, Any, bool]] = list(bindings)
        self.texts: dict[str, str] = {name: value for name, value, _ in self.bindings if isinstance(value, str)}
        self.weights = weights
        self.passes = passes
        self.retain_graph = retain_graph
        self.zero_grad = zero_grad
        self.wrt: list[str] | None = wrt
        self.retain_grad: list[str] = list(retain_grad)
        self.no_grad = no_grad
        self.dtype = dtype
        self.seed = seed
        self.values = values
        self.also: list[str] = list(also)
        self.notes = notes
        self.stdin = stdin
        self.tell = tell

    def but(self, **changes: Any) -> Request:
        """Another request that differs in these fields: one that was given is never changed."""
        other = copy(self)
        for field, value in changes.items():
            setattr(other, field, value)
        return other

"""Which function gives the Kullback-Leibler divergence of which two classes of distributions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradcli.torch.distributions.distribution import Distribution

Divergence = Callable[[Any, Any], Any]
_registry: dict[tuple[type, type], Divergence] = {}


def register_kl(type_p: type, type_q: type) -> Callable[[Divergence], Divergence]:
    """A decorator for the function of two classes.  Raises TypeError."""
    for name, kind in (("type_p", type_p), ("type_q", type_q)):
        if not (isinstance(kind, type) and issubclass(kind, Distribution)):
            raise TypeError(f"Expected {name} to be a Distribution subclass but got {kind}")

    def add(function: Divergence) -> Divergence:
        _registry[type_p, type_q] = function
        return function

    return add


def kl_divergence(p: Any, q: Any) -> Any:
    """The mean of `log p(x) - log q(x)` for x from p.  Raises NotImplementedError."""
    found = [
        (type(p).__mro__.index(one) + type(q).__mro__.index(other), function)
        for (one, other), function in _registry.items()
        if isinstance(p, one) and isinstance(q, other)
    ]
    if not found:
        raise NotImplementedError(f"No KL(p || q) is implemented for p type {type(p).__name__} and q type {type(q).__name__}")
    return min(found, key=lambda pair: pair[0])[1](p, q)

"""Changes of variables: functions with an inverse and the logarithm of the absolute value of their Jacobian's determinant."""

from __future__ import annotations

import math
import weakref
from collections.abc import Sequence
from copy import copy
from typing import Any

import gradcli.torch as torch
from gradcli.torch._namespaces import missing
from gradcli.torch.distributions import constraints
from gradcli.torch.distributions.utils import sum_rightmost


class Transform:
    """`t(x)`, `t.inv(y)`, and `t.log_abs_det_jacobian(x, y)`.

    bijective  whether it has an inverse everywhere
    domain, codomain  constraints; their `event_dim` says how many dimensions depend on each other
    """

    bijective = False
    domain: Any = constraints.real
    codomain: Any = constraints.real
    _inv: Any = None  # a weak reference to the inverse, where there is one about

    def __init__(self, cache_size: int = 0) -> None:
        if cache_size not in (0, 1):
            raise ValueError("cache_size must be 0 or 1")
        self._cache_size = cache_size
        self._cached: tuple[Any, Any] = (None, None)

    def with_cache(self, cache_size: int = 1) -> Any:
        """The same, which remembers its last value or not."""
        if self._cache_size == cache_size:
            return self
        new = copy(self)
        Transform.__init__(new, cache_size)
        new._inv = None
        return new

    @property
    def sign(self) -> Any:
        """Whether it grows (1) or falls (-1)."""
        raise NotImplementedError

    @property
    def event_dim(self) -> int:
        """How many dimensions depend on each other.  Raises ValueError where that changes."""
        if self.domain.event_dim == self.codomain.event_dim:
            return int(self.domain.event_dim)
        raise ValueError("Please use either .domain.event_dim or .codomain.event_dim")

    @property
    def inv(self) -> Any:
        """The inverse, the same as long as it is in use."""
        made = None if self._inv is None else self._inv()
        if made is None:
            made = _Inverse(self)
            self._inv = weakref.ref(made)
        return made

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_inv": None}

    def __call__(self, x: Any) -> Any:
        if self._cache_size == 0:
            return self._call(x)
        before, after = self._cached
        if before is not x:
            after = self._call(x)
            self._cached = (x, after)
        return after

    def _inv_call(self, y: Any) -> Any:
        before, after = self._cached
        if self._cache_size and after is y:
            return before
        return self._inverse(y)

    def _call(self, x: Any) -> Any:
        raise NotImplementedError

    def _inverse(self, y: Any) -> Any:
        raise NotImplementedError

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """log |dy/dx|."""
        raise NotImplementedError

    def forward_shape(self, shape: Any) -> Any:
        """The shape of the result."""
        return torch.Size(shape)

    def inverse_shape(self, shape: Any) -> Any:
        """The shape of an argument."""
        return torch.Size(shape)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self._parts() == other._parts()

    def __hash__(self) -> int:
        return id(self)

    def _parts(self) -> Any:
        return ()

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class _Inverse(Transform):
    """The inverse of a transform."""

    def __init__(self, transform: Transform) -> None:
        super().__init__()
        self._forward = transform

    bijective = property(lambda self: self._forward.bijective)
    domain = property(lambda self: self._forward.codomain)
    codomain = property(lambda self: self._forward.domain)
    sign = property(lambda self: self._forward.sign)
    inv = property(lambda self: self._forward)

    def with_cache(self, cache_size: int = 1) -> Any:
        """The inverse of the transform that remembers."""
        return self._forward.with_cache(cache_size).inv

    def _parts(self) -> Any:
        return self._forward

    def __call__(self, x: Any) -> Any:
        return self._forward._inv_call(x)

    def _inv_call(self, y: Any) -> Any:
        return self._forward(y)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """log |dy/dx|."""
        return -self._forward.log_abs_det_jacobian(y, x)

    def forward_shape(self, shape: Any) -> Any:
        """The shape of the result."""
        return self._forward.inverse_shape(shape)

    def inverse_shape(self, shape: Any) -> Any:
        """The shape of an argument."""
        return self._forward.forward_shape(shape)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._forward!r})"


_Inverse.__name__ = _Inverse.__qualname__ = "_InverseTransform"


class ComposeTransform(Transform):
    """Several one after the other."""

    def __init__(self, parts: Sequence[Transform], cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.parts = [part.with_cache(cache_size) for part in parts] if cache_size else [*parts]

    bijective = property(lambda self: all(part.bijective for part in self.parts))
    sign = property(lambda self: math.prod([part.sign for part in self.parts]))

    @property
    def domain(self) -> Any:
        """That of the first."""
        if not self.parts:
            return constraints.real
        extra = max([0, *[part.domain.event_dim for part in self.parts]]) - self.parts[0].domain.event_dim
        return constraints.independent(self.parts[0].domain, extra) if extra > 0 else self.parts[0].domain

    @property
    def codomain(self) -> Any:
        """That of the last."""
        if not self.parts:
            return constraints.real
        extra = max([0, *[part.codomain.event_dim for part in self.parts]]) - self.parts[-1].codomain.event_dim
        return constraints.independent(self.parts[-1].codomain, extra) if extra > 0 else self.parts[-1].codomain

    @property
    def inv(self) -> Any:
        """The inverses in reverse order."""
        made = None if self._inv is None else self._inv()
        if made is None:
            made = ComposeTransform([part.inv for part in reversed(self.parts)])
            self._inv, made._inv = weakref.ref(made), lambda: self
        return made

    def with_cache(self, cache_size: int = 1) -> Any:
        """The same of parts that remember."""
        return self if cache_size == self._cache_size else ComposeTransform(self.parts, cache_size)

    def _parts(self) -> Any:
        return self.parts

    def __call__(self, x: Any) -> Any:
        for part in self.parts:
            x = part(x)
        return x

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """The sum over all."""
        if not self.parts:
            return torch.zeros_like(x)
        event = self.domain.event_dim
        total: Any = 0
        for part in self.parts:
            after = part(x)
            total = total + sum_rightmost(part.log_abs_det_jacobian(x, after), event - part.domain.event_dim)
            event += part.codomain.event_dim - part.domain.event_dim
            x = after
        return total

    def forward_shape(self, shape: Any) -> Any:
        """The shape of the result."""
        for part in self.parts:
            shape = part.forward_shape(shape)
        return shape

    def inverse_shape(self, shape: Any) -> Any:
        """The shape of an argument."""
        for part in reversed(self.parts):
            shape = part.inverse_shape(shape)
        return shape

    def __repr__(self) -> str:
        listed = ",\n    ".join([repr(part) for part in self.parts])
        return f"ComposeTransform(\n    {listed}\n)"


identity_transform = ComposeTransform([])


def __getattr__(name: str) -> Any:
    """The transforms themselves, which PyTorch has in this module; they load when asked for."""
    from gradcli.torch import distributions

    if name.endswith("Transform") and name in distributions.__all__:
        return getattr(distributions, name)
    raise missing("torch.distributions.transforms", name, lambda: distributions.__all__)

"""The base of all distributions.

A sample has the shape `sample_shape + batch_shape + event_shape`: so many draws of so many distributions, each of which gives
tensors of an event's shape.
"""

from __future__ import annotations

from typing import Any, ClassVar

import gradcli.torch as torch
from gradcli.torch._naming import module_name
from gradcli.torch._warnings import warn
from gradcli.torch.distributions import constraints
from gradcli.torch.distributions.utils import lazy_property

_MODULES = {
    "StudentT": "studentT",
    "OneHotCategorical": "one_hot_categorical",
    "FisherSnedecor": "fishersnedecor",
    "RelaxedOneHotCategorical": "relaxed_categorical",
    "ExponentialFamily": "exp_family",
    "LKJCholesky": "lkj_cholesky",
    "LowRankMultivariateNormal": "lowrank_multivariate_normal",
    "OneHotCategoricalStraightThrough": "one_hot_categorical",
}


class Distribution:
    """A distribution.

    arg_constraints  by name what parameters may be
    support          what samples may be
    has_rsample      whether samples can be differentiated by the parameters
    """

    has_rsample = False
    has_enumerate_support = False
    arg_constraints: ClassVar[dict[str, Any]]
    _validate_args = __debug__
    _not_shown: tuple[str, ...] = ()

    def __init_subclass__(cls) -> None:
        snake = "".join([f"_{c.lower()}" if c.isupper() else c for c in cls.__name__]).strip("_")
        cls.__module__ = module_name(cls.__module__, f"torch.distributions.{_MODULES.get(cls.__name__, snake)}")

    def __init__(self, batch_shape: Any = (), event_shape: Any = (), validate_args: bool | None = None) -> None:
        self._batch_shape = torch.Size(batch_shape)
        self._event_shape = torch.Size(event_shape)
        if validate_args is not None:
            self._validate_args = validate_args
        if self._validate_args:
            if not hasattr(self, "arg_constraints"):
                warn(
                    f"{type(self)} does not define `arg_constraints`. Please set `arg_constraints = {{}}` or initialize the "
                    "distribution with `validate_args=False` to turn off validation.",
                    UserWarning,
                )
            for name, constraint in self._arguments().items():
                lazy = isinstance(getattr(type(self), name, None), lazy_property)
                if constraints.is_dependent(constraint) or (name not in self.__dict__ and lazy):
                    continue
                value = getattr(self, name)
                if not bool(constraint.check(value).all()):
                    raise ValueError(
                        f"Expected parameter {name} ({type(value).__name__} of shape {tuple(value.shape)}) of distribution "
                        f"{self!r} to satisfy the constraint {constraint!r}, but found invalid values:\n{value}"
                    )

    def _arguments(self) -> dict[str, Any]:
        """What parameters may be; nothing where the class does not say."""
        return getattr(self, "arg_constraints", {})

    @staticmethod
    def set_default_validate_args(value: bool) -> None:
        """Whether parameters and values are checked unless a distribution says otherwise.  Raises ValueError."""
        if value not in (True, False):
            raise ValueError
        Distribution._validate_args = value

    @property
    def batch_shape(self) -> Any:
        """How many distributions this is."""
        return self._batch_shape

    @property
    def event_shape(self) -> Any:
        """What one sample of one of them is."""
        return self._event_shape

    def _extended_shape(self, sample_shape: Any = ()) -> Any:
        return torch.Size((*sample_shape, *self._batch_shape, *self._event_shape))

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """The same distributions, broadcast to more: every parameter that the instance has is expanded."""
        new = type(self).__new__(type(self))
        lazy = {name for name in self.__dict__ if isinstance(getattr(type(self), name, None), lazy_property)}
        new.__dict__.update({name: value for name, value in self.__dict__.items() if name not in lazy})
        batch_shape = torch.Size(batch_shape)
        for name in self._arguments():
            if name in self.__dict__:
                value = self.__dict__[name]
                event = self._arguments()[name].event_dim
                shape = (*batch_shape, *value.shape[value.dim() - event :]) if event else batch_shape
                new.__dict__[name] = value.expand(shape)
        self._expand_into(new, batch_shape)
        Distribution.__init__(new, batch_shape, self._event_shape, validate_args=False)
        new._validate_args = self._validate_args
        return new

    def _expand_into(self, new: Any, batch_shape: Any) -> None:
        """Set what else an expanded distribution needs."""

    @property
    def support(self) -> Any:
        """What samples may be."""
        raise NotImplementedError

    # --- what each kind says ----------------------------------------------------------------------------------------

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Samples through which gradients flow to the parameters."""
        raise NotImplementedError

    def sample(self, sample_shape: Any = ()) -> Any:
        """Samples."""
        with torch.no_grad():
            return self.rsample(sample_shape)

    def log_prob(self, value: Any) -> Any:
        """The logarithm of density or probability at a value."""
        raise NotImplementedError

    def cdf(self, value: Any) -> Any:
        """The probability of at most a value."""
        raise NotImplementedError

    def icdf(self, value: Any) -> Any:
        """The value that is not passed with this probability."""
        raise NotImplementedError

    def entropy(self) -> Any:
        """The entropy, in nats."""
        raise NotImplementedError

    def enumerate_support(self, expand: bool = True) -> Any:
        """All values that a discrete distribution can give."""
        raise NotImplementedError

    @property
    def mean(self) -> Any:
        """The mean."""
        raise NotImplementedError

    @property
    def mode(self) -> Any:
        """The most probable value."""
        raise NotImplementedError(f"{type(self)} does not implement mode")

    @property
    def variance(self) -> Any:
        """The variance."""
        raise NotImplementedError

    @property
    def stddev(self) -> Any:
        """The standard deviation."""
        return self.variance.sqrt()

    def perplexity(self) -> Any:
        """e to the entropy."""
        return torch.exp(self.entropy())

    # --- checks -----------------------------------------------------------------------------------------------------

    def _validate_sample(self, value: Any) -> None:
        """Refuse what cannot be a sample.  Raises ValueError."""
        if not isinstance(value, torch.Tensor):
            raise ValueError("The value argument to log_prob must be a Tensor")
        event_start = value.dim() - len(self._event_shape)
        if value.shape[event_start:] != self._event_shape:
            raise ValueError(f"The right-most size of value must match event_shape: {value.shape} vs {self._event_shape}.")
        actual, expected = value.shape, (*self._batch_shape, *self._event_shape)
        for i, j in zip(reversed(actual), reversed(expected)):
            if i != 1 and j != 1 and i != j:
                raise ValueError(
                    f"Value is not broadcastable with batch_shape+event_shape: {actual} vs {torch.Size(expected)}."
                )
        support = self.support
        if constraints.is_dependent(support):
            return
        if not bool(support.check(value).all()):
            raise ValueError(
                f"Expected value argument ({type(value).__name__} of shape {tuple(value.shape)}) to be within the support "
                f"({support!r}) of the distribution {self!r}, but found invalid values:\n{value}"
            )

    def __repr__(self) -> str:
        parts = []
        for name in self._arguments():
            if name in self.__dict__ and name not in self._not_shown:
                value = self.__dict__[name]
                parts.append(f"{name}: {value if value.numel() == 1 else value.size()}")
        return f"{type(self).__name__}({', '.join(parts)})"


class ExponentialFamily(Distribution):
    """Distributions whose density is `exp(natural parameters * statistic - log normalizer)`."""

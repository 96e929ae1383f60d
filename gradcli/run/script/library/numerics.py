"""`numpy`, to the extent that scripts put arrays beside tensors: constructors, functions of arrays, random numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradcli.graph import memory
from gradcli.run.script.arrays import Array, Kind, Method, argument, number_class
from gradcli.run.script.classes import Kind as Type
from gradcli.run.script.classes import add_kind
from gradcli.run.script.exposed import Exposed
from gradcli.run.script.modules import Module, find

_CONSTANTS = ("e", "euler_gamma", "inf", "nan", "newaxis", "pi")
_SCALARS = ("bool", "float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8")
_OF_ARRAYS = """
    abs absolute add all allclose any arccos arccosh arcsin arcsinh arctan arctan2 arctanh argmax argmin argsort array
    array_equal asarray ascontiguousarray atleast_1d atleast_2d average broadcast_to cbrt ceil clip column_stack
    concatenate copy cos cosh count_nonzero cross cumprod cumsum deg2rad diag diff divide dot dstack einsum equal exp
    exp2 expand_dims expm1 fabs fill_diagonal flatnonzero flip floor floor_divide fmax fmin fmod greater greater_equal
    hstack hypot imag isclose isfinite isinf isnan isscalar less less_equal log log10 log1p log2 logaddexp logical_and
    logical_not logical_or logical_xor matmul max maximum mean median meshgrid min minimum mod multiply nan_to_num
    nanmax nanmean nanmin nansum ndim negative nonzero not_equal outer percentile power prod quantile rad2deg ravel real
    reciprocal remainder reshape roll round searchsorted shape sign sin sinc sinh size sort split sqrt square squeeze
    stack std subtract sum swapaxes tan tanh trace transpose tril triu true_divide trunc unique var vstack where"""
_OF_SIZES = ("empty", "eye", "full", "identity", "ones", "zeros")
_LENGTHS = ("eye", "rand", "randn")  # which take a size as so many arguments
_ALIKE = ("empty_like", "full_like", "ones_like", "zeros_like")
_RANGES = ("arange", "geomspace", "linspace", "logspace")
_LINEAR = ("cond", "det", "eigh", "eigvalsh", "inv", "matrix_rank", "norm", "pinv", "qr", "slogdet", "solve", "svd")
_DRAWS = """binomial choice exponential normal permutation poisson rand randint randn random random_sample seed shuffle
            standard_normal uniform"""
_NEW_DRAWS = "choice exponential integers normal permutation random shuffle standard_normal uniform"


class Scalar(Kind):
    """A type of NumPy's numbers: `np.float32(1.5)`, and `dtype=np.float32`."""

    __slots__ = ()
    title = "type"

    def __instancecheck__(self, value: Any) -> bool:
        return type(value) is number_class(self.kind.type)

    def __call__(self, value: Any = 0) -> Any:
        return Method(self.kind.type)(value)

    def __repr__(self) -> str:
        return f"<class 'numpy.{self.kind.type.__name__}'>"

    __hash__ = Kind.__hash__


class Arrays(Type):
    """The type `numpy.ndarray`, of which NumPy's single numbers are none."""

    __slots__ = ()

    def matches(self, value: Any) -> bool:
        """Whether it is an array."""
        return isinstance(value, Array) and isinstance(value.values, np.ndarray)

    __instancecheck__ = matches


class Generator(Exposed):
    """A generator of random arrays, and the names of the ways to draw that scripts have."""

    __slots__ = ("draws", "source")
    title = "numpy.random.Generator"

    def __init__(self, source: Any, draws: str) -> None:
        self.source = source
        self.draws = draws.split()

    def read(self, name: str) -> Any:
        """A way to draw.  Raises Problem."""
        return _sized(name, getattr(self.source, name)) if name in self.draws else super().read(name)

    def names(self) -> list[str]:
        """Every way to draw."""
        return self.draws


def _sized(name: str, call: Callable[..., Any]) -> Method:
    """A function that is asked for an array of some size, which must fit into memory."""

    def checked(*args: Any, **words: Any) -> Any:
        sizes = [each for each in (*args, *words.values()) if isinstance(each, (int, tuple, list))]
        for each in sizes:
            memory.reserve(_product(each), name)
        if name in _LENGTHS:
            memory.reserve(_product(args), name)
        return call(*args, **words)

    return Method(checked)


def _product(lengths: Any) -> int:
    total = 1
    for each in lengths if isinstance(lengths, (tuple, list)) else (lengths,):
        total *= max(each, 1) if isinstance(each, int) else 1
    return total


def _range(name: str) -> Method:
    """A function that makes an array of so many steps, which must fit into memory."""
    call = getattr(np, name)

    def checked(*args: Any, **words: Any) -> Any:
        if name == "arange" and args:
            bounds = [*args, *[each for each in (words.get("step"),) if each is not None]]
            start, stop, step = (0, bounds[0], 1) if len(bounds) == 1 else (*bounds[:2], *bounds[2:3], 1)[:3]
            memory.reserve(int(max((stop - start) / (step or 1), 0)), name)
        else:
            memory.reserve(int(words.get("num", args[2] if len(args) > 2 else 50)), name)
        return call(*args, **words)

    return Method(checked)


def _linear() -> dict[str, Any]:
    return {**{name: Method(getattr(np.linalg, name)) for name in _LINEAR}, "LinAlgError": ValueError}


def _default_rng(seed: Any = None) -> Generator:
    return Generator(np.random.default_rng(argument(seed)), _NEW_DRAWS)


def _random() -> dict[str, Any]:
    legacy = Generator(np.random.RandomState(), _DRAWS)
    return {
        **{name: legacy.read(name) for name in _DRAWS.split()},
        "RandomState": lambda seed=None: Generator(np.random.RandomState(argument(seed)), _DRAWS),
        "default_rng": _default_rng,
    }


_MADE = {"numpy.linalg": _linear, "numpy.random": _random}


def _members() -> dict[str, Any]:
    scalars = {name: Scalar(np.dtype(name)) for name in _SCALARS}
    return {
        **{name: getattr(np, name) for name in _CONSTANTS},
        **scalars,
        "bool_": scalars["bool"],
        "double": scalars["float64"],
        "int_": scalars["int64"],
        "single": scalars["float32"],
        **{name: Method(getattr(np, name)) for name in (*_OF_ARRAYS.split(), *_ALIKE)},
        **{name: _sized(name, getattr(np, name)) for name in _OF_SIZES},
        **{name: _range(name) for name in _RANGES},
        **{name: find(f"numpy.{name}") for name in ("linalg", "random")},
        "ndarray": add_kind(Arrays("numpy.ndarray", Array)),
    }


def module(name: str) -> Module | None:
    """The module `numpy` or one inside it, or None."""
    if name == "numpy":
        return Module(name, _members())
    if name in _MADE:
        return Module(name, _MADE[name]())
    return None

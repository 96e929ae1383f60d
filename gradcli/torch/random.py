"""Random tensors beyond the table's rows, and the generators that they are drawn from (`torch.random`, `torch.Generator`)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor, from_array
from gradcli.ops.core import dtypes
from gradcli.ops.creation import draws, factories
from gradcli.torch._boundary import guarded
from gradcli.torch._dtypes import CPU, check_device, kind_of
from gradcli.torch._rows import only_places, receive

if TYPE_CHECKING:
    from gradcli.ops.random.generator import Generator as Stream  # which only programs that draw numbers need

_STATE = np.dtype([("seed", np.uint64), ("drawn", np.uint64), ("waits", np.uint64), ("second", np.float64)])
_STATE_SIZE = 5056  # bytes, as many as PyTorch's
_FIRST_SEED = 67280421310721  # that PyTorch starts a new generator from


class Generator:
    """A stream of random numbers of its own: those that PyTorch's CPU generator gives for the same seed."""

    __module__ = "torch._C"
    _stream: Stream

    @guarded
    def __init__(self, device: Any = None) -> None:
        from gradcli.ops.random.generator import Generator as Stream

        check_device(device)
        self._stream = Stream(_FIRST_SEED)

    device = property(lambda self: CPU)

    @guarded
    def manual_seed(self, seed: Any) -> Generator:
        """Start again from `seed`.  Gives the generator itself."""
        self._stream.manual_seed(int(seed))
        return self

    def initial_seed(self) -> int:
        """The seed that it started from."""
        return self._stream.initial_seed

    def seed(self) -> int:
        """Start again from a seed of the operating system's, and give it."""
        self._stream.manual_seed(int.from_bytes(os.urandom(8), "little"))
        return self._stream.initial_seed

    def get_state(self) -> Tensor:
        """Where it stands, as bytes to be kept for `set_state`."""
        seed, drawn, second = self._stream.state
        state = np.zeros(_STATE_SIZE, np.uint8)
        state[: _STATE.itemsize].view(_STATE)[0] = seed, drawn, second is not None, second or 0.0
        return from_array(state)

    @guarded
    def set_state(self, new_state: Any) -> Generator:
        """Go back to where it stood.  Gives the generator itself."""
        if not isinstance(new_state, Tensor) or new_state.ndarray.dtype != np.uint8:
            raise Problem("type", "RNG state must be a torch.ByteTensor", type="TypeError")
        if new_state.ndarray.shape != (_STATE_SIZE,):
            raise Problem("argument", "RNG state is wrong size")
        seed, drawn, waits, second = new_state.ndarray[: _STATE.itemsize].view(_STATE)[0].item()
        self._stream.state = seed, drawn, second if waits else None
        return self

    def __repr__(self) -> str:
        return f"<torch._C.Generator object at {id(self):#x}>"


class _Default(Generator):
    """The generator that everything draws from unless another is given."""

    def __init__(self) -> None:
        """Its stream is the engine's own, looked up at every use."""

    @property
    def _stream(self) -> Stream:  # type: ignore[override]
        return factories.generator()  # type: ignore[no-any-return]


default_generator: Generator = _Default()


def manual_seed(seed: Any) -> Generator:
    """Start the default generator again from `seed`.  Gives that generator."""
    return default_generator.manual_seed(seed)


def initial_seed() -> int:
    """The seed of the default generator."""
    return default_generator.initial_seed()


def seed() -> int:
    """Start the default generator again from a seed of the operating system's, and give it."""
    return default_generator.seed()


def get_rng_state() -> Tensor:
    """Where the default generator stands."""
    return default_generator.get_state()


def set_rng_state(new_state: Any) -> None:
    """Bring the default generator back to where it stood."""
    default_generator.set_state(new_state)


@contextmanager
def fork_rng(devices: Any = None, enabled: bool = True, **_: Any) -> Iterator[None]:
    """What a block draws is not missed behind it."""
    state = default_generator._stream.state
    try:
        yield
    finally:
        if enabled:
            default_generator._stream.state = state


@contextmanager
def drawing_from(generator: Any) -> Iterator[None]:
    """Have all random numbers come from `generator` (None: the default one) while the block runs.  Raises Problem."""
    if generator is None or generator is default_generator:
        yield
        return
    if not isinstance(generator, Generator):
        message = f"argument 'generator' must be a torch.Generator, not {type(generator).__name__}"
        raise Problem("argument", message, type="TypeError")
    shared, own = factories.generator(), generator._stream
    _exchange(shared, own)
    try:
        yield
    finally:
        _exchange(shared, own)


def _exchange(one: Stream, other: Stream) -> None:
    for name in type(one).__slots__:
        value = getattr(one, name)
        setattr(one, name, getattr(other, name))
        setattr(other, name, value)


# --- drawing --------------------------------------------------------------------------------------------------------


@guarded
def normal(
    mean: Any,
    std: Any = 1.0,
    size: Any = None,
    *,
    generator: Any = None,
    dtype: Any = None,
    requires_grad: bool = False,
    out: Tensor | None = None,
    **places: Any,
) -> Tensor:
    """Normal numbers: of a size, or with a mean and a deviation each, given as tensors."""
    only_places("normal", places)
    tensors = [each for each in (mean, std) if isinstance(each, Tensor)]
    if not tensors and size is None:
        raise Problem(
            "argument",
            "normal(): missing required argument 'size'",
            type="TypeError",
            hint="give a size, as in normal(0., 1., (2, 3)), or a tensor of means",
        )
    with drawing_from(generator):
        if len(tensors) == 2:
            made = draws.normal(mean, std)
        elif tensors:
            made = draws.normal_of_means(mean, std) if tensors[0] is mean else draws.normal_of_deviations(std, mean)
        else:
            kind = dtypes.default_dtype() if dtype is None else kind_of(dtype)
            made = _leaf(factories.generator().normal(tuple(size), kind, mean, std), requires_grad)
    return made if out is None else receive(out, made)


@guarded
def randperm(n: int, *, generator: Any = None, dtype: Any = None, requires_grad: bool = False, **places: Any) -> Tensor:
    """The whole numbers below n in random order."""
    only_places("randperm", places)
    if not isinstance(n, int):
        message = f"randperm(): argument 'n' (position 1) must be int, not {type(n).__name__}"
        raise Problem("argument", message, type="TypeError")
    with drawing_from(generator):
        order = factories.generator().randperm(n)
    return _leaf(order if dtype is None else order.astype(kind_of(dtype)), requires_grad)


@guarded
def bernoulli(input: Tensor, p: float | None = None, *, generator: Any = None, out: Tensor | None = None) -> Tensor:
    """Ones with the probabilities that stand in `input` (or p), else zeros."""
    with drawing_from(generator):
        array = input.ndarray
        plain = factories.generator().bernoulli
        made = draws.bernoulli(input) if p is None else from_array(plain(p, array.shape, array.dtype))
    return made if out is None else receive(out, made)


@guarded
def poisson(input: Tensor, generator: Any = None) -> Tensor:
    """Random whole numbers of Poisson distributions with the rates in `input`."""
    from gradcli.torch import _samplers  # few programs draw them

    with drawing_from(generator):
        return _samplers.poisson(input)  # type: ignore[no-any-return]


@guarded
def binomial(count: Tensor, prob: Tensor, generator: Any = None) -> Tensor:
    """How many of `count` tries succeed, each with probability `prob`."""
    from gradcli.torch import _samplers

    with drawing_from(generator):
        return _samplers.binomial(count, prob)  # type: ignore[no-any-return]


@guarded
def multinomial(input: Tensor, num_samples: int, replacement: bool = False, *, generator: Any = None) -> Tensor:
    """Indices drawn in proportion to the weights in `input`, for each of its rows."""
    with drawing_from(generator):
        return from_array(factories.generator().multinomial(input.ndarray, num_samples, replacement))


@guarded
def randint_like(input: Tensor, *bounds: int, dtype: Any = None, requires_grad: bool = False, **places: Any) -> Tensor:
    """Random whole numbers of the size of `input`: below a bound, or between two (`low`, `high`)."""
    given = {name: places.pop(name) for name in ("low", "high") if name in places}
    only_places("randint_like", places)
    low, high = bounds if len(bounds) == 2 else (given.get("low", 0), given.get("high", *bounds))
    kind = input.ndarray.dtype if dtype is None else kind_of(dtype)
    return _leaf(factories.generator().randint(low, high, input.ndarray.shape, kind), requires_grad)


def _leaf(array: Any, requires_grad: bool) -> Tensor:
    made = from_array(array)
    return made.require_grad() if requires_grad else made

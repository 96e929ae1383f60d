"""Random tensors beyond the table's rows, and the generators that they are drawn from."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor
from gradcli.ops import creation, dtypes
from gradcli.run.script.calls import only_places
from gradcli.run.script.dtypes import CPU, check_device, kind_of
from gradcli.run.script.exposed import Exposed

_STATE = np.dtype([("seed", np.uint64), ("drawn", np.uint64), ("waits", np.uint64), ("second", np.float64)])
_STATE_SIZE = 5056  # bytes, as many as PyTorch's

if TYPE_CHECKING:
    from gradcli.ops.generator import Generator  # which only scripts that draw numbers need


class GeneratorObject(Exposed):
    """`torch.Generator()`: a stream of random numbers of its own."""

    __slots__ = ("device", "stream")
    public = frozenset({"device", "get_state", "initial_seed", "manual_seed", "seed", "set_state"})
    title = "torch._C.Generator"

    def __init__(self, device: Any = None, *, stream: Generator | None = None) -> None:
        check_device(device)
        self.device = CPU
        self.stream = _new_stream() if stream is None else stream

    def manual_seed(self, seed: Any) -> GeneratorObject:
        """Start again from `seed`."""
        self.stream.manual_seed(_seed(seed))
        return self

    def initial_seed(self) -> int:
        """The seed that it started from."""
        return self.stream.initial_seed

    def seed(self) -> int:
        """Start again from a seed of the operating system's, and tell it."""
        self.stream.manual_seed(int.from_bytes(os.urandom(8), "little"))
        return self.stream.initial_seed

    def get_state(self) -> Tensor:
        """Where it stands, as bytes to be kept for `set_state`."""
        seed, drawn, second = self.stream.state
        state = np.zeros(_STATE_SIZE, np.uint8)
        state[: _STATE.itemsize].view(_STATE)[0] = seed, drawn, second is not None, second or 0.0
        return Tensor(state)

    def set_state(self, new_state: Any) -> GeneratorObject:
        """Go back to where it stood.  Raises Problem."""
        if type(new_state) is not Tensor or new_state.dtype != np.uint8:
            raise Problem("type", "RNG state must be a torch.ByteTensor", type="TypeError")
        if new_state.shape != (_STATE_SIZE,):
            raise Problem("argument", "RNG state is wrong size")
        seed, drawn, waits, second = new_state.array[: _STATE.itemsize].view(_STATE)[0].item()
        self.stream.state = seed, drawn, second if waits else None
        return self

    def __repr__(self) -> str:
        return f"<torch._C.Generator object at {id(self):#x}>"


def _new_stream() -> Generator:
    from gradcli.ops.generator import Generator

    return Generator(67280421310721)  # the seed that PyTorch starts a new generator from


def _seed(seed: Any) -> int:
    return int(seed.array.item() if type(seed) is Tensor else seed)


_shared: list[GeneratorObject] = []


def default_generator() -> GeneratorObject:
    """The generator that everything draws from unless another is given."""
    if not _shared:
        _shared.append(GeneratorObject(stream=creation.generator()))
    return _shared[0]


def manual_seed(seed: Any) -> GeneratorObject:
    """Start the default generator again from `seed`."""
    return default_generator().manual_seed(seed)


def initial_seed() -> int:
    """The seed of the default generator."""
    return default_generator().initial_seed()


def get_rng_state() -> Tensor:
    """Where the default generator stands."""
    return default_generator().get_state()


def set_rng_state(new_state: Any) -> None:
    """Bring the default generator back to where it stood.  Raises Problem."""
    default_generator().set_state(new_state)


class ForkRng(Exposed):
    """`torch.random.fork_rng()`: what a block draws is not missed behind it."""

    __slots__ = ("enabled", "state")
    title = "contextlib._GeneratorContextManager"

    def __init__(self, devices: Any = None, enabled: bool = True, **_: Any) -> None:
        self.enabled = enabled
        self.state: Any = None

    def __enter__(self) -> None:
        self.state = default_generator().stream.state

    def __exit__(self, *_: Any) -> None:
        if self.enabled:
            default_generator().stream.state = self.state


def seed() -> int:
    """Start the default generator again from a seed of the operating system's, and tell it."""
    return default_generator().seed()


@contextmanager
def drawing_from(generator: Any) -> Iterator[None]:
    """Have all random numbers come from `generator` (None: the default one) while the block runs.  Raises Problem."""
    if generator is not None and not isinstance(generator, GeneratorObject):
        raise Problem(
            "argument",
            f"argument 'generator' must be a torch.Generator, not {type(generator).__name__}",
            type="TypeError",
        )
    shared = creation.generator()
    own = shared if generator is None else generator.stream
    _exchange(shared, own)
    try:
        yield
    finally:
        _exchange(shared, own)


def _exchange(one: Generator, other: Generator) -> None:
    for name in type(one).__slots__:
        value = getattr(one, name)
        setattr(one, name, getattr(other, name))
        setattr(other, name, value)


def normal(
    mean: Any,
    std: Any = 1.0,
    size: Any = None,
    *,
    generator: Any = None,
    dtype: Any = None,
    requires_grad: bool = False,
    **places: Any,
) -> Tensor:
    """Normal numbers: of a size, or with a mean and a deviation each, given as tensors.  Raises Problem."""
    only_places("normal", places)
    tensors = [each for each in (mean, std) if type(each) is Tensor]
    if not tensors and size is None:
        raise Problem(
            "argument",
            "normal(): missing required argument 'size'",
            type="TypeError",
            hint="give a size, as in normal(0., 1., (2, 3)), or a tensor of means",
        )
    with drawing_from(generator):
        stream = creation.generator()
        if tensors:
            array = stream.normal_tensors(*[each.array if type(each) is Tensor else each for each in (mean, std)])
        else:
            array = stream.normal(tuple(size), dtypes.default_dtype() if dtype is None else kind_of(dtype), mean, std)
    return _leaf(array, requires_grad)


def randperm(n: int, *, generator: Any = None, dtype: Any = None, requires_grad: bool = False, **places: Any) -> Tensor:
    """The whole numbers below n in random order.  Raises Problem."""
    only_places("randperm", places)
    if not isinstance(n, int):
        raise Problem(
            "argument", f"randperm(): argument 'n' (position 1) must be int, not {type(n).__name__}", type="TypeError"
        )
    with drawing_from(generator):
        order = creation.generator().randperm(n)
    return _leaf(order if dtype is None else order.astype(kind_of(dtype)), requires_grad)


def bernoulli(input: Tensor, p: float | None = None, *, generator: Any = None) -> Tensor:
    """Ones with the probabilities that stand in `input` (or p), else zeros."""
    with drawing_from(generator):
        return Tensor(creation.generator().bernoulli(input.array if p is None else p, input.shape, input.dtype))


def multinomial(input: Tensor, num_samples: int, replacement: bool = False, *, generator: Any = None) -> Tensor:
    """Indices drawn in proportion to the weights in `input`, for each of its rows."""
    with drawing_from(generator):
        return Tensor(creation.generator().multinomial(input.array, num_samples, replacement))


def randint_like(input: Tensor, *bounds: int, dtype: Any = None, requires_grad: bool = False, **places: Any) -> Tensor:
    """Random whole numbers of the size of `input`: below a bound, or between two."""
    only_places("randint_like", places)
    low, high = bounds if len(bounds) == 2 else (0, *bounds)
    return _leaf(
        creation.generator().randint(low, high, input.shape, input.dtype if dtype is None else kind_of(dtype)), requires_grad
    )


def _leaf(array: Any, requires_grad: bool) -> Tensor:
    made = Tensor(array)
    return made.require_grad() if requires_grad else made

"""PyTorch's random numbers: a seed and a shape go in, the array that PyTorch's CPU generator gives for them comes out.

Each distribution takes words from one stream in the order in which PyTorch takes them, and computes with the same
roundings, so the numbers agree bit for bit, and so do those of the next call.  Arrays are filled piece by piece, so a
large one needs little memory beside itself.  One thing is left out on purpose: on Intel processors PyTorch draws
`exponential`, and `bernoulli` with a single probability, from a stream of Intel's MKL; here, as on other processors,
they come from the generator.
"""

from __future__ import annotations

import math
import os
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gradcli.graph.half_precision import in_dtype, is_half, name_of, precision_of
from gradcli.graph.tape import broadcast_problem
from gradcli.ops.random import distribution_checks as checks
from gradcli.ops.random.box_muller import by_libm, polar_double, polar_double_complement, polar_single
from gradcli.ops.random.fused_multiply_add import fused_double, fused_single
from gradcli.ops.random.mersenne_twister import Words

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import DTypeLike, NDArray

    from gradcli.ops.random.fused_multiply_add import Doubles, Singles

    Array = NDArray[Any]
    Shape = tuple[int, ...]
    Draw = Callable[[int], Array]

_PIECE: Final = 1 << 14  # elements computed at a time: they stay in the cache
_BLOCK: Final = 16  # normal numbers made together, from 16 uniform ones
_WIDE: Final = 1 << 28  # ranges of whole numbers from here on take two words a number
_DOUBLE: Final = np.dtype(np.float64)
_SINGLE: Final = np.dtype(np.float32)
_quietly: Final = np.errstate(all="ignore")  # infinities come without a warning, as in PyTorch


class Generator:
    """A stream of random numbers, as PyTorch's CPU generator gives them after `manual_seed(seed)`.

    `seed` None takes a fresh one from the operating system.  Shapes are tuples of whole numbers, dtypes are numpy's,
    and every method returns a new contiguous array of exactly that shape and dtype.  What PyTorch refuses is a Problem.
    """

    __slots__ = ("_second_normal", "_words", "initial_seed")

    def __init__(self, seed: int | None = None) -> None:
        self.manual_seed(int.from_bytes(os.urandom(8), "little") if seed is None else seed)

    def manual_seed(self, seed: int) -> Generator:
        """Start again from `seed`, a whole number of 64 bits; a negative one counts back from 2**64."""
        checks.check_seed(seed)
        self.initial_seed = seed % (1 << 64)
        self._words: Words | None = None  # grows from the seed when the first number is drawn
        self._second_normal: float | None = None  # normal numbers come in pairs: the one not asked for yet
        return self

    @property
    def state(self) -> tuple[int, int, float | None]:
        """Where the stream stands: its seed, how many words it has given, and the second normal number that waits."""
        return self.initial_seed, 0 if self._words is None else self._words.drawn, self._second_normal

    @state.setter
    def state(self, state: tuple[int, int, float | None]) -> None:
        seed, drawn, second = state
        self.manual_seed(seed)
        for passed in range(0, drawn, _PIECE):
            self._take(min(_PIECE, drawn - passed))
        self._second_normal = second

    # Uniform numbers

    def rand(self, shape: Shape, dtype: DTypeLike) -> Array:
        """Uniform numbers in [0, 1) of a float dtype."""
        return self.uniform(shape, dtype, 0.0, 1.0)

    def uniform(self, shape: Shape, dtype: DTypeLike, low: float, high: float) -> Array:
        """Uniform numbers in [low, high) of a float dtype."""
        kind = checks.floating(dtype, '"check_uniform_bounds" not implemented for')
        checks.check_bounds(kind, low, high)
        first, last = kind.type(low), kind.type(high)
        scaled = self._scaled_doubles if kind == _DOUBLE else self._scaled_singles

        def draw(count: int) -> Array:
            numbers = scaled(count, low, high).astype(kind, copy=False)
            numbers[numbers == last] = first  # rounding may reach the bound that the range excludes
            return numbers

        return _filled(shape, kind, draw)

    @_quietly
    def exponential(self, shape: Shape, dtype: DTypeLike, rate: float = 1.0) -> Array:
        """Exponentially distributed numbers of a float dtype, with mean 1/rate."""
        kind = checks.floating(
            dtype,
            "Exponential distribution is a continuous probability distribution. "
            "dtype must be a floating point but you specified",
            "RuntimeError",
        )
        checks.check_rate(rate)
        return _filled(shape, kind, lambda count: -1.0 / rate * by_libm(math.log1p, -self._doubles(count)))

    def _scaled_singles(self, count: int, low: float, high: float) -> Singles:
        first = np.float32(low)
        return fused_single(self._singles(count), np.float32(high) - first, first)

    def _scaled_doubles(self, count: int, low: float, high: float) -> Doubles:
        return fused_double(self._doubles(count), high - low, low)

    # Normal numbers

    def randn(self, shape: Shape, dtype: DTypeLike, contiguous: bool = True) -> Array:
        """Standard normal numbers of a float dtype; `contiguous` as in `normal`."""
        return self.normal(shape, dtype, 0.0, 1.0, contiguous)

    @_quietly
    def normal(self, shape: Shape, dtype: DTypeLike, mean: float, std: float, contiguous: bool = True) -> Array:
        """Normal numbers of a float dtype.

        PyTorch makes 16 and more of them in blocks, but fewer of them, or those of a tensor that is not contiguous
        (`randn_like` of a transposed one), in pairs, of which the second may be left for the next call.
        """
        kind = checks.floating(dtype, '"normal_kernel_cpu" not implemented for')
        checks.check_deviation(std)
        if math.prod(shape) < _BLOCK or not contiguous:
            return _filled(shape, kind, lambda count: fused_double(self._normals_in_pairs(count), std, mean))
        return self._normals_in_blocks(shape, kind, mean, std)

    @_quietly
    def normal_tensors(self, mean: Array | float, std: Array | float) -> Array:
        """Normal numbers with a mean and a deviation each, of the dtype of `mean`, or of `std` if that is a number."""
        kind = (mean if isinstance(mean, np.ndarray) else np.asarray(std)).dtype
        problem = broadcast_problem([mean, std])
        if problem is not None:
            raise problem
        shape = np.broadcast_shapes(np.shape(mean), np.shape(std))
        if not isinstance(std, np.ndarray):
            return _cast(self.normal(shape, kind, 0.0, std) + mean, kind)
        checks.check_deviations(std)
        return _cast(_cast(self.randn(shape, kind) * std, kind) + mean, kind)

    def _normals_in_blocks(self, shape: Shape, kind: np.dtype[Any], mean: float, std: float) -> Array:
        uniform: Draw = self._doubles if kind == _DOUBLE else self._singles
        blocks = _double_blocks if kind == _DOUBLE else _single_blocks
        numbers = _empty(shape, kind)
        flat = numbers.reshape(-1)
        rest = flat.size % _BLOCK
        _fill(flat[: flat.size - rest], lambda count: blocks(uniform(count), mean, std))
        if rest:  # too few for a block, so the last 16 are made anew; of 16 bits, none are first drawn for the rest
            uniform(0 if is_half(kind) else rest)
            flat[-_BLOCK:] = _cast(blocks(uniform(_BLOCK), mean, std), kind)
        return numbers

    def _normals_in_pairs(self, count: int) -> Doubles:
        kept = [] if self._second_normal is None else [self._second_normal]
        angle_from, radius_from = self._doubles((count - len(kept) + 1) // 2 * 2).reshape(-1, 2).T
        pairs = polar_double_complement(radius_from, angle_from)
        numbers = np.concatenate((kept, np.stack(pairs, axis=1).ravel()))
        self._second_normal = float(numbers[-1]) if numbers.size > count else None
        return numbers[:count]

    # Whole numbers and choices

    def randint(self, low: int, high: int, shape: Shape, dtype: DTypeLike = np.int64) -> Array:
        """Whole numbers in [low, high) of any dtype that holds them."""
        kind = np.dtype(dtype)
        checks.check_range(kind, low, high)
        if kind.kind == "f":
            low, high = _low_representable(kind, low), _high_representable(kind, high)
        width, offset = high - low, np.uint64(low % (1 << 64))  # added around the end of 64 bits, to reach all of int64
        words = self._longs if width >= _WIDE else self._take
        return _filled(shape, kind, lambda count: ((words(count) % width).astype(np.uint64) + offset).view(np.int64))

    def naturals(self, shape: Shape, dtype: DTypeLike = np.int64) -> Array:
        """Whole numbers from 0 to the largest of a dtype; of a float dtype, to the largest before which none is left out."""
        kind = np.dtype(dtype)
        words = self._longs if kind.itemsize == _DOUBLE.itemsize else self._take
        count = np.uint64(_naturals(kind))
        return _filled(shape, kind, lambda size: (words(size) % count).astype(np.uint64).view(np.int64))

    def randperm(self, n: int) -> NDArray[np.int64]:
        """The whole numbers below n in random order (n,); from 2**32/20 on, PyTorch would shuffle them otherwise."""
        checks.check_shape((n,))
        order = np.arange(n)
        others = order[:-1] + self._take(max(n - 1, 0)) % np.arange(n, 1, -1, dtype=np.uint32)
        swapped = order.data  # a memoryview: its single elements are quicker to reach than an array's
        for one, other in enumerate(others.data):  # Fisher and Yates's shuffle
            swapped[one], swapped[other] = swapped[other], swapped[one]
        return order

    def bernoulli(self, p: Array | float, shape: Shape, dtype: DTypeLike) -> Array:
        """Ones with probability p, else zeros, of any dtype; p is a number, or an array of floats that fits `shape`."""
        kind = np.dtype(dtype)
        if not isinstance(p, np.ndarray):
            checks.check_probability(p)
            return _filled(shape, kind, lambda count: self._doubles(count) < p)
        checks.check_probabilities(p, shape)
        if p.dtype == _DOUBLE:
            return (_filled(shape, _DOUBLE, self._doubles) < p).astype(kind)
        return (_filled(shape, _SINGLE, self._singles) < p).astype(kind)

    @_quietly
    def multinomial(self, weights: Array, count: int, replacement: bool = False) -> NDArray[np.int64]:
        """`count` indices for each row of `weights` (n,) or (rows, n), drawn in proportion to them: (..., count)."""
        checks.check_weights(weights, count, replacement)
        if replacement and count > 1:
            return self._drawn_with_replacement(weights, count)
        # a race: the larger a weight, the sooner its exponential clock rings
        haste = weights / self.exponential(weights.shape, weights.dtype)
        return np.argsort(-haste, axis=-1, kind="stable")[..., :count].astype(np.int64)

    def _drawn_with_replacement(self, weights: Array, count: int) -> NDArray[np.int64]:
        sums = np.cumsum(weights, axis=-1, dtype=np.result_type(weights, np.float32)).reshape(-1, weights.shape[-1])
        picks = [np.searchsorted((row / row[-1]).astype(np.float64), self._doubles(count)) for row in sums]
        return np.array(picks, np.int64).reshape(*weights.shape[:-1], count)

    # The stream

    def _take(self, count: int) -> NDArray[np.uint32]:
        if self._words is None:
            self._words = Words(self.initial_seed)
        return self._words.take(count)

    def _longs(self, count: int) -> NDArray[np.uint64]:
        high, low = self._take(2 * count).astype(np.uint64).reshape(-1, 2).T
        return (high << np.uint64(32)) | low

    def _singles(self, count: int) -> Singles:
        """Uniform numbers in [0, 1) of 24 bits."""
        return (self._take(count) & np.uint32(0xFFFFFF)).astype(np.float32) * np.float32(2**-24)

    def _doubles(self, count: int) -> Doubles:
        """Uniform numbers in [0, 1) of 53 bits."""
        high, low = self._take(2 * count).reshape(-1, 2).T
        return ((high & np.uint32(0x1FFFFF)) * np.float64(2**32) + low) * np.float64(2**-53)


def _empty(shape: Shape, kind: np.dtype[Any]) -> Array:
    checks.check_shape(shape)
    return np.empty(shape, kind)


def _filled(shape: Shape, kind: np.dtype[Any], draw: Draw) -> Array:
    numbers = _empty(shape, kind)
    _fill(numbers.reshape(-1), draw)
    return numbers


def _fill(flat: Array, draw: Draw) -> None:
    for start in range(0, flat.size, _PIECE):
        flat[start : start + _PIECE] = _cast(draw(min(_PIECE, flat.size - start)), flat.dtype)


def _cast(numbers: Array, kind: np.dtype[Any]) -> Array:
    if kind == np.float16:  # C++ rounds a double to a half by way of float, numpy at once
        numbers = numbers.astype(np.float32, copy=False)
    return numbers.astype(kind, copy=False) if kind.isnative else in_dtype(numbers, kind)


def _double_blocks(uniform: Doubles, mean: float, std: float) -> Doubles:
    return fused_double(_blocks(polar_double, 1.0 - uniform, uniform), std, mean)


def _single_blocks(uniform: Singles, mean: float, std: float) -> Singles:
    return fused_single(_blocks(polar_single, np.float32(1) - uniform, uniform), np.float32(std), np.float32(mean))


def _blocks(polar: Callable[[Array, Array], tuple[Array, Array]], radius_from: Array, angle_from: Array) -> Array:
    """Normal numbers in blocks of 16: the first 8 uniform numbers of a block give the radii, the last 8 the angles."""
    half = _BLOCK // 2
    pairs = polar(radius_from.reshape(-1, 2, half)[:, 0].ravel(), angle_from.reshape(-1, 2, half)[:, 1].ravel())
    return np.stack([numbers.reshape(-1, half) for numbers in pairs], axis=1).ravel()


def _naturals(kind: np.dtype[Any]) -> int:
    """How many whole numbers `naturals` draws from."""
    if kind.kind == "f":
        return int(2 / precision_of(name_of(kind))) + 1
    return 2 if kind.kind == "b" else int(np.iinfo(kind).max) + 1


def _high_representable(kind: np.dtype[Any], high: int) -> int:
    """`high`, or a lower bound where a float dtype would round `high` - 1 up to the excluded number."""
    last = int(kind.type(high - 1))
    return last - _spacing(kind, high - 1) if high <= last < 1 << 63 else high


def _low_representable(kind: np.dtype[Any], low: int) -> int:
    first = int(kind.type(low + 1))
    return first + _spacing(kind, low + 1) if first < low else low


def _spacing(kind: np.dtype[Any], number: int) -> int:
    """The distance between neighbouring floats of a dtype at a number that needs more digits than they have."""
    return 1 << abs(number).bit_length() - np.finfo(kind).nmant - 1

"""New tensors: filled, spaced, random, or of numbers in lists."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph import memory, subclasses, symbolic
from gradcli.graph.context import current, settings
from gradcli.graph.half_precision import in_dtype, is_half
from gradcli.graph.tensor import Tensor, from_array, is_unstrided
from gradcli.graph.types import Array
from gradcli.ops.core import dtypes
from gradcli.ops.core.builders import Operation, composite
from gradcli.ops.core.literals import literal
from gradcli.ops.core.parameter_types import Data, DType, Number, Scalar, Sizes
from gradcli.ops.core.table import family
from gradcli.ops.elementwise.conversion import to

family("creation")


def generator() -> Any:
    """The generator that all random tensors draw from."""
    symbolic.refuse("it draws random numbers, which are others each time")
    held = settings()
    if held.generator is None:
        seed_generator(None)
    return held.generator


def seed_generator(seed: int | None) -> None:
    """Draw random numbers from a new generator from now on; None is a seed of the operating system's."""
    from gradcli.ops.random.generator import Generator  # most expressions draw nothing

    settings().generator = Generator(seed)


def _shape(size: Any, name: str = "", itemsize: int = 8) -> tuple[int, ...]:
    """A shape for a new tensor.  Raises Problem for negative lengths, and for what would not fit."""
    negative = [each for each in size if each < 0]
    if negative:
        raise Problem(
            "shape",
            "zeros: Dimension size must be non-negative."
            if name == "zeros"
            else f"Trying to create tensor with negative dimension {negative[0]}: {list(size)}",
        )
    memory.reserve(math.prod(size), name, itemsize)
    return tuple(size)


def _float(dtype: Any) -> Any:
    return dtype if dtype is not None else dtypes.default_dtype()


def leaf(array: Array, requires_grad: bool) -> Tensor:
    """A new tensor, which may want a gradient."""
    made = from_array(array if array.dtype.isnative else in_dtype(array, array.dtype))
    if subclasses.known:
        subclasses.restored(made)
    return made.require_grad() if requires_grad else made


def _factory(name: str, make: Any, doc: str, *samples: str) -> None:
    """A row that makes a tensor of a given size."""

    def forward(size: Sizes, *, dtype: DType = None, requires_grad: bool = False) -> Any:
        kind = _float(dtype)
        shape = _shape(size, name, kind.itemsize)
        interceptor = current().interceptor
        values = make(shape, kind) if interceptor is None else interceptor(row, (), (shape, dtype))
        return leaf(values, requires_grad)

    row = composite(name, forward, method=False, doc=doc, samples=samples)


def _like(name: str, make: Any, doc: str, *samples: str) -> Operation:
    """A row that makes a tensor of the size of another."""

    def forward(x: Tensor, /, *, dtype: DType = None, requires_grad: bool = False) -> Any:
        interceptor = current().interceptor
        if interceptor is not None:
            return leaf(interceptor(row, (x,), (dtype,)), requires_grad)
        kind = dtype if dtype is not None else x.ndarray.dtype
        if is_unstrided(x):
            return leaf(_sparsely(make, x.ndarray, kind), requires_grad)
        return leaf(_in_order_of(x.ndarray, make(x.shape, kind)), requires_grad)

    row: Operation = composite(name, forward, method=False, doc=doc, samples=samples)
    return row


def _in_order_of(x: Any, made: Any) -> Any:
    """Elements that are all alike, in the order in memory that those of x have."""
    if made.ndim < 2 or type(x) is not np.ndarray or x.flags.c_contiguous or (made != made.flat[:1]).any():
        return made
    order = sorted(range(x.ndim), key=lambda axis: -x.strides[axis])
    return np.ascontiguousarray(made.transpose(order)).transpose(np.argsort(order))


def _sparsely(make: Any, like: Any, dtype: Any) -> Any:
    """A sparse array of the size of another, which can be one of zeros.  Raises Problem."""
    made = like.zeros(like.shape).astype(dtype)
    if make is not np.zeros:
        made.fill(1)  # which refuses
    return made


def _need_float(kernel: str, dtype: Any) -> None:
    if dtype.kind != "f":
        raise dtypes.not_implemented(kernel, dtype)


def _rand(shape: tuple[int, ...], dtype: Any) -> Any:
    if dtype.kind == "c":
        return _joined(_rand((*shape, 2), dtypes.real_dtype(dtype)))
    _need_float("check_uniform_bounds", dtype)
    return generator().rand(shape, dtype)


def _joined(parts: Any) -> Any:
    """Complex numbers, of which the parts stand along the last dimension."""
    return parts.view(dtypes.complex_dtype(parts.dtype))[..., 0]


def _randn(shape: tuple[int, ...], dtype: Any) -> Any:
    if dtype.kind == "c":
        return _joined(generator().normal((*shape, 2), dtypes.real_dtype(dtype), 0.0, math.sqrt(0.5)))
    _need_float("normal_kernel_cpu", dtype)
    return generator().randn(shape, dtype)


_factory("zeros", np.zeros, "Zeros of a size.", "zeros(2, 3)", "zeros([2])")
_factory("ones", np.ones, "Ones of a size.", "ones(2, 3)", "ones((2,), dtype=float32)")
_factory(
    "empty",
    np.zeros,
    "A tensor to be filled; here it starts with zeros, so that no result depends on old memory.",
    "empty(2, 3).shape",
)
_like("zeros_like", np.zeros, "Zeros of the size of x.", "zeros_like(x)")
ones_like = _like("ones_like", np.ones, "Ones of the size of x.", "ones_like(x)")
_like("empty_like", np.zeros, "A tensor of the size of x, to be filled.", "empty_like(x).shape")

family("random")

_factory("rand", _rand, "Uniform random numbers in [0, 1).", "rand(2, 3)")
_factory("randn", _randn, "Normal random numbers: mean 0, variance 1.", "randn(2, 3)")
_like("rand_like", _rand, "Uniform random numbers of the size of x.", "rand_like(x)")
_like("randn_like", _randn, "Normal random numbers of the size of x.", "randn_like(x)")

family("creation")


def _fill_dtype(value: Any, dtype: Any) -> Any:
    return dtype if dtype is not None else dtypes.dtype_of(value)


def _full(size: Sizes, fill_value: Scalar, *, dtype: DType = None, requires_grad: bool = False) -> Any:
    kind = _fill_dtype(fill_value, dtype)
    return leaf(np.full(_shape(size, "full", kind.itemsize), dtypes.fitting(fill_value, kind), kind), requires_grad)


composite(
    "full",
    _full,
    method=False,
    doc="A tensor of a size, filled with one number.",
    samples=("full((2, 3), 1.5)", "full([2], 7)"),
)


def _full_like(x: Tensor, /, fill_value: Scalar, *, dtype: DType = None, requires_grad: bool = False) -> Any:
    kind = x.ndarray.dtype if dtype is None else dtype
    return leaf(np.full(x.shape, dtypes.fitting(fill_value, kind), kind), requires_grad)


composite(
    "full_like",
    _full_like,
    method=False,
    doc="A tensor of the size of x, filled with one number.",
    samples=("full_like(x, 2)",),
)


def _randint(low: int, high: int, size: Sizes, *, dtype: DType = None, requires_grad: bool = False) -> Any:
    if low >= high:
        raise Problem("argument", f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    if dtype is not None and dtype.kind == "c":
        words = "check_random_bounds handles only integral, floating-point and boolean types"
        raise Problem("dtype", words, hint="draw real numbers, and make them complex: randint(...) * (1 + 0j)")
    return leaf(
        generator().randint(low, high, _shape(size, "randint"), dtypes.INT64 if dtype is None else dtype), requires_grad
    )


def _randint_from_zero(high: int, size: Sizes, *, dtype: DType = None, requires_grad: bool = False) -> Any:
    return _randint(0, high, size, dtype=dtype, requires_grad=requires_grad)


family("random")

composite(
    "randint",
    _randint_from_zero,
    overload="high",
    method=False,
    doc="Random whole numbers: 0 <= number < high.",
    samples=("randint(10, (2, 3))", "randint(high=5, size=[2])"),
)
composite(
    "randint",
    _randint,
    method=False,
    doc="Random whole numbers: low <= number < high.",
    samples=("randint(-3, 3, (4,))", "randint(0, 5, size=(2,), dtype=float32)"),
)

family("creation")


def _eye(n: int, m: int | None = None, *, dtype: DType = None, requires_grad: bool = False) -> Any:
    m = n if m is None else m
    if min(n, m) < 0:
        raise Problem("shape", f"{'n' if n < 0 else 'm'} must be greater or equal to 0, got {min(n, m)}")
    return leaf(np.eye(*_shape((n, m), "eye"), dtype=_float(dtype)), requires_grad)


composite("eye", _eye, method=False, doc="The identity matrix.", samples=("eye(3)", "eye(2, 3)"))


def _arange(start: Number, end: Number, step: Number = 1, *, dtype: DType = None, requires_grad: bool = False) -> Any:
    if not step or not all(map(math.isfinite, (start, end, step))):
        raise Problem("argument", "step must be nonzero" if not step else f"unsupported range: {start} -> {end}")
    if (end - start) * step < 0:
        raise Problem(
            "argument",
            "upper bound and lower bound inconsistent with step sign",
            hint=f"arange({start}, {end}, {step}) is empty",
        )
    if dtype is not None and dtype.kind == "c":
        raise dtypes.not_implemented("arange_cpu", dtype)
    count = math.ceil((end - start) / step)
    memory.reserve(count, "arange")
    whole = all([isinstance(each, int) for each in (start, end, step)])
    kind = dtype if dtype is not None else dtypes.INT64 if whole else dtypes.default_dtype()
    return leaf(_stepped(start, step, count, kind), requires_grad)


_GRAIN = 1 << 15  # elements, beyond which PyTorch's last digits depend on the number of its threads


def _stepped(start: float, step: float, count: int, kind: Any) -> Any:
    """start + step * i, rounded as PyTorch's kernel does it, whose last digits show where a number should be 0.

    It goes in pairs of vectors of 32 bytes: the first number of each is computed in double precision and rounded to the
    dtype, the others are so many steps further; what is left over at the end is computed one by one, from the start.
    """
    places = np.arange(count)
    exact = kind.kind != "f" or (float(start).is_integer() and float(step).is_integer())
    if exact or count > _GRAIN:
        return (start + step * places).astype(kind)
    from gradcli.ops.random.fused_multiply_add import fused_double

    lanes = 32 // kind.itemsize
    paired = count // (2 * lanes) * (2 * lanes)
    singly = fused_double(places.astype(np.float64), float(step), float(start)).astype(kind)
    firsts = np.repeat(singly[:paired:lanes].astype(np.float64), lanes)
    vectors = fused_double((places[:paired] % lanes).astype(np.float64), float(step), firsts)
    return np.concatenate([vectors.astype(kind), singly[paired:]])


def _arange_to(end: Number, *, dtype: DType = None, requires_grad: bool = False) -> Any:
    return _arange(0, end, dtype=dtype, requires_grad=requires_grad)


composite(
    "arange",
    _arange_to,
    overload="end",
    method=False,
    doc="Whole steps from 0 to end, end left out.",
    samples=("arange(5)", "arange(end=2.5)"),
)
composite(
    "arange",
    _arange,
    method=False,
    doc="Numbers from start to end, end left out, by step.",
    samples=("arange(1, 2, 0.25)", "arange(5, 0, -2)", "arange(2, 4, dtype=float32)"),
)


def _linspace(start: Scalar, end: Scalar, steps: int, *, dtype: DType = None, requires_grad: bool = False) -> Any:
    _check_steps(steps)
    memory.reserve(steps, "linspace")
    return leaf(evenly_spaced(start, end, steps, _spaced_dtype("linspace", start, end, dtype)), requires_grad)


def _spaced_dtype(name: str, start: complex, end: complex, dtype: Any) -> Any:
    """The dtype that was asked for, or the default one, which is complex where a number is.  Raises Problem."""
    if not (isinstance(start, complex) or isinstance(end, complex)):
        return _float(dtype)
    found = dtypes.complex_dtype(dtypes.default_dtype())
    if dtype is not None and dtype.kind != "c":
        words = f"torch.{name}(): inferred dtype {dtypes.c_name(found)} can't be safely cast to passed dtype"
        raise Problem("dtype", f"{words} {dtypes.scalar_name(dtype)}", hint="leave dtype out, or give a complex one")
    return found if dtype is None else dtype


def _check_steps(steps: int) -> None:
    if steps < 0:
        raise Problem("argument", "number of steps must be non-negative")


def evenly_spaced(start: Any, end: Any, steps: int, dtype: Any) -> Any:
    """Evenly spaced numbers, counted from both ends so that both are exact; rounded once, as PyTorch's kernel does."""
    from gradcli.ops.random.fused_multiply_add import fused_double, fused_single

    if steps < 2:
        return np.full(steps, start, dtype)
    if is_half(dtype):
        return _evenly_in_16_bits(start, end, steps, dtype)
    if dtype.kind == "c":  # its parts are spaced evenly, too
        first, last, part = complex(start), complex(end), dtypes.real_dtype(dtype)
        parts = evenly_spaced(first.real, last.real, steps, part), evenly_spaced(first.imag, last.imag, steps, part)
        return _joined(np.stack(parts, -1))
    kind: Any = np.float32 if dtype == np.float32 else np.float64
    first, last = kind(start), kind(end)
    step = (last - first) / kind(steps - 1)
    fused: Any = fused_single if kind is np.float32 else fused_double
    up, down = np.arange(steps // 2, dtype=kind), np.arange(steps - 1 - steps // 2, -1, -1, dtype=kind)
    return np.concatenate([fused(up, step, first), fused(down, -step, last)]).astype(dtype)


def _evenly_in_16_bits(start: Any, end: Any, steps: int, dtype: Any) -> Any:
    """The same in floats of 16 bits, each operation of which rounds."""
    first, last = in_dtype(np.float32(start), dtype), in_dtype(np.float32(end), dtype)
    step = in_dtype(in_dtype(last - first, dtype) / np.float32(steps - 1), dtype)
    count = np.arange(steps, dtype=np.float32)
    up = in_dtype(first + in_dtype(step * count, dtype), dtype)
    down = in_dtype(last - in_dtype(step * (steps - 1 - count), dtype), dtype)
    return np.where(count < steps // 2, up, down).astype(dtype)


composite(
    "linspace", _linspace, method=False, doc="So many numbers, evenly spaced from start to end.", samples=("linspace(0, 1, 5)",)
)


def _logspace(
    start: Scalar, end: Scalar, steps: int, base: Scalar = 10.0, *, dtype: DType = None, requires_grad: bool = False
) -> Any:
    _check_steps(steps)
    memory.reserve(steps, "logspace")
    kind = _spaced_dtype("logspace", start, end, dtype)
    wide: Any = np.complex128 if kind.kind == "c" else np.float64
    return leaf((wide(base) ** evenly_spaced(start, end, steps, np.dtype(wide))).astype(kind), requires_grad)


composite(
    "logspace",
    _logspace,
    method=False,
    doc="base to the power of evenly spaced numbers.",
    samples=("logspace(0, 2, 3)", "logspace(0, 3, 4, base=2)"),
)


def _tensor(data: Data, *, dtype: DType = None, requires_grad: bool = False) -> Any:
    array = literal(data, dtype)
    return leaf(array.copy() if isinstance(data, Tensor) else array, requires_grad)


composite(
    "tensor",
    _tensor,
    method=False,
    doc="Numbers, in nested lists, as a tensor.",
    samples=("tensor([[1, 2], [3, 4]])", "tensor(2.5)", "tensor([1, 2], dtype=float32)"),
)


def _as_tensor(data: Data, *, dtype: DType = None) -> Any:
    return from_array(literal(data, dtype)) if not isinstance(data, Tensor) else data if dtype is None else to(data, dtype)


composite(
    "as_tensor",
    _as_tensor,
    method=False,
    aliases=("asarray",),
    doc="Numbers as a tensor; a tensor stays itself.",
    samples=("as_tensor([[1, 2], [3, 4]])", "as_tensor(x)", "as_tensor(x, dtype=float32)"),
)

"""New tensors: filled, spaced, random; and what is known of a tensor without computing (its shape, dtype, values)."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph import memory
from gradcli.graph.tensor import Tensor
from gradcli.graph.versions import apart
from gradcli.ops import dtypes
from gradcli.ops.builders import composite, query
from gradcli.ops.kinds import Anything, Dim, DType, Number, Sizes
from gradcli.ops.shapes import to
from gradcli.ops.table import family

family("creation")


@cache
def generator() -> Any:
    """The generator that all random tensors draw from; made when first asked for: most expressions draw nothing."""
    from gradcli.ops.generator import Generator

    return Generator()


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


def _leaf(array: Any, requires_grad: bool) -> Tensor:
    made = Tensor(array)
    return made.require_grad() if requires_grad else made


def _factory(name: str, make: Any, doc: str, *samples: str) -> None:
    """A row that makes a tensor of a given size."""

    def forward(size: Sizes, *, dtype: DType = None, requires_grad: bool = False) -> Any:
        kind = _float(dtype)
        return _leaf(make(_shape(size, name, kind.itemsize), kind), requires_grad)

    composite(name, forward, method=False, doc=doc, samples=samples)


def _like(name: str, make: Any, doc: str, *samples: str) -> None:
    """A row that makes a tensor of the size of another."""

    def forward(x: Any, /, *, dtype: DType = None, requires_grad: bool = False) -> Any:
        return _leaf(make(x.shape, dtype if dtype is not None else x.dtype), requires_grad)

    composite(name, forward, method=False, doc=doc, samples=samples)


def _need_float(kernel: str, dtype: Any) -> None:
    if dtype.kind != "f":
        raise dtypes.not_implemented(kernel, dtype)


def _rand(shape: tuple[int, ...], dtype: Any) -> Any:
    _need_float("check_uniform_bounds", dtype)
    return generator().rand(shape, dtype)


def _randn(shape: tuple[int, ...], dtype: Any) -> Any:
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
_factory("rand", _rand, "Uniform random numbers in [0, 1).", "rand(2, 3)")
_factory("randn", _randn, "Normal random numbers: mean 0, variance 1.", "randn(2, 3)")
_like("zeros_like", np.zeros, "Zeros of the size of x.", "zeros_like(x)")
_like("ones_like", np.ones, "Ones of the size of x.", "ones_like(x)")
_like("empty_like", np.zeros, "A tensor of the size of x, to be filled.", "empty_like(x).shape")
_like("rand_like", _rand, "Uniform random numbers of the size of x.", "rand_like(x)")
_like("randn_like", _randn, "Normal random numbers of the size of x.", "randn_like(x)")


def _fill_dtype(value: Any, dtype: Any) -> Any:
    return dtype if dtype is not None else dtypes.dtype_of(value)


def _full(size: Sizes, fill_value: Number, *, dtype: DType = None, requires_grad: bool = False) -> Any:
    kind = _fill_dtype(fill_value, dtype)
    return _leaf(np.full(_shape(size, "full", kind.itemsize), dtypes.fitting(fill_value, kind), kind), requires_grad)


composite(
    "full",
    _full,
    method=False,
    doc="A tensor of a size, filled with one number.",
    samples=("full((2, 3), 1.5)", "full([2], 7)"),
)


def _full_like(x: Any, /, fill_value: Number, *, dtype: DType = None, requires_grad: bool = False) -> Any:
    kind = x.dtype if dtype is None else dtype
    return _leaf(np.full(x.shape, dtypes.fitting(fill_value, kind), kind), requires_grad)


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
    return _leaf(
        generator().randint(low, high, _shape(size, "randint"), dtypes.INT64 if dtype is None else dtype), requires_grad
    )


def _randint_from_zero(high: int, size: Sizes, *, dtype: DType = None, requires_grad: bool = False) -> Any:
    return _randint(0, high, size, dtype=dtype, requires_grad=requires_grad)


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


def _eye(n: int, m: int | None = None, *, dtype: DType = None, requires_grad: bool = False) -> Any:
    m = n if m is None else m
    if min(n, m) < 0:
        raise Problem("shape", f"{'n' if n < 0 else 'm'} must be greater or equal to 0, got {min(n, m)}")
    return _leaf(np.eye(*_shape((n, m), "eye"), dtype=_float(dtype)), requires_grad)


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
    count = math.ceil((end - start) / step)
    memory.reserve(count, "arange")
    whole = all([isinstance(each, int) for each in (start, end, step)])
    kind = dtype if dtype is not None else dtypes.INT64 if whole else dtypes.default_dtype()
    return _leaf((start + step * np.arange(count)).astype(kind), requires_grad)


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


def _linspace(start: Number, end: Number, steps: int, *, dtype: DType = None, requires_grad: bool = False) -> Any:
    _check_steps(steps)
    memory.reserve(steps, "linspace")
    return _leaf(_spaced(start, end, steps, _float(dtype)), requires_grad)


def _check_steps(steps: int) -> None:
    if steps < 0:
        raise Problem("argument", "number of steps must be non-negative")


def _spaced(start: float, end: float, steps: int, dtype: Any) -> Any:
    """Evenly spaced numbers, counted from both ends so that both are exact; rounded once, as PyTorch's kernel does."""
    from gradcli.ops.generator_rounding import fused_double, fused_single

    if steps < 2:
        return np.full(steps, start, dtype)
    kind: Any = np.float32 if dtype == np.float32 else np.float64
    first, last = kind(start), kind(end)
    step = (last - first) / kind(steps - 1)
    fused: Any = fused_single if kind is np.float32 else fused_double
    up, down = np.arange(steps // 2, dtype=kind), np.arange(steps - 1 - steps // 2, -1, -1, dtype=kind)
    return np.concatenate([fused(up, step, first), fused(down, -step, last)]).astype(dtype)


composite(
    "linspace", _linspace, method=False, doc="So many numbers, evenly spaced from start to end.", samples=("linspace(0, 1, 5)",)
)


def _logspace(
    start: Number, end: Number, steps: int, base: Number = 10.0, *, dtype: DType = None, requires_grad: bool = False
) -> Any:
    _check_steps(steps)
    memory.reserve(steps, "logspace")
    return _leaf((float(base) ** _spaced(start, end, steps, np.float64)).astype(_float(dtype)), requires_grad)


composite(
    "logspace",
    _logspace,
    method=False,
    doc="base to the power of evenly spaced numbers.",
    samples=("logspace(0, 2, 3)", "logspace(0, 3, 4, base=2)"),
)


def _tensor(data: Anything, *, dtype: DType = None, requires_grad: bool = False) -> Any:
    array = literal(data, dtype)
    return _leaf(array.copy() if type(data) is Tensor else array, requires_grad)


composite(
    "tensor",
    _tensor,
    method=False,
    doc="Numbers, in nested lists, as a tensor.",
    samples=("tensor([[1, 2], [3, 4]])", "tensor(2.5)", "tensor([1, 2], dtype=float32)"),
)


def _as_tensor(data: Anything, *, dtype: DType = None) -> Any:
    return Tensor(literal(data, dtype)) if type(data) is not Tensor else data if dtype is None else to(data, dtype)


composite(
    "as_tensor",
    _as_tensor,
    method=False,
    aliases=("asarray",),
    doc="Numbers as a tensor; a tensor stays itself.",
    samples=("as_tensor([[1, 2], [3, 4]])", "as_tensor(x)", "as_tensor(x, dtype=float32)"),
)


_MOST_LITERAL = 10_000_000
_MOST_DIMENSIONS = 64  # NumPy's own bound


def literal(data: Any, dtype: Any = None, *, detaching: bool = True) -> Any:
    """Numbers in nested lists as an array: int64, bool, or the default dtype where any is a float.  Raises Problem.

    A tensor of one element counts as its number; one that requires grad does so only with `detaching`.
    """
    if type(data) is Tensor:
        return data.array if dtype is None else data.array.astype(dtype)
    shape, flat = _flattened(data, detaching)
    kind = dtype if dtype is not None else _common_dtype(flat)
    if kind.kind in "iu":
        _check_fit(flat, kind, explicit=dtype is not None)
    try:
        return np.array(flat, kind if kind.kind != "u" else np.int64).astype(kind, copy=False).reshape(shape)
    except OverflowError:
        raise Problem("overflow", "int too large to convert to float", type="OverflowError") from None


def _check_fit(flat: list[Any], kind: Any, explicit: bool) -> None:
    """Refuse numbers that a whole-number dtype cannot hold."""
    most = int(np.iinfo(kind).max)
    least = -most if kind.kind == "u" else int(np.iinfo(kind).min)
    wrong = next((each for each in flat if not least <= each <= most), None)
    if wrong is not None:
        raise Problem(
            "overflow",
            f"value cannot be converted to type {kind.name} without overflow"
            if explicit
            else "Overflow when unpacking long long",
            type="RuntimeError" if explicit else "ValueError",
            hint=f"{str(wrong)[:24]} does not fit; a decimal point makes it a float",
        )


def _common_dtype(flat: list[Any]) -> Any:
    if not flat or any([isinstance(each, float) for each in flat]):
        return dtypes.default_dtype()
    return dtypes.BOOL if all([isinstance(each, bool) for each in flat]) else dtypes.INT64


def _flattened(data: Any, detaching: bool) -> tuple[tuple[int, ...], list[Any]]:
    """The shape and the numbers of nested lists, level by level.  Raises Problem where they are ragged."""
    shape: list[int] = []
    level = [data]
    while isinstance(level[0], (list, tuple)) if level else False:
        length = len(level[0])
        _check_growth(len(level) * length, len(shape))
        for each in level:
            if not isinstance(each, (list, tuple)) or len(each) != length:
                found = f"{len(each)}" if isinstance(each, (list, tuple)) else "a number"
                raise Problem(
                    "ragged",
                    f"expected sequence of length {length} at dim {len(shape)} (got {found})",
                    type="ValueError",
                    hint="all rows of a tensor have the same length",
                )
        shape.append(length)
        level = [each for row in level for each in row]
    return tuple(shape), [each if type(each) in (int, float) else _number(each, detaching) for each in level]


def _check_growth(elements: int, depth: int) -> None:
    """Tuples that name each other may say with a few words what no memory holds: y = (x, x); z = (y, y); ..."""
    if elements > _MOST_LITERAL or depth >= _MOST_DIMENSIONS:
        raise Problem(
            "limit",
            f"nested lists make a tensor of at most {_MOST_LITERAL:,} numbers and {_MOST_DIMENSIONS} dimensions",
            type="ValueError",
            hint="read big tensors from a file, x=@data.npy",
        )
    memory.reserve(elements, "tensor")


def _number(value: Any, detaching: bool) -> Any:
    if isinstance(value, (int, float)):
        return value
    if type(value) is Tensor and value.requires_grad and not detaching:
        raise Problem(
            "no-grad",
            "a list becomes a tensor of its own here, and gradients would not reach the tensors in it",
            type="TypeError",
            hint="join tensors with stack([x, y]) or cat([x, y])",
        )
    if type(value) is Tensor and value.array.size == 1:
        return value.array.item()
    kind = (
        "a list deeper than the others"
        if isinstance(value, (list, tuple))
        else f"a tensor of shape {list(value.shape)}"
        if type(value) is Tensor
        else f"{value!r}"
    )
    raise Problem(
        "type",
        f"only numbers can stand in a tensor's list, and this is {kind}",
        type="TypeError",
        hint="use stack or cat to join tensors, so that gradients flow" if type(value) is Tensor else None,
    )


# --- dtypes ---------------------------------------------------------------------------------------------------------


def _to(x: Any, /, dtype: DType) -> Any:
    return to(x, dtype)


composite(
    "to",
    _to,
    function=False,
    namespace="Tensor",
    aliases=("type",),
    doc="The values in another dtype.",
    samples=("x.to(float32)",),
)


def _conversion(name: str, dtype: Any) -> None:
    composite(
        name,
        lambda x, /: to(x, dtype),
        function=False,
        namespace="Tensor",
        doc=f"The values as {dtype.name}.",
        samples=(f"x.{name}()",),
    )


for _name, _kind in (
    ("double", "float64"),
    ("float", "float32"),
    ("half", "float16"),
    ("long", "int64"),
    ("int", "int32"),
    ("short", "int16"),
    ("char", "int8"),
    ("byte", "uint8"),
    ("bool", "bool"),
):
    _conversion(_name, dtypes.NAMES[_kind])


def _type_as(x: Any, y: Any, /) -> Any:
    return _to(x, y.dtype)


composite(
    "type_as",
    _type_as,
    function=False,
    namespace="Tensor",
    doc="The values in the dtype of y.",
    samples=("x.type_as(y)", "x.type_as(y > 0)"),
)
composite(
    "to",
    _type_as,
    function=False,
    overload="other",
    namespace="Tensor",
    doc="The values in the dtype of y.",
    samples=("x.to(y.float())",),
)

# --- questions ------------------------------------------------------------------------------------------------------


def _item(x: Any, /) -> Any:
    if x.array.size != 1:
        raise Problem(
            "not-scalar",
            f"a Tensor with {x.array.size} elements cannot be converted to Scalar",
            hint="reduce it first, or index it",
        )
    return x.array.item()


def _size(x: Any, /, dim: Dim | None = None) -> Any:
    from gradcli.ops.dims import one_dim

    if dim is None:
        return Size(x.shape)
    if not x.ndim:
        raise Problem("dimension", f"Dimension specified as {dim} but tensor has no dimensions", type="IndexError")
    return x.shape[one_dim(dim, x.ndim)]


class Size(tuple[int, ...]):
    """A shape, which prints as PyTorch's: torch.Size([2, 3])."""

    called = "a shape"  # in messages

    def __repr__(self) -> str:
        return f"torch.Size({list(self)})"

    def __add__(self, other: Any) -> Any:
        return Size(super().__add__(other)) if isinstance(other, tuple) else NotImplemented

    def __radd__(self, other: Any) -> Any:
        return Size(other) + self if isinstance(other, tuple) else NotImplemented

    def __getitem__(self, index: Any) -> Any:
        found = super().__getitem__(index)
        return Size(found) if isinstance(index, slice) else found


query("item", _item, function=False, namespace="Tensor", doc="The one element as a plain number.", samples=("x:1 x.item()",))
query("tolist", lambda x, /: x.array.tolist(), function=False, namespace="Tensor", doc="The elements as nested lists.")
query("numel", lambda x, /: x.array.size, aliases=("nelement",), doc="How many elements.")
query("size", _size, function=False, namespace="Tensor", doc="The shape, or the length of dimension dim.")
query("dim", lambda x, /: x.ndim, function=False, namespace="Tensor", aliases=("ndimension",), doc="How many dimensions.")
query("len", lambda x, /: len(x), method=False, namespace="", doc="The length of the first dimension.")
query(
    "is_contiguous",
    lambda x, /: bool(x.array.flags.c_contiguous),
    function=False,
    namespace="Tensor",
    doc="Whether memory is in row-major order.",
)
query("shape", lambda x, /: Size(x.shape), attribute=True, function=False, method=False, namespace="Tensor", doc="The shape.")
query("ndim", lambda x, /: x.ndim, attribute=True, function=False, method=False, namespace="Tensor", doc="How many dimensions.")
query("dtype", lambda x, /: x.dtype, attribute=True, function=False, method=False, namespace="Tensor", doc="The dtype.")
query(
    "requires_grad",
    lambda x, /: x.requires_grad,
    attribute=True,
    function=False,
    method=False,
    namespace="Tensor",
    doc="Whether gradients flow into it.",
)
query(
    "is_leaf",
    lambda x, /: x.is_leaf,
    attribute=True,
    function=False,
    method=False,
    namespace="Tensor",
    doc="Whether no recorded operation made it.",
)
composite(
    "data",
    lambda x, /: Tensor(apart(x.array)),
    attribute=True,
    function=False,
    method=False,
    namespace="Tensor",
    doc="The same values and memory, outside the graph, whose changes autograd does not see.",
)

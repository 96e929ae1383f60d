"""New tensors: filled, spaced, random; and what is known of a tensor without computing (its shape, dtype, values)."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph import memory
from gradcli.graph.tensor import Tensor
from gradcli.ops import dtypes
from gradcli.ops.builders import composite, query
from gradcli.ops.kinds import Anything, Dim, DType, Number, Sizes
from gradcli.ops.shapes import cast, detach
from gradcli.ops.table import family

family("creation")

@cache
def generator() -> Any:
    """The generator that all random tensors draw from; made when first asked for, since most expressions draw nothing."""
    from gradcli.ops.generator import Generator

    return Generator()


def _shape(size: Any) -> tuple[int, ...]:
    """A shape for a new tensor.  Raises Problem for negative lengths."""
    if any([each < 0 for each in size]):
        raise Problem("shape", f"Trying to create tensor with negative dimension {min(size)}: {list(size)}")
    return tuple(size)


def _room(size: Any, *rest: Any) -> int:
    return math.prod(_shape(size))


def _float(dtype: Any) -> Any:
    return dtype if dtype is not None else dtypes.default_dtype()


def _leaf(array: Any, requires_grad: bool) -> Tensor:
    made = Tensor(array)
    return made.require_grad() if requires_grad else made


def _factory(name: str, make: Any, doc: str, *samples: str) -> None:
    """A row that makes a tensor of a given size."""
    def forward(size: Sizes, *, dtype: DType = None, requires_grad: bool = False) -> Any:
        memory.reserve(_room(size), name)
        return _leaf(make(_shape(size), _float(dtype)), requires_grad)

    composite(name, forward, method=False, doc=doc, samples=samples)


def _like(name: str, make: Any, doc: str, *samples: str) -> None:
    """A row that makes a tensor of the size of another."""
    def forward(x: Any, /, *, dtype: DType = None, requires_grad: bool = False) -> Any:
        return _leaf(make(x.shape, dtype if dtype is not None else x.dtype), requires_grad)

    composite(name, forward, method=False, doc=doc, samples=samples)


def _need_float(name: str, dtype: Any) -> None:
    if dtype.kind != "f":
        raise Problem("dtype", f'"{name}" not implemented for \'{dtype.name}\'', type="NotImplementedError", hint="use a floating-point dtype")


def _rand(shape: tuple[int, ...], dtype: Any) -> Any:
    _need_float("rand", dtype)
    return generator().rand(shape, dtype)


def _randn(shape: tuple[int, ...], dtype: Any) -> Any:
    _need_float("randn", dtype)
    return generator().randn(shape, dtype)


_factory("zeros", np.zeros, "Zeros of a size.", "zeros(2, 3)", "zeros([2])")
_factory("ones", np.ones, "Ones of a size.", "ones(2, 3)", "ones((2,), dtype=float32)")
_factory("empty", np.zeros, "A tensor to be filled; here it starts with zeros, so that no result depends on old memory.")
_factory("rand", _rand, "Uniform random numbers in [0, 1).", "rand(2, 3)")
_factory("randn", _randn, "Normal random numbers: mean 0, variance 1.", "randn(2, 3)")
_like("zeros_like", np.zeros, "Zeros of the size of x.", "zeros_like(x)")
_like("ones_like", np.ones, "Ones of the size of x.", "ones_like(x)")
_like("empty_like", np.zeros, "A tensor of the size of x, to be filled.")
_like("rand_like", _rand, "Uniform random numbers of the size of x.", "rand_like(x)")
_like("randn_like", _randn, "Normal random numbers of the size of x.", "randn_like(x)")


def _fill_dtype(value: Any, dtype: Any) -> Any:
    return dtype if dtype is not None else dtypes.dtype_of(value)


def _full(size: Sizes, fill_value: Number, *, dtype: DType = None, requires_grad: bool = False) -> Any:
    memory.reserve(_room(size), "full")
    return _leaf(np.full(_shape(size), fill_value, _fill_dtype(fill_value, dtype)), requires_grad)


composite("full", _full, method=False, doc="A tensor of a size, filled with one number.", samples=("full((2, 3), 1.5)", "full([2], 7)"))


def _full_like(x: Any, /, fill_value: Number, *, dtype: DType = None, requires_grad: bool = False) -> Any:
    return _leaf(np.full(x.shape, fill_value, x.dtype if dtype is None else dtype), requires_grad)


composite("full_like", _full_like, method=False, doc="A tensor of the size of x, filled with one number.", samples=("full_like(x, 2)",))


def _randint(low: int, high: int | None = None, size: Sizes = (), *, dtype: DType = None) -> Any:
    if high is None:
        low, high = 0, low
    if low >= high:
        raise Problem("argument", f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    memory.reserve(_room(size), "randint")
    return Tensor(generator().randint(low, high, _shape(size), dtypes.INT64 if dtype is None else dtype))


composite("randint", _randint, method=False, doc="Random whole numbers: low <= number < high.",
          samples=("randint(10, (2, 3))", "randint(-3, 3, (4,))"))


def _eye(n: int, m: int | None = None, *, dtype: DType = None, requires_grad: bool = False) -> Any:
    m = n if m is None else m
    memory.reserve(_room((n, m)), "eye")
    return _leaf(np.eye(n, m, dtype=_float(dtype)), requires_grad)


composite("eye", _eye, method=False, doc="The identity matrix.", samples=("eye(3)", "eye(2, 3)"))


def _arange(start: Number, end: Number | None = None, step: Number = 1, *, dtype: DType = None, requires_grad: bool = False) -> Any:
    start, end = (0, start) if end is None else (start, end)
    if not step or not all(map(math.isfinite, (start, end, step))):
        raise Problem("argument", "step must be nonzero" if not step else f"unsupported range: {start} -> {end}")
    if (end - start) * step < 0:
        raise Problem("argument", "upper bound and lower bound inconsistent with step sign", hint=f"arange({start}, {end}, {step}) is empty")
    count = math.ceil((end - start) / step)
    memory.reserve(count, "arange")
    whole = all([isinstance(each, int) for each in (start, end, step)])
    kind = dtype if dtype is not None else dtypes.INT64 if whole else dtypes.default_dtype()
    return _leaf((start + step * np.arange(count)).astype(kind), requires_grad)


composite("arange", _arange, method=False, doc="Numbers from start (0) to end, end left out, by step.",
          samples=("arange(5)", "arange(1, 2, 0.25)", "arange(5, 0, -2)"))


def _linspace(start: Number, end: Number, steps: int, *, dtype: DType = None, requires_grad: bool = False) -> Any:
    _check_steps(steps)
    memory.reserve(steps, "linspace")
    return _leaf(_spaced(start, end, steps).astype(_float(dtype)), requires_grad)


def _check_steps(steps: int) -> None:
    if steps < 0:
        raise Problem("argument", "number of steps must be non-negative")


def _spaced(start: float, end: float, steps: int) -> Any:
    """Evenly spaced numbers, counted from both ends so that both are exact."""
    if steps == 1:
        return np.array([float(start)])
    step = (end - start) / (steps - 1) if steps else 0.0
    places = np.arange(steps)
    return np.where(places < steps / 2, start + step * places, end - step * (steps - 1 - places))


composite("linspace", _linspace, method=False, doc="So many numbers, evenly spaced from start to end.", samples=("linspace(0, 1, 5)",))


def _logspace(start: Number, end: Number, steps: int, base: Number = 10.0, *, dtype: DType = None, requires_grad: bool = False) -> Any:
    _check_steps(steps)
    memory.reserve(steps, "logspace")
    return _leaf((float(base) ** _spaced(start, end, steps)).astype(_float(dtype)), requires_grad)


composite("logspace", _logspace, method=False, doc="base to the power of evenly spaced numbers.",
          samples=("logspace(0, 2, 3)", "logspace(0, 3, 4, base=2)"))


def _tensor(data: Anything, *, dtype: DType = None, requires_grad: bool = False) -> Any:
    array = literal(data, dtype)
    return _leaf(array.copy() if type(data) is Tensor else array, requires_grad)


composite("tensor", _tensor, method=False, aliases=("as_tensor", "asarray"), doc="Numbers, in nested lists, as a tensor.",
          samples=("tensor([[1, 2], [3, 4]])", "tensor(2.5)", "tensor([1, 2], dtype=float32)"))


def literal(data: Any, dtype: Any = None) -> Any:
    """Numbers in nested lists as an array: int64, bool, or the default dtype where any is a float.  Raises Problem."""
    if type(data) is Tensor:
        return data.array if dtype is None else data.array.astype(dtype)
    shape, flat = _flattened(data)
    memory.reserve(len(flat), "tensor")
    kind = dtype if dtype is not None else _common_dtype(flat)
    try:
        return np.array(flat, kind).reshape(shape)
    except OverflowError:
        raise Problem("overflow", "a whole number in this list does not fit into 64 bits", type="OverflowError",
                      hint="write it with a decimal point") from None


def _common_dtype(flat: list[Any]) -> Any:
    if not flat or any([isinstance(each, float) for each in flat]):
        return dtypes.default_dtype()
    return dtypes.BOOL if all([isinstance(each, bool) for each in flat]) else dtypes.INT64


def _flattened(data: Any) -> tuple[tuple[int, ...], list[Any]]:
    """The shape and the numbers of nested lists, level by level.  Raises Problem where they are ragged."""
    shape: list[int] = []
    level = [data]
    while isinstance(level[0], (list, tuple)) if level else False:
        length = len(level[0])
        for each in level:
            if not isinstance(each, (list, tuple)) or len(each) != length:
                found = f"length {len(each)}" if isinstance(each, (list, tuple)) else "a number"
                raise Problem("ragged", f"expected sequence of length {length} at dim {len(shape)} (got {found})", type="ValueError",
                              hint="all rows of a tensor have the same length")
        shape.append(length)
        level = [each for row in level for each in row]
    return tuple(shape), [_number(each) for each in level]


def _number(value: Any) -> Any:
    if isinstance(value, (int, float)):
        return value
    if type(value) is Tensor and value.array.size == 1:
        return value.array.item()
    kind = "a list deeper than the others" if isinstance(value, (list, tuple)) else \
        f"a tensor of shape {list(value.shape)}" if type(value) is Tensor else f"{value!r}"
    raise Problem("type", f"only numbers can stand in a tensor's list, and this is {kind}", type="TypeError",
                  hint="use stack or cat to join tensors, so that gradients flow" if type(value) is Tensor else None)


# --- dtypes ---------------------------------------------------------------------------------------------------------


def _to(x: Any, /, dtype: DType) -> Any:
    return x if x.dtype == dtype else cast(x, dtype)


composite("to", _to, function=False, namespace="Tensor", aliases=("type",), doc="The values in another dtype.", samples=("x.to(float32)",))
for _name in ("double", "float", "half", "long", "int", "short", "bool"):
    composite(_name, lambda x, /, dtype=dtypes.NAMES[_name]: _to(x, dtype), function=False, namespace="Tensor",
              doc=f"The values as {dtypes.NAMES[_name].name}.", samples=(f"x.{_name}()",) if _name in ("double", "float", "long") else ())


def _type_as(x: Any, y: Any, /) -> Any:
    return _to(x, y.dtype)


composite("type_as", _type_as, function=False, namespace="Tensor", doc="The values in the dtype of y.")

# --- questions ------------------------------------------------------------------------------------------------------


def _item(x: Any, /) -> Any:
    if x.array.size != 1:
        raise Problem("not-scalar", f"a Tensor with {x.array.size} elements cannot be converted to Scalar", hint="reduce it first, or index it")
    return x.array.item()


def _size(x: Any, /, dim: Dim | None = None) -> Any:
    from gradcli.ops.dims import one_dim

    return Size(x.shape) if dim is None else x.shape[one_dim(dim, x.ndim)]


class Size(tuple[int, ...]):
    """A shape, which prints as PyTorch's: torch.Size([2, 3])."""

    def __repr__(self) -> str:
        return f"torch.Size({list(self)})"


query("item", _item, function=False, namespace="Tensor", doc="The one element as a plain number.")
query("tolist", lambda x, /: x.array.tolist(), function=False, namespace="Tensor", doc="The elements as nested lists.")
query("numel", lambda x, /: x.array.size, aliases=("nelement",), doc="How many elements.")
query("size", _size, function=False, namespace="Tensor", doc="The shape, or the length of dimension dim.")
query("dim", lambda x, /: x.ndim, function=False, namespace="Tensor", aliases=("ndimension",), doc="How many dimensions.")
query("len", lambda x, /: len(x), method=False, namespace="", doc="The length of the first dimension.")
query("is_contiguous", lambda x, /: bool(x.array.flags.c_contiguous), function=False, namespace="Tensor", doc="Whether memory is in row-major order.")
query("shape", lambda x, /: Size(x.shape), attribute=True, function=False, method=False, namespace="Tensor", doc="The shape.")
query("ndim", lambda x, /: x.ndim, attribute=True, function=False, method=False, namespace="Tensor", doc="How many dimensions.")
query("dtype", lambda x, /: x.dtype, attribute=True, function=False, method=False, namespace="Tensor", doc="The dtype.")
query("requires_grad", lambda x, /: x.requires_grad, attribute=True, function=False, method=False, namespace="Tensor",
      doc="Whether gradients flow into it.")
query("is_leaf", lambda x, /: x.is_leaf, attribute=True, function=False, method=False, namespace="Tensor", doc="Whether no recorded operation made it.")
composite("data", lambda x, /: detach(x), attribute=True, function=False, method=False, namespace="Tensor", doc="The same values, outside the graph.")

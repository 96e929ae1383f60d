"""The arguments of pools in one form, and what pools refuse, in PyTorch's words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor
from gradcli.ops.core.dtypes import not_implemented
from gradcli.ops.kernels.sliding_windows import Lengths, several

How = tuple[Lengths, Lengths, Lengths, Lengths, bool]  # kernel, stride, padding, dilation, ceil_mode

_COUNTS = {
    1: "{name} must be a single int, or a tuple of one int",
    2: "{name} must either be a single int, or a tuple of two ints",
    3: "{name} must be a single int, or a tuple of three ints",
}


def arranged(name: str, kernel: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool) -> How:
    """How windows slide over planes.  One number along a dimension is that of planes of height 1.  Raises Problem."""
    flat, count = name.endswith("1d"), int(name[-2])
    stride = kernel if stride is None or stride == () else stride
    given = (("kernel_size", kernel, 1), ("stride", stride, 1), ("padding", padding, 0), ("dilation", dilation, 1))
    found = []
    for what, numbers, alone in given:
        words = f"{name}: {_COUNTS[count]}".replace("{name}", what)
        lengths = several(numbers, what, count, words)
        found.append((alone, *lengths) if flat else lengths)
    how: Any = (*found, ceil_mode)
    _check_numbers(name, how)
    return how  # type: ignore[no-any-return]


def _check_numbers(name: str, how: How) -> None:
    kernel, stride, padding, dilation, _ = how
    if 0 in stride:
        raise Problem("argument", "stride should not be zero", hint="stride is the kernel's size where it is left out")
    for what, numbers in (("kernel size", kernel), ("stride", stride), ("dilation", dilation)):
        if min(numbers) < 1:
            raise Problem("argument", f"{what} should be greater than zero, but got {min(numbers)}")
    for pad, length, hole in zip(padding, kernel, dilation):
        if pad < 0:
            raise Problem("argument", f"pad must be non-negative, but got pad: {pad}")
        if pad > ((length - 1) * hole + 1) // 2:
            raise Problem(
                "argument",
                f"{name}() padding should be at most half of kernel size, but got padding={pad} and kernel_size={length}"
                if name == "max_pool1d"
                else "pad should be at most half of effective kernel size, but got "
                f"pad={pad}, kernel_size={length} and dilation={hole}",
            )


def check_input(name: str, x: Tensor, how: How, places: Callable[..., int], divisor: int | None = None) -> None:
    """Refuse a tensor that these windows cannot slide over.  Raises Problem."""
    count = int(name[-2])
    if x.ndim not in (count + 1, count + 2):
        raise _dimensions(name, x, count)
    if 0 in x.shape[-count - 1 :] and (x.ndim == count + 2 or not x.shape[0]):
        raise _empty(name, x, count)
    if divisor == 0:
        raise Problem("argument", "divisor must be not zero")
    kernel, stride, padding, dilation, ceil_mode = how
    lengths = (1, *x.shape[-count:])[-max(count, 2) :]
    counts = [places(*each, ceil_mode) for each in zip(lengths, kernel, stride, padding, dilation)]
    if count == 3 and any([wide > length for wide, length in zip(kernel, lengths)]):
        image, window = [" ".join([f"{k}{d}: {n}" for d, n in zip("THW", each)]) for k, each in (("", lengths), ("k", kernel))]
        raise Problem("shape-mismatch", f"input image ({image}) smaller than kernel size ({window})")
    if min(counts) < 1:
        raise _too_small(name, x, count, lengths, counts)
    if not _computes(name, x.ndarray.dtype):
        raise not_implemented("avg_pool3d_out_frame" if count == 3 else name, x.ndarray.dtype)


def _computes(name: str, dtype: Any) -> bool:
    """Whether PyTorch has a kernel for a dtype."""
    if dtype.kind == "f":
        return name != "avg_pool3d" or dtype.itemsize > 2
    return (name == "max_pool2d" and dtype.kind != "b") or (name.startswith("avg") and dtype.name == "int64")


def _empty(name: str, x: Tensor, count: int) -> Problem:
    if count == 3:
        words = "avg_pool3d(): Expected input's non-batch dimensions to have positive length, but input has a shape of"
        where = x.shape.index(0, x.ndim - 4) - (x.ndim - 4)
        return Problem("shape-mismatch", f"{words} {list(x.shape)} and non-batch dimension {where} has length zero!")
    shape = list(x.shape) if count == 2 or name == "max_pool1d" else [*x.shape[:-1], 1, x.shape[-1]]
    which = "max_pool1d: Expected 2D or 3D" if name == "max_pool1d" else "Expected 3D or 4D"
    words = f"{which} (batch mode) tensor with optional 0 dim batch size for input, but got:{shape}"
    return Problem("shape-mismatch", words, hint="only the batch may be empty")


def _dimensions(name: str, x: Tensor, count: int) -> Problem:
    if name == "avg_pool2d":
        words = f"Dimension out of range (expected to be in range of [{-x.ndim}, {x.ndim - 1}], but got -3)"
        words = words if x.ndim else "Dimension specified as -3 but tensor has no dimensions"
        return Problem("dimension", words, type="IndexError", hint="its input has 3 dimensions, or 4 with the batch")
    complaints = {
        "avg_pool3d": "non-empty 4D or 5D (batch mode) tensor expected for input",
        "max_pool2d": "non-empty 3D or 4D (batch mode) tensor expected for input",
        "max_pool1d": "max_pool1d: Expected 2D or 3D (batch mode) tensor with optional 0 dim batch size for input, but got:"
        f"{list(x.shape)}",
        "avg_pool1d": f"Expected 2 to 3 dimensions, but got {x.ndim}-dimensional tensor for argument #1 'self'",
    }
    return Problem("shape-mismatch", complaints[name], hint="the dimensions are the batch, the channels, and the places")


def _too_small(name: str, x: Tensor, count: int, lengths: Lengths, counts: list[int]) -> Problem:
    if name == "max_pool1d":
        return Problem("shape-mismatch", f"max_pool1d() Invalid computed output size: {counts[-1]}")
    sizes = ["x".join(map(str, (x.shape[-count - 1], *each))) for each in (lengths, counts)]
    return Problem(
        "shape-mismatch",
        f"Given input size: ({sizes[0]}). Calculated output size: ({sizes[1]}). Output size is too small",
        hint="the kernel is larger than the input",
    )

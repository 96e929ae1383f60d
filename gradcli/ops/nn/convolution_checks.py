"""What a convolution refuses: shapes, dtypes and numbers that do not fit together, in PyTorch's words and order."""

from __future__ import annotations

from typing import Any

from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor
from gradcli.ops.core.arrays import Operand
from gradcli.ops.core.dtypes import c_name, not_implemented, scalar_name
from gradcli.ops.kernels.sliding_windows import Lengths, reaches

How = tuple[Lengths, Lengths, Lengths, int]  # stride, padding, dilation, groups

ONE_EACH = (
    "expected {name} to be a single integer value or a list of {count} values to match the convolution dimensions, but got "
    "{name}={given}"
)
_LAYOUT = "a weight has shape [out channels, in channels / groups, kernel]"
_CONVERT = "convert one of them, as in x.float()"


def check_dimensions(weight: Tensor, count: int) -> None:
    """Refuse a weight with other dimensions than a convolution over `count` has.  Raises Problem."""
    if weight.ndim < 3:
        raise Problem("shape-mismatch", "weight should have at least three dimensions", hint=_LAYOUT)
    if weight.ndim != count + 2:
        raise Problem(
            "shape-mismatch",
            ONE_EACH.format(name="stride", count=weight.ndim - 2, given=[1] * count),
            hint=f"the weight has {weight.ndim} dimensions, and {_LAYOUT}",
        )


def check(x: Tensor, weight: Tensor, bias: Tensor | None, how: How) -> None:
    """Refuse what does not fit together.  Raises Problem."""
    stride, padding, dilation, groups = how
    for name, least, numbers in (("groups", 1, (groups,)), ("stride", 1, stride), ("dilation", 1, dilation)):
        if min(numbers) < least:
            raise Problem("argument", f"non-positive {name} is not supported", hint=f"{name} is 1 or more")
    if min(padding) < 0:
        raise Problem("argument", "negative padding is not supported", hint="padding is 0 or more")
    _check_kernel(weight.shape[2:])
    _check_shapes(x, weight, bias, groups)
    lengths = [each + 2 * more for each, more in zip(x.shape[2:], padding)]
    reach = reaches(weight.shape[2:], dilation)
    if any(far > length for far, length in zip(reach, lengths)):
        raise Problem(
            "shape-mismatch",
            f"Calculated padded input size per channel: ({_by(lengths)}). Kernel size: ({_by(reach)}). Kernel size can't be "
            "greater than actual input size",
        )
    _check_dtypes(x, weight, bias)


def _check_kernel(lengths: Lengths) -> None:
    """Refuse an empty kernel.  Raises Problem."""
    if min(lengths) > 0:
        return
    if len(lengths) == 3:
        given = f": {_by(lengths)} (TxHxW)"
    else:
        height, width = (1, *lengths)[-2:]
        given = f" kernel_height: {height} kernel_width: {width}"
    raise Problem("argument", f"kernel size should be greater than zero, but got{given}")


def _by(lengths: Any) -> str:
    return " x ".join(map(str, lengths))


def _check_shapes(x: Tensor, weight: Tensor, bias: Operand | None, groups: int) -> None:
    out, channels = weight.shape[:2]
    if out % groups or out < groups:
        raise Problem(
            "shape-mismatch",
            f"Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, but got weight of size "
            f"[{list(weight.shape)}] instead",
        )
    if x.shape[1] != channels * groups:
        raise Problem(
            "shape-mismatch",
            f"Given groups={groups}, weight of size {list(weight.shape)}, expected input{list(x.shape)} to have "
            f"{channels * groups} channels, but got {x.shape[1]} channels instead",
            hint=_LAYOUT,
        )
    if bias is not None and bias.shape != (out,):
        raise Problem(
            "shape-mismatch",
            f"Given weight of size {list(weight.shape)}, expected bias to be 1-dimensional with {out} elements, but got bias "
            f"of size {list(bias.shape)} instead",
        )


def _check_dtypes(x: Tensor, weight: Tensor, bias: Tensor | None) -> None:
    if bias is not None and bias.ndarray.dtype != x.ndarray.dtype:
        raise Problem(
            "dtype",
            f"Input type ({c_name(x.ndarray.dtype)}) and bias type ({c_name(bias.ndarray.dtype)}) should be the same",
            hint=_CONVERT,
        )
    if weight.ndarray.dtype != x.ndarray.dtype:
        raise Problem(
            "dtype",
            f"expected scalar type {scalar_name(x.ndarray.dtype)} but found {scalar_name(weight.ndarray.dtype)}",
            hint=_CONVERT,
        )
    if x.ndarray.dtype.kind == "b":
        raise not_implemented("slow_conv2d_cpu", x.ndarray.dtype)

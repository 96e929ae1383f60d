"""Products of matrices and vectors: mm, mv, dot, bmm, matmul, outer."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.operation import Operation
from gradcli.graph.tape import broadcast_problem
from gradcli.graph.tensor import ShapeByColumns, Tensor
from gradcli.ops.core.arrays import Array, Operand, tensor_of
from gradcli.ops.core.builders import HOLOMORPHIC, bilinear, composite
from gradcli.ops.core.dtypes import c_name, not_implemented, scalar_name, unpromoted
from gradcli.ops.core.table import family
from gradcli.ops.elementwise.arithmetic import conj, mul
from gradcli.ops.kernels.matrix_products import product
from gradcli.ops.movement.broadcasting import expand
from gradcli.ops.movement.shapes import contiguous, reshape, squeeze_dim, squeezed, unsafe_view, unsqueeze
from gradcli.ops.movement.transposing import t, transpose

family("linear algebra")


def need_one_dtype(x: Array, y: Array, kernel: str, complaint: str) -> None:
    """Refuse operands of two dtypes, and masks, which PyTorch has no such products of.

    complaint  PyTorch's words, where {0} and {1} are the operands' dtypes, and {2} and {3} their names in C++
    """
    if x.dtype != y.dtype:
        raise Problem(
            "dtype",
            complaint.format(scalar_name(x.dtype), scalar_name(y.dtype), c_name(x.dtype), c_name(y.dtype)),
            hint="convert one of them, as in x.double() or x.float()",
        )
    if x.dtype.kind == "b":
        raise not_implemented(kernel, x.dtype)


def need(fits: bool, message: str, *shapes: tuple[int, ...]) -> None:
    """Refuse operands of the wrong dimensions."""
    if not fits:
        raise Problem(
            "shape-mismatch",
            message,
            hint=f"the shapes are {' and '.join([str(list(each)) for each in shapes])}; `@` (matmul) takes "
            "operands of any dimensions",
        )


def need_two_dimensions(x: Operand, name: str) -> None:
    """Refuse vectors and numbers, where a matrix or a batch of matrices is asked for.  Raises Problem."""
    if x.ndim < 2:
        raise Problem(
            "shape-mismatch",
            f"{name}: The input tensor A must have at least 2 dimensions.",
            hint=f"its shape is {list(x.shape)}",
        )


def swapped(x: Operand) -> Any:
    """The matrices of `x` (a tensor or an array) transposed."""
    return transpose(x, -2, -1)


def adjoint(x: Operand) -> Any:
    """The matrices of `x` transposed and conjugated."""
    return conj(swapped(x))


def need_multipliable(x: Operand, y: Operand) -> None:
    """Refuse two matrices of which the first has not as many columns as the second has rows.  Raises Problem."""
    if x.shape[1] == y.shape[0]:
        return
    turned = "; transpose one with .T" if x.shape[1] == y.shape[1] or x.shape[0] == y.shape[0] else ""
    raise Problem(
        "shape-mismatch",
        f"mat1 and mat2 shapes cannot be multiplied ({x.shape[0]}x{x.shape[1]} and {y.shape[0]}x{y.shape[1]})",
        hint=f"the columns of the first must be as many as the rows of the second{turned}",
    )


def _mm(x: Array, mat2: Array, /) -> Any:
    if x.ndim != 2 or mat2.ndim != 2:
        need(x.ndim == 2, "self must be a matrix", x.shape, mat2.shape)
        need(mat2.ndim == 2, "mat2 must be a matrix", x.shape, mat2.shape)
    need_multipliable(x, mat2)
    need_one_dtype(x, mat2, "addmm_impl_cpu_", "expected m1 and m2 to have the same dtype, but got: {2} != {3}")
    return product(x, mat2)


def from_left(x: Any, g: Any, mat2_shape: tuple[int, ...]) -> Any:
    """The cotangent of the right matrix of a product, which lies in memory as that matrix does, and is so added up."""
    by_columns = isinstance(mat2_shape, ShapeByColumns)
    return swapped(mm(swapped(g), x)) if by_columns else mm(swapped(x), g)


mm: Operation = bilinear(
    "mm",
    _mm,
    (lambda g, mat2: mm(g, swapped(mat2)), lambda g, x, mat2_shape: from_left(x, g, mat2_shape)),
    grad_fn="MmBackward0",
    casting=unpromoted,
    elements=lambda x, y: (x.shape[0] * y.shape[-1]) if x.ndim == y.ndim == 2 else 0,
    doc="Matrix times matrix.",
    samples=("x:2,3 y:3,4 mm(x, y)",),
)


def _mv(x: Array, vec: Array, /) -> Any:
    if not x.ndim:
        raise Problem(
            "shape-mismatch",
            "Dimension specified as 0 but tensor has no dimensions",
            type="IndexError",
            hint="mv wants a matrix",
        )
    need(
        x.ndim == 2 and np.ndim(vec) == 1,
        f"vector + matrix @ vector expected, got 1, {x.ndim}, {np.ndim(vec)}",
        x.shape,
        np.shape(vec),
    )
    if x.shape[1] != vec.shape[0]:
        raise Problem(
            "shape-mismatch",
            f"size mismatch, got input ({x.shape[0]}), mat ({x.shape[0]}x{x.shape[1]}), vec ({vec.shape[0]})",
            hint="the vector must be as long as the matrix has columns",
        )
    need_one_dtype(x, vec, "addmv_impl_cpu", "addmv input tensors must have the same dtype, but got {1}, {0}, and {1}")
    return product(x, vec)


mv: Operation = bilinear(
    "mv",
    _mv,
    (lambda g, vec: unsqueeze(g, 1) * vec, lambda g, x: mv(t(x), g)),
    grad_fn="MvBackward0",
    casting=unpromoted,
    doc="Matrix times vector.",
    samples=("x:2,3 y:3 mv(x, y)",),
)


def _dot(x: Array, tensor: Array, /) -> Any:
    dims = np.ndim(x), np.ndim(tensor)
    need(dims == (1, 1), f"1D tensors expected, but got {dims[0]}D and {dims[1]}D tensors", np.shape(x), np.shape(tensor))
    need_one_dtype(x, tensor, "dot", "dot : expected both vectors to have same dtype, but found {0} and {1}")
    need(
        x.shape == tensor.shape,
        f"inconsistent tensor size, expected tensor [{x.size}] and src [{tensor.size}] to have the same number of "
        f"elements, but got {x.size} and {tensor.size} elements respectively",
        x.shape,
        tensor.shape,
    )
    return product(x, tensor)


def _vdot(x: Operand, tensor: Array, /) -> Any:
    return _dot(conj(x), tensor)


def _dot_row(name: str, forward: Any, grad_fn: str, complex: Any = HOLOMORPHIC) -> Any:
    """The rows of dot and of vdot, which differ for complex numbers only."""
    return bilinear(
        name,
        forward,
        (lambda g, tensor: g * tensor, lambda g, x: g * x),
        casting=unpromoted,
        complex=complex,
        grad_fn=grad_fn,
        doc="The inner product of two vectors.",
        samples=(f"x:3 y:3 {name}(x, y)",),
    )


dot = _dot_row("dot", _dot, "DotBackward0")
vdot = _dot_row(
    "vdot",
    _vdot,
    "VdotBackward0",
    {"vjps": (lambda g, tensor: conj(g) * tensor, lambda g, x: g * x)},
)


def need_batches(x: Operand, y: Operand) -> None:
    """Refuse what are no batches of matrices that can be multiplied pair by pair: [n, a, b] and [n, b, c].  Raises Problem."""
    need(x.ndim == 3, "batch1 must be a 3D tensor", x.shape, y.shape)
    need(y.ndim == 3, "batch2 must be a 3D tensor", x.shape, y.shape)
    need(
        x.shape[0] == y.shape[0] and x.shape[2] == y.shape[1],
        f"Expected size for first two dimensions of batch2 tensor to be: [{x.shape[0]}, {x.shape[2]}] but got: "
        f"[{y.shape[0]}, {y.shape[1]}].",
        x.shape,
        y.shape,
    )


def _bmm(x: Array, mat2: Array, /) -> Any:
    need_batches(x, mat2)
    need_one_dtype(x, mat2, "bmm", "expected scalar type {0} but found {1}")
    return product(x, mat2)


bmm: Operation = bilinear(
    "bmm",
    _bmm,
    (lambda g, mat2: bmm(g, swapped(mat2)), lambda g, x: bmm(swapped(x), g)),
    grad_fn="BmmBackward0",
    casting=unpromoted,
    elements=lambda x, y: x.shape[0] * x.shape[-2] * y.shape[-1] if x.ndim == y.ndim == 3 else 0,
    doc="Matrices times matrices, pair by pair.",
    samples=("x:2,2,3 y:2,3,2 bmm(x, y)",),
)


def _matmul(x: Tensor, y: Tensor, /) -> Any:
    """PyTorch's cases; a batch times one matrix is folded into one product."""
    x, y = tensor_of(x), tensor_of(y)
    if not x.ndim or not y.ndim:
        raise Problem(
            "shape-mismatch",
            f"both arguments to matmul need to be at least 1D, but they are {x.ndim}D and {y.ndim}D",
            hint="use `*`",
        )
    if x.ndim <= 2 and y.ndim <= 2:
        if y.ndim == 1:
            return dot(x, y) if x.ndim == 1 else mv(x, y)
        return squeezed(mm(unsqueeze(x, 0), y), 0) if x.ndim == 1 else mm(x, y)
    if x.ndim == y.ndim == 3 and x.shape[0] != y.shape[0]:
        x, y = [_without_batch_of_one(each) for each in (x, y)]
    if not _folds(x, y):
        return _batched(x, y)
    if y.ndim <= 2:
        return _folded(x, y)
    turned = _folded(transpose(y, -2, -1), t(x) if x.ndim == 2 else x)
    return contiguous(transpose(turned, -2, -1)) if x.ndim == 2 else turned


def _without_batch_of_one(x: Tensor) -> Any:
    return squeeze_dim(x, 0) if x.shape[0] == 1 and x.requires_grad else x


def _folds(x: Tensor, y: Tensor) -> bool:
    """Whether PyTorch makes one tall matrix of a batch: if that needs no copy, or saves a large one later."""
    batch, other = (x, y) if x.ndim >= y.ndim else (y, x)
    if other.ndim > 2:
        return False
    if other.requires_grad or x.ndim == 2:
        return bool(other.requires_grad)
    array = batch.ndarray if batch is x else batch.ndarray.swapaxes(-1, -2)
    lengths, strides = array.shape, array.strides
    return not array.size or all([strides[dim] == strides[dim + 1] * lengths[dim + 1] for dim in range(array.ndim - 2)])


def _folded(batch: Tensor, y: Tensor) -> Any:
    """Matrices times one matrix or vector: the batch is stacked into one tall matrix."""
    tall = reshape(batch, (-1, batch.shape[-1]) if batch.ndarray.size else (math.prod(batch.shape[:-1]), batch.shape[-1]))
    flat = mv(tall, y) if y.ndim == 1 else mm(tall, y)
    return unsafe_view(flat, (*batch.shape[:-1], *y.shape[1:]))


def _batched(x: Tensor, y: Tensor) -> Any:
    """Matrices times matrices, pair by pair; a vector is a matrix of one row, or of one column."""
    rows, columns = x.shape[-2:-1], y.shape[-1:] if y.ndim > 1 else ()
    y = y if y.ndim > 1 else unsqueeze(y, 1)
    batches = x.shape[:-2], y.shape[:-2]
    try:
        batch = np.broadcast_shapes(*batches)
    except ValueError as error:
        raise broadcast_problem([np.empty(each, np.bool_) for each in batches]) or error from None
    count = math.prod(batch)
    height, inner = x.shape[-2] if rows else 1, x.shape[-1]
    left = reshape(expand(x, (*batch, height, inner)), (count, height, inner))
    right = reshape(expand(y, (*batch, *y.shape[-2:])), (count, *y.shape[-2:]))
    pairs = bmm(left, right)
    return unsafe_view(pairs if columns else squeeze_dim(pairs, -1), (*batch, *rows, *columns))


matmul = composite(
    "matmul",
    _matmul,
    operator="@",
    doc="The product of matrices and vectors, broadcast over batches.",
    samples=(
        "x:3 y:3 x @ y",
        "x:2,3 y:3 x @ y",
        "x:3 y:3,2 x @ y",
        "x:2,3 y:3,2 x @ y",
        "x:2,2,3 y:2,3,2 x @ y",
        "x:2,2,3 y:3,2 x @ y",
        "x:2,3 y:2,3,2 x @ y",
        "x:2,2,3 y:3 x @ y",
        "x:3 y:2,3,2 x @ y",
        "x:2,2,2,3 y:2,3,2 x @ y",
        "x:1,2,3 y:4,3,2 x @ y",
        "x:2,2,3 y:1,3,2 x @ y",
    ),
)


def _outer(x: Operand, vec2: Operand, /) -> Any:
    for name, each in (("self", x), ("vec2", vec2)):
        if each.ndim != 1:
            raise Problem(
                "shape-mismatch", f"outer: Expected 1-D argument {name}, but got {each.ndim}-D", hint="flatten it first"
            )
    return mul(reshape(x, (x.shape[0], 1)), vec2)


outer = composite(
    "outer", _outer, aliases=("ger",), doc="All products of an entry of x and one of y.", samples=("x:3 y:2 outer(x, y)",)
)

"""Matrices: products, trace, determinant, inverse."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.operation import Operation
from gradcli.graph.tape import broadcast_problem
from gradcli.graph.tensor import Tensor
from gradcli.ops.arithmetic import add, mul
from gradcli.ops.builders import bilinear, composite, general, linear
from gradcli.ops.dtypes import c_name, not_implemented, scalar_name
from gradcli.ops.kinds import Number
from gradcli.ops.reductions import product_of_others, sum_dim
from gradcli.ops.shapes import (
    contiguous,
    expand,
    reshape,
    reshaped,
    squeeze_dim,
    t,
    tensor_of,
    transpose,
    unsafe_view,
    unsqueeze,
    view,
)
from gradcli.ops.singular import singular_vectors
from gradcli.ops.table import family

family("linear algebra")


def as_they_are(values: list[Any], statics: tuple[Any, ...]) -> list[Any]:
    """Casting of products of matrices, which do not promote."""
    return [np.asarray(each) for each in values]


def need_one_dtype(x: Any, y: Any, kernel: str, complaint: str) -> None:
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


def swapped(x: Any) -> Any:
    """The matrices of `x` (a tensor or an array) transposed."""
    return transpose(x, -2, -1)


def _multipliable(x: Any, y: Any) -> None:
    if x.shape[1] == y.shape[0]:
        return
    turned = "; transpose one with .T" if x.shape[1] == y.shape[1] or x.shape[0] == y.shape[0] else ""
    raise Problem(
        "shape-mismatch",
        f"mat1 and mat2 shapes cannot be multiplied ({x.shape[0]}x{x.shape[1]} and {y.shape[0]}x{y.shape[1]})",
        hint=f"the columns of the first must be as many as the rows of the second{turned}",
    )


def _mm(x: Any, mat2: Any, /) -> Any:
    need(x.ndim == 2, "self must be a matrix", x.shape, mat2.shape)
    need(mat2.ndim == 2, "mat2 must be a matrix", x.shape, mat2.shape)
    _multipliable(x, mat2)
    need_one_dtype(x, mat2, "addmm_impl_cpu_", "expected m1 and m2 to have the same dtype, but got: {2} != {3}")
    return x @ mat2


mm: Operation = bilinear(
    "mm",
    _mm,
    (lambda g, mat2: mm(g, swapped(mat2)), lambda g, x: mm(swapped(x), g)),
    grad_fn="MmBackward0",
    casting=as_they_are,
    elements=lambda x, y: (x.shape[0] * y.shape[-1]) if x.ndim == y.ndim == 2 else 0,
    doc="Matrix times matrix.",
    samples=("x:2,3 y:3,4 mm(x, y)",),
)


def _mv(x: Any, vec: Any, /) -> Any:
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
    return x @ vec


mv: Operation = bilinear(
    "mv",
    _mv,
    (lambda g, vec: unsqueeze(g, 1) * vec, lambda g, x: mv(t(x), g)),
    grad_fn="MvBackward0",
    casting=as_they_are,
    doc="Matrix times vector.",
    samples=("x:2,3 y:3 mv(x, y)",),
)


def _dot(x: Any, tensor: Any, /) -> Any:
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
    return x @ tensor


def _dot_row(name: str, grad_fn: str) -> Any:
    """The rows of dot and of vdot, which differ for complex numbers only."""
    return bilinear(
        name,
        _dot,
        (lambda g, tensor: g * tensor, lambda g, x: g * x),
        casting=as_they_are,
        grad_fn=grad_fn,
        doc="The inner product of two vectors.",
        samples=(f"x:3 y:3 {name}(x, y)",),
    )


dot = _dot_row("dot", "DotBackward0")
vdot = _dot_row("vdot", "VdotBackward0")


def _bmm(x: Any, mat2: Any, /) -> Any:
    need(x.ndim == 3, "batch1 must be a 3D tensor", x.shape, mat2.shape)
    need(mat2.ndim == 3, "batch2 must be a 3D tensor", x.shape, mat2.shape)
    need(
        x.shape[0] == mat2.shape[0] and x.shape[2] == mat2.shape[1],
        f"Expected size for first two dimensions of batch2 tensor to be: [{x.shape[0]}, {x.shape[2]}] but got: "
        f"[{mat2.shape[0]}, {mat2.shape[1]}].",
        x.shape,
        mat2.shape,
    )
    need_one_dtype(x, mat2, "bmm", "expected scalar type {0} but found {1}")
    return x @ mat2


bmm: Operation = bilinear(
    "bmm",
    _bmm,
    (lambda g, mat2: bmm(g, swapped(mat2)), lambda g, x: bmm(swapped(x), g)),
    grad_fn="BmmBackward0",
    casting=as_they_are,
    elements=lambda x, y: x.shape[0] * x.shape[-2] * y.shape[-1] if x.ndim == y.ndim == 3 else 0,
    doc="Matrices times matrices, pair by pair.",
    samples=("x:2,2,3 y:2,3,2 bmm(x, y)",),
)
squeezed = linear(
    "squeeze",
    lambda x, /, dim: x.squeeze(dim),
    lambda g, dim: unsqueeze(g, dim),
    overload="matmul",
    function=False,
    method=False,
    grad_fn="SqueezeBackward4",
    doc="What matmul ends a vector-matrix product with.",
)


def _matmul(x: Any, y: Any, /) -> Any:
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
        x, y = [
            squeeze_dim(each, 0) if each.shape[0] == 1 and each.requires_grad else each for each in (x, y)
        ]  # a batch of one
    if not _folds(x, y):
        return _batched(x, y)
    if y.ndim <= 2:
        return _folded(x, y)
    product = _folded(transpose(y, -2, -1), t(x) if x.ndim == 2 else x)
    return contiguous(transpose(product, -2, -1)) if x.ndim == 2 else product


def _folds(x: Tensor, y: Tensor) -> bool:
    """Whether PyTorch makes one tall matrix of a batch: if that needs no copy, or saves a large one later."""
    batch, other = (x, y) if x.ndim >= y.ndim else (y, x)
    if other.ndim > 2:
        return False
    if other.requires_grad or x.ndim == 2:
        return other.requires_grad
    array = batch.array if batch is x else batch.array.swapaxes(-1, -2)
    lengths, strides = array.shape, array.strides
    return not array.size or all([strides[dim] == strides[dim + 1] * lengths[dim + 1] for dim in range(array.ndim - 2)])


def _folded(batch: Tensor, y: Tensor) -> Any:
    """Matrices times one matrix or vector: the batch is stacked into one tall matrix."""
    tall = reshape(batch, (-1, batch.shape[-1]) if batch.array.size else (math.prod(batch.shape[:-1]), batch.shape[-1]))
    product = mv(tall, y) if y.ndim == 1 else mm(tall, y)
    return unsafe_view(product, (*batch.shape[:-1], *y.shape[1:]))


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
    product = bmm(left, right)
    return unsafe_view(product if columns else squeeze_dim(product, -1), (*batch, *rows, *columns))


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


def _outer(x: Any, vec2: Any, /) -> Any:
    for name, each in (("self", x), ("vec2", vec2)):
        if each.ndim != 1:
            raise Problem(
                "shape-mismatch", f"outer: Expected 1-D argument {name}, but got {each.ndim}-D", hint="flatten it first"
            )
    return mul(reshape(x, (x.shape[0], 1)), vec2)


outer = composite(
    "outer", _outer, aliases=("ger",), doc="All products of an entry of x and one of y.", samples=("x:3 y:2 outer(x, y)",)
)


def _trace(x: Any, /) -> Any:
    if x.ndim != 2:
        raise Problem(
            "shape-mismatch",
            f"trace: expected a matrix, but got tensor with dim {x.ndim}",
            hint=f"its shape is {list(x.shape)}",
        )
    if x.dtype.kind == "b":
        raise not_implemented("trace", x.dtype)
    return np.trace(x, dtype=np.int64 if x.dtype.kind in "iu" else None)


def _untrace(g: Any, x_shape: Any) -> Any:
    eye = np.eye(*x_shape)
    return g * (Tensor(eye) if type(g) is Tensor else eye)


trace = linear(
    "trace",
    _trace,
    _untrace,
    grad_fn="TraceBackward0",
    doc="The sum of a matrix's diagonal.",
    samples=("x:3,3 trace(x)", "x:2,3 trace(x)"),
)

# --- determinant and inverse ----------------------------------------------------------------------------------------


def need_square(x: Any, name: str) -> None:
    """Refuse what has no determinant or inverse."""
    if x.ndim < 2:
        raise Problem(
            "shape-mismatch",
            f"{name}: The input tensor A must have at least 2 dimensions.",
            hint=f"its shape is {list(x.shape)}",
        )
    if x.shape[-1] != x.shape[-2]:
        raise Problem(
            "shape-mismatch",
            f"{name}: A must be batches of square matrices, but they are {x.shape[-2]} by {x.shape[-1]} matrices",
        )
    if x.dtype.kind != "f":
        raise Problem(
            "dtype",
            f"{name}: Expected a floating point or complex tensor as input. Got {scalar_name(x.dtype)}",
            hint="make it floating-point first: x * 1.0",
        )
    if x.dtype.itemsize < 4:
        raise (
            not_implemented("lu_cpu", x.dtype)
            if name in ("linalg.det", "linalg.solve")
            else Problem(
                "dtype",
                f"{name}: Low precision dtypes not supported. Got {scalar_name(x.dtype)}",
                hint="convert it first: x.float()",
            )
        )


def _det(A: Any, /) -> Any:
    need_square(A, "linalg.det")
    return np.where(np.isnan(A).any((-2, -1)), A.dtype.type(math.nan), np.linalg.det(A))  # LAPACK may take a NaN for a 0


def _adjugate_transposed(x: Any, out: Any) -> Any:
    """det * inverse.T; from the singular values where there is no inverse: their products divide by nothing."""
    finite = np.isfinite(x).all((-2, -1), keepdims=True)  # what is not has no singular values
    try:
        cofactors = out[..., None, None] * np.linalg.inv(x).swapaxes(-1, -2)
        if np.all(np.isfinite(cofactors) | ~finite) and np.all(out != 0):
            return cofactors
    except np.linalg.LinAlgError:
        pass
    u, s, v = np.linalg.svd(np.where(finite, x, 0))
    rest = np.stack([np.delete(s, each, -1).prod(-1) for each in range(s.shape[-1])], -1)
    return np.where(finite, (np.linalg.det(u) * np.linalg.det(v))[..., None, None] * (u * rest[..., None, :]) @ v, np.nan)


def _det_vjp(g: Any, A: Any, out: Any) -> Any:
    if A.shape[-1] < 2:
        return reshaped(g, A.shape) if A.shape[-1] else expand(unsqueeze(unsqueeze(g, -1), -1), A.shape)
    if type(g) is not Tensor:
        return g[..., None, None] * _adjugate_transposed(A, np.asarray(out))
    if np.all(out.array):
        return unsqueeze(unsqueeze(g * out, -1), -1) * swapped(inv(A))
    u, s, vh = singular_vectors(A)
    rest = product_of_others(s, s.ndim - 1)
    orientation = Tensor(np.linalg.det(u.array) * np.linalg.det(vh.array))
    return unsqueeze(unsqueeze(g * orientation, -1), -1) * ((u * unsqueeze(rest, -2)) @ vh)


def _det_jvp(t: Any, A: Any, out: Any) -> Any:
    return sum_dim(t * _det_vjp(tensor_like(out, 1.0), A, out), (-2, -1), False)


def tensor_like(x: Any, fill: float) -> Any:
    """A constant of the shape and dtype of `x`, bare or a tensor as `x` is."""
    return Tensor(np.full_like(x.array, fill)) if type(x) is Tensor else np.full_like(x, fill)


det = general(
    "linalg.det",
    _det,
    _det_vjp,
    _det_jvp,
    namespace="torch.linalg",
    aliases=("det",),
    grad_fn="LinalgDetBackward0",
    doc="The determinant.",
    samples=("x:3,3 linalg.det(x)", "x:2,2,2 det(x)", "x:1,1 det(x)"),
)


def _inv(A: Any, /) -> Any:
    need_square(A, "linalg.inv")
    try:
        return np.linalg.inv(A)
    except np.linalg.LinAlgError:
        raise Problem(
            "singular",
            f"linalg.inv: {_zero_pivot(A)}the inversion could not be completed because the input matrix is singular.",
            type="LinAlgError",
            hint="its determinant is 0",
        ) from None


def _zero_pivot(A: Any) -> str:
    """Where elimination with row exchanges meets a zero on the diagonal, in PyTorch's words."""
    length = A.shape[-1]
    for batch, rows in enumerate(A.reshape(-1, length, length).copy()):
        for place in range(length):
            largest = place + int(np.abs(rows[place:, place]).argmax())
            if not rows[largest, place]:
                of_batch = f"(Batch element {batch}): " if A.ndim > 2 else ""
                return f"{of_batch}The diagonal element {place + 1} is zero, "
            rows[[place, largest]] = rows[[largest, place]]
            rows[place + 1 :] -= np.outer(rows[place + 1 :, place] / rows[place, place], rows[place])
    return ""


inv = general(
    "linalg.inv",
    _inv,
    lambda g, out: -(swapped(out) @ g @ swapped(out)),
    lambda t, out: -(out @ t @ out),
    namespace="torch.linalg",
    aliases=("inverse",),
    grad_fn="LinalgInvExBackward0",
    doc="The inverse matrix.",
    samples=("x:3,3 linalg.inv(x + 3 * eye(3))", "x:2,2,2 inverse(x + 3 * eye(2))"),
)


# --- affine maps ----------------------------------------------------------------------------------------------------


def _addmm(x: Any, mat1: Any, mat2: Any, /, *, beta: Number = 1, alpha: Number = 1) -> Any:
    need(mat1.ndim == 2, f"mat1 must be a matrix, got {mat1.ndim}-D tensor", mat1.shape, mat2.shape)
    need(mat2.ndim == 2, f"mat2 must be a matrix, got {mat2.ndim}-D tensor", mat1.shape, mat2.shape)
    _multipliable(mat1, mat2)
    start = expand(x, (mat1.shape[0], mat2.shape[1]))
    need_one_dtype(mat1, mat2, "addmm_impl_cpu_", "mat1 and mat2 must have the same dtype, but got {0} and {1}")
    need_one_dtype(x, mat2, "addmm_impl_cpu_", "self and mat2 must have the same dtype, but got {0} and {1}")
    return blended(start, mat1 @ mat2, beta, alpha)


def blended(start: Any, product: Any, beta: float, alpha: float) -> Any:
    """beta * start + alpha * product (an array just made); with beta = 0, nan and infinities of `start` do not count."""
    if alpha != 1:
        product *= product.dtype.type(alpha)
    if beta != 0:
        product += start if beta == 1 else start * start.dtype.type(beta)
    return product


def times(x: Any, number: float) -> Any:
    """x times a number, without an operation where that is 1."""
    return x if number == 1 else x * number


addmm = general(
    "addmm",
    _addmm,
    (
        lambda g, beta: times(g, beta),
        lambda g, mat2, alpha: times(mm(g, swapped(mat2)), alpha),
        lambda g, mat1, alpha: times(mm(swapped(mat1), g), alpha),
    ),
    (
        lambda t, beta: times(t, beta),
        lambda t, mat2, alpha: times(mm(t, mat2), alpha),
        lambda t, mat1, alpha: times(mm(mat1, t), alpha),
    ),
    casting=as_they_are,
    in_place=True,
    grad_fn="AddmmBackward0",
    elements=lambda x, mat1, mat2, beta, alpha: (mat1.shape[0] * mat2.shape[-1]) if mat1.ndim == mat2.ndim == 2 else 0,
    doc="beta * input + alpha * mat1 @ mat2.",
    samples=(
        "x:2,4 y:2,3 z:3,4 addmm(x, y, z)",
        "x:4 y:2,3 z:3,4 x.addmm(y, z)",
        "x:2,4 y:2,3 z:3,4 addmm(x, y, z, beta=0.5, alpha=2)",
    ),
)


def _linear(x: Any, weight: Any, bias: Any = None, /) -> Any:
    if not x.ndim or not weight.ndim:
        raise Problem(
            "shape-mismatch", f"both arguments to linear need to be at least 1D, but they are {x.ndim}D and {weight.ndim}D"
        )
    if weight.ndim == 2 and x.shape[-1] != weight.shape[1]:
        raise Problem(
            "shape-mismatch",
            f"mat1 and mat2 shapes cannot be multiplied ({math.prod(x.shape[:-1])}x{x.shape[-1]} and "
            f"{weight.shape[1]}x{weight.shape[0]})",
            hint="the weight of linear has shape [out_features, in_features]",
        )
    if bias is not None and x.ndim == 2:
        return addmm(bias, x, t(weight))
    if bias is None or weight.ndim == 1:
        product = matmul(x, t(weight))
        return product if bias is None else add(product, bias)
    tall = view(contiguous(x), (math.prod(x.shape[:-1]), x.shape[-1]))
    return view(addmm(bias, tall, t(weight)), (*x.shape[:-1], weight.shape[0]))


composite(
    "linear",
    _linear,
    namespace="F",
    method=False,
    doc="x @ weight.T + bias.",
    samples=(
        "y:4,3 linear(x, y)",
        "y:4,3 z:4 linear(x, y, z)",
        "x:3 y:4,3 z:4 linear(x, y, bias=z)",
        "x:2,2,3 y:4,3 linear(x, y)",
    ),
)

"""Matrices: products, norms, determinant, inverse."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor
from gradcli.ops.arithmetic import mul
from gradcli.ops.builders import bilinear, composite, general, linear
from gradcli.ops.dims import all_dims
from gradcli.ops.dtypes import promoted
from gradcli.ops.kinds import Dims, Number
from gradcli.ops.reductions import sum_dim, vector_norm
from gradcli.ops.shapes import (
    clone, contiguous, expand, permute, reshape, squeeze_dim, t, tensor_of, transpose, unsqueeze, unsafe_view, view)
from gradcli.ops.table import FUNCTIONS, family

family("linear algebra")


def _one_dtype(values: list[Any], statics: tuple[Any, ...]) -> list[Any]:
    """Products of matrices do not promote, as in PyTorch."""
    kinds = [each.dtype for each in values]
    if any([each != kinds[0] for each in kinds]):
        raise Problem("dtype", "expected m1 and m2 to have the same dtype, but got: " + " != ".join([each.name for each in kinds]),
                      hint="convert one of them, as in x.double() or x.float()")
    return values


def _expect_dims(name: str, *pairs: tuple[Any, int]) -> None:
    for place, (x, wanted) in enumerate(pairs):
        if x.ndim != wanted:
            kind = {1: "vector", 2: "matrix", 3: "3-D tensor (a batch of matrices)"}[wanted]
            raise Problem("shape-mismatch", f"{name}: {'input' if not place else 'the second operand'} must be a {kind}, "
                          f"and has shape {list(x.shape)}", hint="`@` (matmul) takes operands of any dimensions")


def _swap(x: Any) -> Any:
    """The matrices of `x` (a tensor or an array) transposed."""
    return transpose(x, -2, -1)


def _mm(x: Any, y: Any, /) -> Any:
    _expect_dims("mm", (x, 2), (y, 2))
    if x.shape[1] != y.shape[0]:
        raise Problem("shape-mismatch", f"mat1 and mat2 shapes cannot be multiplied ({x.shape[0]}x{x.shape[1]} and {y.shape[0]}x{y.shape[1]})",
                      hint="the columns of the first must be as many as the rows of the second"
                           + ("; transpose one with .T" if x.shape[1] == y.shape[1] or x.shape[0] == y.shape[0] else ""))
    return x @ y


mm = bilinear("mm", _mm, (lambda g, y: mm(g, _swap(y)), lambda g, x: mm(_swap(x), g)), casting=_one_dtype, grad_fn="MmBackward0",
              elements=lambda x, y: (x.shape[0] * y.shape[-1]) if x.ndim == y.ndim == 2 else 0, doc="Matrix times matrix.",
              samples=("x:2,3 y:3,4 mm(x, y)",))


def _mv(x: Any, y: Any, /) -> Any:
    _expect_dims("mv", (x, 2), (y, 1))
    if x.shape[1] != y.shape[0]:
        raise Problem("shape-mismatch", f"size mismatch, got input ({x.shape[0]}), mat ({x.shape[0]}x{x.shape[1]}), vec ({y.shape[0]})",
                      hint="the vector must be as long as the matrix has columns")
    return x @ y


mv = bilinear("mv", _mv, (lambda g, y: unsqueeze(g, 1) * y, lambda g, x: mv(t(x), g)), casting=_one_dtype, grad_fn="MvBackward0",
              doc="Matrix times vector.", samples=("x:2,3 y:3 mv(x, y)",))


def _dot(x: Any, y: Any, /) -> Any:
    for each in (x, y):
        if each.ndim != 1:
            raise Problem("shape-mismatch", f"1D tensors expected, but got {x.ndim}D and {y.ndim}D tensors", hint="use `@` (matmul) instead")
    if x.shape != y.shape:
        raise Problem("shape-mismatch", "inconsistent tensor size, expected tensor [%d] and src [%d] to have the same number of elements, "
                      "but got %d and %d elements respectively" % (x.size, y.size, x.size, y.size))
    return x @ y


dot = bilinear("dot", _dot, (lambda g, y: g * y, lambda g, x: g * x), casting=_one_dtype, aliases=("vdot",), grad_fn="DotBackward0",
               doc="The inner product of two vectors.", samples=("x:3 y:3 dot(x, y)",))


def _bmm(x: Any, y: Any, /) -> Any:
    _expect_dims("bmm", (x, 3), (y, 3))
    if x.shape[0] != y.shape[0] or x.shape[2] != y.shape[1]:
        raise Problem("shape-mismatch", f"Expected size for first two dimensions of batch2 tensor to be: [{x.shape[0]}, {x.shape[2]}] but got: "
                      f"[{y.shape[0]}, {y.shape[1]}].")
    return x @ y


bmm = bilinear("bmm", _bmm, (lambda g, y: bmm(g, _swap(y)), lambda g, x: bmm(_swap(x), g)), casting=_one_dtype, grad_fn="BmmBackward0",
               elements=lambda x, y: x.shape[0] * x.shape[-2] * y.shape[-1] if x.ndim == y.ndim == 3 else 0,
               doc="Matrices times matrices, pair by pair.", samples=("x:2,2,3 y:2,3,2 bmm(x, y)",))
_unsqueezed_row = linear("squeeze", lambda x, /, dim: x.squeeze(dim), lambda g, dim: unsqueeze(g, dim), overload="matmul", function=False,
                         method=False, grad_fn="SqueezeBackward4", doc="What matmul ends a vector-matrix product with.")


def _matmul(x: Any, y: Any, /) -> Any:
    """PyTorch's cases; a batch times one matrix is folded into one product."""
    x, y = tensor_of(x), tensor_of(y)
    if not x.ndim or not y.ndim:
        raise Problem("shape-mismatch", f"both arguments to matmul need to be at least 1D, but they are {x.ndim}D and {y.ndim}D", hint="use `*`")
    if x.ndim <= 2 and y.ndim <= 2:
        if y.ndim == 1:
            return dot(x, y) if x.ndim == 1 else mv(x, y)
        return _unsqueezed_row(mm(unsqueeze(x, 0), y), 0) if x.ndim == 1 else mm(x, y)
    _check_inner(x, y)
    if y.ndim <= 2:
        return _folded(x, y)
    if x.ndim <= 2:
        product = _folded(transpose(y, -2, -1), t(x) if x.ndim == 2 else x)
        return clone(transpose(product, -2, -1)) if x.ndim == 2 else product
    return _batched(x, y)


def _check_inner(x: Tensor, y: Tensor) -> None:
    inner = y.shape[-2] if y.ndim > 1 else y.shape[0]
    if x.shape[-1] != inner:
        raise Problem("shape-mismatch", f"mat1 and mat2 shapes cannot be multiplied ({'x'.join(map(str, x.shape[-2:]))} and "
                      f"{'x'.join(map(str, y.shape[-2:]))})", hint=f"the shapes are {list(x.shape)} and {list(y.shape)}")


def _folded(batch: Tensor, y: Tensor) -> Any:
    """Matrices times one matrix or vector: the batch is stacked into one tall matrix."""
    tall = reshape(batch, (-1, batch.shape[-1]) if batch.array.size else (math.prod(batch.shape[:-1]), batch.shape[-1]))
    product = mv(tall, y) if y.ndim == 1 else mm(tall, y)
    return unsafe_view(product, (*batch.shape[:-1], *y.shape[1:]))


def _batched(x: Tensor, y: Tensor) -> Any:
    try:
        batch = np.broadcast_shapes(x.shape[:-2], y.shape[:-2])
    except ValueError:
        raise Problem("shape-mismatch", f"The size of the batches {list(x.shape[:-2])} and {list(y.shape[:-2])} must match, or be 1, "
                      "at every dimension", hint=f"the shapes are {list(x.shape)} and {list(y.shape)}") from None
    count = math.prod(batch)
    left = reshape(expand(x, (*batch, *x.shape[-2:])), (count, *x.shape[-2:]))
    right = reshape(expand(y, (*batch, *y.shape[-2:])), (count, *y.shape[-2:]))
    return unsafe_view(bmm(left, right), (*batch, x.shape[-2], y.shape[-1]))


matmul = composite("matmul", _matmul, operator="@", doc="The product of matrices and vectors, broadcast over batches.",
                   samples=("x:3 y:3 x @ y", "x:2,3 y:3 x @ y", "x:3 y:3,2 x @ y", "x:2,3 y:3,2 x @ y", "x:2,2,3 y:2,3,2 x @ y",
                            "x:2,2,3 y:3,2 x @ y", "x:2,3 y:2,3,2 x @ y", "x:2,2,3 y:3 x @ y", "x:3 y:2,3,2 x @ y",
                            "x:2,2,2,3 y:2,3,2 x @ y"))


def _outer(x: Any, y: Any, /) -> Any:
    for place, each in enumerate((x, y)):
        if each.ndim != 1:
            raise Problem("shape-mismatch", f"outer: Expected 1-D argument {('self', 'vec2')[place]}, but got {each.ndim}-D")
    return mul(view(x, (x.shape[0], 1)), y)


outer = composite("outer", _outer, aliases=("ger",), doc="All products of an entry of x and one of y.", samples=("x:3 y:2 outer(x, y)",))


def _trace(x: Any, /) -> Any:
    if x.ndim != 2:
        raise Problem("shape-mismatch", "trace: expected a matrix, but got tensor with dim %d" % x.ndim)
    return np.trace(x)


def _untrace(g: Any, x_shape: Any) -> Any:
    eye = np.eye(*x_shape)
    return g * (Tensor(eye) if type(g) is Tensor else eye)


trace = linear("trace", _trace, _untrace, grad_fn="TraceBackward0", doc="The sum of a matrix's diagonal.",
               samples=("x:3,3 trace(x)", "x:2,3 trace(x)"))

# --- determinant and inverse ----------------------------------------------------------------------------------------


def _square_floats(name: str) -> Any:
    def check(values: list[Any], statics: tuple[Any, ...]) -> list[Any]:
        x = np.asarray(values[0])
        if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
            raise Problem("shape-mismatch", f"{name}: A must be batches of square matrices, but they are {' by '.join(map(str, x.shape[-2:]))} matrices"
                          if x.ndim > 1 else f"{name}: The input tensor A must have at least 2 dimensions.")
        if x.dtype.kind != "f":
            raise Problem("dtype", f"{name}: Expected a floating point or complex tensor as input. Got {x.dtype.name}")
        return [x]

    return check


def _adjugate_transposed(x: Any, out: Any) -> Any:
    """det * inverse.T, from the singular values where the matrix is singular (products of all but one never divide by 0)."""
    try:
        cofactors = out[..., None, None] * np.linalg.inv(x).swapaxes(-1, -2)
        if np.all(np.isfinite(cofactors)) and np.all(out != 0):
            return cofactors
    except np.linalg.LinAlgError:
        pass
    u, s, v = np.linalg.svd(x)
    rest = np.stack([np.delete(s, each, -1).prod(-1) for each in range(s.shape[-1])], -1)
    return (np.linalg.det(u) * np.linalg.det(v))[..., None, None] * (u * rest[..., None, :]) @ v


def _det_vjp(g: Any, x: Any, out: Any) -> Any:
    if type(g) is not Tensor:
        return np.asarray(g)[..., None, None] * _adjugate_transposed(x, np.asarray(out))
    return unsqueeze(unsqueeze(g * out, -1), -1) * _swap(inv(x))


def _det_jvp(t: Any, x: Any, out: Any) -> Any:
    return sum_dim(t * _det_vjp(tensor_like(out, 1.0), x, out), (-2, -1), False)


def tensor_like(x: Any, fill: float) -> Any:
    """A constant of the shape and dtype of `x`, bare or a tensor as `x` is."""
    return Tensor(np.full_like(x.array, fill)) if type(x) is Tensor else np.full_like(x, fill)


det = general("linalg.det", lambda x, /: np.linalg.det(x), _det_vjp, _det_jvp, casting=_square_floats("linalg.det"), namespace="torch.linalg",
              aliases=("det",), method=True, grad_fn="LinalgDetBackward0", doc="The determinant.",
              samples=("x:3,3 linalg.det(x)", "x:2,2,2 det(x)"))


def _inv(x: Any, /) -> Any:
    try:
        return np.linalg.inv(x)
    except np.linalg.LinAlgError:
        raise Problem("singular", "linalg.inv: The inversion could not be completed because the input matrix is singular.",
                      type="LinAlgError", hint="its determinant is 0") from None


inv = general("linalg.inv", _inv, lambda g, out: -(_swap(out) @ g @ _swap(out)), lambda t, out: -(out @ t @ out),
              casting=_square_floats("linalg.inv"), namespace="torch.linalg", aliases=("inverse", "inv"), grad_fn="LinalgInvExBackward0",
              doc="The inverse matrix.", samples=("x:3,3 linalg.inv(x)", "x:2,2,2 inverse(x)"))


def _linalg_norm(x: Any, /, ord: Number | str | None = None, dim: Dims = None, keepdim: bool = False) -> Any:
    matrix = ord is not None and (x.ndim == 2 and dim is None or isinstance(dim, tuple) and len(dim) == 2)
    if not matrix:
        if isinstance(ord, str):
            raise Problem("argument", f"linalg.norm: order '{ord}' is for matrices, and the input has shape {list(x.shape)}")
        if ord is not None and dim is None and x.ndim != 1:
            raise Problem("dimension", f"linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got {x.ndim}D.")
        return vector_norm(x, 2 if ord is None else ord, dim, keepdim, None)
    rows, columns = all_dims(dim, x.ndim)
    if ord == "fro":
        return vector_norm(x, 2, (rows, columns), keepdim, None)
    if ord in (1, -1, math.inf, -math.inf):
        summed, left = (rows, columns) if ord in (1, -1) else (columns, rows)
        sums = vector_norm(x, 1, summed, keepdim, None)
        left -= not keepdim and left > summed
        extreme = FUNCTIONS["amax" if ord > 0 else "amin"][0]
        return extreme(sums, left, keepdim)
    raise Problem("not-implemented", f"linalg.norm: the matrix norm of order {ord!r} needs singular values and is not supported",
                  type="NotImplementedError", hint="orders 'fro', 1, -1, inf and -inf are")


linalg_norm = composite("linalg.norm", _linalg_norm, namespace="torch.linalg", method=False,
                        doc="The norm of a vector or a matrix, of order ord.",
                        samples=("linalg.norm(x)", "linalg.norm(x, 1)", "linalg.norm(x, 'fro')", "x:3 linalg.norm(x, 3)",
                                 "linalg.norm(x, inf)", "linalg.norm(x, dim=1)"))


def _addmm(bias: Any, x: Any, y: Any, /) -> Any:
    return bias + _mm(x, y)


addmm = general("addmm", _addmm, (lambda g: g, lambda g, y: mm(g, _swap(y)), lambda g, x: mm(_swap(x), g)),
                (lambda t: t, lambda t, y: mm(t, y), lambda t, x: mm(x, t)), casting=_one_dtype, grad_fn="AddmmBackward0",
                elements=lambda bias, x, y: (x.shape[0] * y.shape[-1]) if x.ndim == y.ndim == 2 else 0, doc="bias + x @ y.",
                samples=("addmm(ones(4), x, ones(3, 4))",))


def _linear(x: Any, weight: Any, bias: Any = None, /) -> Any:
    if weight.ndim == 2 and x.ndim and x.shape[-1] != weight.shape[1]:
        raise Problem("shape-mismatch", f"mat1 and mat2 shapes cannot be multiplied ({'x'.join(map(str, (math.prod(x.shape[:-1]), x.shape[-1])))} and "
                      f"{weight.shape[1]}x{weight.shape[0]})", hint="the weight of linear has shape [out_features, in_features]")
    if bias is None:
        return matmul(x, t(weight))
    if x.ndim == 2:
        return addmm(bias, x, t(weight))
    product = addmm(bias, view(contiguous(x), (-1, x.shape[-1])), t(weight))
    return view(product, (*x.shape[:-1], weight.shape[0]))


composite("linear", _linear, namespace="F", method=False, doc="x @ weight.T + bias.",
          samples=("y:4,3 linear(x, y)", "y:4,3 linear(x, y, ones(4))", "x:3 y:4,3 linear(x, y, bias=ones(4))", "x:2,2,3 y:4,3 linear(x, y)"))

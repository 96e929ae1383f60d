"""Other shapes of the same values: views, permutations, joining, repeating."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor
from gradcli.ops.builders import composite, constant, linear
from gradcli.ops.dims import all_dims, one_dim
from gradcli.ops.kinds import Dim, DType, Sizes, Tensors
from gradcli.ops.table import family

family("shapes")

_same = lambda g: g  # noqa: E731  (the sweep itself sums a broadcast away, and casts)


clone = linear("clone", lambda x, /: x.copy(), _same, grad_fn="CloneBackward0", doc="A copy.", samples=("clone(x)",))


def _product(lengths: tuple[int, ...]) -> int:
    total = 1
    for each in lengths:
        total *= each
    return total


def filled_in(shape: tuple[int, ...], count: int) -> tuple[int, ...]:
    """A shape with its -1 replaced by what `count` elements ask for.  Raises Problem where they do not fit."""
    known = _product(tuple([each for each in shape if each != -1]))
    unknown = sum([each == -1 for each in shape])
    if unknown > 1:
        raise Problem("shape", "only one dimension can be inferred", hint=f"the shape {list(shape)} has {unknown} times -1")
    if any([each < -1 for each in shape]):
        raise Problem("shape", f"invalid shape dimension {min(shape)}")
    fits = known != 0 and count % known == 0 if unknown else known == count
    if not fits:
        raise Problem("shape", f"shape '{list(shape)}' is invalid for input of size {count}",
                      hint=f"{list(shape)} has room for {known} elements" if not unknown else
                           f"{count} is no multiple of {known}" if known else "-1 is ambiguous beside a 0")
    return tuple([count // known if each == -1 else each for each in shape])


def _back_to_shape(g: Any, x_shape: Any) -> Any:
    return reshaped(g, x_shape)


def _view(x: Any, /, shape: Sizes) -> Any:
    try:
        return x.reshape(filled_in(shape, x.size), copy=False)
    except ValueError:
        raise Problem("not-contiguous", "view size is not compatible with input tensor's size and stride (at least one dimension spans "
                      "across two contiguous subspaces). Use .reshape(...) instead.") from None


view = linear("view", _view, _back_to_shape, namespace="Tensor", function=True, grad_fn="ViewBackward0",
              doc="The same memory in another shape.", samples=("view(x, 3, 2)", "x.view(-1)", "x.view(1, 2, 3)"))


def _unsafe_view(x: Any, /, shape: Sizes) -> Any:
    return x.reshape(filled_in(shape, x.size))


# What PyTorch records where it knows that nobody else sees the memory; `reshaped` serves the rules.
unsafe_view = linear("_unsafe_view", _unsafe_view, _back_to_shape, function=False, method=False, grad_fn="UnsafeViewBackward0",
                     doc="reshape, of values just made.")


def reshaped(x: Any, shape: tuple[int, ...]) -> Any:
    """`x` (a tensor or an array) in another shape, copied where that is needed."""
    if type(x) is not Tensor:
        return x.reshape(shape)
    return unsafe_view(x, shape) if x.shape != shape else x


def restored(reduced: Any, shape: tuple[int, ...], dim: Any, keepdim: bool) -> Any:
    """A reduction's result (or its cotangent) with the dimensions that its operand, of `shape`, lost put back as ones."""
    if keepdim or not shape:
        return reduced
    dims = all_dims(dim, len(shape))
    return reshaped(reduced, tuple([1 if each in dims else length for each, length in enumerate(shape)]))


def _reshape(x: Any, /, shape: Sizes) -> Any:
    x = tensor_of(x)
    if _can_view(x.array, filled_in(shape, x.array.size)):
        return view(x, shape)
    return unsafe_view(clone(x), shape)


def _can_view(array: Any, shape: tuple[int, ...]) -> bool:
    try:
        array.reshape(shape, copy=False)
    except ValueError:
        return False
    return True


def tensor_of(x: Any) -> Tensor:
    """A composite's operand, which may be a number, as a tensor."""
    return x if type(x) is Tensor else Tensor(np.asarray(x))


reshape = composite("reshape", _reshape, doc="The values in another shape: a view where memory allows it, else a copy.",
                    samples=("reshape(x, [3, 2])", "x.reshape(-1)", "x.T.reshape(6)"))


def _flatten(x: Any, /, start_dim: Dim = 0, end_dim: Dim = -1) -> Any:
    x = tensor_of(x)
    start, end = one_dim(start_dim, x.ndim), one_dim(end_dim, x.ndim)
    if start > end:
        raise Problem("dimension", "flatten() has invalid args: start_dim cannot come after end_dim")
    if x.ndim == 0:
        return reshape(x, (1,))
    if start == end:
        return x
    return reshape(x, (*x.shape[:start], _product(x.shape[start:end + 1]), *x.shape[end + 1:]))


flatten = composite("flatten", _flatten, aliases=("ravel",), doc="The dimensions start_dim to end_dim made one.",
                    samples=("flatten(x)", "x:2,3,2 flatten(x, 1)", "x.T.flatten()"))


def _permute(x: Any, /, dims: Sizes) -> Any:
    return x.transpose(_permutation(dims, x.ndim))


def _permutation(dims: Any, ndim: int) -> tuple[int, ...]:
    order = all_dims(dims, ndim) if dims else ()
    if len(order) != ndim:
        raise Problem("dimension", "permute(sparse_coo): number of dimensions in the tensor input does not match the length of the "
                      f"desired ordering of dimensions i.e. input.dim() = {ndim} is not equal to len(dims) = {len(order)}".replace("(sparse_coo)", ""))
    return order


def _unpermute(g: Any, dims: Any) -> Any:
    order = _permutation(dims, len(dims))
    return permute(g, tuple([order.index(each) for each in range(len(order))]))


permute = linear("permute", _permute, _unpermute, grad_fn="PermuteBackward0", doc="The dimensions in another order.",
                 samples=("permute(x, [1, 0])", "x:2,3,2 x.permute(2, 0, 1)"))


def _transpose(x: Any, /, dim0: Dim, dim1: Dim) -> Any:
    first, second = one_dim(dim0, x.ndim), one_dim(dim1, x.ndim)
    return x.swapaxes(first, second) if x.ndim else x[...]


transpose = linear("transpose", _transpose, lambda g, dim0, dim1: transpose(g, dim0, dim1), aliases=("swapaxes", "swapdims"),
                   grad_fn="TransposeBackward0", doc="Two dimensions exchanged.",
                   samples=("transpose(x, 0, 1)", "x:2,3,2 x.transpose(0, -1)"))


def _t(x: Any, /) -> Any:
    if x.ndim > 2:
        raise Problem("dimension", f"t() expects a tensor with <= 2 dimensions, but self is {x.ndim}D", hint="use transpose or permute")
    return x.T


t = linear("t", _t, lambda g: t(g), grad_fn="TBackward0", doc="A matrix transposed.", samples=("t(x)", "x:3 x.t()"))


def _all_reversed(x: Any, /) -> Any:
    x = tensor_of(x)
    return permute(x, tuple(range(x.ndim))[::-1])


def _matrices_transposed(x: Any, /) -> Any:
    if x.ndim < 2:
        raise Problem("dimension", "tensor.mT is only supported on matrices or batches of matrices. "
                      f"Got {x.ndim}-D tensor.", hint="a vector has no transpose; use unsqueeze to make it a matrix")
    return transpose(x, -2, -1)


composite("T", _all_reversed, attribute=True, function=False, method=False, namespace="Tensor", doc="All dimensions in reverse order.",
          samples=("x.T",))
composite("mT", _matrices_transposed, attribute=True, function=False, method=False, namespace="Tensor",
          doc="The last two dimensions exchanged.", samples=("x.mT",))


def _unsqueeze(x: Any, /, dim: Dim) -> Any:
    return np.expand_dims(x, one_dim(dim, x.ndim + 1))


unsqueeze = linear("unsqueeze", _unsqueeze, _back_to_shape, grad_fn="UnsqueezeBackward0", doc="A dimension of length 1 put in at dim.",
                   samples=("unsqueeze(x, 0)", "x.unsqueeze(-1)"))


def _squeeze(x: Any, /) -> Any:
    return x.squeeze()


def _squeeze_dim(x: Any, /, dim: Dim) -> Any:
    return _squeezed(x, (one_dim(dim, x.ndim),))


def _squeeze_dims(x: Any, /, dim: Sizes) -> Any:
    return _squeezed(x, all_dims(dim, x.ndim))


def _squeezed(x: Any, dims: tuple[int, ...]) -> Any:
    return x.squeeze(tuple([each for each in dims if x.ndim and x.shape[each] == 1]))


squeeze = linear("squeeze", _squeeze, _back_to_shape, grad_fn="SqueezeBackward0", doc="All dimensions of length 1 left out.",
                 samples=("x:1,3,1 squeeze(x)",))
squeeze_dim = linear("squeeze", _squeeze_dim, _back_to_shape, overload="dim", grad_fn="SqueezeBackward1",
                     doc="Dimension dim left out if its length is 1.", samples=("x:1,3 squeeze(x, 0)", "squeeze(x, 0)"))
squeeze_dims = linear("squeeze", _squeeze_dims, _back_to_shape, overload="dims", grad_fn="SqueezeBackward2",
                      doc="Several dimensions left out if their length is 1.", samples=("x:1,3,1 squeeze(x, [0, 2])",))


def _expand(x: Any, /, size: Sizes) -> Any:
    if len(size) < x.ndim:
        raise Problem("shape", f"expand({list(x.shape)}, size={list(size)}): the number of sizes provided ({len(size)}) must be greater or "
                      f"equal to the number of dimensions in the tensor ({x.ndim})")
    own = (1,) * (len(size) - x.ndim) + x.shape
    wanted = tuple([length if each == -1 else each for each, length in zip(size, own)])
    for dim, (each, length) in enumerate(zip(wanted, own)):
        if length not in (1, each):
            raise Problem("shape", f"The expanded size of the tensor ({each}) must match the existing size ({length}) at non-singleton "
                          f"dimension {dim}.", hint=f"target sizes: {list(size)}, tensor sizes: {list(x.shape)}")
    return np.broadcast_to(x, wanted)


expand = linear("expand", _expand, _same, aliases=("broadcast_to",), grad_fn="ExpandBackward0",
                doc="Dimensions of length 1 repeated without copying.",
                samples=("x:3 expand(x, [2, 3])", "x:2,1 x.expand(-1, 4)"))


def _sum_to(x: Any, /, shape: Sizes) -> Any:
    """Undo a broadcast: sum the dimensions that it added or stretched."""
    extra = x.ndim - len(shape)
    dims = tuple([*range(extra), *[extra + each for each, length in enumerate(shape) if length == 1 and x.shape[extra + each] != 1]])
    return x.sum(dims, keepdims=True).reshape(shape) if dims else x.reshape(shape)


sum_to = linear("sum_to_size", _sum_to, lambda g, x_shape: expand(g, x_shape), operator="sum to", namespace="Tensor", function=False,
                grad_fn="SumBackward1", doc="The sum that undoes a broadcast from that shape.", samples=("x.sum_to_size(1, 3)",))


def _cast(x: Any, /, dtype: DType) -> Any:
    return x.astype(dtype)


cast = linear("to", _cast, _same, operator="cast to", function=False, method=False, grad_fn="ToCopyBackward0", doc="The values in another dtype.")


def _repeat(x: Any, /, sizes: Sizes) -> Any:
    if len(sizes) < x.ndim:
        raise Problem("shape", "Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor",
                      hint=f"the tensor has {x.ndim} dimensions, the repeats {len(sizes)}")
    if any([each < 0 for each in sizes]):
        raise Problem("shape", f"Trying to create tensor with negative dimension {min(sizes)}")
    return np.tile(x, sizes)


def _unrepeat(g: Any, x_shape: Any, sizes: Any) -> Any:
    own = (1,) * (len(sizes) - len(x_shape)) + tuple(x_shape)
    pairs = tuple([each for pair in zip(sizes, own) for each in pair])
    return reshaped(sum_to(reshaped(g, pairs), tuple([1 if place % 2 == 0 else each for place, each in enumerate(pairs)])), tuple(x_shape))


repeat = linear("repeat", _repeat, _unrepeat, namespace="Tensor", aliases=("tile",), grad_fn="RepeatBackward0",
                elements=lambda x, sizes: x.size * _product(sizes), doc="The tensor repeated along each dimension.",
                samples=("x.repeat(2, 1)", "x:3 x.repeat(2, 2)"))


def _cat(tensors: Tensors, /, dim: Dim = 0) -> Any:
    real = [x for x in tensors if x.shape != (0,)] or tensors  # PyTorch lets the empty list of old pass
    _check_joinable(real, one_dim(dim, real[0].ndim))
    return np.concatenate(real, one_dim(dim, real[0].ndim))


def _check_joinable(arrays: list[Any], dim: int) -> None:
    first = arrays[0].shape
    if not first:
        raise Problem("shape", "zero-dimensional tensor (at position 0) cannot be concatenated", hint="use stack")
    for place, each in enumerate(arrays):
        rest = [length for position, length in enumerate(each.shape) if position != dim]
        if each.ndim != len(first) or rest != [length for position, length in enumerate(first) if position != dim]:
            raise Problem("shape-mismatch", f"Sizes of tensors must match except in dimension {dim}. Expected the shape {list(first)} of the "
                          f"first but got {list(each.shape)} for tensor number {place} in the list.")


def _uncat(g: Any, tensors_shape: Any, dim: Any) -> Any:
    ndim = max(map(len, tensors_shape))
    dim, start, parts = one_dim(dim, ndim), 0, []
    for shape in tensors_shape:
        length = 0 if shape == (0,) and ndim > 1 else shape[dim]
        part = g[(slice(None),) * dim + (slice(start, start + length),)]
        parts.append(reshaped(part, (0,)) if shape == (0,) else part)
        start += length
    return parts


cat = linear("cat", _cat, _uncat, aliases=("concat", "concatenate"), method=False, casting=None, grad_fn="CatBackward0",
             doc="Tensors joined along a dimension.", samples=("cat([x, y])", "cat((x, y, x), dim=1)", "x:2,3 y:2,1 cat([x, y], -1)"))


def _stack(tensors: Tensors, /, dim: Dim = 0) -> Any:
    for place, each in enumerate(tensors):
        if each.shape != tensors[0].shape:
            raise Problem("shape-mismatch", f"stack expects each tensor to be equal size, but got {list(tensors[0].shape)} at entry 0 and "
                          f"{list(each.shape)} at entry {place}")
    return np.stack(tensors, one_dim(dim, tensors[0].ndim + 1))


def _unstack(g: Any, tensors_shape: Any, dim: Any) -> Any:
    before = (slice(None),) * one_dim(dim, len(tensors_shape[0]) + 1)
    return [g[(*before, place)] for place in range(len(tensors_shape))]


stack = linear("stack", _stack, _unstack, method=False, grad_fn="StackBackward0", doc="Tensors side by side along a new dimension.",
               samples=("stack([x, y])", "stack([x, y], dim=-1)"))


def _contiguous(x: Any, /) -> Any:
    return x if x.array.flags.c_contiguous else clone(x)


contiguous = composite("contiguous", _contiguous, function=False, namespace="Tensor", doc="The values in row-major memory: itself, or a copy.",
          samples=("x.T.contiguous()",))
detach = constant("detach", lambda x, /: x, doc="The same values and memory, outside the graph.")

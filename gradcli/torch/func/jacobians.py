"""Whole matrices of derivatives: `jacrev`, `jacfwd`, `hessian`.

A Jacobian of which no derivative can be asked any more is computed in a batch of rows or of columns; the others are made of
traced rows.  The numbers are the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradcli.engine import jacobian as engine
from gradcli.engine.batch import Batch, Unbatched
from gradcli.engine.forward_mode import lacking, push
from gradcli.graph.sweep import sweep
from gradcli.graph.tape import grad_mode
from gradcli.graph.tensor import Tensor, from_array
from gradcli.torch import _trees as trees
from gradcli.torch._boundary import failure, guarded
from gradcli.torch.autograd.functional import blocks_of
from gradcli.torch.func._layers import Function, Layer, chosen, named, split
from gradcli.torch.func._mapped_calls import drawing

_MUCH = 4  # times as many rows as columns, or columns as rows: then the mode is chosen by that, whichever was asked for
_ROOM = 1 << 24  # elements of a Jacobian that is computed in one batch


def jacrev(
    func: Function,
    argnums: Any = 0,
    *,
    has_aux: bool = False,
    chunk_size: int | None = None,
    _preallocate_and_copy: bool = False,
) -> Function:
    """A function that gives the Jacobian of `func` by the arguments `argnums`: `out.shape + in.shape` for each pair."""
    if chunk_size is not None and chunk_size < 1:
        raise failure("ValueError", "jacrev: `chunk_size` should be greater than 0.")
    return _jacobian(func, argnums, has_aux, False)


def jacfwd(func: Function, argnums: Any = 0, has_aux: bool = False, *, randomness: str = "error") -> Function:
    """The same, as forward mode gives it."""
    return _jacobian(func, argnums, has_aux, True, randomness)


def _jacobian(func: Function, argnums: Any, has_aux: bool, forward: bool, randomness: str = "different") -> Function:
    @guarded
    def jacobian(*args: Any, **keywords: Any) -> Any:
        layer, name = Layer("jvp(f, primals, tangents)" if forward else "vjp(f, *primals)"), "jacfwd" if forward else "jacrev"
        with grad_mode(True):
            picked, put = chosen(argnums, args)
            tree, given = layer.taken(picked, changeable=forward)
            _need_real(name, "input", given)
            with drawing(randomness):
                output, aux = split(layer, layer.called(func, put(tree), keywords), has_aux)
            outputs = layer.given(output)
            _need_real(name, "output", outputs)
            rows = [_row(layer, place, out, given, forward) for place, out in enumerate(outputs)]
        blocks = trees.like(output, iter([trees.like(picked, iter(row)) for row in rows]))
        return (layer.released(blocks), layer.released(aux)) if has_aux else layer.released(blocks)

    return named(jacobian, func)


def _need_real(name: str, side: str, tensors: Sequence[Tensor]) -> None:
    """Refuse complex tensors, whose derivative may be one of two.  Raises RuntimeError."""
    for place, each in enumerate(tensors):
        if each.ndarray.dtype.kind == "c":
            words = f"{name}: Expected all {side}s to be real but received complex tensor at flattened input idx: {place}"
            raise failure("RuntimeError", words)


def _row(layer: Layer, place: int, out: Tensor, given: tuple[Tensor, ...], forward: bool) -> Sequence[Tensor]:
    """The blocks of one output: traced where somebody outside may differentiate them."""
    if out.edge is None or not out.ndarray.size or layer.outside(out):
        return blocks_of(place, out, given, True, False)
    columns, rows = sum([x.ndarray.size for x in given]), out.ndarray.size
    if lacking([out.edge]) is not None:
        forward = False
    elif max(columns, rows) > _MUCH * min(columns, rows):
        forward = columns < rows
    if min(columns, rows) * max(columns, rows) <= _ROOM:
        try:
            return [from_array(each) for each in (_columns(out, given) if forward else _rows(out, given))]
        except Unbatched:  # a rule wants to see one at a time
            pass
    (blocks,) = engine.jacobian([out], given, "forward" if forward else "reverse")
    return [from_array(block.dense()) for block in blocks]


def _identity(x: Tensor) -> Batch:
    """The rows of an identity matrix, each in the shape of a tensor."""
    return Batch(np.eye(x.ndarray.size, dtype=x.ndarray.dtype).reshape(-1, *x.ndarray.shape))


def _rows(out: Tensor, given: tuple[Tensor, ...]) -> list[Any]:
    """The blocks by reverse mode, all rows at once."""
    wanted = [x.edge for x in given]
    found = sweep([(out.edge, _identity(out))], wanted=wanted, retain_graph=True)
    shapes = [(*out.ndarray.shape, *x.ndarray.shape) for x in given]
    blocks = [found.get(edge) for edge in wanted]
    return [
        np.zeros(shape, out.ndarray.dtype) if block is None else block.written_out().reshape(shape)
        for block, shape in zip(blocks, shapes)
    ]


def _columns(out: Tensor, given: tuple[Tensor, ...]) -> list[Any]:
    """The blocks by forward mode, all columns of an input at once."""
    blocks = []
    for x in given:
        (moved,) = push([out.edge], {x.edge: _identity(x)})
        shape = (*out.ndarray.shape, *x.ndarray.shape)
        if moved is None:
            blocks.append(np.zeros(shape, x.ndarray.dtype))
        else:
            blocks.append(np.ascontiguousarray(np.moveaxis(moved.written_out(), 0, -1)).reshape(shape))
    return blocks


def hessian(func: Function, argnums: Any = 0) -> Function:
    """A function that gives the second derivatives of `func` by the arguments `argnums`."""
    return jacfwd(jacrev(func, argnums), argnums)

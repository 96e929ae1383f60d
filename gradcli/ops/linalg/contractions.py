"""Products summed over chosen dimensions: einsum, tensordot, inner, kron, cross."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.ops.core.arrays import Operand
from gradcli.ops.core.builders import HOLOMORPHIC, Operation, composite, general
from gradcli.ops.core.dims import one_dim
from gradcli.ops.core.dtypes import only
from gradcli.ops.core.parameter_types import Dim, DimPairs, Operands
from gradcli.ops.core.table import family
from gradcli.ops.linalg.matrix_products import bmm, dot, mm
from gradcli.ops.movement.diagonals import diagonal, movedim
from gradcli.ops.movement.shapes import reshape, unsafe_view, unsqueeze, view
from gradcli.ops.movement.transposing import permute
from gradcli.ops.reduction.reductions import sum_dim

family("linear algebra")

# --- einsum ---------------------------------------------------------------------------------------------------------


def _einsum(equation: str, operands: Any) -> Any:
    """As PyTorch does it: every operand gets all labels as dimensions, and pairs are multiplied as batches of matrices."""
    terms, output = _terms(equation, [each.ndim for each in operands])
    summed = [label for label in dict.fromkeys([each for term in terms for each in term]) if label not in output]
    labels = [*output, *summed]
    _check_lengths(terms, operands)
    aligned = [_aligned(x, term, labels) for x, term in zip(operands, terms)]
    result, open_labels = aligned[0], list(summed)
    for place, each in enumerate(aligned):
        later = {label for term in terms[place + 1 :] for label in term}
        now = [labels.index(label) for label in open_labels if label not in later]
        open_labels = [label for label in open_labels if label in later]
        if place:
            result = _pair(result, each, now)
        elif now:
            result = sum_dim(result, tuple(now), len(aligned) > 1)
    return reshape(result, result.shape[: len(output)]) if result.ndim > len(output) else result


def _terms(equation: str, counts: list[int]) -> tuple[list[list[str]], list[str]]:
    """The labels of each operand's dimensions, and of the output's; an ellipsis becomes labels of its own."""
    left, arrow, right = equation.replace(" ", "").partition("->")
    words = left.split(",")
    if len(words) != len(counts):
        more = "fewer" if len(counts) < len(words) else "more"
        raise Problem(
            "argument",
            f"einsum(): {more} operands were provided than specified in the equation",
            hint=f"the equation has {len(words)} terms, and there are {len(counts)} operands",
        )
    terms = [_labels(word, place, count) for place, (word, count) in enumerate(zip(words, counts))]
    dots = max([[label for label in term if label.startswith(".")] for term in terms], key=len, default=[])
    everything = [label for term in terms for label in term if not label.startswith(".")]
    if not arrow:
        return terms, [*dots, *sorted([each for each in set(everything) if everything.count(each) == 1])]
    output = _labels(right, -1, len(right.replace("...", "")) + len(dots) * ("..." in right))
    unknown = [label for label in output if label not in everything and not label.startswith(".")]
    if unknown:
        raise Problem(
            "argument", f"einsum(): output subscript {unknown[0]} does not appear in the equation for any input operand"
        )
    return terms, output


def _labels(word: str, place: int, count: int) -> list[str]:
    """One label for each of `count` dimensions; those of an ellipsis are counted from the right: ".1", ".0"."""
    before, dots, after = word.partition("...")
    labels = [*before, *after]
    wrong = next((each for each in labels if not each.isalpha()), None)
    if wrong is not None:
        raise Problem(
            "argument",
            f"einsum(): invalid subscript given at index {word.index(wrong)} in the equation string, "
            "subscripts must be in [a-zA-Z]",
        )
    missing = count - len(labels)
    if missing < 0 or (missing and not dots):
        raise Problem(
            "shape-mismatch",
            f"einsum(): the number of subscripts in the equation ({len(labels)}) does not match the number of dimensions "
            f"({count}) for operand {place} and no ellipsis was given",
        )
    return [*before, *[f".{each}" for each in range(missing - 1, -1, -1)], *after]


def _check_lengths(terms: list[list[str]], operands: Any) -> None:
    known: dict[str, int] = {}
    for place, (term, x) in enumerate(zip(terms, operands)):
        for at, (label, length) in enumerate(zip(term, x.shape)):
            seen = known.setdefault(label, length)
            if length != seen and 1 not in (length, seen):
                raise Problem(
                    "shape-mismatch",
                    f"einsum(): subscript {label} has size {length} for operand {place} which does not broadcast with "
                    f"previously seen size {seen}",
                    hint=f"dimension {at} of operand {place} and another with the same label differ",
                )
            known[label] = max(length, seen)


def _aligned(x: Operand, term: list[str], labels: list[str]) -> Any:
    """The operand with a dimension for every label, of length 1 where it has none; a repeated label is a diagonal."""
    term = list(term)
    for at, label in reversed(list(enumerate(term))):
        first = term.index(label)
        if first != at:
            x = movedim(diagonal(x, 0, first, at), -1, first)
            del term[at]
    for label in labels:
        if label not in term:
            x, term = unsqueeze(x, len(term)), [*term, label]
    return permute(x, tuple([term.index(label) for label in labels]))


def _pair(x: Operand, y: Operand, summed: list[int]) -> Any:
    """The product of two, summed over dimensions: a batched product of matrices."""
    both = [at for at in summed if x.shape[at] != 1 and y.shape[at] != 1]
    for at in summed:
        if at not in both:
            x, y = (sum_dim(x, at, True), y) if x.shape[at] != 1 else (x, sum_dim(y, at, True) if y.shape[at] != 1 else y)
    if not both:
        return x * y
    others = [at for at in range(x.ndim) if at not in both]
    shared = [at for at in others if x.shape[at] != 1 and y.shape[at] != 1]
    mine = [at for at in others if at not in shared and y.shape[at] == 1]
    yours = [at for at in others if at not in shared and at not in mine]
    left = reshape(permute(x, (*shared, *mine, *both, *yours)), (_size(x, shared), _size(x, mine), _size(x, both)))
    right = reshape(permute(y, (*shared, *both, *yours, *mine)), (_size(y, shared), _size(y, both), _size(y, yours)))
    lengths = [x.shape[at] for at in (*shared, *mine)] + [1] * len(both) + [y.shape[at] for at in yours]
    order = [*shared, *mine, *both, *yours]
    return permute(view(bmm(left, right), tuple(lengths)), tuple([order.index(at) for at in range(x.ndim)]))


def _size(x: Operand, dims: list[int]) -> int:
    return math.prod([x.shape[at] for at in dims])


def _einsum_as_called(equation: str, operands: Operands) -> Any:
    if not operands:
        raise Problem("argument", "einsum(): must provide at least one operand", hint="einsum('ij,jk->ik', x, y)")
    return _einsum(equation, operands)


composite(
    "einsum",
    _einsum_as_called,
    method=False,
    doc="Products of tensors whose dimensions have letters, summed over those that the result lacks: 'ij,jk->ik'.",
    samples=(
        "x:2,3 y:3,2 einsum('ij,jk->ik', x, y)",
        "einsum('ij->ji', x)",
        "einsum('ij->', x)",
        "x:3,3 einsum('ii->i', x)",
        "x:3 y:3 einsum('i,i->', x, y)",
        "x:3 y:2 einsum('i,j', [x, y])",
        "x:2,2,3 y:3 einsum('...i,i->...', x, y)",
        "x:2,2,3 y:2,3,2 einsum('bij,bjk->bik', x, y)",
    ),
)

# --- tensordot ------------------------------------------------------------------------------------------------------


def _tensordot(x: Operand, y: Operand, /, dims: DimPairs = 2) -> Any:
    mine, yours = _contracted(x, y, dims)
    for of_x, of_y in zip(mine, yours):
        if x.shape[of_x] == 1 != y.shape[of_y]:
            y = sum_dim(y, of_y, True)
        elif y.shape[of_y] == 1 != x.shape[of_x]:
            x = sum_dim(x, of_x, True)
        elif x.shape[of_x] != y.shape[of_y]:
            raise Problem(
                "shape-mismatch",
                f"contracted dimensions need to match, but first has size {x.shape[of_x]} in dim {of_x} and second has size "
                f"{y.shape[of_y]} in dim {of_y}",
            )
    free_x = [each for each in range(x.ndim) if each not in mine]
    free_y = [each for each in range(y.ndim) if each not in yours]
    count = math.prod([x.shape[each] for each in mine])
    lengths = (*[x.shape[each] for each in free_x], *[y.shape[each] for each in free_y])
    turned_x, turned_y = permute(x, (*free_x, *mine)), permute(y, (*yours, *free_y))
    if not free_x and not free_y:
        return reshape(dot(_line(turned_x), _line(turned_y)), ())
    rows, columns = [math.prod([each.shape[at] for at in free]) for each, free in ((x, free_x), (y, free_y))]
    return reshape(mm(reshape(turned_x, (rows, count)), reshape(turned_y, (count, columns))), lengths)


def _line(x: Operand) -> Any:
    return reshape(x, (-1,)) if x.ndim != 1 else x


def _contracted(x: Operand, y: Operand, dims: DimPairs) -> tuple[list[int], list[int]]:
    """Which dimensions of each are summed over: the last and the first n, or those that two lists name."""
    if isinstance(dims, int):
        if not 0 <= dims <= min(x.ndim, y.ndim):
            raise Problem(
                "argument",
                f"tensordot expects dims >= 0, but got dims={dims}"
                if dims < 0
                else f"tensordot expects dims < ndim_a or ndim_b, but got dims={dims}",
            )
        return list(range(x.ndim - dims, x.ndim)), list(range(dims))
    mine, yours = map(list, dims)
    if mine and not (x.ndim and y.ndim):
        raise Problem("dimension", f"Dimension specified as {mine[0]} but tensor has no dimensions", type="IndexError")
    if len(mine) != len(yours):
        raise Problem("argument", "both dimension lists should have same length")
    return [one_dim(each, x.ndim) for each in mine], [one_dim(each, y.ndim) for each in yours]


composite(
    "tensordot",
    _tensordot,
    method=False,
    doc="The product of two tensors, summed over pairs of dimensions.",
    samples=("y:3,2 tensordot(x, y, dims=1)", "tensordot(x, y, dims=([0], [0]))", "tensordot(x, y, dims=2)"),
)


def _inner(x: Operand, y: Operand, /) -> Any:
    if not x.ndim or not y.ndim:
        return x * y
    if x.shape[-1] != y.shape[-1]:
        raise Problem(
            "shape-mismatch",
            f"inner() the last dimension must match on both input tensors but got shapes {list(x.shape)} and {list(y.shape)}",
        )
    return _tensordot(x, y, ((-1,), (-1,)))


composite(
    "inner", _inner, doc="Products summed over the last dimension of both.", samples=("inner(x, y)", "x:3 y:3 inner(x, y)")
)


def _kron(x: Operand, y: Operand, /) -> Any:
    ndim = max(x.ndim, y.ndim)
    one, two = [(1,) * (ndim - each.ndim) + each.shape for each in (x, y)]
    wide = unsafe_view(x, tuple([length for each in one for length in (each, 1)]))
    product = wide * unsafe_view(y, tuple([length for each in two for length in (1, each)]))
    return unsafe_view(product, tuple([a * b for a, b in zip(one, two)]))


composite("kron", _kron, doc="The Kronecker product.", samples=("kron(x, y)", "x:2,2 y:2 kron(x, y)"))

# --- the cross product ----------------------------------------------------------------------------------------------


def _cross(x: Operand, y: Operand, /, dim: int = -1) -> Any:
    if not x.ndim:
        raise Problem("dimension", f"Dimension specified as {dim} but tensor has no dimensions", type="IndexError")
    axis = one_dim(dim, x.ndim)
    if x.ndim != y.ndim:
        raise Problem("shape-mismatch", "linalg.cross: inputs must have the same number of dimensions.")
    if x.shape[axis] != 3 or y.shape[axis] != 3:
        raise Problem(
            "shape-mismatch",
            f"linalg.cross: inputs dimension {dim} must have length 3. Got {x.shape[axis]} and {y.shape[axis]}",
        )
    return np.cross(x, y, axis=axis)


_crossed: Operation = general(
    "linalg.cross",
    _cross,
    (lambda g, y, dim: _crossed(y, g, dim), lambda g, x, dim: _crossed(g, x, dim)),
    (lambda t, y, dim: _crossed(t, y, dim), lambda t, x, dim: _crossed(x, t, dim)),
    namespace="torch.linalg",
    method=False,
    casting=only("iufc", "cross"),
    complex=HOLOMORPHIC,
    grad_fn="LinalgCrossBackward0",
    doc="The cross product of vectors along dim.",
    samples=("linalg.cross(x, y)", "x:3,2 y:3,2 linalg.cross(x, y, dim=0)"),
)


def _cross_somewhere(x: Operand, y: Operand, /, dim: Dim | None = None) -> Any:
    axis = dim if dim is not None else next((at for at, length in enumerate(x.shape) if length == 3), None)
    if axis is None:
        raise Problem("shape-mismatch", "no dimension of size 3 in input")
    return _crossed(x, y, axis)


composite("cross", _cross_somewhere, doc="The cross product of vectors.", samples=("cross(x, y, dim=1)", "cross(x, y)"))

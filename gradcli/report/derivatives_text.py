"""Derivatives become text for people: each block by its name, ∂out/∂x, as PyTorch prints a tensor, or its nonzero entries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from gradcli.graph.printing import DEFAULT, PrintOptions, format_tensor
from gradcli.report.characters import columns
from gradcli.report.fitting import aligned
from gradcli.report.text import Table, Values, notes, options_for, shown, tensor_text
from gradcli.run.partials import HESSIAN, HVP, DerivativeResult, Directional, Partial, Partials

Block = Values | Table
_MOST_ROWS, _MOST_COLUMNS = 20, 60  # of a matrix that is shown as one, if it fits
_PLACED: Final = {1: "", 2: "²"}  # the order of a derivative, as it is written


def render(result: DerivativeResult, *, color: bool = False, width: int = 80, precision: int = DEFAULT.precision) -> str:
    """The report without its final newline; `precision` is how many digits stand after the point."""
    return shown(list(_blocks(result, options_for(width, precision))), color=color, width=width)


def _blocks(result: DerivativeResult, options: PrintOptions) -> Iterator[Block]:
    names = [f"out[{place}]" if result.is_tuple else "out" for place in range(len(result.outputs))]
    texts = [tensor_text(each, result.default_dtype, options) for each in result.outputs]
    yield Values(None, list(zip(names, texts, strict=True)))
    if isinstance(result.derivative, Directional):
        yield _directional(result.derivative, result.default_dtype, options)
    else:
        yield from blocks(result.derivative, result.default_dtype, options)
    yield from notes(result.notes)


def blocks(partials: Partials, default_dtype: str, options: PrintOptions) -> Iterator[Block]:
    """A small matrix of all leaves, or the blocks, each with a remark on how its dimensions are to be read."""
    whole = _whole(partials, options)
    if whole is not None:
        yield whole
        return
    for partial in partials.blocks:
        if partial.value is None:
            yield Values(None, [(f"{_name(partial)}: {_count(partial)}", None), (_shape(partial), None)])
            if partial.values.size:
                yield _entries(partial)
        else:
            text = format_tensor(partial.value, default_dtype=default_dtype, options=options)
            yield Values(None, [(_name(partial), text), (_shape(partial), None)])


def _whole(partials: Partials, options: PrintOptions) -> Table | None:
    """Rows for the outputs and columns for the leaves, where there are several leaves (or outputs) and all of it fits."""
    matrix = partials.matrix(_MOST_ROWS * _MOST_COLUMNS) if len(partials.blocks) > 1 else None
    if matrix is None or not matrix.value.size or len(matrix.rows) > _MOST_ROWS:
        return None
    cells = [[f"{each:.{options.precision + 2}g}" for each in column] for column in matrix.value.T.tolist()]
    corner = "∂²out" if partials.kind == HESSIAN else "∂/∂"
    rows = [(corner, *matrix.columns), *zip(matrix.rows, *cells)]
    wide = sum([max(map(columns, column)) + 2 for column in zip(*aligned(rows))]) - 2
    return Table(rows) if wide <= options.linewidth else None


def _name(partial: Partial) -> str:
    """∂out/∂x, ∂²out/∂x² or ∂²out/∂x∂y."""
    order = _PLACED[len(partial.by)]
    by = f"∂{partial.by[0]}²" if len(set(partial.by)) < len(partial.by) else "".join([f"∂{name}" for name in partial.by])
    return f"∂{order}{partial.out}/{by}"


def _parts(partial: Partial) -> tuple[str, ...]:
    """What the dimensions belong to, in order."""
    return (partial.out, *partial.by) if len(partial.shapes) > len(partial.by) else partial.by


def _shape(partial: Partial) -> str:
    """How the dimensions are to be read, and what was seen of the structure."""
    parts = [(name, shape) for name, shape in zip(_parts(partial), partial.shapes, strict=True) if shape]
    words = {"dense": "", "zero": "; all zero", "diagonal": "; diagonal", "sparse": "; at most one entry in a row or column"}
    if len(parts) > 1:
        of = ": " + ", ".join([f"{list(shape)} of {name}" for name, shape in parts])
    else:
        of = f", of {parts[0][0]}" if parts else ""
    return f"shape {list(partial.shape)}{of}{'' if 0 in partial.shape else words[partial.structure]}"


# ---- what is not zero ------------------------------------------------------------------------------------------------


def _count(partial: Partial) -> str:
    total = 1
    for length in partial.shape:
        total *= length
    return f"{partial.values.size:,} of {total:,} {'entry is' if total == 1 else 'entries are'} not zero"


def _entries(partial: Partial) -> Table:
    """A row for each entry: its index in each part, and the number with all its digits."""
    indices, start, columns = partial.indices, 0, []
    for shape in partial.shapes:
        columns.append([str(index) for index in indices[start : start + len(shape)].T.tolist()])
        start += len(shape)
    rows = zip(*columns, [str(number) for number in partial.values], strict=True)
    return Table([(*_parts(partial), _name(partial)), *rows])


# ---- along tangents --------------------------------------------------------------------------------------------------


def _directional(derivative: Directional, default_dtype: str, options: PrintOptions) -> Values:
    def text(array: Any) -> str:
        return format_tensor(array, default_dtype=default_dtype, options=options)

    pairs: list[tuple[str, str | None]] = [(f"tangent of {name}", text(each)) for name, each in derivative.tangents.items()]
    several = derivative.kind == HVP or derivative.is_tuple
    named = {f"{name}.{derivative.kind}" if several else derivative.kind: value for name, value in derivative.values.items()}
    return Values(None, [*pairs, *[(name, text(value)) for name, value in named.items()]])

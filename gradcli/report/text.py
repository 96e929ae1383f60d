"""A Result becomes text for people: the output, a table of the graph's nodes, and the gradients of each backward pass.

What is said is settled here, as blocks of words and numbers.  They are drawn plainly for a pipe, and by `terminal` with
rules and colour for a terminal, so that both say the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np

from gradcli.errors import Record
from gradcli.graph.half_precision import name_of
from gradcli.graph.printing import DEFAULT, PrintOptions, format_tensor
from gradcli.report.characters import columns, elided, padded
from gradcli.report.fitting import aligned, narrowed
from gradcli.run.result import NodeView, Note, Result

MOST_NODES: Final = 40  # of a long list the two ends are shown
MOST_PASSES: Final = 20

_LEAST_LABEL, _LEAST_VALUE = 12, 8  # columns of the table that are never narrower, however narrow the terminal
_LABEL, _VALUE = 24, 18  # columns that are wanted for either; a value is told by its least and its greatest element then
_BACKWARD: Final = re.compile(r"Backward\d*$")
GAP: Final = "  "
_ONE_LINE: Final = 10**9  # a line width at which nothing breaks
_ANY_SIZE: Final = float("inf")
# How to put a value into a cell: whole, or with two or one of the elements at each edge (threshold, edgeitems).
_CELLS: Final = ((_ANY_SIZE, 3), (0, 2), (0, 1))
_MOST_IN_A_CELL: Final = 64  # elements; the text of more would be made in vain


class Values(Record):
    """A block of `label = value` lines under a heading, or None; a label without a value is a remark."""

    __slots__ = ("heading", "pairs")
    heading: str | None
    pairs: list[tuple[str, str | None]]

    @property
    def indent(self) -> str:
        """What its lines begin with."""
        return GAP if self.heading else ""


def _without_end(cells: list[str]) -> tuple[str, ...]:
    """The cells of a row up to the last that is not blank, that one without the blanks behind it."""
    while len(cells) > 1 and not cells[-1].strip():
        cells.pop()
    return (*cells[:-1], cells[-1].rstrip())


class Table(Record):
    """A block of rows, the first of them the headings; a row of one cell is a remark between the others."""

    __slots__ = ("rows",)
    rows: list[tuple[str, ...]]

    def within(self, width: int) -> list[tuple[str, ...]]:
        """The rows, narrow enough for `width` columns where that can be."""
        return narrowed(aligned(self.rows), width)

    def padded(self, width: int) -> list[tuple[str, ...]]:
        """These rows with every cell as wide as its column, and without blanks at the end of a row."""
        rows = self.within(width)
        widths = [max(map(columns, column)) for column in zip(*[row for row in rows if len(row) > 1], strict=True)]
        return [_without_end([padded(cell, each) for cell, each in zip(row, widths)]) if len(row) > 1 else row for row in rows]


class FittedTable(Table):
    """A table whose cells have been shortened by whoever made it, since some of them must stay whole."""

    __slots__ = ("rows",)
    rows: list[tuple[str, ...]]

    def within(self, width: int) -> list[tuple[str, ...]]:
        """The rows as they are."""
        return self.rows


def render(
    result: Result, *, color: bool = False, width: int = 80, table: bool = False, precision: int = DEFAULT.precision
) -> str:
    """The report without its final newline: plain lines, or with `table` or `color` as on a terminal of `width`.

    precision  how many digits stand after the point, as in torch.set_printoptions
    """
    options = options_for(width, precision)
    return shown(list(_blocks(result, width, options)), color=color, width=width, table=table)


def options_for(width: int, precision: int = DEFAULT.precision) -> PrintOptions:
    """How tensors are printed: as PyTorch prints them, in lines no longer than the terminal."""
    if width == DEFAULT.linewidth and precision == DEFAULT.precision:
        return DEFAULT
    # A row that ends at the very end of a line has its brackets behind it, which PyTorch does not reckon with.
    return DEFAULT.changed(precision, linewidth=width if width >= DEFAULT.linewidth else max(width - 4, 20))


def shown(blocks: Sequence[Values | Table], *, color: bool = False, width: int = 80, table: bool = False) -> str:
    """The blocks below each other, as `render` shows them."""
    if table or color:
        from gradcli.report import terminal

        return terminal.drawn(blocks, color, width)
    return "\n\n".join(["\n".join(_plain(block, width)) for block in blocks])


def _plain(block: Values | Table, width: int) -> Iterator[str]:
    if isinstance(block, Values):
        yield from [block.heading] if block.heading else []
        yield from [laid_out(label, value, width, block.indent) for label, value in block.pairs]
        return
    yield from [GAP.join(row) for row in block.padded(width)]


def laid_out(label: str, value: str | None, width: int, indent: str = "") -> str:
    """`label = value`, the value's lines below each other; all of them below the label where `width` is not enough."""
    if value is None:
        return indent + label
    lines = value.split("\n")
    head = f"{indent}{label} = "
    margin = " " * columns(head)
    if len(lines) > 1 and len(margin) + max(map(len, lines)) > width:
        head, margin, lines = head.rstrip(), indent, ["", *lines]
    return "\n".join([head + lines[0], *[margin + line if line else "" for line in lines[1:]]])


# ---- what is said ----------------------------------------------------------------------------------------------------


def _blocks(result: Result, width: int, options: PrintOptions) -> Iterator[Values | Table]:
    yield _outputs(result, options)
    if result.keep_values or any([node.grad_fn for node in result.nodes]):
        yield _nodes(result, width, options.precision)
    if result.keep_values:
        yield _values(result, options)
    yield from _passes(result, options)
    if result.derivatives:
        from gradcli.report import derivatives_text

        for partials in result.derivatives:
            yield from derivatives_text.blocks(partials, result.default_dtype, options)
    yield from notes(result.notes)


def notes(found: Sequence[Note]) -> Iterator[Values]:
    """What is remarked on conventions, if anything is."""
    if found:
        ends, left_out = _ends(found, MOST_NODES)
        lines = [f"note: {note.message}" for note in ends]
        lines[len(ends) // 2 : len(ends) // 2] = [_remark(left_out, "notes")] if left_out else []
        yield Values(None, [(line, None) for line in lines])


def _outputs(result: Result, options: PrintOptions) -> Values:
    texts = [tensor_text(output, result.default_dtype, options) for output in result.outputs]
    return Values(None, [(f"out[{place}]" if result.is_tuple else "out", text) for place, text in enumerate(texts)])


def tensor_text(each: Any, default_dtype: str, options: PrintOptions) -> str:
    """An output or a node's value, as PyTorch prints the tensor."""
    facts = {"grad_fn": each.grad_fn, "requires_grad": each.requires_grad, "default_dtype": default_dtype}
    return format_tensor(each.value, options=options, **facts)


def _nodes(result: Result, width: int, precision: int) -> Table:
    """The table of nodes, without the steps of `grad(...)`.

    Where `width` is not enough, the ends of grad_fns give way first, then the values, then the middles of long labels.
    """
    told = [node for node in result.nodes if not node.is_step]
    nodes, left_out = _ends(told, MOST_NODES)
    shapes = [shape_words(node, result.default_dtype) for node in nodes]
    kinds = [node.grad_fn or ("leaf" if node.requires_grad else "-") for node in nodes]
    values = [] if result.keep_values else [brief(node.value, _VALUE, precision) for node in nodes]
    label, value = (max(map(columns, [*texts, ""])) for texts in ([_label(node, _LABEL) for node in nodes], values))
    room = width - _widest("shape", shapes) - 3 * len(GAP)
    if _widest("grad_fn", kinds) + label + value > room:
        kinds = [_BACKWARD.sub("", kind) for kind in kinds]
    room -= _widest("grad_fn", kinds)
    has_values = bool(values) and room >= _LEAST_LABEL + _LEAST_VALUE
    labels = [_label(node, max(_LEAST_LABEL, room - value if has_values else room)) for node in nodes]
    cells: list[tuple[str, ...]] = [("node", *labels), ("grad_fn", *kinds), ("shape", *shapes)]
    if has_values:
        room = max(_LEAST_VALUE + precision - DEFAULT.precision, room - _widest("node", labels))
        cells.append(("value", *[brief(node.value, room, precision) for node in nodes]))
    rows: list[tuple[str, ...]] = list(zip(*cells, strict=True))
    rows[1 + len(nodes) // 2 : 1 + len(nodes) // 2] = [(_remark(left_out, "nodes"),)] if left_out else []
    steps = [(_remark(len(result.nodes) - len(told), "within grad(...)"),)] if len(told) < len(result.nodes) else []
    return Table([*rows, *steps])


def _widest(heading: str, cells: list[str]) -> int:
    return max(map(columns, [heading, *cells]))


def _ends(items: Sequence[Any], most: int) -> tuple[Sequence[Any], int]:
    """The items, or as many as `most` from the two ends of a longer list; and how many are left out."""
    if len(items) <= most:
        return items, 0
    return [*items[: most // 2], *items[-(most // 2) :]], len(items) - most


def _remark(left_out: int, what: str) -> str:
    return f"... {left_out:,} more {what} (--json lists all)"


def _label(node: NodeView, width: int) -> str:
    """The user's own name and words for a node."""
    if node.name is None or node.name == node.source:
        return elided(node.source, width)
    return elided(f"{node.name} = {node.source}" if node.source else node.name, width)


def shape_words(node: Any, default_dtype: str) -> str:
    """The shape of what has one, with the dtype where that is another than the default."""
    shape = str(list(node.shape))
    return shape if node.dtype == default_dtype else f"{shape} {node.dtype}"


def cell(value: Any, width: int, precision: int = DEFAULT.precision) -> str:
    """A value in one line of at most `width` columns, with as many of its elements as fit."""
    if value is None or not value.size:
        return "..." if value is None else "[]"
    for threshold, edge in _CELLS[value.size > _MOST_IN_A_CELL :]:
        options = PrintOptions(precision, threshold, edge, _ONE_LINE, None)
        text = format_tensor(value, default_dtype=name_of(value.dtype), options=options, prefix="")[:-1]
        text = " ".join(text.split()).replace("[ ", "[")
        if len(text) <= width:
            return text
    return "..."


def brief(value: Any, width: int, precision: int = DEFAULT.precision) -> str:
    """A value in one line: as many of its elements as fit, else what matters most of them; "..." at the worst.

    That is where the first stands that is not finite, then the least and the greatest of the others.
    """
    text = cell(value, width, precision)
    if "..." not in text or value is None or not value.size:
        return text
    if (value == value.flat[0]).all() or np.isnan(value).all():
        return f"all {cell(np.asarray(value.flat[0]), width, precision)}"
    odd = _not_finite(value)
    if text != "..." and not odd:
        return text
    if value.dtype.kind == "c":
        return text
    finite = value[np.isfinite(value)]
    ends = [cell(np.asarray(end(finite)), width, precision) for end in (np.min, np.max)] if finite.size else []
    told = ", ".join([*odd, *([" to ".join(ends)] if ends else [])])
    return next((each for each in (told, *odd) if len(each) <= width), "...")


def _not_finite(value: Any) -> list[str]:
    """Where the first number stands that is not finite, and how many others are none: "nan at [2] and 3 more"; or nothing."""
    places = np.argwhere(~np.isfinite(value))
    if not len(places):
        return []
    first = places[0].tolist()
    return [f"{value[tuple(first)]:g} at {first}" + (f" and {len(places) - 1:,} more" if len(places) > 1 else "")]


def _values(result: Result, options: PrintOptions) -> Values:
    """Every node's value in full, for --values."""
    nodes, left_out = _ends(result.nodes, MOST_NODES)
    pairs: list[tuple[str, str | None]] = [
        (_label(node, _LABEL), tensor_text(node, result.default_dtype, options)) for node in nodes
    ]
    if left_out:
        pairs.insert(len(nodes) // 2, (_remark(left_out, "nodes"), None))
    return Values(None, pairs)


def _passes(result: Result, options: PrintOptions) -> Iterator[Values]:
    """A block for each backward pass; what is retained of intermediate values is shown as the last one left it."""
    count = len(result.passes)
    passes, left_out = _ends(list(enumerate(result.passes, 1)), MOST_PASSES)
    for place, (number, each) in enumerate(passes):
        if left_out and place == len(passes) // 2:
            yield Values(None, [(_remark(left_out, "passes"), None)])
        weights = {} if each.weights is None else {"weights": each.weights}
        grads = {**each.grads, **(_retained(result) if number == count else {})}
        values = weights | {f"{name}.grad": grad for name, grad in grads.items()}
        yield Values(
            f"pass {number} of {count}" if count > 1 else None,
            [(label, _gradient(value, result.default_dtype, options)) for label, value in values.items()],
        )


def _retained(result: Result) -> dict[str, Any]:
    return {str(node.name): node.grad for node in result.nodes if node.grad is not None and not node.is_leaf}


def _gradient(value: Any, default_dtype: str, options: PrintOptions) -> str:
    return "None" if value is None else format_tensor(value, default_dtype=default_dtype, options=options)

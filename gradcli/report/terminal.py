"""The blocks of a text report as a terminal shows them: the same words and numbers, with a rule and with colour."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, repeat
from typing import TYPE_CHECKING, Final

from gradcli.report.characters import columns
from gradcli.report.text import GAP, Table, Values, laid_out

if TYPE_CHECKING:
    from rich.text import Text

_LABEL: Final = "bold green"
_FAINT: Final = "dim"
_ENDLESS: Final = 10**6  # rich has nothing to wrap or crop: what is said fits already
_COLUMNS: Final = ("bold", "cyan", "dim")  # node, grad_fn, shape; what follows is plain


def drawn(blocks: Sequence[Values | Table], color: bool, width: int) -> str:
    """The blocks, `width` columns wide, with escape codes where `color` says so."""
    from io import StringIO

    from rich.console import Console  # 45 ms, which a pipe does not pay

    text = StringIO()
    console = Console(
        file=text,
        width=_ENDLESS,
        force_terminal=True,
        force_jupyter=False,
        no_color=not color,
        color_system="standard" if color else None,
        legacy_windows=False,
    )
    for place, block in enumerate(blocks):
        if place:
            console.print()
        for line in _lines(block, width) if isinstance(block, Values) else _rows(block, width):
            console.print(line, soft_wrap=True)
    return text.getvalue().rstrip("\n")


def _lines(block: Values, width: int) -> list[Text]:
    """The lines of a block, labels and headings emphasised."""
    from rich.text import Text

    lines = [Text(block.heading, "bold")] if block.heading else []
    for label, value in block.pairs:
        line = Text(laid_out(label, value, width, block.indent))
        line.stylize(_FAINT if value is None else _LABEL, len(block.indent), len(block.indent) + len(label))
        line.highlight_regex(r"(?<=grad_fn=)<\w+>", "cyan")
        lines.append(line)
    return lines


def _rows(table: Table, width: int) -> Iterator[Text]:
    """The headings above a rule, and the rows."""
    from rich.text import Text

    headings, *rows = table.padded(width)
    yield Text(GAP.join(headings), "bold")
    yield Text("─" * max([columns(GAP.join(row)) for row in (headings, *rows) if len(row) > 1]))
    for row in rows:
        styles = [_FAINT] if len(row) == 1 else chain(_COLUMNS, repeat(""))
        yield Text(GAP).join([Text(cell, style) for cell, style in zip(row, styles, strict=False)])

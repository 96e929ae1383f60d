"""A Picture in the terminal: curves in braille, or in characters of ASCII where the terminal has no others.

Contours are where the level of a value changes from one dot to the next; arrows between them show where the gradient points.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcli.report.plotting import missing, ticks

if TYPE_CHECKING:
    from gradcli.run.solving.curves import Field, Picture

_COLORS = ("blue+", "red+", "green+", "orange+", "magenta+", "cyan+")  # legible on dark and on light
_MARKS = "*+ox#%"  # of ASCII, one a line
_LEVELS = 9
_ARROWS, _ASCII_ARROWS = "→↗↑↖←↙↓↘", ">/^\\</v\\"
_FRAME = str.maketrans("┌┐└┘│─┤├┬┴┼", "++++|-+++++")


def drawn(picture: Picture, *, width: int, height: int, color: bool, unicode: bool) -> str:
    """The picture in `width` columns and `height` lines, without its final newline; escape codes only with `color`.

    Raises Problem where plotext is not installed.
    """
    try:
        import plotext as plot
    except ImportError:
        raise missing("plotext") from None
    plot.clear_figure()
    plot.theme("clear")
    plot.plotsize(width, height)
    if picture.field is None:
        _draw_lines(plot, picture, unicode)
    else:
        _draw_field(plot, picture.field, picture, unicode, (width, height))
    across, up = _limits(picture)
    plot.xlim(*across)
    plot.ylim(*up)
    plot.xticks(*ticks(*across, max(3, width // 14)))
    plot.yticks(*ticks(*up, max(3, height // 3)))
    plot.xlabel(picture.names[0])
    if len(picture.names) > 1:
        plot.ylabel(picture.names[1])
    text: str = plot.build()
    if not color:
        text = plot.uncolorize(text)
    if not unicode:
        text = text.translate(_FRAME).encode("ascii", "replace").decode("ascii")
    return re.sub(r" +((?:\x1b\[[\d;]*m)*)$", r"\1", text.rstrip(), flags=re.MULTILINE)


def _limits(picture: Picture) -> tuple[tuple[float, float], tuple[float, float]]:
    """What is seen, from left to right and from bottom to top."""
    x = picture.lines[0].x if picture.field is None else picture.field.x
    low, high = (picture.low, picture.high) if picture.field is None else (picture.field.y.min(), picture.field.y.max())
    return (float(x.min()), float(x.max())), (float(low), float(high))


def _draw_lines(plot: Any, picture: Picture, unicode: bool) -> None:
    for place, line in enumerate(picture.lines):
        shown = np.where((line.y >= picture.low) & (line.y <= picture.high), line.y, np.nan)
        label = line.label if unicode else line.label.replace("²", "2")
        color = _COLORS[place % len(_COLORS)]
        marker = "braille" if unicode else _MARKS[place % len(_MARKS)]
        for part, (begin, end) in enumerate(_runs(np.isfinite(shown))):
            x, y = line.x[begin:end].tolist(), shown[begin:end].tolist()
            draw = plot.scatter if line.dots else plot.plot
            draw(x, y, marker="•" if line.dots and unicode else marker, color=color, label=label if not part else None)


def _runs(good: Any) -> list[tuple[int, int]]:
    """The stretches of True, as (first, end)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], good.astype(np.int8), [0]])))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist()))


def _draw_field(plot: Any, field: Field, picture: Picture, unicode: bool, size: tuple[int, int]) -> None:
    levels = np.linspace(picture.low, picture.high, _LEVELS + 2)[1:-1]
    bands = np.digitize(field.values, levels)
    changes = np.zeros(bands.shape, bool)
    changes[:-1] |= bands[:-1] != bands[1:]
    changes[:, :-1] |= bands[:, :-1] != bands[:, 1:]
    changes &= np.isfinite(field.values)
    for level in range(_LEVELS + 1):
        rows, columns = np.nonzero(changes & (bands == level))
        if len(rows):
            marker = "braille" if unicode else "."
            color = _COLORS[level * (len(_COLORS) - 1) // _LEVELS]
            plot.scatter(field.x[columns].tolist(), field.y[rows].tolist(), marker=marker, color=color)
    _draw_arrows(plot, field, unicode, size)
    plot.title(f"{field.label}: contours every {levels[1] - levels[0]:.3g} from {levels[0]:.3g}")


def _draw_arrows(plot: Any, field: Field, unicode: bool, size: tuple[int, int]) -> None:
    arrows = _ARROWS if unicode else _ASCII_ARROWS
    x, y = field.slopes
    # What an angle looks like depends on how long a unit is in either direction.
    ratio = (np.ptp(field.y) / size[1]) / (np.ptp(field.x) / size[0]) / 2
    turns = np.round(np.arctan2(y, x * ratio) / (np.pi / 4)).astype(int) % 8
    rows = np.linspace(0, len(field.y) - 1, max(2, size[1] // 4) + 2)[1:-1].astype(int)
    columns = np.linspace(0, len(field.x) - 1, max(2, size[0] // 10) + 2)[1:-1].astype(int)
    for row in rows:
        for column in columns:
            if np.isfinite([x[row, column], y[row, column]]).all() and (x[row, column] or y[row, column]):
                plot.text(arrows[turns[row, column]], float(field.x[column]), float(field.y[row]))

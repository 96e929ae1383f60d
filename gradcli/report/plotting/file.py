"""A Picture as a file: svg, png or pdf, by matplotlib."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcli.report import precision
from gradcli.report.plotting import label, missing

if TYPE_CHECKING:
    from gradcli.run.solving.curves import Field, Picture

ENDINGS = (".svg", ".png", ".pdf")
_ARROWS = 20  # of the gradient, in each direction


def rendered(picture: Picture, ending: str) -> bytes:
    """The content of a file with that ending, the same whenever it is drawn.  Raises Problem where matplotlib is missing."""
    try:
        import matplotlib
        from matplotlib.figure import Figure
    except ImportError:
        raise missing("matplotlib") from None
    with matplotlib.rc_context({"svg.hashsalt": "gradcli", "svg.fonttype": "none"}):
        figure = Figure(figsize=(7, 4.5), layout="constrained")
        axes = figure.add_subplot()
        if picture.field is None:
            _draw_lines(axes, picture)
        else:
            _draw_field(figure, axes, picture.field, picture)
        if precision.asked_for():
            for axis in (axes.xaxis, axes.yaxis):
                axis.set_major_formatter(lambda value, place: label(value))
        axes.set_xlabel(picture.names[0])
        content = BytesIO()
        when = {".svg": "Date", ".pdf": "CreationDate"}.get(ending)
        figure.savefig(content, format=ending[1:], dpi=150, metadata={when: None} if when else None)
    return content.getvalue()


def _draw_lines(axes: Any, picture: Picture) -> None:
    for line in picture.lines:
        shown = np.where((line.y >= picture.low) & (line.y <= picture.high), line.y, np.nan)
        axes.plot(line.x, shown, label=line.label)
    axes.legend()
    axes.grid(alpha=0.3)
    margin = 0.03 * (picture.high - picture.low)
    axes.set_ylim(picture.low - margin, picture.high + margin)


def _draw_field(figure: Any, axes: Any, field: Field, picture: Picture) -> None:
    values = np.ma.masked_invalid(field.values)
    levels = np.linspace(picture.low, picture.high, 15)
    filled = axes.contourf(field.x, field.y, values, levels, extend="both", cmap="viridis")
    axes.contour(field.x, field.y, values, levels, colors="black", linewidths=0.4)
    figure.colorbar(filled, ax=axes, label=field.label)
    rows = np.unique(np.linspace(0, len(field.y) - 1, _ARROWS).astype(int))
    columns = np.unique(np.linspace(0, len(field.x) - 1, _ARROWS).astype(int))
    x, y = (each[np.ix_(rows, columns)] for each in field.slopes)
    with np.errstate(all="ignore"):
        length = np.hypot(x, y)
        x, y = x / length, y / length
    axes.quiver(field.x[columns], field.y[rows], x, y, color="white", alpha=0.7, pivot="mid", angles="xy")
    axes.set_ylabel(picture.names[1])

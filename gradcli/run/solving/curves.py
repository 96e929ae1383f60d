"""An expression and its derivatives sampled for a picture: lines with gaps where there is nothing to draw, or fields over two
ranges.

    sampled(request, texts, width) -> Picture

A line is broken at jumps and poles.  Between two neighbours a smooth function changes by about the step times its mean slope;
where it does not, the interval is halved, towards the half that does not either, until only a jump is left of it, or nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from gradcli.errors import Problem, Record
from gradcli.run.request import Request
from gradcli.run.solving.function import Array
from gradcli.run.solving.tabulate import Tabulation

_HALVINGS = 40
_VISIBLE = 0.02  # of the range of values: a smaller step is drawn as it is
_OUTLYING = 4.0  # times the spread of the inner 90 %: beyond, a pole is cut off


class Line(Record):
    """A curve: `label`, positions `x`, values `y` with nan where the line is broken; `dots` are not joined."""

    __slots__ = ("label", "x", "y", "dots")
    label: str
    x: Array
    y: Array
    dots: bool


class Field(Record):
    """Values over a grid: `x` of n, `y` of m, `values` m x n, and the two components of the gradient, `slopes`, 2 x m x n."""

    __slots__ = ("label", "x", "y", "values", "slopes")
    label: str
    x: Array
    y: Array
    values: Array
    slopes: Array


class Picture(Record):
    """What is to be drawn: lines over `names[0]`, or one field over both names; `low` and `high` are the values to show."""

    __slots__ = ("names", "lines", "field", "low", "high")
    names: list[str]
    lines: list[Line]
    field: Field | None
    low: float
    high: float


def sampled(request: Request, expressions: Sequence[str], count: int, order: int = 1) -> Picture:
    """The lines of one or several expressions over one range, each with its derivatives up to `order`; or a field.

    count  how many points a range without a step has; of a field a third of that in each direction
    Raises Problem where no range is given, or more than two, or values are no numbers.
    """
    tables = [_table(request, text, count, order) for text in expressions]
    ranges = tables[0].points.ranges
    if not ranges:
        raise Problem("argument", "there is no range to draw over", hint="give a name its ends: x=-3:3")
    if len(ranges) > 2 or (len(ranges) == 2 and len(expressions) > 1):
        raise Problem(
            "argument",
            f"{len(expressions)} expression{'s' * (len(expressions) > 1)} over {len(ranges)} ranges cannot be drawn",
            hint="draw several over one range, or one over two",
        )
    if len(ranges) == 2:
        field = _field(_table(request, expressions[0], max(2, count // 3), 1), expressions[0])
        inner = field.values[np.isfinite(field.values)]
        return Picture([*ranges], [], field, *_limits([inner]))
    lines = [line for table, text in zip(tables, expressions) for line in _lines(table, text, len(expressions) > 1)]
    return Picture([*ranges], lines, None, *_limits([line.y for line in lines]))


def of_fit(name: str, column: Array, observed: Array, fitted: Array) -> Picture:
    """The data of a fit as dots, and the model at their places as a line, over one column."""
    order = np.argsort(column, kind="stable")
    lines = [Line("data", column[order], observed[order], True), Line("model", column[order], fitted[order], False)]
    return Picture([name], lines, None, *_limits([observed, fitted]))


def _table(request: Request, text: str, count: int, order: int) -> Tabulation:
    changed = Request(text, request.bindings, seed=request.seed, stdin=request.stdin, wrt=request.wrt)
    return Tabulation(changed, False, order, count)


def _lines(table: Tabulation, text: str, several: bool) -> list[Line]:
    """Every column of a table over its one range, the derivatives by what is drawn over first."""
    ((name, _),) = table.points.ranges.items()
    columns = [np.concatenate(parts) for parts in zip(*table.chunks())]
    x, count = columns[0], len(table.outputs)
    for place in range(1 + count, len(columns)):  # a rule may give numbers where there is no value: log at -1
        columns[place] = np.where(np.isfinite(columns[1 : 1 + count]).all(axis=0), columns[place], np.nan)
    own = {out: text if out == "out" else f"({text}){out.removeprefix('out')}" for out in table.outputs}
    lines = []
    for place, heading in enumerate(table.headings[1:]):
        if place >= count and table.wrt is None and not heading.endswith(f"_{name}"):
            continue
        label = own[table.outputs[place]] if place < count else _named(heading, own, several)
        lines.append(Line(label, x, _broken(table, place, x, columns[place + 1]), False))
    return lines


def _named(heading: str, own: dict[str, str], several: bool) -> str:
    """`d_x` as people write it; with the output, by its label in `own`, where there are several or several expressions."""
    out = next((each for each in own if heading.startswith(f"d_{each}_")), "out")
    text = own[out] if several or len(own) > 1 else None
    parts = heading.removeprefix(f"d_{out}_" if out != "out" else "d_").split("_")
    by = f"d/d{parts[0]}" if len(parts) == 1 else f"d²/d{parts[0]}²" if len({*parts}) == 1 else f"d²/d{' d'.join(parts)}"
    return by if text is None else f"{by} {text}" if text.startswith("(") else f"{by} ({text})"


def _broken(table: Tabulation, place: int, x: Array, y: Array) -> Array:
    """The values of one column with nan put where a jump or a pole lies between two of them."""
    name = next(iter(table.points.ranges))
    column = table.function.labels.index(name)

    def at(position: float) -> float:
        vector = table.function.start.copy()
        vector[column] = position
        with np.errstate(all="ignore"):
            return float(table.row(vector)[place])

    spread = float(np.ptp(_inner(y))) if np.isfinite(y).any() else 0.0
    with np.errstate(all="ignore"):
        steps = np.diff(y)
        around = np.maximum(np.abs(np.append(steps[1:], 0.0)), np.abs(np.append(0.0, steps[:-1])))
        suspects = np.flatnonzero((np.abs(steps) > _VISIBLE * spread) & (np.abs(steps) > 3 * around))
        if spread:
            turns = np.flatnonzero((y[:-1] * y[1:] < 0) & (np.abs(steps) > _OUTLYING * spread / 2))
            suspects = np.union1d(suspects, turns)
    result = y.copy()
    for each in suspects[:500]:
        if _jumps(at, x[each], x[each + 1], y[each], y[each + 1]):
            nearer = each if abs(y[each]) > abs(y[each + 1]) else each + 1
            result[nearer] = np.nan
    return result


def _jumps(at: Callable[[float], float], low: float, high: float, below: float, above: float) -> bool:
    """Whether a step is still there when its interval has been halved down to rounding."""
    whole = abs(above - below)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if not low < middle < high:
            break
        value = at(middle)
        if not np.isfinite(value):
            return True
        if abs(value - below) >= abs(above - value):
            high, above = middle, value
        else:
            low, below = middle, value
    return abs(above - below) > whole / 2


def _field(table: Tabulation, text: str) -> Field:
    if len(table.outputs) > 1:
        words = f"a picture over two ranges shows one number, and the expression gives {len(table.outputs)}"
        raise Problem("not-scalar", words, hint="take one of them, or of a complex number abs(...), .real or .imag")
    (first, x), (second, y) = table.points.ranges.items()
    columns = [np.concatenate(parts) for parts in zip(*table.chunks())]
    grids = [each.reshape(len(x), len(y)).T for each in columns[2:]]
    slopes = [grids[1 + table.by.index(name)] if name in table.by else np.zeros_like(grids[0]) for name in (first, second)]
    return Field(text, x, y, grids[0], np.array(slopes))


def _inner(values: Array) -> Array:
    finite = values[np.isfinite(values)]
    low, high = np.quantile(finite, [0.05, 0.95]) if finite.size else (0.0, 0.0)
    inner: Array = finite[(finite >= low) & (finite <= high)]
    return inner


def _limits(columns: Sequence[Array]) -> tuple[float, float]:
    """The lowest and highest value to show: all of them, or, where some run away to a pole, those around the rest."""
    values = np.concatenate([np.ravel(each) for each in columns])
    finite = values[np.isfinite(values)]
    if not finite.size:
        raise Problem("argument", "there is nothing to draw: no value in the range is finite", hint="choose another range")
    inner = _inner(finite)
    low, high = float(inner.min()), float(inner.max())
    reach = _OUTLYING * max(high - low, 1e-300)
    lowest, highest = float(finite.min()), float(finite.max())
    low, high = (
        (lowest if lowest >= low - reach else low - reach / 4),
        (highest if highest <= high + reach else high + reach / 4),
    )
    return (low, high) if high > low else (low - 1, high + 1)

"""A propagation becomes text, the value with its uncertainty and the budget of inputs, or JSON (`gradcli.propagate/1`)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcli.report.characters import columns
from gradcli.report.document import encoded, opening
from gradcli.report.json_stream import Arrays, list_text, object_text
from gradcli.report.text import GAP, Table, Values, shown

if TYPE_CHECKING:
    from gradcli.run.solving.propagate import Propagation

_MOST_BUDGETS = 6  # outputs that have a table of their own
_MOST_ROWS = 40
_BAR = 20  # columns of a whole
_DISPENSABLE = (3, 4, 2)  # sensitivity, contribution, uncertainty: what a narrow table does without, the first first
_LEAST_LABEL = 9  # columns of an input's name


def text(found: Propagation, *, color: bool = False, width: int = 80, precision: int | None = None) -> str:
    """The report without its final newline; `precision` is how many significant digits uncertainties have."""
    names = _names(found.value.shape)
    blocks: list[Values | Table] = [Values(None, list(_results(found, names, precision)))]
    count = found.value.size
    for place, name in enumerate(names[:_MOST_BUDGETS]):
        blocks.append(_budget(found, place, name if count > 1 else None, width))
    if 1 < count <= _MOST_BUDGETS:
        blocks.append(_matrix("covariance", names, found.covariance))
    if len(names) > _MOST_BUDGETS:
        blocks.append(Values(None, [(f"... budgets of {len(names) - _MOST_BUDGETS} more outputs (--json has all)", None)]))
    return shown(blocks, color=color, width=width)


def with_uncertainty(value: float, uncertainty: float, significant: int | None = None) -> str:
    """`29.43 ± 1.52`: the uncertainty to two significant digits, or three where the first is a 1, the value to the same place.

    So rounding changes the uncertainty by less than three per cent (JCGM 100:2008, 7.2.6, asks for two digits at the most
    where that keeps round-off harmless).
    """
    if not (math.isfinite(value) and math.isfinite(uncertainty)) or uncertainty == 0:
        return f"{value:.10g} ± {uncertainty:.3g}"
    place = math.floor(math.log10(uncertainty))
    kept = significant or (3 if f"{uncertainty:e}"[0] == "1" else 2)
    decimals = kept - 1 - place
    exponent = max(place, math.floor(math.log10(abs(value))) if value else place)
    if -5 < exponent < 12 and decimals >= 0:
        return f"{value:.{decimals}f} ± {uncertainty:.{decimals}f}"
    if -5 < exponent < 12:
        return f"{round(value, decimals):.0f} ± {round(uncertainty, decimals):.0f}"
    scale = 10.0**exponent
    digits = max(0, decimals + exponent)
    return f"({value / scale:.{digits}f} ± {uncertainty / scale:.{digits}f})e{exponent:+03d}"


def _results(found: Propagation, names: list[str], precision: int | None) -> Iterator[tuple[str, str | None]]:
    for name, value, error in zip(names, found.value.ravel(), found.uncertainty.ravel()):
        yield name, with_uncertainty(float(value), float(error), precision)
    if found.coverage is not None:
        for name, value, error in zip(names, found.value.ravel(), found.uncertainty.ravel()):
            yield f"{name} (k = {found.coverage:g})", with_uncertainty(float(value), float(error * found.coverage), precision)
    if found.bias is not None and found.second_order is not None:
        moved = (found.value + found.bias).ravel()
        for name, value, error in zip(names, moved, found.second_order.ravel()):
            yield f"{name} (second order)", with_uncertainty(float(value), float(error), precision)
    if found.sampled is not None:
        each = found.sampled
        for name, mean, spread, low, high in zip(names, *[a.ravel() for a in (each.mean, each.deviation, each.low, each.high)]):
            interval = f"95 % between {low:.5g} and {high:.5g}"
            yield f"{name} ({each.count:,} samples)", f"{with_uncertainty(float(mean), float(spread), precision)}, {interval}"
        if each.undefined:
            yield f"{each.undefined:,} random inputs gave no finite value, and are left out", None


def _names(shape: tuple[int, ...]) -> list[str]:
    return [f"out[{', '.join(map(str, place))}]" if shape else "out" for place in np.ndindex(*shape)]


def _budget(found: Propagation, place: int, name: str | None, width: int) -> Table:
    """Who contributes what to one output, the largest first."""
    rows: list[tuple[Any, ...]] = []
    count = found.value.size
    for label, each in found.inputs.items():
        value = each["value"]
        parts = {key: each[key].reshape(count, -1)[place] for key in ("sensitivity", "contribution", "share")}
        for index, own in enumerate(_labels(label, value.shape)):
            numbers = (value.ravel()[index], each["uncertainty"].ravel()[index], *[parts[key][index] for key in parts])
            rows.append((own, *[float(number) for number in numbers]))
    rows.sort(key=lambda row: -row[-1])
    shown_rows = [row for row in rows if row[2] > 0][:_MOST_ROWS]
    title = "input" if name is None else f"input of {name}"
    cells: list[tuple[str, ...]] = [(title, "value", "uncertainty", "sensitivity", "contribution", "share", "")]
    cells += [_cells(row) for row in shown_rows]
    correlated = float(found.correlated.ravel()[place])
    if abs(correlated) > 5e-4:
        cells.append(("correlations", "", "", "", "", f"{100 * correlated:.1f} %", ""))
    exact = [row[0] for row in rows if not row[2] > 0]
    table = [tuple(row) for row in cells]
    if len(rows) - len(exact) > _MOST_ROWS:
        table.append((f"... {len(rows) - len(exact) - _MOST_ROWS} more inputs (--json has all)",))
    if exact:
        table.append((f"exact: {', '.join(exact[:10])}{' ...' if len(exact) > 10 else ''}",))
    return Table(_with_room(table, width))


def _with_room(table: list[tuple[str, ...]], width: int) -> list[tuple[str, ...]]:
    """The rows with bars as long as there is room for; where there is hardly any without them, then without what says least."""
    widths = [max(map(columns, column)) + len(GAP) for column in zip(*[row for row in table if len(row) > 1])]
    room = min(_BAR, width - sum(widths[:-1]))
    if room >= 4:
        return [(*row[:-1], row[-1][: round(len(row[-1]) * room / _BAR)]) if len(row) > 1 else row for row in table]
    widths[0] = min(widths[0], _LEAST_LABEL + len(GAP))  # which the table itself shortens
    left_out = {len(widths) - 1}
    for place in _DISPENSABLE:
        if sum([each for at, each in enumerate(widths) if at not in left_out]) - len(GAP) > width:
            left_out.add(place)
    return [tuple([cell for at, cell in enumerate(row) if at not in left_out]) for row in table]


def _cells(row: tuple[Any, ...]) -> tuple[str, ...]:
    label, value, error, slope, part, share = row
    bar = "█" * round(_BAR * min(1.0, share))
    return (label, f"{value:.6g}", f"{error:.3g}", f"{slope:.5g}", f"{part:.3g}", f"{100 * share:.1f} %", bar)


def _labels(name: str, shape: tuple[int, ...]) -> list[str]:
    return [f"{name}[{', '.join(map(str, place))}]" if shape else name for place in np.ndindex(*shape)]


def _matrix(title: str, names: list[str], matrix: Any) -> Table:
    return Table([(title, *names), *[(name, *[f"{each:.4g}" for each in row]) for name, row in zip(names, matrix)]])


# --- JSON -----------------------------------------------------------------------------------------------------------


def document(found: Propagation, nonfinite: str = "string") -> str:
    """The document as one line, without its newline."""
    arrays = Arrays(nonfinite)
    out: list[tuple[str, Iterable[str]]] = [
        ("value", arrays.text(found.value, "out")),
        ("uncertainty", arrays.text(found.uncertainty, "the uncertainty")),
    ]
    if found.coverage is not None:
        out += [
            ("coverage_factor", [encoded(found.coverage)]),
            ("expanded_uncertainty", arrays.text(found.uncertainty * found.coverage, "the expanded uncertainty")),
        ]
    if found.bias is not None:
        out += [
            ("bias", arrays.text(found.bias, "the bias")),
            ("second_order_uncertainty", arrays.text(found.second_order, "the uncertainty of second order")),
        ]
    members: list[tuple[str, Iterable[str]]] = [
        *[(key, [encoded(value)]) for key, value in opening("gradcli.propagate/1").items()],
        ("expr", [encoded(found.expr)]),
        ("out", object_text(out)),
        ("inputs", object_text((name, _input(name, each, arrays)) for name, each in found.inputs.items())),
        ("covariance", arrays.text(found.covariance, "the covariance")),
        ("correlated_share", arrays.text(found.correlated, "the share of correlations")),
    ]
    if found.sampled is not None:
        each = found.sampled
        numbers = [(key, arrays.text(getattr(each, key), key)) for key in ("mean", "deviation", "low", "high")]
        counts = [("count", [encoded(each.count)]), ("undefined", [encoded(each.undefined)])]
        members.append(("samples", object_text([*counts, *numbers])))
    warnings = [[encoded({"code": "second-order", "message": message})] for message in found.warnings]
    return "".join(object_text([*members, ("warnings", list_text(warnings))]))


def _input(name: str, each: dict[str, Any], arrays: Arrays) -> Iterator[str]:
    return object_text((key, arrays.text(value, f"the {key} of {name}")) for key, value in each.items())

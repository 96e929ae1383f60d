"""Fits, minima and roots become text for people: each value with its error, then how good it is and why the search stopped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcli.graph.printing import DEFAULT, PrintOptions, format_tensor
from gradcli.report.text import Table, Values, shown

if TYPE_CHECKING:
    from gradcli.run.solving.fit import Fit
    from gradcli.run.solving.minimize import Minimum
    from gradcli.run.solving.roots import Root
    from gradcli.run.solving.sensitivity import Derivatives

Block = Values | Table
_DIGITS = 8  # significant ones, where an error does not say how many matter
_MOST_CORRELATED = 12  # parameters, up to which all pairs are shown


def fit(found: Fit, *, color: bool = False, width: int = 80, precision: int | None = None) -> str:
    """The report of a fit without its final newline; `precision` is how many significant digits values have."""
    rows = [("parameter", "value", "std. error", "relative")]
    for label, value, error in zip(found.labels, found.vector, found.stderr):
        share = abs(error / value) if value else float("nan")
        relative = f"{100 * share:.2g} %" if np.isfinite(share) else "-"
        at_bound = "at its bound" if label in found.at_bound else _number(error, 3)
        rows.append((label, _number(value, precision or _DIGITS), at_bound, relative))
    reduced = found.rss / found.dof if found.dof else float("nan")
    quality = [
        ("residual sum of squares", _number(found.rss, precision or _DIGITS)),
        ("degrees of freedom", str(found.dof)),
        ("reduced chi-square", _number(reduced, precision or _DIGITS)),
        ("R squared", _number(found.r_squared, precision or _DIGITS)),
    ]
    blocks: list[Block] = [Table(rows), Values(None, [(label, value) for label, value in quality])]  # type: ignore[arg-type]
    if 1 < len(found.labels) <= _MOST_CORRELATED:
        blocks.append(_correlations(found))
    return shown([*blocks, _ending(found, "cosine of residuals and Jacobian")], color=color, width=width)


def minimum(found: Minimum, moved: Derivatives, *, color: bool = False, width: int = 80, precision: int | None = None) -> str:
    """The report of a minimum (or maximum) without its final newline; `moved` is how it changes with what was given."""
    facts = [("value", _number(found.value, precision or _DIGITS))]
    if found.eigenvalues is not None and len(found.eigenvalues):
        ends = _span_of(found.eigenvalues)
        facts.append(("curvature (eigenvalues of the Hessian)", ends))
    if found.at_bound:
        facts.append(("at a bound", ", ".join(found.at_bound)))
    if found.active:
        facts.append(("constraints that hold it", ", ".join(str(each + 1) for each in found.active)))
    if found.converged:
        facts.append(("kind", found.kind))
    blocks: list[Block] = [_places(found.at, precision), Values(None, [*facts]), _ending(found, "gradient")]
    return shown([*blocks, *_sensitivities(moved)], color=color, width=width)


def roots(
    found: Sequence[Root], moved: Sequence[Derivatives], *, color: bool = False, width: int = 80, precision: int | None = None
) -> str:
    """The report of one root or several without its final newline."""
    if not found:
        return "no root was found"
    blocks: list[Block] = []
    for each, derivatives in zip(found, moved):
        blocks.append(_places(each.at, precision))
        if len(found) == 1 or not each.converged:
            blocks.append(_ending(each, "gradient", residual=each.residual))
        blocks += _sensitivities(derivatives)
    return shown(blocks, color=color, width=width)


def _places(at: dict[str, Any], precision: int | None) -> Values:
    """Where it is, by name: numbers with their digits, arrays as tensors are printed."""
    options = DEFAULT.changed(precision or _DIGITS)
    return Values(None, [(name, _value(value, options, precision)) for name, value in at.items()])


def _value(value: Any, options: PrintOptions, precision: int | None) -> str:
    if value.ndim == 0:
        return _number(value.item(), precision or _DIGITS)
    return str(format_tensor(value, default_dtype="float64", options=options))


def _ending(found: Any, measure: str, residual: float | None = None) -> Values:
    """Whether the search converged, why it stopped, and what it took."""
    sizes = [f"{measure} {_rest(found.gradient_norm)}"] if residual is None else [f"residual {_rest(residual)}"]
    counts = [f"{found.iterations} iterations"] if hasattr(found, "iterations") else []
    took = ", ".join([*sizes, *counts, f"{found.evaluations} evaluations"])
    return Values(None, [(f"{'converged' if found.converged else 'NOT converged'}: {found.reason} ({took})", None)])


def _rest(size: float) -> str:
    """What is left of something that should vanish; of rounding one digit tells enough."""
    return f"{size:.1g}" if abs(size) < 1e-14 else f"{size:.2g}"


def _sensitivities(derivatives: Derivatives) -> list[Block]:
    if not derivatives:
        return []
    options = DEFAULT.changed(_DIGITS)
    pairs = [(f"∂{name}/∂{by}", _value(value, options, None)) for name, row in derivatives.items() for by, value in row.items()]
    return [Values(None, [*pairs])]


def _correlations(found: Fit) -> Table:
    """The lower triangle of the correlation matrix."""
    matrix = found.correlation
    rows = [("correlation", *found.labels)]
    for place, label in enumerate(found.labels):
        cells = [_number(each, 3) for each in matrix[place, : place + 1]]
        rows.append((label, *cells, *[""] * (len(found.labels) - place - 1)))
    return Table([*rows])


def _span_of(values: Any) -> str:
    texts = [f"{each:.4g}" for each in values]
    return ", ".join(texts) if len(texts) <= 6 else f"{texts[0]} ... {texts[-1]} ({len(texts)} of them)"


def _number(value: complex, digits: int) -> str:
    return "-" if value != value else f"{value:.{digits}g}"

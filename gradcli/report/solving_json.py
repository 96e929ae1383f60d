"""Fits, minima and roots become JSON: `gradcli.fit/1`, `gradcli.minimize/1` and `gradcli.solve/1`, one line each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcli.report.document import encoded, opening
from gradcli.report.json_stream import Arrays, object_text

if TYPE_CHECKING:
    from gradcli.run.solving.fit import Fit
    from gradcli.run.solving.minimize import Minimum
    from gradcli.run.solving.roots import Root
    from gradcli.run.solving.sensitivity import Derivatives

Member = tuple[str, Iterable[str]]


def fit(found: Fit, names: Sequence[str], nonfinite: str = "string") -> str:
    """The document of a fit; `names` are the parameters, each an array of the shape that it was given."""
    arrays = _Arrays(nonfinite)
    errors = dict(zip(found.labels, found.stderr))
    parameters = object_text(
        (
            name,
            object_text(
                [
                    ("value", arrays(found.parameters[name], name)),
                    ("stderr", arrays(_shaped(name, found.parameters[name], errors), f"the standard error of {name}")),
                ]
            ),
        )
        for name in names
    )
    return _document(
        "fit",
        found.expr,
        [
            ("parameters", parameters),
            *arrays.numbers(
                rss=found.rss,
                dof=found.dof,
                chi2_reduced=found.rss / found.dof if found.dof else float("nan"),
                r_squared=found.r_squared,
            ),
            ("labels", [encoded(found.labels)]),
            ("covariance", arrays(found.covariance, "the covariance")),
            ("correlation", arrays(found.correlation, "the correlation")),
            ("at_bound", [encoded(found.at_bound)]),
            *_ending(found, arrays),
        ],
    )


def minimum(found: Minimum, moved: Derivatives, nonfinite: str = "string") -> str:
    """The document of a minimum or maximum."""
    arrays = _Arrays(nonfinite)
    return _document(
        "minimize",
        found.expr,
        [
            ("at", _by_name(found.at, arrays)),
            *arrays.numbers(value=found.value),
            ("kind", [encoded(found.kind)]),
            ("eigenvalues", arrays(found.eigenvalues, "the eigenvalues")),
            ("at_bound", [encoded(found.at_bound)]),
            ("active", [encoded(found.active)]),
            *_ending(found, arrays),
            *_derivatives(moved, arrays),
        ],
    )


def roots(expr: str, found: Sequence[Root], moved: Sequence[Derivatives], every: bool, nonfinite: str = "string") -> str:
    """The document of one root, or (with `every`) of all that were found; `at` is then the first of them."""
    arrays = _Arrays(nonfinite)
    members: list[Member] = []
    if found:
        first = found[0]
        members = [("at", _by_name(first.at, arrays)), *arrays.numbers(residual=first.residual), *_ending(first, arrays)]
        members += _derivatives(moved[0], arrays)
    else:
        members = [("at", ["null"]), ("residual", ["null"]), ("converged", ["false"])]
    if every:
        texts = [
            "".join(object_text([("at", _by_name(each.at, arrays)), *arrays.numbers(residual=each.residual)])) for each in found
        ]
        members.append(("roots", [f"[{', '.join(texts)}]"]))
    return _document("solve", expr, members)


class _Arrays(Arrays):
    """The numbers of one document."""

    def __call__(self, value: Any, what: str) -> list[str]:
        return self.text(value if value is None else np.asarray(value), what)

    def numbers(self, **values: Any) -> list[Member]:
        return [(name, self(value, name)) for name, value in values.items()]


def _document(kind: str, expr: str, members: Iterable[Member]) -> str:
    head = [(key, [encoded(value)]) for key, value in opening(f"gradcli.{kind}/1").items()]
    return "".join(object_text([*head, ("expr", [encoded(expr)]), *members]))


def _ending(found: Any, arrays: _Arrays) -> list[Member]:
    members = [*arrays.numbers(gradient_norm=found.gradient_norm)]
    members += [("converged", [encoded(found.converged)]), ("reason", [encoded(found.reason)])]
    counts = {name: getattr(found, name) for name in ("iterations", "evaluations") if hasattr(found, name)}
    return members + [(name, [encoded(int(value))]) for name, value in counts.items()]


def _derivatives(derivatives: Derivatives, arrays: _Arrays) -> list[Member]:
    if not derivatives:
        return []
    rows = ((name, _by_name(row, arrays)) for name, row in derivatives.items())
    return [("derivatives", object_text(rows))]


def _by_name(values: dict[str, Any], arrays: _Arrays) -> Iterable[str]:
    return object_text((name, arrays(value, name)) for name, value in values.items())


def _shaped(name: str, value: Any, errors: dict[str, float]) -> Any:
    """The standard errors of a parameter in its own shape."""
    if value.ndim == 0:
        return np.asarray(errors[name])
    return np.reshape([error for label, error in errors.items() if label.startswith(f"{name}[")], value.shape)

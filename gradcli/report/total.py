"""A total becomes text, the sum and its gradient with a row for each group, or JSON (`gradcli.total/1`)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from gradcli.graph.printing import DEFAULT, format_tensor
from gradcli.report.document import encoded, opening
from gradcli.report.json_stream import Arrays, list_text, object_text
from gradcli.report.text import Table, Values, shown

if TYPE_CHECKING:
    from gradcli.run.total.total import Group, Total

_MOST_GROUPS = 60
_MOST_COLUMNS = 6  # elements of gradients that a group's row shows
_DIGITS = 8


def text(found: Total, *, color: bool = False, width: int = 80, precision: int | None = None) -> str:
    """The report without its final newline; `precision` is how many significant digits numbers have."""
    digits = precision or _DIGITS
    options = DEFAULT.changed(digits)
    kind = "mean" if found.mean else "sum"
    pairs: list[tuple[str, str | None]] = [(kind, f"{found.whole.value:.{digits}g}"), ("rows", f"{found.whole.rows:,}")]
    for name, value in found.whole.grads.items():
        is_number = value.ndim == 0
        pairs.append(
            (
                f"{name}.grad",
                f"{float(value):.{digits}g}" if is_number else format_tensor(value, options=options, default_dtype="float64"),
            )
        )
    blocks: list[Values | Table] = [Values(None, pairs)]
    for title, matrix in (("hessian", found.whole.hessian), ("sum of g g^T", found.whole.squares)):
        if matrix is not None:
            rows = [(label, *[f"{each:.6g}" for each in row]) for label, row in zip(found.labels, matrix)]
            blocks.append(Table([(title, *found.labels), *rows]))
    if found.groups is not None:
        blocks.append(_groups(found, kind, digits))
    return shown(blocks, color=color, width=width)


def _groups(found: Total, kind: str, digits: int) -> Table:
    assert found.groups is not None
    labels = found.labels[:_MOST_COLUMNS] if found.whole.grads else []
    rows: list[tuple[str, ...]] = [("group", "rows", kind, *[f"d_{label}" for label in labels])]
    for key, group in list(found.groups.items())[:_MOST_GROUPS]:
        slopes = [value for each in group.grads.values() for value in each.ravel().tolist()][: len(labels)]
        rows.append((key, f"{group.rows:,}", *[f"{value:.{digits}g}" for value in (group.value, *slopes)]))
    if len(found.groups) > _MOST_GROUPS:
        rows.append((f"... {len(found.groups) - _MOST_GROUPS:,} more groups (--json lists all)",))
    return Table(rows)


def document(found: Total, nonfinite: str = "string") -> str:
    """The document as one line, without its newline."""
    arrays = Arrays(nonfinite)
    members: list[tuple[str, Iterable[str]]] = [
        *[(key, [encoded(value)]) for key, value in opening("gradcli.total/1").items()],
        ("expr", [encoded(found.expr)]),
        *_members(found.whole, arrays),
        ("mean", [encoded(found.mean)]),
        ("labels", [encoded(found.labels)]),
        ("skipped_rows", [encoded(found.skipped)]),
        ("failed_files", list_text([encoded({"file": file, "message": message})] for file, message in found.failed)),
    ]
    if found.groups is not None:
        members.append(
            ("groups", object_text((key, object_text(_members(each, arrays))) for key, each in found.groups.items()))
        )
    return "".join(object_text(members))


def _members(group: Group, arrays: Arrays) -> list[tuple[str, Iterable[str]]]:
    numbers: list[tuple[str, Any]] = [("hessian", group.hessian), ("squares", group.squares)]
    return [
        ("value", arrays.text(_array(group.value), "the sum")),
        ("grads", object_text((name, arrays.text(each, f"the gradient of {name}")) for name, each in group.grads.items())),
        ("rows", [encoded(group.rows)]),
        *[(name, arrays.text(each, name)) for name, each in numbers if each is not None],
    ]


def _array(value: float) -> Any:
    import numpy as np

    return np.asarray(value)

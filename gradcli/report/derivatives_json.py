"""Derivatives become JSON: the documents `gradcli.jacobian/1`, `hessian/1`, `jvp/1` and `hvp/1`, each one line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from gradcli.errors import Problem
from gradcli.graph.half_precision import name_of
from gradcli.report.document import encoded, opening
from gradcli.report.json import remarks, with_cause
from gradcli.report.json_stream import Arrays, list_text, object_text
from gradcli.run.partials import HESSIAN, JVP, DerivativeResult, Directional, Partial, Partials
from gradcli.run.result import Output

Pieces = Iterable[str]


def render(result: DerivativeResult, nonfinite: str = "string") -> str:
    """The document as one line, without its newline; `nonfinite` as in `report.json`."""
    try:
        return "".join(_pieces(result, nonfinite))
    except Problem as problem:
        raise with_cause(problem, result.warnings) from None


def _pieces(result: DerivativeResult, nonfinite: str) -> Pieces:
    arrays, derivative = Arrays(nonfinite), result.derivative
    if isinstance(derivative, Directional):
        body = _directional(derivative, arrays)
    else:
        body = [member(derivative, arrays), *_matrix(derivative, arrays)]
    return object_text(
        [
            *[(key, [encoded(value)]) for key, value in opening(f"gradcli.{derivative.kind}/1").items()],
            ("expr", [encoded(result.expr)]),
            ("out", _outputs(result, arrays)),
            *body,
            *remarks(result),
        ]
    )


_MOST_ENTRIES = 10_000  # of a matrix that is given beside its blocks


def _matrix(partials: Partials, arrays: Arrays) -> list[tuple[str, Pieces]]:
    """All blocks as one labelled matrix, where it is small."""
    matrix = partials.matrix(_MOST_ENTRIES)
    if matrix is None:
        return []
    labels: list[tuple[str, Pieces]] = [("rows", [encoded(list(matrix.rows))]), ("columns", [encoded(list(matrix.columns))])]
    return [("matrix", object_text([*labels, ("value", _later(arrays, matrix.value))]))]


def _later(arrays: Arrays, value: Any) -> Iterator[str]:
    """The numbers when their turn comes: what is not finite is told of its block, which comes before."""
    yield from arrays.text(value, "the matrix")


def member(partials: Partials, arrays: Arrays) -> tuple[str, Pieces]:
    """(key, object of blocks by the names of leaves); a list of such objects where the expression gives a tuple."""
    if partials.kind == HESSIAN:
        by_first = {each.by[0]: [one for one in partials.blocks if one.by[0] == each.by[0]] for each in partials.blocks}
        return partials.kind, object_text((name, _row(blocks, arrays)) for name, blocks in by_first.items())
    by_output = {each.out: [one for one in partials.blocks if one.out == each.out] for each in partials.blocks}
    rows = [_row(blocks, arrays) for blocks in by_output.values()]
    return partials.kind, list_text(rows) if partials.is_tuple else rows[0]


def _row(blocks: Sequence[Partial], arrays: Arrays) -> Iterator[str]:
    return object_text((each.by[-1], _block(each, arrays)) for each in blocks)


def _block(partial: Partial, arrays: Arrays) -> Iterator[str]:
    name = f"the derivative of {partial.out} by {' and '.join(partial.by)}"
    facts = {"shape": partial.shape, "dtype": partial.dtype, "structure": partial.structure}
    numbers: list[tuple[str, Pieces]]
    if partial.value is None:
        numbers = [("indices", arrays.text(partial.indices, name)), ("values", arrays.text(partial.values, name))]
    else:
        numbers = [("value", arrays.text(partial.value, name))]
    return object_text([*_plain(facts), *numbers])


def _outputs(result: DerivativeResult, arrays: Arrays) -> Pieces:
    outputs = [_output(each, arrays) for each in result.outputs]
    return list_text(outputs) if result.is_tuple else outputs[0]


def _output(output: Output, arrays: Arrays) -> Iterator[str]:
    facts = {field: getattr(output, field) for field in ("shape", "dtype", "requires_grad", "grad_fn")}
    return object_text([("value", arrays.text(output.value, "out")), *_plain(facts)])


def _directional(derivative: Directional, arrays: Arrays) -> list[tuple[str, Pieces]]:
    tangents = object_text((name, arrays.text(each, f"the tangent of {name}")) for name, each in derivative.tangents.items())
    found = [(name, _tensor(each, f"{derivative.kind} of {name}", arrays)) for name, each in derivative.values.items()]
    if derivative.kind != JVP:
        return [("tangents", tangents), (derivative.kind, object_text(found))]
    values = [value for _, value in found]
    return [("tangents", tangents), (derivative.kind, list_text(values) if derivative.is_tuple else values[0])]


def _tensor(array: Any, name: str, arrays: Arrays) -> Iterator[str]:
    facts = {"shape": array.shape, "dtype": name_of(array.dtype)}
    return object_text([*_plain(facts), ("value", arrays.text(array, name))])


def _plain(facts: dict[str, Any]) -> list[tuple[str, Pieces]]:
    return [(key, [encoded(value)]) for key, value in facts.items()]

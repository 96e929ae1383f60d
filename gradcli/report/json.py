"""A Result becomes one line of JSON, the document `gradcli.eval/1`.

The document is a tree of plain data with arrays in it; `tree` gives it whole, and `report.trees` makes text of any part, so
that `--get` renders what it prints, and a batch only what differs from one record to the next.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from gradcli.errors import Problem, Record
from gradcli.report.document import MISSING, encoded, opening, place
from gradcli.report.trees import Numbers, Raw, Writer
from gradcli.run.result import NodeView, Note, Output, Pass, Result, Warning

SCHEMA: Final = "gradcli.eval/1"


def render(result: Result, nonfinite: str = "string", *, id: Any = MISSING, nodes: bool = True) -> str:
    """The document as one line, without its newline.

    nonfinite  how NaN and infinities are written: "string", "null", or "error" (a Problem of code "non-finite")
    id         the id of the batch record that this answers: any JSON value
    nodes      whether the graph is to be in it
    """
    return "".join(pieces(result, nonfinite, id=id, nodes=nodes))


def document(result: Result, nonfinite: str = "string") -> dict[str, Any]:
    """The same document as plain data."""
    import json

    plain: dict[str, Any] = json.loads(render(result, nonfinite))
    return plain


def pieces(result: Result, nonfinite: str = "string", *, id: Any = MISSING, nodes: bool = True) -> Iterator[str]:
    """The document as text, piece by piece.  Raises Problem before the first, or not at all."""
    try:
        return Writer(nonfinite).pieces(tree(result, nonfinite, id=id, nodes=nodes))
    except Problem as problem:
        raise with_cause(problem, result.warnings) from None


def tree(result: Result, nonfinite: str = "string", *, id: Any = MISSING, nodes: bool = True) -> dict[str, Any]:
    """The document as plain data with its arrays (Numbers) still in it."""
    outputs = [_output(output, f"out[{place}]" if result.is_tuple else "out") for place, output in enumerate(result.outputs)]
    keep = result.keep_values
    return {
        **opening(SCHEMA, id),
        "expr": result.expr,
        "out": outputs if result.is_tuple else outputs[0],
        "grads": _gradients(result.grads),
        "leaves": {name: _leaf(name, leaf, keep) for name, leaf in result.leaves.items()},
        "nodes": [_node(node, keep) for node in result.nodes] if nodes else [],
        "passes": [_pass(each, number) for number, each in enumerate(result.passes, 1)],
        "warnings": [_warning(each) for each in result.warnings],
        "notes": [_note(each) for each in result.notes],
        **dict([_derivative(each, nonfinite) for each in result.derivatives]),
    }


def _output(output: Output, what: str) -> dict[str, Any]:
    return {"value": Numbers(output.value, what), **_facts(output, "shape", "dtype", "requires_grad", "grad_fn")}


def _leaf(name: str, leaf: NodeView, keep_values: bool) -> dict[str, Any]:
    gradient = {"grad": _numbers(leaf.grad, f"{name}.grad")}
    return {**_facts(leaf, "shape", "dtype", "requires_grad"), **gradient, **_value(leaf, keep_values)}


def _node(node: NodeView, keep_values: bool) -> dict[str, Any]:
    facts = _facts(node, "id", "name", "source", "grad_fn", "is_leaf", "requires_grad", "shape", "dtype", "inputs")
    retained = {} if node.grad is None or node.is_leaf else {"grad": Numbers(node.grad, f"{node.name}.grad")}
    return {**facts, **_value(node, keep_values), **retained}


def _value(node: NodeView, keep_values: bool) -> dict[str, Any]:
    """The value of a node or leaf, where --values asks for it."""
    return {"value": _numbers(node.value, f"the value of {node.name or node.source}")} if keep_values else {}


def _pass(each: Pass, number: int) -> dict[str, Any]:
    weights = _numbers(each.weights, f"the weights of pass {number}")
    return {"weights": weights, "retain_graph": each.retain_graph, "grads": _gradients(each.grads)}


def _gradients(grads: dict[str, Any]) -> dict[str, Any]:
    return {name: _numbers(grad, f"{name}.grad") for name, grad in grads.items()}


def _numbers(array: Any, what: str) -> Numbers | None:
    return None if array is None else Numbers(array, what)


def _facts(record: Record, *fields: str) -> dict[str, Any]:
    return {field: getattr(record, field) for field in fields}


def remarks(result: Any) -> list[tuple[str, list[str]]]:
    """The members `warnings` and `notes` of a result's document."""
    return [
        ("warnings", [encoded([_warning(each) for each in result.warnings])]),
        ("notes", [encoded([_note(each) for each in result.notes])]),
    ]


def with_cause(problem: Problem, warnings: tuple[Warning, ...]) -> Problem:
    """The problem of a number that may not be what it is, with what is known of where it was born."""
    causes = [warning.message for warning in warnings[:1]]
    problem.hint = "; ".join([*causes, *([problem.hint] if problem.hint else [])]) or None
    return problem


def _derivative(partials: Any, nonfinite: str) -> tuple[str, Raw]:
    from gradcli.report import derivatives_json  # only where --also asks for one
    from gradcli.report.json_stream import Arrays

    key, pieces = derivatives_json.member(partials, Arrays(nonfinite))
    return key, Raw("".join(pieces))


def _note(note: Note) -> dict[str, Any]:
    return {**_facts(note, *Note.__slots__), "span": place(note.span)}


def _warning(warning: Warning) -> dict[str, Any]:
    return {**_facts(warning, "code", "message", "node"), "span": place(warning.span), "rewrite": warning.rewrite}

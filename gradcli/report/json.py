"""A Result becomes one line of JSON, the document `gradcli.eval/1`.

Text is made piece by piece, and that of an array once: a gradient stands in `grads`, in `leaves` and in the last pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from gradcli.errors import Problem, Record
from gradcli.report.document import MISSING, encoded, opening, place
from gradcli.report.pieces import Arrays, list_text, object_text
from gradcli.run.result import NodeView, Note, Output, Pass, Result, Warning

SCHEMA: Final = "gradcli.eval/1"


def render(result: Result, nonfinite: str = "string", *, id: Any = MISSING) -> str:
    """The document as one line, without its newline.

    nonfinite  how NaN and infinities are written: "string", "null", or "error" (a Problem of code "non-finite")
    id         the id of the batch record that this answers: any JSON value
    """
    try:
        return "".join(pieces(result, nonfinite, id=id))
    except Problem as problem:
        raise with_cause(problem, result.warnings) from None


def document(result: Result, nonfinite: str = "string") -> dict[str, Any]:
    """The same document as plain data."""
    import json

    plain: dict[str, Any] = json.loads(render(result, nonfinite))
    return plain


def pieces(result: Result, nonfinite: str = "string", *, id: Any = MISSING) -> Iterator[str]:
    """The document as text, piece by piece."""
    write = _Writer(nonfinite, result.keep_values)
    outputs = [
        write.output(output, f"out[{place}]" if result.is_tuple else "out") for place, output in enumerate(result.outputs)
    ]
    return object_text(
        [
            *[(key, [encoded(value)]) for key, value in opening(SCHEMA, id).items()],
            ("expr", [encoded(result.expr)]),
            ("out", list_text(outputs) if result.is_tuple else outputs[0]),
            ("grads", write.gradients(result.grads)),
            ("leaves", object_text((name, write.leaf(name, leaf)) for name, leaf in result.leaves.items())),
            ("nodes", list_text(map(write.node, result.nodes))),
            ("passes", list_text(write.backward(each, number) for number, each in enumerate(result.passes, 1))),
            *remarks(result),
            *[_derivative(each, write.arrays) for each in result.derivatives],
        ]
    )


class _Writer:
    """The parts of the document that hold arrays; each gives pieces of text."""

    def __init__(self, nonfinite: str, keep_values: bool) -> None:
        self.arrays = Arrays(nonfinite)
        self.array = self.arrays.text
        self.keep_values = keep_values

    def output(self, output: Output, what: str) -> Iterator[str]:
        facts = _facts(output, "shape", "dtype", "requires_grad", "grad_fn")
        return object_text([("value", self.array(output.value, what)), *_plain(facts)])

    def leaf(self, name: str, leaf: NodeView) -> Iterator[str]:
        gradient = ("grad", self.array(leaf.grad, f"{name}.grad"))
        return object_text([*_plain(_facts(leaf, "shape", "dtype", "requires_grad")), gradient, *self.value(leaf)])

    def node(self, node: NodeView) -> Iterator[str]:
        facts = _facts(node, "id", "name", "source", "grad_fn", "is_leaf", "requires_grad", "shape", "dtype", "inputs")
        retained = [] if node.grad is None or node.is_leaf else [("grad", self.array(node.grad, f"{node.name}.grad"))]
        more = [*self.value(node), *retained]
        return object_text([*_plain(facts), *more]) if more else iter([encoded(facts)])

    def backward(self, each: Pass, number: int) -> Iterator[str]:
        weights = ("weights", self.array(each.weights, f"the weights of pass {number}"))
        return object_text([weights, *_plain(_facts(each, "retain_graph")), ("grads", self.gradients(each.grads))])

    def gradients(self, grads: dict[str, Any]) -> Iterator[str]:
        return object_text((name, self.array(grad, f"{name}.grad")) for name, grad in grads.items())

    def value(self, node: NodeView) -> list[tuple[str, Iterable[str]]]:
        """The value of a node or leaf, where --values asks for it."""
        if not self.keep_values:
            return []
        return [("value", self.array(node.value, f"the value of {node.name or node.source}"))]


def _facts(record: Record, *fields: str) -> dict[str, Any]:
    return {field: getattr(record, field) for field in fields}


def _plain(values: dict[str, Any]) -> list[tuple[str, Iterable[str]]]:
    return [(key, [encoded(value)]) for key, value in values.items()]


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


def _derivative(partials: Any, arrays: Arrays) -> tuple[str, Iterable[str]]:
    from gradcli.report import derivatives_json  # only where --also asks for one

    return derivatives_json.member(partials, arrays)


def _note(note: Note) -> dict[str, Any]:
    return {**_facts(note, *Note.__slots__), "span": place(note.span)}


def _warning(warning: Warning) -> dict[str, Any]:
    return {**_facts(warning, "code", "message", "node"), "span": place(warning.span), "rewrite": warning.rewrite}

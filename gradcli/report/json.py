"""A Result becomes one line of JSON, the document `gradcli.eval/1`.

Text is made piece by piece.  An array's text is made once, however often the document shows it (a gradient stands in
`grads`, in `leaves` and in the last pass), and of a big array only a slice is ever held as Python numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, Final

import numpy as np

from gradcli.errors import Problem, Record
from gradcli.report.document import MISSING, encoded, opening, place
from gradcli.run.numbers import jsonable
from gradcli.run.result import NodeView, Note, Output, Pass, Result, Warning

SCHEMA: Final = "gradcli.eval/1"

_SLICE: Final = 1 << 16  # numbers that are spelt at once


def render(result: Result, nonfinite: str = "string", *, id: Any = MISSING) -> str:
    """The document as one line, without its newline.

    nonfinite  how NaN and infinities are written: "string", "null", or "error" (a Problem of code "non-finite")
    id         the id of the batch record that this answers: any JSON value
    """
    return "".join(pieces(result, nonfinite, id=id))


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
    return _object(
        [
            *[(key, [encoded(value)]) for key, value in opening(SCHEMA, id).items()],
            ("expr", [encoded(result.expr)]),
            ("out", _list(outputs) if result.is_tuple else outputs[0]),
            ("grads", write.gradients(result.grads)),
            ("leaves", _object((name, write.leaf(name, leaf)) for name, leaf in result.leaves.items())),
            ("nodes", _list(map(write.node, result.nodes))),
            ("passes", _list(write.backward(each, number) for number, each in enumerate(result.passes, 1))),
            ("warnings", [encoded([_warning(each) for each in result.warnings])]),
            ("notes", [encoded([_note(each) for each in result.notes])]),
        ]
    )


class _Writer:
    """The parts of the document that hold arrays; each gives pieces of text."""

    def __init__(self, nonfinite: str, keep_values: bool) -> None:
        self.nonfinite = nonfinite
        self.keep_values = keep_values
        self.texts: dict[int, tuple[Any, list[str]]] = {}  # id of an array -> the array (so that it lives on), its text

    def output(self, output: Output, what: str) -> Iterator[str]:
        facts = _facts(output, "shape", "dtype", "requires_grad", "grad_fn")
        return _object([("value", self.array(output.value, what)), *_plain(facts)])

    def leaf(self, name: str, leaf: NodeView) -> Iterator[str]:
        gradient = ("grad", self.array(leaf.grad, f"{name}.grad"))
        return _object([*_plain(_facts(leaf, "shape", "dtype", "requires_grad")), gradient, *self.value(leaf)])

    def node(self, node: NodeView) -> Iterator[str]:
        facts = _facts(node, "id", "name", "source", "grad_fn", "is_leaf", "requires_grad", "shape", "dtype", "inputs")
        retained = [] if node.grad is None or node.is_leaf else [("grad", self.array(node.grad, f"{node.name}.grad"))]
        more = [*self.value(node), *retained]
        return _object([*_plain(facts), *more]) if more else iter([encoded(facts)])

    def backward(self, each: Pass, number: int) -> Iterator[str]:
        weights = ("weights", self.array(each.weights, f"the weights of pass {number}"))
        return _object([weights, *_plain(_facts(each, "retain_graph")), ("grads", self.gradients(each.grads))])

    def gradients(self, grads: dict[str, Any]) -> Iterator[str]:
        return _object((name, self.array(grad, f"{name}.grad")) for name, grad in grads.items())

    def value(self, node: NodeView) -> list[tuple[str, Iterable[str]]]:
        """The value of a node or leaf, where --values asks for it."""
        if not self.keep_values:
            return []
        return [("value", self.array(node.value, f"the value of {node.name or node.source}"))]

    def array(self, array: Any, what: str) -> list[str]:
        """The numbers of an array, or null; `what` names it where a number is not finite and may not be."""
        if array is None:
            return ["null"]
        if id(array) not in self.texts:
            if self.nonfinite == "error":
                _check_finite(array, what)
            self.texts[id(array)] = array, list(_numbers(np.asarray(array), self.nonfinite))
        return self.texts[id(array)][1]


def _numbers(array: np.ndarray, nonfinite: str) -> Iterator[str]:
    """The nested lists of an array; big ones slice by slice, so that no list of all its numbers is ever made."""
    if array.size <= _SLICE:
        yield encoded(jsonable(array, nonfinite))
    elif (row := array.size // len(array)) > _SLICE:
        yield from _list(_numbers(each, nonfinite) for each in array)
    else:
        blocks = [array[start : start + _SLICE // row] for start in range(0, len(array), _SLICE // row)]
        yield from _joined("[", ([encoded(jsonable(block, nonfinite))[1:-1]] for block in blocks), "]")


def _check_finite(array: Any, what: str) -> None:
    if np.all(np.isfinite(array)):
        return
    try:
        jsonable(array, "error")
    except Problem as problem:
        raise Problem(problem.code, f"{what}: {problem.message}", type=problem.type, hint=problem.hint) from None


def _facts(record: Record, *fields: str) -> dict[str, Any]:
    return {field: getattr(record, field) for field in fields}


def _plain(values: dict[str, Any]) -> list[tuple[str, Iterable[str]]]:
    return [(key, [encoded(value)]) for key, value in values.items()]


def _object(pairs: Iterable[tuple[str, Iterable[str]]]) -> Iterator[str]:
    """An object whose values are pieces of JSON."""
    return _joined("{", ([f"{_key(key)}: ", *value] for key, value in pairs), "}")


@lru_cache(maxsize=256)
def _key(key: str) -> str:
    """A key of JSON; a batch writes the same few in every line."""
    return encoded(key)


def _list(items: Iterable[Iterable[str]]) -> Iterator[str]:
    return _joined("[", items, "]")


def _joined(start: str, items: Iterable[Iterable[str]], end: str) -> Iterator[str]:
    between = start
    for item in items:
        yield between
        yield from item
        between = ", "
    yield end if between != start else start + end


def _note(note: Note) -> dict[str, Any]:
    return {**_facts(note, *Note.__slots__), "span": place(note.span)}


def _warning(warning: Warning) -> dict[str, Any]:
    return {**_facts(warning, "code", "message", "node"), "span": place(warning.span), "rewrite": warning.rewrite}

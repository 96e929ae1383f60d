"""An explanation becomes one line of JSON, the document `gradcli.explain/1`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from gradcli.errors import Record
from gradcli.graph.half_precision import name_of
from gradcli.report.document import encoded, opening
from gradcli.report.json_stream import Arrays, list_text, object_text
from gradcli.run.explaining.explanation import Back, Explanation, LeafGradient, Link, Path, Value

SCHEMA: Final = "gradcli.explain/1"


def render(explanation: Explanation, nonfinite: str = "string") -> str:
    """The document as one line, without its newline; `nonfinite` as in `report.json`."""
    return "".join(pieces(explanation, nonfinite))


def pieces(explanation: Explanation, nonfinite: str = "string") -> Iterator[str]:
    """The document as text, piece by piece."""
    write = _Writer(nonfinite)
    name, weights = explanation.weights or (None, None)
    return object_text(
        [
            *_plain(opening(SCHEMA)),
            *_plain({"expr": explanation.expr, "output": explanation.output, "objective": explanation.objective}),
            ("weights", ["null"] if name is None else object_text([("name", [encoded(name)]), write.array("value", weights)])),
            ("forward", list_text(map(write.value, explanation.forward))),
            ("backward", list_text(map(write.back, explanation.backward))),
            ("paths", object_text((str(id), list_text(map(write.path, each))) for id, each in explanation.paths.items())),
            ("leaves", object_text((leaf, write.leaf(each)) for leaf, each in explanation.leaves.items())),
            ("notes", [encoded([_facts(each, "code", "message", "node", "index") for each in explanation.notes])]),
        ]
    )


class _Writer:
    """The parts of the document that hold arrays."""

    def __init__(self, nonfinite: str) -> None:
        self.arrays = Arrays(nonfinite)

    def array(self, key: str, array: Any) -> tuple[str, Iterable[str]]:
        """One entry whose value is numbers, or null."""
        return key, self.arrays.text(array, key)

    def value(self, value: Value) -> Iterator[str]:
        facts = _facts(value, "id", "symbol", "text", "step", "operation", "grad_fn", "inputs", "requires_grad", "is_leaf")
        shape = {"shape": list(value.value.shape), "dtype": name_of(value.value.dtype)}
        return object_text([*_plain({**facts, **shape}), self.array("value", value.value)])

    def back(self, back: Back) -> Iterator[str]:
        links = ("operands", list_text(map(self.link, back.links)))
        return object_text([*_plain({"id": back.id}), self.array("gradient", back.gradient), links])

    def link(self, link: Link) -> Iterator[str]:
        facts = _facts(link, "input", "operand", "rule", "local", "whole", "moves")
        arrays = [
            self.array(key, array)
            for key, array in (
                ("local_value", link.local_value),
                ("jacobian", link.jacobian),
                ("product", link.product),
                ("gradient", link.value),
            )
        ]
        return object_text([*_plain(facts), *arrays])

    def path(self, path: Path) -> Iterator[str]:
        return object_text([*_plain(_facts(path, "id", "operand")), self.array("gradient", path.value)])

    def leaf(self, leaf: LeafGradient) -> Iterator[str]:
        return object_text([*_plain({"id": leaf.id}), self.array("gradient", leaf.gradient), *_plain(_facts(leaf, "formula"))])


def _facts(record: Record, *fields: str) -> dict[str, Any]:
    return {field: getattr(record, field) for field in fields}


def _plain(values: dict[str, Any]) -> list[tuple[str, Iterable[str]]]:
    return [(key, [encoded(value)]) for key, value in values.items()]

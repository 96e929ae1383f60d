"""The lines that a batch writes: documents, or what --get wants of them, of records computed together or alone."""

from __future__ import annotations

from typing import Any

from gradcli.errors import Problem
from gradcli.report import json, problem
from gradcli.report.document import encoded
from gradcli.report.selection import at, chosen, picked
from gradcli.report.templates import BARE_ID, ID, Template, column
from gradcli.report.trees import Numbers
from gradcli.run.batch import Outcome
from gradcli.run.failures import kept_going
from gradcli.run.plans import Place
from gradcli.run.sorting import Stack
from gradcli.run.stacks import Kind


class Lines:
    """Writes lines.

    nonfinite  how NaN and infinities are written where a record does not say
    paths      what is wanted of each document; empty: all of it
    as_object  these paths as one object, instead of bare values
    nodes      whether the graph is to be in a document
    """

    def __init__(self, nonfinite: str = "string", paths: Any = (), as_object: bool = False, nodes: bool = True) -> None:
        self._nonfinite = nonfinite
        self._paths = list(paths)
        self._as_object = as_object
        self._nodes = nodes
        self._templates: dict[tuple[int, bool], tuple[Kind, Template | None]] = {}

    def stacked(self, stack: Stack) -> list[tuple[int, str]]:
        """(row, line) of each record of a stack that is answered together with the others."""
        template = self._template(stack.kind, bool(stack.ids))
        if template is None:
            return []
        places = sorted({slot for slot in template.slots if slot >= 0})
        values, good = stack.kind.stacked(stack.arrays, places)
        if not good.any():
            return []
        columns = {place: column(each) for place, each in zip(places, values)}
        if ID in template.slots:
            columns[ID] = [str(each) if type(each) is int else encoded(each) for each in stack.ids]
        if BARE_ID in template.slots:
            columns[BARE_ID] = [each if isinstance(each, str) else encoded(each) for each in stack.ids]
        texts = template.filled(columns, len(stack.rows))
        return [(row, text) for row, text, fine in zip(stack.rows, texts, good.tolist()) if fine]

    def alone(self, outcome: Outcome) -> tuple[str, bool]:
        """The line of one outcome, and whether it is that of an error.  Whatever it takes, it is one line of JSON."""
        text = kept_going(lambda: self._answered(outcome))
        if isinstance(text, Problem):
            return problem.render(text, json=True, color=False, id=outcome.id, line=outcome.line).rstrip("\n"), True
        return text, False

    def _answered(self, outcome: Outcome) -> str:
        answer, nonfinite = outcome.answer, outcome.nonfinite or self._nonfinite
        if isinstance(answer, Problem):
            raise answer
        if hasattr(answer, "passed"):
            from gradcli.report import check_json

            text = check_json.render(answer, id=outcome.id).rstrip("\n")
            return picked(text, self._paths, self._as_object) if self._paths else text
        if not self._paths:
            return json.render(answer, nonfinite, id=outcome.id, nodes=self._nodes)
        try:
            tree = json.tree(answer, nonfinite, id=outcome.id, nodes=self._nodes)
            return chosen(tree, self._paths, self._as_object, nonfinite)
        except Problem as found:
            raise json.with_cause(found, answer.warnings) if found.code == "non-finite" else found from None

    def _template(self, kind: Kind, with_id: bool) -> Template | None:
        """The template of the lines of a kind; None where they have none."""
        key = id(kind), with_id
        if key not in self._templates:
            if len(self._templates) > 512:
                self._templates.clear()
            try:
                made: Template | None = self._made(kind, with_id)
            except (Problem, TypeError, ValueError):  # a path into an array, or into nowhere: each record says it
                made = None
            self._templates[key] = kind, made
        return self._templates[key][1]

    def _made(self, kind: Kind, with_id: bool) -> Template:
        tree = json.tree(kind.template, nodes=self._nodes)
        if with_id:
            tree = {"schema": tree.pop("schema"), "id": Numbers(Place(ID), "id"), **tree}
        if not self._paths:
            return Template([tree])
        values = [at(tree, path) for path in self._paths]
        if self._as_object:
            return Template([dict(zip(self._paths, values))])
        return Template(values, bare=True)

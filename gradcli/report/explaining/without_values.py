"""An explanation without values as text: the steps forward, their derivatives on the way back, and the formulas."""

from __future__ import annotations

from collections.abc import Iterator

from gradcli.report.formula.text import left, remarks
from gradcli.run.explaining.without_values import Outline
from gradcli.text import parse
from gradcli.text.printing import unparse


def render(outline: Outline) -> str:
    """The report without its final newline."""
    return "\n".join(_lines(outline))


def _lines(outline: Outline) -> Iterator[str]:
    yield "Forward: every step from the names to the output"
    for step in outline.steps:
        yield f"    {step.name} = {step.source}" + (f" = {step.text}" if step.text != step.source else "")
    if not outline.steps:
        yield "    no step: the output is a name itself"
    yield ""
    yield "Backward: every step from the output to the names, by the chain rule"
    for step in reversed(outline.steps):
        yield f"  through {step.name} = {step.text}"
        for operand, formula in step.sent:
            yield f"    ∂out/∂{operand} gets {formula}"
    yield ""
    yield "Gradients"
    for name, text in outline.formulas.steps:
        yield f"    {name} = {spaced(text)}"
    for each in outline.formulas.derivatives:
        yield f"    {left(each)} = {spaced(each.text)}"
    yield from remarks(outline.formulas)


def spaced(text: str) -> str:
    """A formula with spaces around its signs, as explanations have them."""
    return unparse(parse(text).statements[-1])

"""Formulas as LaTeX, aligned equations for amsmath."""

from __future__ import annotations

from gradcli.report.explaining.latex import escaped, formula
from gradcli.report.precision import rounded
from gradcli.run.symbolic.derivative import Derivative, Formulas
from gradcli.run.symbolic.terms.jacobians import PRODUCT


def render(formulas: Formulas) -> str:
    """A fragment of LaTeX without its final newline."""
    rows = [f"  {_left(each)} &= {formula(rounded(each.text))}" for each in formulas.derivatives]
    rows += [f"  {formula(name)} &= {formula(rounded(text))}" for name, text in formulas.steps]
    text = "\\begin{align*}\n" + " \\\\\n".join(rows) + "\n\\end{align*}"
    if formulas.conditions:
        text += f"\nif {escaped(', '.join(formulas.conditions))}"
    return text


def _left(each: Derivative) -> str:
    leaf = formula(each.leaf)
    if each.first is None:
        return rf"\bar{{{leaf}}}" if each.kind == PRODUCT else rf"\frac{{\partial \mathrm{{out}}}}{{\partial {leaf}}}"
    below = rf"\partial {leaf}^2" if each.first == each.leaf else rf"\partial {formula(each.first)} \partial {leaf}"
    return rf"\frac{{\partial^2 \mathrm{{out}}}}{{{below}}}"

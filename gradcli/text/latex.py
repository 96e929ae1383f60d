"""Formulas of LaTeX -> plain mathematics, for `--math`: `\\frac{1}{2} x^{2}` becomes `((1)/(2)) x^{2}`."""

from __future__ import annotations

import re

_GONE = re.compile(r"\\(?:left|right|[bB]igg?[lr]?|displaystyle|quad|qquad)(?![A-Za-z])|\\[,;:! ]|\$")
_WORDS = {
    "cdot": "*", "times": "*", "div": "/", "le": "<=", "leq": "<=", "ge": ">=", "geq": ">=", "ne": "!=", "neq": "!=",
    "infty": "inf", "lvert": "|", "rvert": "|", "vert": "|", "mid": "|", "lVert": "‖", "rVert": "‖", "Vert": "‖",
    "arcsin": "asin", "arccos": "acos", "arctan": "atan", "partial": "d", "Gamma": "Γ", "bmod": " mod ",
    "degree": "°", "circ": "°", "lbrace": "(", "rbrace": ")",
}  # fmt: skip
_NAMED = re.compile(r"\\(?:operatorname|mathrm|mathit|mathbf|text|rm)\s*\{\s*(\w+)\s*\}")
_FRACTION = re.compile(r"\\[dtc]?frac\s*")
_ROOT = re.compile(r"\\sqrt\s*\[([^\]]*)\]\s*")


def plain(text: str) -> str:
    """The formula without commands of LaTeX; braces stay, as brackets of its groups."""
    text = _NAMED.sub(r" \1 ", _GONE.sub(" ", text)).replace("\\|", "‖").replace("^\\circ", "°").replace("^{\\circ}", "°")
    while found := _FRACTION.search(text):
        above, end = _group(text, found.end())
        below, end = _group(text, end)
        is_derivative = above.strip() in ("d", "\\partial") and re.fullmatch(r"\s*(?:d|\\partial)\s*\w+\s*", below)
        joined = f" d/d{re.split(r'd|partial', below)[-1].strip()} " if is_derivative else f"(({above})/({below}))"
        text = text[: found.start()] + joined + text[end:]
    while found := _ROOT.search(text):
        inner, end = _group(text, found.end())
        text = f"{text[: found.start()]}(({inner})^(1/({found[1]}))){text[end:]}"
    return re.sub(r"\\([A-Za-z]+)", lambda each: _WORDS.get(each[1], f" {each[1]}"), text)


def _group(text: str, start: int) -> tuple[str, int]:
    """What a command takes at `start`: braces, or one character or command; and where that ends."""
    found = re.compile(r"\s*(\\[A-Za-z]+|[^{\s])").match(text, start)
    if found:
        return found[1], found.end()
    begin = text.find("{", start)
    depth = 0
    for place in range(max(begin, 0), len(text)):
        depth += (text[place] == "{") - (text[place] == "}")
        if not depth:
            return text[begin + 1 : place], place + 1
    return text[start:], len(text)

"""Pieces of an expression as text, of which mathematics is written in the words of the language."""

from __future__ import annotations

import math

_TIGHT = ("STAR", "SLASH", "DOUBLESLASH", "PERCENT")
_MOST_LITERAL = 20  # 20! is the last factorial of 64 bits


def grad_of(text: str, name: str, order: int) -> str:
    for _ in range(order):
        text = f"grad({bare(text)}, {name})"
    return text


def operator(terminal: str, text: str, expecting: bool) -> str:
    """An operator with its blanks; a sign stands close before its operand."""
    if terminal == "COMMA":
        return ", "
    return text if terminal in _TIGHT or (expecting and terminal in ("MINUS", "PLUS", "TILDE")) else f" {text} "


def factorial(text: str) -> str:
    """The number itself for a small whole number, else the function."""
    return str(math.factorial(int(text))) if text.isdecimal() and int(text) <= _MOST_LITERAL else f"factorial({text})"


def bare(text: str) -> str:
    """A text without brackets around all of it."""
    while text.startswith("(") and text.endswith(")") and _closes_at_end(text):
        text = text[1:-1]
    return text


def _closes_at_end(text: str) -> bool:
    depth = 0
    for place, character in enumerate(text):
        depth += (character in "([") - (character in ")]")
        if not depth:
            return place == len(text) - 1
    return False

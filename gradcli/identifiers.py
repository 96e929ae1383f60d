"""What can be a name: Python's identifiers, and those with subscripts behind a letter, such as x₁."""

from __future__ import annotations

SUBSCRIPTS = dict(zip(map(ord, "₀₁₂₃₄₅₆₇₈₉"), "0123456789", strict=True))


def is_name(text: str) -> bool:
    """Whether a text can be a name."""
    return text.isidentifier() or (not text.isascii() and text.translate(SUBSCRIPTS).isidentifier())

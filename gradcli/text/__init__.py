"""Characters -> syntax tree: `parse`, and what it makes.  Knows no numpy and no operation."""

from __future__ import annotations

from gradcli.text.parser import parse

__all__ = ["parse"]

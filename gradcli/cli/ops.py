"""`gradcli ops [NAME]`: the table of operations, or one of them."""

from __future__ import annotations

import sys

from gradcli.cli import streams
from gradcli.errors import EXIT_OK, Problem

TYPE_CHECKING = False  # type checkers know the name; to import typing for it takes 5 ms
if TYPE_CHECKING:
    from typing import Any


def act(values: dict[str, Any]) -> int:
    """Print the table, the part of it that `name` is found in, or the operation `name`; gives the exit code."""
    from gradcli.ops import index
    from gradcli.report import ops

    entries, name = index.load(), values["name"]
    found, is_list = (index.public(entries), True) if name is None else _sought(entries, name)
    if values["json"]:
        streams.write_document(ops.document(entries if name is None else found) + "\n")
        return EXIT_OK
    color = streams.color_wanted(sys.stdout, values["color"])
    width = streams.width(sys.stdout) if sys.stdout.isatty() else sys.maxsize  # a pipe is for grep, which needs all words
    streams.write_report((ops.render_list(found, width, color=color) if is_list else ops.render_one(found, color=color)) + "\n")
    return EXIT_OK


def _sought(entries: list[dict[str, Any]], name: str) -> tuple[list[dict[str, Any]], bool]:
    """The operation of that name; where there is none, all that the word is a part of, and True since they are a list."""
    from gradcli.ops import index

    try:
        return index.find(entries, name), False
    except Problem:
        if parts := index.search(entries, name):
            return parts, True
        raise

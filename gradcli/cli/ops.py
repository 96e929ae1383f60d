"""`gradcli ops [NAME]`: the table of operations, a part of it, or one of them."""

from __future__ import annotations

import sys

from gradcli.cli import streams
from gradcli.errors import EXIT_OK, Problem

TYPE_CHECKING = False  # type checkers know the name; to import typing for it takes 5 ms
if TYPE_CHECKING:
    from typing import Any


def act(values: dict[str, Any]) -> int:
    """Print the table, what is sought in it, the part of it that `name` names, or the operation `name`; gives the exit code."""
    from gradcli.ops import index
    from gradcli.report import ops

    entries, name, words = index.load(), values["name"], values["search"]
    listed = index.public(entries) if name is None else _listed(entries, name)
    if words is not None:
        listed = index.search(entries if listed is None else listed, words)
    found = index.find(entries, name) if listed is None else listed
    if values["json"]:
        streams.write_document(ops.document(entries if name is words is None else found, _examples()) + "\n")
        return EXIT_OK
    color = streams.color_wanted(sys.stdout, values["color"])
    if listed is None:
        text = ops.render_one(found, _examples(), streams.known_width(sys.stdout) or sys.maxsize, color=color)
    else:
        width = streams.width(sys.stdout) if sys.stdout.isatty() else sys.maxsize  # a pipe is for grep, which needs all words
        text = ops.render_list(found, width, color=color)
    streams.write_report(text + "\n")
    return EXIT_OK


def _listed(entries: list[dict[str, Any]], name: str) -> list[dict[str, Any]] | None:
    """All that speak of `name` where it is no operation's own; None where it is, or where nothing speaks of it."""
    from gradcli.ops import index

    try:
        index.find(entries, name)
    except Problem:
        return index.named(entries, name.lower()) or None
    return None


def _examples() -> dict[str, str]:
    from gradcli.run import examples

    return examples.load()

"""`gradcli ops [NAME]`: the table of operations, or one of them."""

from __future__ import annotations

import sys

from gradcli.cli import streams
from gradcli.errors import EXIT_OK

TYPE_CHECKING = False  # type checkers know the name; to import typing for it takes 5 ms
if TYPE_CHECKING:
    from typing import Any


def act(values: dict[str, Any]) -> int:
    """Print the table, or the operation `name`; gives the exit code."""
    from gradcli.ops import index
    from gradcli.report import ops

    entries = index.load()
    found = index.public(entries) if values["name"] is None else index.find(entries, values["name"])
    if values["json"]:
        streams.write_document(ops.document(entries if values["name"] is None else found) + "\n")
        return EXIT_OK
    color = streams.color_wanted(sys.stdout, values["color"])
    if values["name"] is None:
        text = ops.render_list(found, streams.width(sys.stdout), color=color)
    else:
        text = ops.render_one(found, color=color)
    streams.write(text + "\n")
    return EXIT_OK

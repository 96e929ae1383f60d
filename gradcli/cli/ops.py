"""`gradcli ops [NAME]`: the table of operations, or one of them."""

from __future__ import annotations

import sys
from typing import Any

from gradcli.cli import streams
from gradcli.errors import EXIT_OK


def act(values: dict[str, Any]) -> int:
    """Print the table, or the operation `name`; gives the exit code."""
    from gradcli.ops import index
    from gradcli.report import ops

    entries = index.load()
    if values["json"]:
        streams.write_document(ops.document(entries, values["name"]) + "\n")
    else:
        color = streams.color_wanted(sys.stdout, values["color"])
        streams.write(ops.render(entries, values["name"], color=color, width=streams.width(sys.stdout)))
    return EXIT_OK

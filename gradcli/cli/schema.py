"""`gradcli schema [NAME]`: the JSON Schema of the documents that gradcli prints."""

from __future__ import annotations

from gradcli.cli import streams
from gradcli.errors import EXIT_OK

TYPE_CHECKING = False  # type checkers know the name; to import typing for it takes 5 ms
if TYPE_CHECKING:
    from typing import Any


def act(values: dict[str, Any]) -> int:
    """Print the schema of the document `name`, or one that holds them all; gives the exit code."""
    from gradcli.report import schema

    streams.write_document(schema.load(values["name"]) + "\n")
    return EXIT_OK

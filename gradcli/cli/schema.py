"""`gradcli schema [NAME]`: the JSON Schema of the documents that gradcli prints."""

from __future__ import annotations

from typing import Any

from gradcli.cli import streams
from gradcli.errors import EXIT_OK


def act(values: dict[str, Any]) -> int:
    """Print the schema of the document `name`, or of them all; gives the exit code."""
    from gradcli.report import schema

    streams.write_document(schema.render(values["name"]) + "\n")
    return EXIT_OK

"""Where a picture or a derivation goes: in which format, by the file's ending, and into the file, whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from gradcli.cli import streams
from gradcli.cli.argv import usage
from gradcli.errors import EXIT_OK, Problem


def kind_of(command: str, values: dict[str, Any], endings: dict[str, str], hint: str) -> str:
    """The format that is asked for, else the one that the file's name ends with.

    endings  ending -> format; that of "" is what goes to stdout
    Raises Problem for any other ending; `hint` says the way out.
    """
    if values["json"]:
        return "json"
    if values["format"] != "auto":
        return str(values["format"])
    name = "" if values["output"] in (None, "-") else values["output"]
    ending = os.path.splitext(name)[1].lower()
    if ending not in endings:
        known = ", ".join(filter(None, endings))
        raise usage(f"{command} writes no {ending} files; the ending says what to write: {known}", hint)
    return endings[ending]


def deliver(values: dict[str, Any], kind: str, native: str, rendered: Callable[[], str | bytes]) -> int:
    """Compute within the limits, then print or save; gives the exit code.  Nothing is printed unless all of it worked.

    native    the format that is text in the encoding of stdout; the others are documents in UTF-8
    rendered  gives the text, or the bytes of what is no text, which goes into files only
    """
    from gradcli.run.limits import Limits

    def say(problem: Problem) -> None:
        streams.write_problem(problem, json=values["json"], color=values["color"])

    path = values["output"] = None if values["output"] == "-" else values["output"]
    with Limits(values["max_memory"], values["max_time"]).enforce(say):
        if path is not None:
            from gradcli.run.files import check_text_target

            check_text_target(path)
        made = rendered()
        made = streams.chosen(made, values["get"]) if isinstance(made, str) and kind == "json" else made
        content = made if isinstance(made, bytes) else made.rstrip("\n") + "\n"
        if path is not None:
            from gradcli.run.files import save_bytes, save_text

            save_bytes(path, content) if isinstance(content, bytes) else save_text(path, content)
    if path is None:
        assert isinstance(content, str)  # only files have endings of pictures that are no text
        (streams.write_report if kind == native else streams.write_document)(content)
    return EXIT_OK

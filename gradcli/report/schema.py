"""The JSON Schemas (draft 2020-12) of the documents that gradcli prints; each is a file in `schemas/`."""

from __future__ import annotations

import os

from gradcli.errors import Problem, did_you_mean

TYPE_CHECKING = False  # type checkers know the name; to import it takes milliseconds of every completion
if TYPE_CHECKING:
    from typing import Final

_FOLDER: Final = os.path.join(os.path.dirname(__file__), "schemas")
_FILES: Final = (
    "eval",
    "jacobian",
    "hessian",
    "jvp",
    "hvp",
    "error",
    "ops",
    "graph",
    "check",
    "formula",
    "explain",
    "propagate",
    "fit",
    "minimize",
    "solve",
    "total",
)
_BATCH: Final = "batch"
_BATCH_WORDS: Final = "A line that 'gradcli batch' prints: the answer to a record, or its error."
_ALL_WORDS: Final = "Any document that gradcli prints."


def names() -> list[str]:
    """The documents that have a schema."""
    return [*_FILES, _BATCH]


def load(name: str | None = None) -> str:
    """The schema of one document, as "eval" or as it names itself ("gradcli.eval/1"); of any document without a name.

    The text is JSON on many lines, without the final newline.  Raises Problem (code "unknown-name").
    """
    if name is None:
        return _any_of(_FILES, _ALL_WORDS)
    short = name.removeprefix("gradcli.").removesuffix("/1")
    if short == _BATCH:
        return _any_of(("eval", "check", "error"), _BATCH_WORDS)
    if short not in _FILES:
        raise Problem(
            "unknown-name",
            f"there is no schema '{name}'",
            type="NameError",
            hint=did_you_mean(short, names()) or f"the schemas are {', '.join(names())}",
        )
    with open(os.path.join(_FOLDER, f"{short}.json"), encoding="utf-8") as file:
        return file.read().rstrip("\n")


def _any_of(files: tuple[str, ...], words: str) -> str:
    """One schema that holds several, and accepts what any of them accepts."""
    import json

    schemas = {file: json.loads(load(file)) for file in files}
    whole = {
        "$schema": schemas[files[0]]["$schema"],
        "description": words,
        "anyOf": [{"$ref": schema["$id"]} for schema in schemas.values()],
        "$defs": schemas,
    }
    return json.dumps(whole, indent=2, ensure_ascii=False)

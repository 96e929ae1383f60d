"""A few values out of a JSON document, bare, for shells: what follows `--get`."""

from __future__ import annotations

import json
from typing import Any, Final

from gradcli.errors import Problem, did_you_mean
from gradcli.report.document import encoded

_MOST_NAMED: Final = 20  # keys in a hint


def picked(document: str, paths: list[str]) -> str:
    """The values at `paths`, with a tab between them: text without its quotes, anything else as JSON has it.

    A path is the keys on the way, with a dot between them: "grads.x"; in a list they count from 0: "passes.0.grads.x".
    Raises Problem where the document has no such key.
    """
    content = json.loads(document)
    return "\t".join([_bare(_at(content, path)) for path in paths])


def _at(content: Any, path: str) -> Any:
    passed: list[str] = []
    for key in path.split("."):
        keys = {str(place): each for place, each in enumerate(content)} if isinstance(content, list) else content
        if not isinstance(keys, dict) or key not in keys:
            raise _missing(path, passed, keys)
        content = keys[key]
        passed.append(key)
    return content


def _bare(value: Any) -> str:
    return value if isinstance(value, str) else encoded(value)


def _missing(path: str, passed: list[str], keys: Any) -> Problem:
    where = f"'{'.'.join(passed)}' of the document" if passed else "the document"
    hint = f"{where} has nothing below it"
    if isinstance(keys, dict) and keys:
        hint = did_you_mean(path.split(".")[len(passed)], keys) or f"{where} has {', '.join(list(keys)[:_MOST_NAMED])}"
    return Problem("unknown-name", f"--get finds no '{path}'", type="KeyError", hint=hint)

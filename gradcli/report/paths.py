"""The paths that --get may ask for, from the schema of a command's document."""

from __future__ import annotations

TYPE_CHECKING = False  # type checkers know the name; to import it takes milliseconds of every completion
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

_DEEPEST = 4  # keys on the way
_ANY = "*"  # a name
_COMPLEX = "#/$defs/complex"  # a number, which is written as an object: no path goes into it


def paths(document: str, names: Iterable[str]) -> list[str]:
    """The paths of the document of a schema, with `names` where it has the user's own; of a list, to its first entry."""
    from gradcli.report import schema

    whole = _read(schema.load(document))
    return list(dict.fromkeys(_below(whole, whole, [*names], "", _DEEPEST)))


def _read(text: str) -> Any:
    import json

    return json.loads(text)


def _below(node: Any, whole: Any, names: list[str], path: str, depth: int) -> Iterator[str]:
    """The path of a part of the schema, and those below it."""
    if path:
        yield path
    if not depth:
        return
    for part in _parts(node, whole):
        for key, inner in part.get("properties", {}).items():
            yield from _below(inner, whole, names, f"{path}.{key}".lstrip("."), depth - 1)
        if isinstance(part.get("additionalProperties"), dict):
            for name in names:
                yield from _below(part["additionalProperties"], whole, names, f"{path}.{name}", depth - 1)
        if isinstance(part.get("items"), dict) and any([inner.get("properties") for inner in _parts(part["items"], whole)]):
            yield from _below(part["items"], whole, names, f"{path}[0]", depth - 1)


def _parts(node: Any, whole: Any) -> Iterator[Any]:
    """A part of the schema and those that it refers to, or is one of."""
    yield node
    reference = node.get("$ref", "")
    if reference.startswith("#/$defs/") and reference != _COMPLEX:
        yield from _parts(whole["$defs"][reference.removeprefix("#/$defs/")], whole)
    for kind in ("anyOf", "oneOf", "allOf"):
        for each in node.get(kind, ()):
            yield from _parts(each, whole)


def check(wanted: Iterable[str], documents: Iterable[str]) -> None:
    """Raise Problem for a path that no record's document can have, whatever its names are and however long its lists."""
    from gradcli.report.selection import keys, missing

    patterns = [keys(path) for document in documents for path in paths(document, [_ANY])]
    ends = [each for each in patterns if not any([other[: len(each)] == each for other in patterns if len(other) > len(each)])]
    for path in wanted:
        way = keys(path)
        passed = max([_agreeing(way, end) for end in ends])
        if not any([_agreeing(way, end) == min(len(way), len(end)) for end in ends]):
            known = [end[passed] for end in ends if len(end) > passed and _agreeing(way, end) == passed]
            raise missing(path, way[:passed], dict.fromkeys([key for key in known if key not in (_ANY, "0")]))


def _agreeing(way: list[str], end: list[str]) -> int:
    """How many keys of a path are those of a pattern."""
    count = 0
    for key, pattern in zip(way, end):
        if key != pattern and pattern != _ANY and not (pattern == "0" and key.lstrip("-").isdecimal()):
            break
        count += 1
    return count

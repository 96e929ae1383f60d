"""A few values out of a document, for shells and programs: what follows `--get`.

A path is the keys on the way, `grads.x`, `passes.0.grads.x`, `grads.x[0]`, `.out.value`, or a JSON pointer, `/grads/x/0`; in a
list they count from 0.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, Final

import numpy as np

from gradcli.errors import Problem, did_you_mean
from gradcli.report.trees import Numbers, Writer

_MOST_NAMED: Final = 20  # keys in a hint
_BRACKETS: Final = {ord(each): None for each in "]'\""}
_PLACES: Final = ("out", "grads", "leaves", "at", "parameters", "inputs")  # where a key may be that is asked for by itself
_ALWAYS: Final = ("schema", "id", "expr")  # what no pass changes, and no number is computed for
_PARTS: Final = {"re": np.real, "im": np.imag}  # of complex numbers
_FORWARD: Final = ("value", "shape", "dtype")  # of an output


def picked(document: str, paths: Sequence[str], as_object: bool = False) -> str:
    """The values at `paths` of a document's text: see `chosen`."""
    return chosen(json.loads(document), paths, as_object)


def chosen(tree: Any, paths: Sequence[str], as_object: bool = False, nonfinite: str = "string") -> str:
    """The values at `paths` of a tree, with a tab between them, text without its quotes; or as one object of them by path.

    Raises Problem where the tree has no such key.
    """
    return "".join(pieces(tree, paths, as_object, nonfinite))


def pieces(tree: Any, paths: Sequence[str], as_object: bool = False, nonfinite: str = "string") -> Iterator[str]:
    """The same piece by piece.  Raises Problem before the first, or not at all."""
    values = [at(tree, path) for path in paths]
    write = Writer(nonfinite)
    if as_object:
        return write.pieces(dict(zip(paths, values)))
    texts = [_bare(value, write) for value in values]
    return chain(texts[0], *[chain(["\t"], each) for each in texts[1:]])


def _bare(value: Any, write: Writer) -> Iterator[str]:
    """A value, text without its quotes."""
    if isinstance(value, Numbers) and np.ndim(value.ndarray) == 0:
        return iter([write.text(value).strip('"')])  # NaN is a word
    return iter([value]) if isinstance(value, str) else write.pieces(value)


def at(tree: Any, path: str) -> Any:
    """What stands at a path of a tree.  Raises Problem."""
    passed: list[str] = []
    for key in keys(path):
        tree = _below(tree, key, path, passed)
        passed.append(key)
    return tree


def keys(path: str) -> list[str]:
    """The keys on the way: those of `.grads.x[0]` are "grads", "x", "0"."""
    if path.startswith("/"):
        return [key.replace("~1", "/").replace("~0", "~") for key in path[1:].split("/")]
    plain = path.removeprefix("$").removeprefix(".").replace(", ", ".").replace(",", ".")  # x[1, 0] is x[1][0]
    return plain.replace("[", ".").translate(_BRACKETS).lstrip(".").split(".")


def needs_backward(path: str) -> bool:
    """Whether what stands at a path depends on a backward pass, or on there being one."""
    first, *rest = keys(path)
    if first in _ALWAYS:
        return False
    return first != "out" or not any(key in _FORWARD for key in rest[:2])


def leaves_needed(paths: Sequence[str]) -> list[str] | None:
    """The leaves whose gradients are all that these paths need of the backward passes; None where they need more."""
    ways = [keys(path) for path in paths if needs_backward(path)]
    if not all(way[0] == "grads" and len(way) > 1 for way in ways):
        return None
    return list(dict.fromkeys(way[1] for way in ways))


def _below(tree: Any, key: str, path: str, passed: list[str]) -> Any:
    if isinstance(tree, Numbers) and key in _PARTS and np.iscomplexobj(tree.ndarray):
        return Numbers(_PARTS[key](tree.ndarray), tree.what)
    if isinstance(tree, Numbers) and bool(getattr(tree.ndarray, "shape", None)):
        entries = tree.ndarray
        if key.isascii() and key.removeprefix("-").isdigit() and -len(entries) <= int(key) < len(entries):
            return Numbers(entries[int(key)], tree.what)
        raise missing(path, passed, {str(place): None for place in range(min(len(entries), _MOST_NAMED))})
    inner = {str(place): each for place, each in enumerate(tree)} if isinstance(tree, (list, tuple)) else tree
    if isinstance(tree, (list, tuple)) and key.startswith("-") and key[1:].isdecimal():
        key = str(len(tree) + int(key))  # from the end
    if not isinstance(inner, dict) or key not in inner:
        raise missing(path, passed, inner)
    return inner[key]


def missing(path: str, passed: list[str], inner: Any) -> Problem:
    """What is said of a path that leads no further than the keys `passed`, below which `inner` is."""
    where = f"'{'.'.join(passed)}' of the document" if passed else "the document"
    hint = f"{where} has nothing below it"
    if isinstance(inner, Numbers):
        hint = f"{where} is a number" + (", with .re and .im below it" if np.iscomplexobj(inner.ndarray) else "")
    if isinstance(inner, dict) and inner:
        key = keys(path)[len(passed)]
        homes = [place for place in _PLACES if not passed and isinstance(inner.get(place), dict) and key in inner[place]]
        if homes:
            return Problem(
                "unknown-name", f"--get finds no '{path}'", type="KeyError", hint=f"did you mean '{homes[0]}.{key}'?"
            )
        hint = did_you_mean(keys(path)[len(passed)], inner) or f"{where} has {', '.join(list(inner)[:_MOST_NAMED])}"
    return Problem("unknown-name", f"--get finds no '{path}'", type="KeyError", hint=hint)

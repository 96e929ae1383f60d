"""What a name that is being typed could become: names of the session, and attributes of what they stand for.

Nothing is called on the way, and no property of the script's: whoever presses a key wants to see names, and no effects.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from keyword import kwlist
from typing import Any

from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor
from gradcli.run.script import attributes, exposed, modules
from gradcli.run.script.builtins import NAMES
from gradcli.run.script.classes import Instance

_KEYWORDS = tuple([word for word in kwlist if word not in ("async", "await")])
_WORD = re.compile(r"[\w.]*\Z")
_IMPORTED_FROM = re.compile(r"\s*from\s+([\w.]+)\s+import\b.*[\s,(]\Z", re.DOTALL)
_IMPORTED = re.compile(r"\s*(?:import|from)\s+(?:[\w.]+\s*,\s*)*\Z")
_ALIKE = frozenset({"H", "T", "data", "mH", "mT"})  # a tensor's tensors: what they have, it has
_KNOWN = frozenset({"dtype", "grad", "grad_fn", "shape"})  # others compute, or warn
_NOTHING: Any = object()


def candidates(text: str, names: Mapping[str, Any]) -> tuple[int, list[str]]:
    """Where the name (with dots in it) begins that `text` ends in, and what it could become; `names` are the session's."""
    found = _WORD.search(text)
    assert found  # all of it may be empty
    place = found.start()
    owner, dot, start = found[0].rpartition(".")
    if found[0][:1].isdigit() or (dot and not owner):  # a number, or an attribute of what a call gives
        return place, []
    try:
        return place, [owner + dot + name for name in _known(text[:place], owner, names) if _fits(name, start)]
    except Problem:
        return place, []


def value_of(path: str, names: Mapping[str, Any]) -> Any:
    """What a name with dots stands for, as far as that takes no call.  Raises Problem where it stands for nothing."""
    first, *rest = path.split(".")
    value = names.get(first, NAMES.get(first, _NOTHING))
    for name in rest:
        value = _member(value, name)
    if value is _NOTHING:
        raise Problem("unknown-name", f"nothing is called '{path}' here", type="NameError")
    return value


def _known(before: str, owner: str, names: Mapping[str, Any]) -> Iterable[str]:
    source = _IMPORTED_FROM.match(before)
    if source:
        return modules.find(source[1]).names() if not owner else ()
    if _IMPORTED.match(before):
        return modules.find(owner).names() if owner else modules.roots()
    return attributes.names(value_of(owner, names)) if owner else sorted({*names, *NAMES, *_KEYWORDS})


def _fits(name: str, start: str) -> bool:
    return name.startswith(start) and (not name.startswith("_") or start.startswith("_"))


def _member(value: Any, name: str) -> Any:
    """An attribute that is there already."""
    if isinstance(value, Tensor):
        return value if name in _ALIKE else _of_tensor(value, name)
    if isinstance(value, Instance) or (isinstance(value, type) and issubclass(value, Instance)):
        return _of_instance(value, name)
    return attributes.read(value, name) if exposed.knows(value) else _NOTHING


def _of_tensor(value: Tensor, name: str) -> Any:
    if name == "grad":  # without the warning for those that are no leaves
        return value.grad
    from gradcli.run.script import tensors  # a session may have none

    return attributes.read(value, name) if name in _KNOWN or tensors.METHODS.get(name) else _NOTHING


def _of_instance(value: Any, name: str) -> Any:
    kinds = value.__mro__ if isinstance(value, type) else (value, *type(value).__mro__)
    for each in kinds:
        found = getattr(each, "__dict__", {}).get(name, _NOTHING)
        if found is not _NOTHING:
            return _NOTHING if isinstance(found, property) else found
    return _NOTHING

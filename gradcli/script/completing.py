"""What a name that is being typed could become: names of the session, and attributes of what they stand for.

Nothing is called on the way, and no property is read: whoever presses a key wants to see names, and no effects.
"""

from __future__ import annotations

import builtins
import pkgutil
import re
import sys
from collections.abc import Iterable, Mapping
from importlib import import_module
from keyword import kwlist
from types import ModuleType
from typing import Any

from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor

_WORD = re.compile(r"[\w.]*\Z")
_IMPORTED_FROM = re.compile(r"\s*from\s+([\w.]+)\s+import\b.*[\s,(]\Z", re.DOTALL)
_IMPORTED = re.compile(r"\s*(?:import|from)\s+(?:[\w.]+\s*,\s*)*\Z")
_ALIKE = frozenset({"H", "T", "data", "mH", "mT"})  # a tensor's tensors: what they have, it has
_KNOWN = frozenset({"dtype", "grad_fn", "shape"})  # others compute, or warn
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
        known = _known(text[:place], owner, names)
    except (Problem, ImportError):
        return place, []
    return place, sorted({owner + dot + name for name in known if _fits(name, start)})


def value_of(path: str, names: Mapping[str, Any]) -> Any:
    """What a name with dots stands for, as far as that takes no call.  Raises Problem where it stands for nothing."""
    first, *rest = path.split(".")
    value = names.get(first, getattr(builtins, first, _NOTHING))
    for name in rest:
        value = _member(value, name)
    if value is _NOTHING:
        raise Problem("unknown-name", f"nothing is called '{path}' here", type="NameError")
    return value


def _known(before: str, owner: str, names: Mapping[str, Any]) -> Iterable[str]:
    source = _IMPORTED_FROM.match(before)
    if source:
        return () if owner else dir(import_module(source[1]))
    if _IMPORTED.match(before):
        return _modules_in(owner)
    return dir(value_of(owner, names)) if owner else {*names, *dir(builtins), *kwlist}


def _modules_in(owner: str) -> set[str]:
    """The modules that can be imported, or those inside a package."""
    if not owner:
        return {"torch", *sys.builtin_module_names, *[module.name for module in pkgutil.iter_modules()]}
    package = import_module(owner)
    return {module.name for module in pkgutil.iter_modules(getattr(package, "__path__", ()))}


def _fits(name: str, start: str) -> bool:
    return name.startswith(start) and (not name.startswith("_") or start.startswith("_"))


def _member(value: Any, name: str) -> Any:
    """An attribute that is there already."""
    if isinstance(value, Tensor):
        return value if name in _ALIKE else _of_tensor(value, name)
    if isinstance(value, (ModuleType, type)):
        return getattr(value, name, _NOTHING)
    for each in (value, *type(value).__mro__):
        own = getattr(each, "__dict__", {})
        for members in (own, own.get("_parameters"), own.get("_modules")):
            if isinstance(members, Mapping) and name in members:
                return _NOTHING if isinstance(members[name], property) else members[name]
    return _NOTHING


def _of_tensor(value: Tensor, name: str) -> Any:
    if name == "grad":  # without the warning for those that are no leaves
        return value._grad
    return getattr(value, name, _NOTHING) if name in _KNOWN or callable(getattr(type(value), name, None)) else _NOTHING

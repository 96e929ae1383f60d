"""Packages whose parts load when somebody first asks for one of their names.

`getattr_of(package, homes)` gives a module's `__getattr__` and `__dir__` (PEP 562), and its `__all__`.  `homes` says which
module, relative to the package, defines which names; one that defines none, as `"init": ()`, is a submodule to be had as an
attribute.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from gradcli.torch._namespaces import missing

Parts = tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]


def getattr_of(package: str, homes: Mapping[str, tuple[str, ...]], stand_ins: Mapping[str, str] | None = None) -> Parts:
    """`__getattr__`, `__dir__` and `__all__` of a package; what has been found stays in it.  Raises AttributeError.

    stand_ins  for modules that PyTorch has and this package has not: which of its own has their names
    """
    home_of = {name: home for home, names in homes.items() for name in names}
    submodules = {home.split(".")[0]: home.split(".")[0] for home in homes} | dict(stand_ins or {})

    def find(name: str) -> Any:
        if name in home_of:
            found = getattr(import_module(f"{package}.{home_of[name]}"), name)
        elif name in submodules:
            found = import_module(f"{package}.{submodules[name]}")
        else:
            raise missing(package.removeprefix("gradcli."), name, names)
        setattr(sys.modules[package], name, found)
        return found

    def names() -> list[str]:
        return sorted({*vars(sys.modules[package]), *home_of, *submodules})

    return find, names, [*home_of]

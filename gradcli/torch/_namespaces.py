"""Modules whose functions are rows of the table: `torch.linalg`, `torch.special`, `torch.nn.functional`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradcli.errors import did_you_mean
from gradcli.ops.catalogue import FUNCTIONS
from gradcli.torch import _rows


def namespace(
    module: str, names: dict[str, Any], key: Callable[[str], str | None]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """`__getattr__` and `__dir__` of a module.

    names  the module's own, where functions stay once they were asked for
    key    the name of a function in the table, or None where the module has none of that name
    """

    def find(name: str) -> Any:
        found = None if name.startswith("_") else key(name)
        if found is None or found not in FUNCTIONS:
            hint = did_you_mean(name, directory()) if not name.startswith("_") else None
            raise AttributeError(f"module '{module}' has no attribute '{name}'" + (f"; {hint}" if hint else ""), name=name)
        value = names[name] = _rows.function(found)
        return value

    def directory() -> list[str]:
        known = {name.removeprefix(f"{module.removeprefix('torch.')}.") for name in FUNCTIONS}
        listed = {name for name in known if "." not in name and (found := key(name)) is not None and found in FUNCTIONS}
        return sorted({*names, *listed})

    return find, directory

"""Modules whose functions are rows of the table: `torch.linalg`, `torch.special`, `torch.nn.functional`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradcli.errors import Problem, did_you_mean
from gradcli.ops.catalogue import FUNCTIONS
from gradcli.torch import _rows
from gradcli.torch._beyond import reason
from gradcli.torch._boundary import exception


def namespace(
    module: str,
    names: dict[str, Any],
    key: Callable[[str], str | None],
    make: Callable[[str], Callable[..., Any]] = _rows.function,
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """`__getattr__` and `__dir__` of a module.

    names  the module's own, where functions stay once they were asked for
    key    the name of a function in the table, or None where the module has none of that name
    make   makes the function of a name in the table
    """

    def find(name: str) -> Any:
        found = None if name.startswith("_") else key(name)
        if found is None or found not in FUNCTIONS:
            raise missing(module, name, directory)
        value = names[name] = make(found)
        value.__module__ = names["__name__"]
        return value

    def directory() -> list[str]:
        known = {name.removeprefix(f"{module.removeprefix('torch.')}.") for name in FUNCTIONS}
        listed = {name for name in known if "." not in name and (found := key(name)) is not None and found in FUNCTIONS}
        return sorted({*names, *listed})

    return find, directory


def missing(module: str, name: str, directory: Callable[[], list[str]]) -> Exception:
    """The AttributeError of a name that a module lacks, with what may have been meant."""
    if name.startswith("_"):
        return AttributeError(f"module '{module}' has no attribute '{name}'", name=name)
    hint = reason(module, name) or did_you_mean(name, directory())
    error = exception(Problem("attribute", f"module '{module}' has no attribute '{name}'", type="AttributeError", hint=hint))
    error.name = name  # type: ignore[attr-defined]
    return error

"""What scripts can import, and the modules that they get: names that lead to values, made when first asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

from gradcli.errors import Problem, did_you_mean
from gradcli.run.script.exposed import Exposed

_HOMES = {  # by the first part of a name, where its modules are made
    "torch": "torch",
    "math": "host",
    "sys": "host",
    "time": "host",
    "__future__": "host",
    "abc": "library.abstract",
    "collections": "library.containers",
    "contextlib": "library.contexts",
    "copy": "library.copies",
    "dataclasses": "library.records",
    "functools": "library.callables",
    "itertools": "library.iterators",
    "numpy": "library.numerics",
    "operator": "library.operators",
    "random": "library.chance",
    "typing": "library.annotations",
    "warnings": "library.filters",
}
_THERE_IS = (
    "scripts can import torch (with nn, optim, utils.data, autograd, func, linalg, special and random), numpy for arrays, and "
    "of Python abc, collections, contextlib, copy, dataclasses, functools, itertools, math, operator, random, sys, time, "
    "typing and warnings"
)


class Deferred:
    """A member that is imported when it is first asked for: `attribute` of `gradcli.run.script.module`."""

    __slots__ = ("attribute", "module")

    def __init__(self, module: str, attribute: str) -> None:
        self.module = module
        self.attribute = attribute

    def value(self) -> Any:
        """The member itself."""
        return getattr(import_module(f"gradcli.run.script.{self.module}"), self.attribute)


class Module(Exposed):
    """A module of a script's.

    members  by name: values, or Deferred ones
    more     makes a member that is not among them, or gives None
    listed   the names that `more` knows
    """

    __slots__ = ("__name__", "listed", "members", "more")
    title = "module"

    def __init__(
        self,
        name: str,
        members: dict[str, Any],
        more: Callable[[str], Any] | None = None,
        listed: Callable[[], Iterable[str]] = tuple,
    ) -> None:
        self.__name__ = name
        self.members = members
        self.more = more
        self.listed = listed

    def read(self, name: str) -> Any:
        """A member.  Raises Problem (AttributeError)."""
        value = self.members.get(name)
        if value is None and name not in self.members:
            value = self.__name__ if name == "__name__" else self.more(name) if self.more is not None else None
            if value is None:
                raise Problem(
                    "unknown-name",
                    f"module '{self.__name__}' has no attribute '{name}'",
                    type="AttributeError",
                    hint=did_you_mean(name, self.names()) or elsewhere(self.__name__, name),
                )
            self.members[name] = value
        elif type(value) is Deferred:
            value = self.members[name] = value.value()
        return value

    def names(self) -> list[str]:
        """Every member's name."""
        return sorted({*self.members, *self.listed()})

    def public(self) -> dict[str, Any]:  # type: ignore[override]  # the names of a module are not known to its class
        """What `from module import *` gives."""
        return {name: self.read(name) for name in self.names() if not name.startswith("_")}

    def __repr__(self) -> str:
        return f"<module '{self.__name__}'>"


_BEYOND = frozenset({
    "jit", "fx", "fft", "distributions", "onnx", "hub", "compile", "save", "load",
})  # fmt: skip


def elsewhere(module: str, name: str) -> str | None:
    """A hint for what PyTorch has, and gradcli does not."""
    if module == "torch.nn" and name[:1].isupper():
        return "derive a class from nn.Module, and write its forward with torch operations"
    if module == "torch.optim":
        return "SGD, Adam, AdamW, RMSprop and Adagrad are there; with torch.no_grad(): w -= 0.1 * w.grad is one by hand"
    return "it is beyond what gradcli runs" if name in _BEYOND else None


_found: dict[str, Module] = {}


def roots() -> list[str]:
    """The names of modules that can be imported, without those inside them."""
    return sorted(_HOMES)


def find(name: str) -> Module:
    """The module of a name such as "torch.nn.functional".  Raises Problem (ModuleNotFoundError)."""
    module = _found.get(name)
    if module is None:
        home = _HOMES.get(name.partition(".")[0])
        made = import_module(f"gradcli.run.script.{home}").module(name) if home is not None else None
        if made is None:
            raise Problem("import", f"No module named '{name}' in gradcli scripts", type="ModuleNotFoundError", hint=_THERE_IS)
        module = _found[name] = made
    return module


def member(module: Module, name: str) -> Any:
    """What `from module import name` gives: a member, or a module inside.  Raises Problem (ImportError)."""
    try:
        return module.read(name)
    except Problem as problem:
        if problem.type != "AttributeError":
            raise
        hint = problem.hint
    try:
        return find(f"{module.__name__}.{name}")
    except Problem:
        raise Problem(
            "import", f"cannot import name '{name}' from '{module.__name__}'", type="ImportError", hint=hint
        ) from None

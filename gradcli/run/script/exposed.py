"""What a script may read of a value: a list of names for each type, and nothing else.

The types of this package derive from `Exposed` and name their own; `FOREIGN` does it for those of the layers below.
No name here leads to the interpreter, so neither can a script.
"""

from __future__ import annotations

from typing import Any

from gradcli.errors import Problem, did_you_mean
from gradcli.graph.node import AccumulateGrad, Node
from gradcli.graph.tensor import Outputs
from gradcli.ops.properties import Size


class Exposed:
    """A value of which scripts may read the attributes named in `public`; `title` names its type in errors."""

    __slots__ = ()
    public: frozenset[str] = frozenset()
    title = "object"

    def read(self, name: str) -> Any:
        """The attribute `name`.  Raises Problem (AttributeError)."""
        if name in self.public:
            return getattr(self, name)
        raise no_attribute(f"'{self.title}' object", name, self.public)

    def names(self) -> list[str]:
        """Every name that `read` knows, for completion."""
        return sorted(self.public)


_NODE = frozenset({"name", "next_functions"})
FOREIGN: dict[type, tuple[str, frozenset[str]]] = {
    Node: ("", _NODE),
    AccumulateGrad: ("AccumulateGrad", _NODE | {"variable"}),
    Size: ("torch.Size", frozenset({"count", "index"})),
}


def knows(value: Any) -> bool:
    """Whether `read` is the door to this value."""
    return isinstance(value, (Exposed, Outputs)) or type(value) in FOREIGN


def read(value: Any, name: str) -> Any:
    """The attribute `name` of a value that this module knows.  Raises Problem (AttributeError)."""
    if isinstance(value, Exposed):
        return value.read(name)
    if type(value) is Size and name == "numel":
        return lambda: _product(value)
    if isinstance(value, Outputs):
        return _field(value, name)
    title, public = FOREIGN[type(value)]
    if name in public:
        return getattr(value, name)
    if public >= _NODE and name in _nodes().names(value):
        return _nodes().read(value, name)
    raise no_attribute(f"'{title or value.title}' object", name, names(value))


def _nodes() -> Any:
    """The module that knows the rest of what functions of the graph have: few scripts ask for it."""
    from gradcli.run.script import nodes

    return nodes


def names(value: Any) -> list[str]:
    """Every name that `read` knows of this value."""
    if isinstance(value, Exposed):
        return value.names()
    if isinstance(value, Outputs):
        return sorted(value.fields)
    public = FOREIGN[type(value)][1]
    return sorted([*public, *(_nodes().names(value) if public >= _NODE else ())])


def no_attribute(owner: str, name: str, known: Any) -> Problem:
    """Python's error of an attribute that is not there, with the nearest one that is."""
    return Problem("attribute", f"{owner} has no attribute '{name}'", type="AttributeError", hint=did_you_mean(name, known))


def read_only(owner: str, name: str) -> Problem:
    """PyTorch's error of an assignment to an attribute that can only be read."""
    return Problem("attribute", f"attribute '{name}' of '{owner}' objects is not writable", type="AttributeError")


def _field(value: Outputs, name: str) -> Any:
    if name in value.fields:
        return value[value.fields.index(name)]
    if name in ("count", "index"):
        return getattr(value, name)
    raise no_attribute("the result", name, value.fields)


def _product(lengths: tuple[int, ...]) -> int:
    total = 1
    for each in lengths:
        total *= each
    return total

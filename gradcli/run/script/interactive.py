"""A session at a prompt: inputs one after the other, whose values are shown, and what there is to ask about it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor
from gradcli.run.script import attributes, completing, exposed
from gradcli.run.script import context as contexts
from gradcli.run.script.builtins import undefined
from gradcli.run.script.classes import Instance
from gradcli.run.script.interpreter import Session
from gradcli.run.script.scopes import Scope

_LAST = "_"
_BEGINNING = "import torch"  # what every session is about need not be typed in each


class Interactive(Session):
    """A Session in which `torch` is there, and the value of an expression is shown, and kept as `_`.

    last  the last value that was shown, or None
    """

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.context.display = self._display
        self.run(_BEGINNING, "<beginning>")
        self._began_with = dict(self.names)
        self._count = 0
        self.last: Any = None
        self.reset()

    def reset(self) -> None:
        """Forget all names; what `torch` was told, such as a seed, stays."""
        self.names.clear()
        self.names.update(self._began_with)
        self.scope = Scope("module")
        self.scope.echoes = True
        self.last = None

    def enter(self, text: str) -> None:
        """Run one input.  Raises as `run` does; a Problem in the input itself needs no name for where it is."""
        self._count += 1
        source = f"<input {self._count}>"
        try:
            self.run(text, source)
        except Problem as problem:
            if problem.source == source:
                problem.source = None
            raise

    def load(self, text: str, source: str) -> None:
        """Run a script in this session, as a script: its values are not shown.  Raises as `run` does."""
        self.scope.echoes = False
        try:
            self.run(text, source)
        finally:
            self.scope.echoes = True

    def _display(self, value: Any) -> None:
        """Show a value as Python's prompt does: None is not, and a `_` of the user's own stays."""
        if value is None:
            return
        self.context.write(f"{value!r}\n")
        if self.names.get(_LAST, self.last) is self.last:
            self.names[_LAST] = value
        self.last = value

    def own_names(self) -> dict[str, Any]:
        """The user's variables: neither `_` nor names with two underscores."""
        return {name: value for name, value in self.names.items() if name != _LAST and not name.startswith("__")}

    def leaves(self) -> dict[str, Tensor]:
        """The leaves of graphs by what the user calls them, `w` or `weights[0]`; one with two names has the first."""
        found: dict[str, Tensor] = {}
        for name, value in _with_parts(self.own_names()):
            is_leaf = isinstance(value, Tensor) and value.requires_grad and value.is_leaf
            if is_leaf and not any([value is each for each in found.values()]):
                found[name] = value
        return found

    def candidates(self, text: str) -> tuple[int, list[str]]:
        """Where the name begins that `text` ends in, and what it could become."""
        contexts.enter(self.context)
        try:
            return completing.candidates(text, self.names)
        finally:
            contexts.leave()

    def documentation_of(self, path: str) -> str | None:
        """The docstring of a function, class or module, or None.  Raises Problem where the name stands for nothing."""
        contexts.enter(self.context)
        try:
            value = completing.value_of(path, self.names)
            speaks = callable(value) or exposed.knows(value)  # a number or a list has only that of its type
            text = attributes.read(value, "__doc__") if speaks and attributes.has(value, "__doc__") else None
            return text if isinstance(text, str) else None
        finally:
            contexts.leave()

    def graph_of(self, name: str | None) -> Tensor:
        """The tensor of that name, or the last that was shown.  Raises Problem where that is no tensor."""
        if name is None and self.last is None:
            raise Problem("unknown-name", "nothing was shown yet whose graph there could be", hint="name a tensor: :graph y")
        value = self.last if name is None else self.names.get(name, self)
        if value is self:
            raise undefined(str(name), self.names)
        if not isinstance(value, Tensor):
            what = "the last value" if name is None else f"'{name}'"
            raise Problem("type", f"{what} is not a tensor: only a tensor has a graph", type="TypeError")
        if not value.requires_grad:
            message = "the tensor does not require grad and does not have a grad_fn, so that there is no graph to draw"
            raise Problem("no-grad", message, hint="create what it is computed from with requires_grad=True")
        return value


def _with_parts(names: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Variables, and the items of those that are lists, tuples, dictionaries or instances of the script's classes."""
    for name, value in names.items():
        yield name, value
        if type(value) in (list, tuple):
            yield from [(f"{name}[{place}]", item) for place, item in enumerate(value)]
        elif type(value) is dict:
            yield from [(f"{name}[{key!r}]", item) for key, item in value.items()]
        elif isinstance(value, Instance):
            yield from [(f"{name}.{key}", item) for key, item in vars(value).items()]

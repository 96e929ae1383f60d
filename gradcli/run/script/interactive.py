"""A session at a prompt: inputs one after the other, whose values are shown, and what there is to ask about it."""

from __future__ import annotations

from typing import Any

from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor
from gradcli.run.script.interpreter import Session
from gradcli.run.script.scopes import Scope

_LAST = "_"


class Interactive(Session):
    """A Session in which the value of an expression is shown, and kept as `_`.

    last  the last value that was shown, or None
    """

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.context.display = self._display
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
        """The variables that are leaves of graphs, by name; a leaf with two names has the first."""
        found: dict[str, Tensor] = {}
        for name, value in self.own_names().items():
            is_leaf = isinstance(value, Tensor) and value.requires_grad and value.is_leaf
            if is_leaf and not any([value is each for each in found.values()]):
                found[name] = value
        return found

    def graph_of(self, name: str | None) -> Tensor:
        """The tensor of that name, or the last that was shown.  Raises Problem where that is no tensor."""
        if name is None and self.last is None:
            raise Problem("unknown-name", "nothing was shown yet whose graph there could be", hint="name a tensor: :graph y")
        value = self.last if name is None else self.names.get(name, self)
        if value is self:
            from gradcli.run.script.builtins import undefined

            raise undefined(str(name), self.names)
        if not isinstance(value, Tensor):
            what = "the last value" if name is None else f"'{name}'"
            raise Problem("type", f"{what} is not a tensor: only a tensor has a graph", type="TypeError")
        return value

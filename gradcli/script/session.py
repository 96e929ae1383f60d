"""A session at a prompt: inputs one after the other, whose values are shown, and what there is to ask about it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from types import ModuleType
from typing import Any

from gradcli.errors import Problem, did_you_mean
from gradcli.graph.tensor import Tensor
from gradcli.script import completing, imports, uncaught
from gradcli.script.program import remember, syntax_problem

_LAST = "_"
_ENDS = (SystemExit, KeyboardInterrupt, BrokenPipeError)


class Session:
    """The names of a prompt, in which `torch` is there; the value of an expression is shown, and kept as `_`.

    write  takes what is shown
    last   the last value that was shown, or None
    """

    def __init__(self, write: Callable[[str], None]) -> None:
        imports.install()
        self._write = write
        self._count = 0
        main = ModuleType("__main__")
        main.__dict__["__builtins__"] = sys.modules["builtins"]
        sys.modules["__main__"] = main
        sys.path.insert(0, "")
        sys.argv = [""]
        self.names = main.__dict__
        self._began_with = dict(self.names)
        self.last: Any = None
        self.reset()

    def reset(self) -> None:
        """Forget all names; what `torch` was told, such as a seed, stays."""
        self.names.clear()
        self.names.update(self._began_with)
        self.names["torch"] = import_module("torch")
        self.last = None

    def enter(self, text: str) -> None:
        """Run one input.  Raises Problem, and what ends the session: SystemExit, KeyboardInterrupt, BrokenPipeError."""
        self._count += 1
        source = f"<input {self._count}>"
        remember(source, text.encode("utf-8", "surrogateescape"))
        before, sys.displayhook = sys.displayhook, self._display
        try:
            self._run(text, source, "single")
        except Problem as problem:
            if problem.source == source:
                problem.source = None
            raise
        finally:
            sys.displayhook = before

    def load(self, text: bytes, source: str) -> None:
        """Run a script in this session, as a script: its values are not shown.  Raises as `enter` does."""
        self._run(text, source, "exec")

    def _run(self, text: str | bytes, source: str, mode: str) -> None:
        try:
            code = compile(text, source, mode, dont_inherit=True)
        except SyntaxError as error:
            raise syntax_problem(error, source) from None
        except ValueError as error:
            raise Problem("syntax", str(error), type="SyntaxError") from None
        try:
            exec(code, self.names)
        except _ENDS:
            raise
        except BaseException as error:
            raise uncaught.problem_of_uncaught(error, source) from error

    def _display(self, value: Any) -> None:
        """Show a value as Python's prompt does: None is not, and a `_` of the user's own stays."""
        if value is None:
            return
        self._write(f"{value!r}\n")
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
        return completing.candidates(text, self.names)

    def documentation_of(self, path: str) -> str | None:
        """The docstring of a function, class or module, or None.  Raises Problem where the name stands for nothing."""
        value = completing.value_of(path, self.names)
        speaks = callable(value) or isinstance(value, ModuleType)  # a number or a list has only that of its type
        text = getattr(value, "__doc__", None) if speaks else None
        return text if isinstance(text, str) else None

    def graph_of(self, name: str | None) -> Tensor:
        """The tensor of that name, or the last that was shown.  Raises Problem where that is no tensor."""
        if name is None and self.last is None:
            raise Problem("unknown-name", "nothing was shown yet whose graph there could be", hint="name a tensor: :graph y")
        value = self.last if name is None else self.names.get(name, self)
        if value is self:
            hint = did_you_mean(str(name), self.own_names())
            raise Problem("unknown-name", f"name '{name}' is not defined", type="NameError", hint=hint)
        if not isinstance(value, Tensor):
            what = "the last value" if name is None else f"'{name}'"
            raise Problem("type", f"{what} is not a tensor: only a tensor has a graph", type="TypeError")
        if not value.requires_grad:
            message = "the tensor does not require grad and does not have a grad_fn, so that there is no graph to draw"
            raise Problem("no-grad", message, hint="create what it is computed from with requires_grad=True")
        return value


def _with_parts(names: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Variables, and the items of those that are lists, tuples or dictionaries, the attributes of others, and parameters."""
    for name, value in names.items():
        yield name, value
        if type(value) in (list, tuple):
            yield from [(f"{name}[{place}]", item) for place, item in enumerate(value)]
        elif type(value) is dict:
            yield from [(f"{name}[{key!r}]", item) for key, item in value.items()]
        elif hasattr(type(value), "named_parameters"):
            yield from [(f"{name}.{key}", item) for key, item in value.named_parameters()]
        elif not isinstance(value, (type, ModuleType, Tensor)) and isinstance(getattr(value, "__dict__", None), dict):
            yield from [(f"{name}.{key}", item) for key, item in vars(value).items()]

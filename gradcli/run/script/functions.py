"""Functions that a script defines: how arguments become names, and how a call runs the body."""

from __future__ import annotations

from collections.abc import Callable
from types import MethodType
from typing import Any

from gradcli.run.script.frames import Frame

MOST_DEEP = 1000  # calls within calls, Python's own bound


class Parameters:
    """The names that a function takes; defaults are values by then.

    plain        positional (or by keyword), in order; the first `only_positional` of them by position alone
    only_keyword after `*`
    rest, words  the names of `*rest` and `**words`, or None
    """

    __slots__ = ("defaults", "only_keyword", "only_positional", "plain", "rest", "simple", "words")

    def __init__(
        self,
        plain: tuple[str, ...],
        only_positional: int,
        only_keyword: tuple[str, ...],
        rest: str | None,
        words: str | None,
        defaults: dict[str, Any],
    ) -> None:
        self.plain = plain
        self.only_positional = only_positional
        self.only_keyword = only_keyword
        self.rest = rest
        self.words = words
        self.defaults = defaults
        self.simple = not (only_keyword or rest or words)

    def bind(self, name: str, args: tuple[Any, ...], keywords: dict[str, Any]) -> dict[str, Any]:
        """The names of a call.  Raises TypeError in CPython's words."""
        if self.simple and not keywords and len(args) == len(self.plain):
            return dict(zip(self.plain, args))
        names = dict(zip(self.plain, args))
        if len(args) > len(self.plain) and self.rest is None:
            raise TypeError(self._too_many(name, len(args)))
        if self.rest is not None:
            names[self.rest] = args[len(self.plain) :]
        extra = self._keywords(name, names, keywords)
        if self.words is not None:
            names[self.words] = extra
        elif extra:
            raise TypeError(f"{name}() got an unexpected keyword argument '{next(iter(extra))}'")
        self._fill(name, names)
        return names

    def _keywords(self, name: str, names: dict[str, Any], keywords: dict[str, Any]) -> dict[str, Any]:
        """Put keyword arguments under their names; gives those that no parameter takes."""
        extra = {}
        for key, value in keywords.items():
            if key in self.plain[self.only_positional :] or key in self.only_keyword:
                if key in names:
                    raise TypeError(f"{name}() got multiple values for argument '{key}'")
                names[key] = value
            elif key in self.plain and self.words is None:
                raise TypeError(f"{name}() got some positional-only arguments passed as keyword arguments: '{key}'")
            else:
                extra[key] = value
        return extra

    def _fill(self, name: str, names: dict[str, Any]) -> None:
        """Give parameters without an argument their defaults."""
        for kind, parameters in (("positional", self.plain), ("keyword-only", self.only_keyword)):
            names.update({each: self.defaults[each] for each in parameters if each not in names and each in self.defaults})
            missing = [f"'{each}'" for each in parameters if each not in names]
            if missing:
                plural = "s" * (len(missing) > 1)
                raise TypeError(f"{name}() missing {len(missing)} required {kind} argument{plural}: {_listed(missing)}")

    def _too_many(self, name: str, given: int) -> str:
        most, least = len(self.plain), len([each for each in self.plain if each not in self.defaults])
        takes = f"from {least} to {most}" if least != most else f"{most}"
        return (
            f"{name}() takes {takes} positional argument{'s' * (most != 1)} but {given} {'was' if given == 1 else 'were'} given"
        )


def _listed(words: list[str]) -> str:
    """'a', 'b', and 'c', as CPython lists them."""
    if len(words) < 3:
        return " and ".join(words)
    return f"{', '.join(words[:-1])}, and {words[-1]}"


class Function:
    """A function of the script: called like any other callable, and bound like a method where a class holds it."""

    __slots__ = ("__name__", "body", "doc", "frame", "members", "owner", "parameters", "qualified")

    def __init__(
        self, qualified: str, parameters: Parameters, body: Callable[[Frame], Any], frame: Frame, doc: str | None
    ) -> None:
        self.qualified = qualified  # as errors call it: "Layer.forward"
        self.__name__ = qualified.rpartition(".")[2]
        self.doc = doc
        self.members: dict[str, Any] | None = None  # attributes that the script puts on it
        self.parameters = parameters
        self.body = body
        self.frame = frame  # of the definition
        self.owner: type | None = None

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        context = self.frame.context
        frame = Frame(self.parameters.bind(self.qualified, args, keywords), self.frame.module, context, self.frame)
        if self.owner is not None:
            frame.owner = self.owner
            frame.receiver = args[0] if args else None
        if context.depth >= MOST_DEEP:
            raise RecursionError("maximum recursion depth exceeded")
        context.depth += 1
        caller, line = context.frame, context.line
        context.frame = frame
        try:
            signal = self.body(frame)
        finally:
            context.depth -= 1
            context.frame, context.line = caller, line
        return signal.value if signal is not None else None

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else MethodType(self, instance)

    @property
    def __isabstractmethod__(self) -> bool:
        """Whether `abc.abstractmethod` has marked it: Python looks for that when a class is made."""
        return self.members is not None and "__isabstractmethod__" in self.members

    def __repr__(self) -> str:
        return f"<function {self.qualified} at {id(self):#x}>"

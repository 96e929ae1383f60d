"""Where a script's names live while it runs, and what a statement can say to the block around it."""

from __future__ import annotations

from typing import Any

from gradcli.run.script.context import Context

MISSING: Any = object()


class Frame:
    """One activation of a function, a class body, a comprehension, or the script itself.

    names     the values of its own names
    module    the script's global names
    parent    the frame of the function that it was defined in, or None at the top
    owner     the class whose method is running, and `receiver` its first argument, for super()
    handled   the exceptions whose handlers are running, innermost last
    """

    __slots__ = ("context", "handled", "module", "names", "owner", "parent", "receiver")

    def __init__(self, names: dict[str, Any], module: dict[str, Any], context: Context, parent: Frame | None = None) -> None:
        self.names = names
        self.module = module
        self.context = context
        self.parent = parent
        self.owner: Any = None
        self.receiver: Any = None
        self.handled: list[BaseException] = []


class TopFrame(Frame):
    """The frame of a text that runs: the script, or one input at a prompt.  Functions lead back to it by their parents.

    source, text  the name of the text, for errors and warnings, and the text itself
    """

    __slots__ = ("source", "text")

    def __init__(self, names: dict[str, Any], context: Context, source: str, text: str) -> None:
        super().__init__(names, names, context)
        self.source = source
        self.text = text


class Signal:
    """What a statement tells the block around it: to leave a loop, to go on with it, or to return a value."""

    __slots__ = ("value",)

    def __init__(self, value: Any = None) -> None:
        self.value = value


BREAK = Signal()
CONTINUE = Signal()

"""A script from text to effects: parsed, made into closures, run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np

import gradcli.ops.usual  # noqa: F401  (enters the operations into the table)
from gradcli.graph import versions
from gradcli.ops import dtypes
from gradcli.run.script import context as contexts
from gradcli.run.script.closures import block
from gradcli.run.script.context import Context
from gradcli.run.script.ending import finalizing, let_go
from gradcli.run.script.frames import TopFrame
from gradcli.run.script.raising import as_problem, of_scripts
from gradcli.run.script.room import room
from gradcli.run.script.scopes import Scope, bindings
from gradcli.run.script.stale import described
from gradcli.text import parse_script


class Session:
    """The names of a script (or of a prompt) between one piece of text and the next."""

    def __init__(
        self,
        name: str,
        write: Callable[[str], None],
        write_error: Callable[[str], None],
        print_options: Callable[..., None],
    ) -> None:
        self.context = Context(name, write, write_error, print_options)
        self.scope = Scope("module")
        self.names: dict[str, Any] = {"__name__": "__main__", "__doc__": None}
        dtypes.set_default_dtype(dtypes.by_name("float32"))

    def run(self, text: str, source: str | None = None) -> None:
        """Run a script; `source` is its name in errors and warnings, where that is another than the session's.

        Raises Problem for what it does not catch itself, and SystemExit where it asks for that.
        """
        source = source or self.context.name
        script = parse_script(text, source)
        with _entered(self.context):
            self.context.frame = top = TopFrame(self.names, self.context, source, text)
            try:
                block(script.statements, bindings(self.scope, script.statements))(top)
            except BaseException as error:
                if isinstance(error, (BrokenPipeError, SystemExit)) or not of_scripts(error):
                    raise
                raise as_problem(error, self.context) from error

    def end(self) -> None:
        """Let go of all values, as Python does when a script is at its end: their finalizers still print."""
        with _entered(self.context):
            self.context.failure = None
            let_go(self.names)


@contextmanager
def _entered(context: Context) -> Iterator[None]:
    """What holds while a script runs: its context, room for its calls, and numbers that overflow without a word."""
    contexts.enter(context)
    versions.describe_with(partial(described, context), context.place)
    try:
        with np.errstate(all="ignore"), room(), finalizing(context):
            yield
    finally:
        versions.describe_with()
        contexts.leave()

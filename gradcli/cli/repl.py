"""`gradcli repl`: the language of `gradcli run`, one statement after the other, at a terminal or from a pipe."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from gradcli import __version__
from gradcli.cli import repl_commands, streams
from gradcli.errors import EXIT_CANNOT, EXIT_OK, Problem
from gradcli.run.failures import bug
from gradcli.script.input_blocks import Gathering
from gradcli.script.program import exit_code

_GREETING: Final = f"gradcli {__version__}: PyTorch's autograd without PyTorch.  :help lists commands, Ctrl-D ends.\n"
_WAITING: Final = "waiting for a computation that cannot be stopped in its midst; Ctrl-C again ends the session\n"
_PROMPT, _CONTINUED = ">>> ", "... "
_ENDS: Final = ("exit", "quit")


def act(values: dict[str, Any]) -> int:
    """Run a session; gives the exit code: that of sys.exit(), else 1 where a statement from a pipe failed."""
    if _at_terminal():
        return _session(Repl(values, _say_waiting), converse)
    if values["max_time"] is None:
        return _session(Repl(values, None), read_through)
    from gradcli.run.supervision import supervised

    # A call into the interpreter itself may hear no alarm: then the process above ends this one.
    return supervised(
        lambda alone: _session(Repl(values, None, watched=alone), read_through),
        values["max_time"],
        lambda problem: streams.write_problem(problem, json=False, color=values["color"]),
    )


def _session(repl: Repl, work: Callable[[Repl], None]) -> int:
    try:
        work(repl)
    except SystemExit as end:
        if end.code is not None:
            code, text = exit_code(end.code)
            streams.write_error(text)
            return code
    return EXIT_CANNOT if repl.failed and work is read_through else EXIT_OK


class Repl:
    """One session, which goes on whatever fails in it; `failed` tells whether anything did.

    wait     what to do when Ctrl-C has to wait for something; where it is None, the process ends then
    watched  whether a thread of this process sees to that; else another process does
    """

    def __init__(self, values: dict[str, Any], wait: Callable[[], None] | None, watched: bool = True) -> None:
        self._color, self._limits, self._wait = values["color"], (values["max_memory"], values["max_time"]), wait
        self._watched = watched
        self._session: Any = None
        self.failed = False

    def session(self) -> Any:
        """The session, opened when it is first asked for: that imports numpy and the operations."""
        if self._session is None:
            import gc

            from gradcli.script.session import Session

            gc.enable()  # one-liners do without: a session may be long, and make cycles in a loop
            self._session = Session(streams.write_on)
        return self._session

    def run(self, inputs: Iterable[str]) -> None:
        """Run whole inputs, each within the limits.  Raises SystemExit, KeyboardInterrupt and BrokenPipeError only."""
        from gradcli.run.limits import Limits

        for text in inputs:
            session = self.session()
            try:
                with Limits(*self._limits).enforce(self.say, self._wait, self._watched):
                    self._run(text, session)
                streams.write("")
            except BrokenPipeError:
                raise
            except Exception as error:
                self._fail(error)

    def _run(self, text: str, session: Any) -> None:
        word = text.strip()
        if word.startswith(repl_commands.MARK):
            repl_commands.run(word, session, self._color)
        elif word in _ENDS and word not in session.names:
            raise SystemExit
        else:
            session.enter(text)

    def _fail(self, error: Exception) -> None:
        self.failed = True
        streams.write("")  # what was printed comes before anything that is said about it
        self.say(error if isinstance(error, Problem) else bug(error))

    def say(self, problem: Problem) -> None:
        """Say what went wrong."""
        streams.write_problem(problem, json=False, color=self._color)


def _say_waiting() -> None:
    streams.write_error(_WAITING)


def _at_terminal() -> bool:
    return all([stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout)])


# ---- a pipe ----------------------------------------------------------------------------------------------------------


def read_through(repl: Repl) -> None:
    """Run what comes from standard input, statement by statement, as it comes."""
    gathering = Gathering()
    for line in _lines():
        repl.run(gathering.add(line, waiting=True))
    repl.run([gathering.take()] if gathering.lines else [])


def _lines() -> Iterator[str]:
    """The lines of standard input, each when it has arrived; bytes that are no text are for the parser to refuse."""
    if sys.stdin is None:
        return
    for number, line in enumerate(iter(sys.stdin.buffer.readline, b"")):
        text = line.removeprefix(b"\xef\xbb\xbf") if number == 0 else line
        yield text.decode("utf-8", "surrogateescape").rstrip("\r\n")


# ---- a terminal ------------------------------------------------------------------------------------------------------


def converse(repl: Repl) -> None:
    """Prompt for inputs and run them until the user ends it.  Ctrl-C stops what is typed or running."""
    from gradcli.cli import repl_editing, repl_history

    history, gathering = repl_history.History(repl_history.path()), Gathering()
    repl_editing.prepare(history, repl.session)
    streams.write(_GREETING)
    going_on = True
    while going_on:
        try:
            going_on = _turn(repl, gathering, history)
        except KeyboardInterrupt:
            streams.write("\n")
            repl.say(Problem("interrupted", "interrupted", type="KeyboardInterrupt"))


def _turn(repl: Repl, gathering: Gathering, history: Any) -> bool:
    """Read what is typed until Enter, and run what is whole; whether there may be more."""
    try:
        typed = input(_CONTINUED if gathering.lines else _PROMPT)
    except KeyboardInterrupt:
        streams.write("\n")
        gathering.lines = []
        return True
    except EOFError:
        streams.write("\n")
        if not gathering.lines:
            return False
        repl.run([gathering.take()])
        return True
    history.add(typed)
    *pasted, last = typed.split("\n")  # a terminal may hand over several lines that were pasted as one
    for line in pasted:
        repl.run(gathering.add(line, waiting=True))
    repl.run(gathering.add(last, waiting=_is_pasting()))
    return True


def _is_pasting() -> bool:
    """Whether the next line is there already."""
    from select import select

    try:
        return bool(select([sys.stdin], [], [], 0)[0])
    except (OSError, ValueError):  # where terminals cannot be asked
        return False

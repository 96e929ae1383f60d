"""Line editing at the prompt by the standard library's readline, be it GNU's or libedit; without it, plain lines."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from types import ModuleType
from typing import Any, Final

from gradcli.cli import repl_commands
from gradcli.cli.repl_history import History

_DELIMITERS: Final = " \t\n\"'`()[]{}<>=+-*/%@&|^~!,;:?#$\\"  # a name with dots is one word
_INDENT: Final = "    "


def prepare(history: History, session: Callable[[], Any]) -> None:
    """Give `input` history and completion.  `session` opens the session; it is called once the prompt is on the screen."""
    try:
        import readline
    except ImportError:  # a Python without it
        return
    for line in history.load():
        readline.add_history(line)
    readline.set_completer_delims(_DELIMITERS)
    readline.set_completer(_Completer(readline, session))
    libedit = "libedit" in (readline.__doc__ or "")
    readline.parse_and_bind("bind ^I rl_complete" if libedit else "tab: complete")
    if hasattr(readline, "set_pre_input_hook"):
        readline.set_pre_input_hook(lambda: _open(readline, session))


def _open(readline: ModuleType, session: Callable[[], Any]) -> None:
    """Load what statements need while the user begins to type: the prompt need not wait for it."""
    import signal

    readline.set_pre_input_hook(None)
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])  # half an import cannot be repeated
    try:
        session()
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])


class _Completer:
    """What readline calls for one candidate after another, until there are no more."""

    def __init__(self, readline: ModuleType, session: Callable[[], Any]) -> None:
        self._readline = readline
        self._session = session
        self._found: list[str] = []

    def __call__(self, text: str, state: int) -> str | None:
        if state == 0:
            self._found = []
            with suppress(Exception):  # someone is in the middle of typing: what fails stays silent
                line = self._readline.get_line_buffer()[: self._readline.get_endidx()]
                self._found = candidates(line, self._readline.get_begidx(), self._session())
        return self._found[state] if state < len(self._found) else None


def candidates(line: str, begin: int, session: Any) -> list[str]:
    """What could stand from `begin` to the end of an unfinished line."""
    if not line.strip():
        return [_INDENT]
    if line.lstrip().startswith(repl_commands.MARK):
        start, found = repl_commands.candidates(line, session)
    else:
        start, found = session.candidates(line)
    return [each[begin - start :] for each in found]

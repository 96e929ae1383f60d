"""Ctrl-C: one sentence and exit code 130, at any moment, also while modules are half imported.

An exception raised within an import may end as another one, or as a module that is half there for good; so the process ends
at once instead, after what was being written is put away.  Sessions and scripts, which go on or clean up, ask for Python's
own KeyboardInterrupt.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # part of the interpreter, where `signal` is read from a file
import os
import sys

TYPE_CHECKING = False  # type checkers know the name; to import typing for it takes 5 ms
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

EXIT = 130
_SENTENCE = b"error: interrupted\n"
_DOCUMENT = (
    b'{"schema": "gradcli.error/1", "error": {"code": "interrupted", "type": "KeyboardInterrupt", "message": "interrupted", '
    b'"hint": null, "source": null, "text": null, "span": null}}\n'
)


def install() -> Callable[[], None]:
    """End the process where Ctrl-C would raise KeyboardInterrupt; gives the way back."""
    before = _signal.getsignal(_signal.SIGINT)
    if before is None or before == _signal.SIG_IGN:  # as of what a shell starts in the background
        return lambda: None
    try:
        _signal.signal(_signal.SIGINT, _end)
    except ValueError:  # not the main thread, where no signal arrives
        return lambda: None
    return lambda: _restore(before)


def raise_instead() -> None:
    """Have Ctrl-C raise KeyboardInterrupt, as Python does."""
    if _signal.getsignal(_signal.SIGINT) is _end:
        _signal.signal(_signal.SIGINT, _signal.default_int_handler)


def _restore(before: Any) -> None:
    _signal.signal(_signal.SIGINT, before)


def _end(number: int, frame: Any) -> None:
    _signal.signal(_signal.SIGINT, _signal.SIG_IGN)  # who is impatient presses it again
    try:
        writing = sys.modules.get("gradcli.run.files.writing")
        if writing is not None:
            writing.remove_partial()
        as_json = "--json" in sys.argv or "--format=json" in sys.argv
        os.write(2, _DOCUMENT if as_json else _SENTENCE)
    finally:
        os._exit(EXIT)

"""A program from text to effects: compiled, and executed in a fresh `__main__` as `python FILE ARG...` does it.

In: a Program (text, what it is called, arguments).  Out: what ended it.  It has Python itself, with the user's rights; the one
difference is that `import torch` finds `gradcli.torch`.
"""

from __future__ import annotations

import gc
import linecache
import os
import sys
from collections.abc import Callable
from types import CodeType, ModuleType
from typing import Any

from gradcli.errors import Problem, Record, Span
from gradcli.script import imports


class Program(Record):
    """text: bytes as they stand in the file; path: of the file, "-" or "-c"; arguments: what stands behind it."""

    __slots__ = ("text", "path", "arguments")
    text: bytes
    path: str
    arguments: tuple[str, ...]

    @property
    def filename(self) -> str:
        """What Python calls the code."""
        return {"-": "<stdin>", "-c": "<string>"}.get(self.path, self.path)


def run(program: Program, begin: Callable[[], None] = lambda: None) -> None:
    """Run a program to its end; `begin` is called when it has imported torch.

    Raises whatever it does not catch itself, and Problem for text that is no program.
    """
    main = _fresh_main(program)
    imports.install(begin)
    gc.enable()  # one-liners do without: a program may run for long, and make cycles in a loop
    code = _compiled(program)
    exec(code, main.__dict__)


def _fresh_main(program: Program) -> ModuleType:
    main = ModuleType("__main__")
    main.__dict__.update(__builtins__=sys.modules["builtins"], __annotations__={}, __spec__=None, __package__=None)
    is_file = program.filename == program.path
    if is_file:
        main.__dict__.update(__file__=program.path, __cached__=None)
    sys.modules["__main__"] = main
    sys.argv = [program.path, *program.arguments]
    folder = os.path.dirname(os.path.realpath(program.path)) if is_file else ""
    sys.path.insert(0, folder)
    return main


def _compiled(program: Program) -> CodeType:
    remember(program.filename, program.text)
    try:
        return compile(program.text, program.filename, "exec", dont_inherit=True)
    except SyntaxError as error:
        raise syntax_problem(error, program.filename) from None
    except ValueError as error:  # such as a null byte
        raise Problem("syntax", str(error), type="SyntaxError") from None


def remember(filename: str, text: bytes) -> None:
    """Let `linecache`, and whoever shows lines by it, know a text that is in no file."""
    if filename.startswith("<"):
        lines = text.decode("utf-8-sig", "replace").splitlines(keepends=True)
        linecache.cache[filename] = len(text), None, lines, filename


def syntax_problem(error: SyntaxError, source: str) -> Problem:
    """What Python says of text that is no program, with its place."""
    from gradcli.script.syntax_hints import hint_of

    text = "".join(linecache.getlines(source)) or (error.text or "")
    lines = text.splitlines(keepends=True)
    span = None
    if error.lineno is not None and 0 < error.lineno <= len(lines):
        line = lines[error.lineno - 1].rstrip("\r\n")
        start = min(max((error.offset or 1) - 1, 0), len(line))
        same = error.end_lineno in (None, error.lineno)
        end = (
            (error.end_offset or 0) - 1 if same and (error.end_offset or 0) > start + 1 else (start + 1 if same else len(line))
        )
        offset = sum([len(each) for each in lines[: error.lineno - 1]])
        span = Span(offset + start, offset + max(end, start + 1), error.lineno, start + 1)
    return Problem(
        "syntax", str(error.msg), type=type(error).__name__, hint=hint_of(error, lines), span=span, source=source, text=text
    )


def exit_code(code: Any) -> tuple[int, str]:
    """What `sys.exit(code)` means to the shell, by Python's rules, and what it prints."""
    if code is None:
        return 0, ""
    if isinstance(code, int):
        return code & 0xFF, ""
    try:
        return 1, f"{code}\n"
    except Exception:
        return 1, "\n"

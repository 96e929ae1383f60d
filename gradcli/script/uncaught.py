"""An exception that nothing caught, as the Problem that is reported: its place in the program, the values there, a way out.

The place is that of the innermost frame of the program's own; frames of gradcli, of Python's library and of installed packages
stand below it.  The columns come from the code itself (`co_positions`), so that no parser is needed.
"""

from __future__ import annotations

import linecache
import os
import sys
import sysconfig
from collections.abc import Iterator
from types import CodeType, FrameType, TracebackType
from typing import Any

from gradcli.errors import Problem, Span, did_you_mean
from gradcli.run.option_hints import hint_at_options
from gradcli.script.values import involved

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_KINDS = ("stdlib", "platstdlib", "purelib", "platlib")
_LIBRARIES = tuple({os.path.join(os.path.realpath(path), "") for kind, path in sysconfig.get_paths().items() if kind in _KINDS})
_PLAIN = frozenset({"limit", "file"})  # codes of what is no exception of the program's, and needs no name of one
_MOST_CALLS = 3  # that are told of
_NONE_HINT = "the value is None; x.grad is, until backward() has reached the leaf x"

Place = tuple[FrameType, int]  # a frame, and the index of the instruction that it had come to


def problem_of_uncaught(error: BaseException, script: str) -> Problem:
    """The Problem of an exception; `script` is what the program is called in it."""
    known = behind(error)
    kind = known.type if known is not None and type(error).__module__ == "builtins" else type(error).__name__
    words = known.message if known is not None else _said(error)
    places = own_places(error.__traceback__)
    code = known.code if known is not None and known.code != "syntax" else "uncaught"
    if known is not None and known.code == "limit":  # of which there is an option for scripts, too
        hint_at_options(known)
    hint = known.hint if known is not None else _hint(error)
    if isinstance(error, MemoryError) and known is None:
        words, code, hint = "not enough memory within the limit", "limit", "raise the limit with --max-memory"
    problem = Problem(
        code,
        words if code in _PLAIN else f"{kind}: {words}" if words else kind,
        type=kind,
        hint=hint,
    )
    if places:
        frame, _ = places[-1]
        text = source_of(frame.f_code)
        span = _span(places[-1], text)
        problem.span, problem.text = span, text
        problem.source = f"{_called(frame.f_code, script)}{_callers(places)}"
        problem.values = involved(text[span.start : span.end], frame) or None if span is not None else None
    return problem


def behind(error: BaseException) -> Problem | None:
    """The Problem that an exception of this package's stands for, or None."""
    if isinstance(error, Problem):
        return error
    return error.__context__ if error.__suppress_context__ and isinstance(error.__context__, Problem) else None


# --- frames ---------------------------------------------------------------------------------------------------------


def own_places(traceback: TracebackType | None) -> list[Place]:
    """Where the frames of the program stood, the innermost last; all frames but gradcli's, where none is the program's."""
    found = [(each.tb_frame, each.tb_lasti) for each in _steps(traceback)]
    outside = [place for place in found if not place[0].f_code.co_filename.startswith(_PACKAGE)]
    return [place for place in outside if not _is_library(place[0].f_code.co_filename)] or outside


def _steps(traceback: TracebackType | None) -> Iterator[TracebackType]:
    while traceback is not None:
        yield traceback
        traceback = traceback.tb_next


def _is_library(path: str) -> bool:
    return path.startswith("<frozen ") or os.path.realpath(path).startswith(_LIBRARIES)


def source_of(code: CodeType) -> str:
    """The text of the file that a piece of code comes from; empty where there is none."""
    return "".join(linecache.getlines(code.co_filename))


def _called(code: CodeType, script: str) -> str:
    """What the report calls a file: the program as it was called, others by their path from here."""
    if code.co_filename in (script, "<stdin>", "<string>"):
        return script
    near = os.path.relpath(code.co_filename)
    return near if not near.startswith("..") else code.co_filename


def _callers(places: list[Place]) -> str:
    """Where the function was called from: ", in step() called in line 9, in train() called in line 20"."""
    told: list[str] = []
    for (frame, _), (caller, at) in zip(reversed(places[1:]), reversed(places[:-1])):
        name = frame.f_code.co_name
        if name.startswith("<") or len(told) == _MOST_CALLS or frame.f_code is caller.f_code:
            break
        where = f"line {_positions(caller.f_code, at)[0]}"
        if caller.f_code.co_filename != frame.f_code.co_filename:
            where = f"{where} of {caller.f_code.co_filename}"
        told.append(f"in {name}() called in {where}")
    return "".join([f", {each}" for each in told])


def _positions(code: CodeType, at: int) -> tuple[int | None, int | None, int | None, int | None]:
    """The first and last line of an instruction, and its columns, in bytes."""
    for index, (line, end_line, column, end_column) in enumerate(code.co_positions()):
        if index == at // 2:
            return line, end_line, column, end_column
    return None, None, None, None


def _span(place: Place, text: str) -> Span | None:
    """Where in the text of the file the instruction stands."""
    line, end_line, column, end_column = _positions(place[0].f_code, place[1])
    lines = text.splitlines(keepends=True)
    if line is None or not 0 < line <= len(lines):
        return None
    shown = lines[line - 1].rstrip("\r\n")
    if column is None or end_column is None:
        start, end = len(shown) - len(shown.lstrip()), len(shown)
    else:
        start = _characters(shown, column)
        end = _characters(shown, end_column) if end_line == line else len(shown)
    offset = sum([len(each) for each in lines[: line - 1]])
    return Span(offset + start, offset + max(end, start + 1), line, start + 1)


def _characters(line: str, size: int) -> int:
    """How many characters the first `size` bytes of a line are."""
    return len(line.encode("utf-8", "surrogatepass")[:size].decode("utf-8", "ignore"))


# --- words ----------------------------------------------------------------------------------------------------------


def _said(error: BaseException) -> str:
    """What an exception says; a `__str__` of the program's may fail itself."""
    try:
        return str(error)
    except Exception:
        return "<exception str() failed>"


def _hint(error: BaseException) -> str | None:
    """A way out of what Python itself complains of, where there is an obvious one."""
    if isinstance(error, (AttributeError, TypeError)) and "NoneType" in str(error):
        return _NONE_HINT
    if isinstance(error, AttributeError) and error.name is not None and error.obj is not None and ";" not in str(error):
        return did_you_mean(error.name, _directory(error.obj))
    if isinstance(error, NameError) and error.name is not None:
        frame = own_places(error.__traceback__)[-1:]
        known = {**frame[0][0].f_globals, **frame[0][0].f_locals} if frame else {}
        if error.name in sys.stdlib_module_names:
            return f"import {error.name}"
        return did_you_mean(error.name, [*known, *dir(sys.modules["builtins"])])
    return None


def _directory(value: Any) -> list[str]:
    try:
        return [name for name in dir(value) if not name.startswith("_")]
    except Exception:
        return []


def own_traceback(error: BaseException) -> TracebackType | None:
    """The traceback from the program's first frame to its last: frames of ours above and below it tell nothing of it."""
    steps = list(_steps(error.__traceback__))
    own = [place for place, each in enumerate(steps) if not each.tb_frame.f_code.co_filename.startswith(_PACKAGE)]
    if not own:
        return error.__traceback__
    steps[own[-1]].tb_next = None
    return steps[own[0]]

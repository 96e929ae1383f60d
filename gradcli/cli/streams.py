"""Standard output and error: how text gets out of the process, whatever they are connected to.

Results go to stdout, everything else to stderr.  Colour and width are decided for each stream by itself.
"""

from __future__ import annotations

import os
import sys

from gradcli.errors import Problem

TYPE_CHECKING = False  # type checkers know the name; to import typing for it takes 5 ms
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, BinaryIO, TextIO


_PIECE = 1 << 20  # bytes that are read at once


def prepare() -> None:
    """Let no character that stdout's encoding lacks, nor a stray byte of argv, end in a traceback."""
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:  # stderr has this setting from the start
        reconfigure(errors="backslashreplace")


def color_wanted(stream: TextIO | None, option: str) -> bool:
    """Whether text for `stream` is to be coloured: `option` is "auto", "always" or "never" (--color)."""
    if option != "auto":
        return option == "always"
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return stream is not None and stream.isatty()


def width(stream: TextIO | None) -> int:
    """The columns of the terminal behind `stream`; 80 where there is none."""
    return known_width(stream) or 80


def known_width(stream: TextIO | None) -> int | None:
    """The columns that COLUMNS or the terminal behind `stream` says; None for a pipe, whose lines are never broken."""
    try:
        return max(1, int(os.environ["COLUMNS"]))
    except (KeyError, ValueError):
        pass
    try:
        return os.get_terminal_size(stream.fileno()).columns or None if stream is not None else None
    except (OSError, ValueError):
        return None


def height(stream: TextIO | None) -> int:
    """The lines of the terminal behind `stream`; 24 where there is none."""
    try:
        return int(os.environ["LINES"])
    except (KeyError, ValueError):
        pass
    try:
        return os.get_terminal_size(stream.fileno()).lines or 24 if stream is not None else 24
    except (OSError, ValueError):
        return 24


def write(text: str) -> None:
    """Write a result to stdout, all of it, now; raises Problem where that fails, BrokenPipeError where nobody reads."""
    _write(sys.stdout, text)


def write_report(text: str) -> None:
    """Write text for people to stdout, no line longer than the terminal is wide; raises as `write` does."""
    write(fitted(text, sys.stdout))


def fitted(text: str, stream: TextIO | None) -> str:
    """The text with no line longer than the terminal behind `stream` is wide; what goes into a pipe stays as it is."""
    columns = known_width(stream)
    if columns is None or len(max(text.split("\n"), key=len)) <= columns:
        return text
    from gradcli.report import fitting

    return fitting.fitted(text, columns)


def write_on(text: str) -> None:
    """Write a part of a result to stdout, which goes out with the rest; raises as `write` does."""
    _write(sys.stdout, text, flush=False)


def write_pieces(pieces: Iterable[str], utf8: bool) -> None:
    """Write a result as its pieces come, with a newline at its end; of JSON in UTF-8, whatever the locale is."""
    for piece in pieces:
        _write(sys.stdout, piece, utf8, flush=False)
    _write(sys.stdout, "\n", utf8)


def write_document(text: str) -> None:
    """Write a JSON document (or a table's row) to stdout: it is UTF-8, whatever the locale is."""
    _write(sys.stdout, text, utf8=True)


def chosen(document: str, paths: list[str]) -> str:
    """A JSON document as it goes out: whole, or the values at the paths of --get.  Raises Problem."""
    if not paths:
        return document
    from gradcli.report.selection import picked

    return picked(document, paths, getattr(paths, "as_object", False))


def write_error(text: str, utf8: bool = False) -> None:
    """Write anything else to stderr.  Where even that fails there is nobody left to tell."""
    try:  # noqa: SIM105 (contextlib takes a millisecond to import)
        _write(sys.stderr, text, utf8)
    except (Problem, OSError):
        pass


def write_problem(problem: Problem, json: bool, color: str) -> None:
    """Say on stderr what went wrong: as text, coloured as `color` has it, or as one JSON document."""
    try:
        from gradcli.report.problem import render

        text = render(problem, json=json, color=color_wanted(sys.stderr, color))
    except Exception:  # the renderer failed, and the sentence has to come out all the same
        text = f"error: {problem.message}" + (f"\nhint: {problem.hint}" if problem.hint else "")
    write_error((text if json else fitted(text, sys.stderr)).rstrip("\n") + "\n", utf8=json)


def write_warning(warning: Any, text: str, color: str) -> None:
    """Say on stderr what a warning says, with its place in `text`, the expression."""
    from gradcli.report.problem import render_warning

    rendered = render_warning(warning, text, color=color_wanted(sys.stderr, color), width=width(sys.stderr))
    write_error(fitted(rendered, sys.stderr) + "\n")


def write_warnings(result: Any, color: str) -> None:
    """Say on stderr all that a result warns of."""
    for warning in result.warnings:
        write_warning(warning, result.expr, color)


def tell(sentence: str) -> None:
    """Say on stderr what may be good to know although nothing is wrong."""
    write_error(fitted(f"note: {sentence}", sys.stderr) + "\n")


def input_buffer() -> BinaryIO:
    """Standard input, as bytes.  Raises Problem where there is none."""
    if sys.stdin is None:
        raise Problem("file", "standard input is closed", type="OSError")
    return sys.stdin.buffer


def read_input() -> bytes:
    """All of standard input.  Raises Problem for one that gives nothing but NUL bytes, as /dev/zero does without end."""
    source, content = input_buffer(), bytearray()
    while piece := source.read(_PIECE):
        content += piece
        if len(content) == _PIECE and not any(content):
            raise Problem("file", "standard input is not text: it gives nothing but NUL bytes", type="ValueError")
    return bytes(content)


def reader_for(texts: Iterable[str]) -> Callable[[], bytes]:
    """What gives standard input to values: kept where several refer to it, as in `x=@-#/x y=@-#/y`."""
    if sum([text.lstrip().startswith("@-") for text in texts]) < 2:
        return read_input
    from functools import cache

    return cache(read_input)


def _write(stream: TextIO | None, text: str, utf8: bool = False, flush: bool = True) -> None:
    try:
        if stream is None:
            raise OSError("it is closed")
        if utf8 and hasattr(stream, "buffer"):
            stream.flush()
            stream.buffer.write(text.encode("utf-8", "surrogateescape"))  # what came in as bytes goes out as such
        else:
            stream.write(text)
        if flush:
            stream.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        if stream is sys.stdout:
            abandon()
        raise Problem("file", f"cannot write the result: {error.strerror or error}", type="OSError") from None


def abandon() -> None:
    """Give up stdout, so that what is still buffered is not written, and complained about, when the process ends."""
    try:  # noqa: SIM105
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (AttributeError, OSError, ValueError):
        pass  # no stdout, or none that is a file

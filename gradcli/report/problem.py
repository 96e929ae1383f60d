"""A Problem (or a warning) becomes a sentence with a caret under the user's own text, or a document of JSON."""

from __future__ import annotations

from gradcli.report.characters import columns, shown, visible
from gradcli.report.document import MISSING, encoded, opening, place

TYPE_CHECKING = False  # type checkers know the name; to import it takes milliseconds of every error
if TYPE_CHECKING:
    from typing import Any, Final

    from gradcli.errors import Problem, Span
    from gradcli.run.result import Warning

SCHEMA: Final = "gradcli.error/1"

_INDENT: Final = "  "
_GAP: Final = "..."  # stands for what is cut from a long line
_RED, _YELLOW, _BLUE, _PLAIN = "\x1b[1;31m", "\x1b[1;33m", "\x1b[1;34m", "\x1b[0m"


def render(
    problem: Problem, *, json: bool = False, color: bool = False, width: int = 80, id: Any = MISSING, line: int | None = None
) -> str:
    """What went wrong, without the final newline.

    json   one line, the document `gradcli.error/1`; else `error: ...`, the place in the user's text, `hint: ...`
    color  whether the text has escape codes
    width  the columns of the terminal, into which the user's text is cut; the sentence itself is left to the terminal
    id     the id of the batch record that failed (JSON only)
    line   which line of the batch that was, counted from 1 (JSON only)
    """
    if json:
        return _document(problem, id, line)
    paint = _painter(color)
    return "\n".join(
        [
            f"{paint(_RED, 'error:')} {_sentence(problem.message)}",
            *_place(problem, width, paint),
            *([f"where {_sentence(problem.values)}"] if problem.values else []),
            *([f"{paint(_BLUE, 'hint:')} {_sentence(problem.hint)}"] if problem.hint else []),
        ]
    )


def render_warning(warning: Warning, text: str, *, color: bool = False, width: int = 80) -> str:
    """A warning as `warning: ...` with its place in `text`, the expression; without the final newline."""
    paint = _painter(color)
    lines = [] if warning.span is None else _marked(text, warning.span, width, _YELLOW, paint)
    rewrite = [] if warning.rewrite is None else [f"{paint(_BLUE, 'write instead:')} {_sentence(warning.rewrite)}"]
    return "\n".join([f"{paint(_YELLOW, 'warning:')} {_sentence(warning.message)}", *lines, *rewrite])


def _document(problem: Problem, id: Any, line: int | None) -> str:
    facts = {field: getattr(problem, field) for field in ("code", "type", "message", "hint", "source", "text")}
    error = {**facts, "span": place(problem.span)}
    return encoded({**opening(SCHEMA, id), **({} if line is None else {"line": line}), "error": error})


def _painter(color: bool) -> Any:
    return (lambda code, text: f"{code}{text}{_PLAIN}") if color else (lambda code, text: text)


def _sentence(text: str) -> str:
    """A message, which may quote anything, safe for a terminal."""
    return "\n".join(map(visible, text.split("\n")))


# ---- the place -------------------------------------------------------------------------------------------------------


def _place(problem: Problem, width: int, paint: Any) -> list[str]:
    """The lines that show where it is: the text with a caret, below its name where it is not the expression."""
    text, source, span = problem.text, problem.source, problem.span
    is_expression = source is None or source == "expr"
    named = [] if is_expression else [f"{_INDENT}in {source}{'=...' if str(source).isidentifier() else ''}:"]
    indent = _INDENT if is_expression else 2 * _INDENT
    if text is None or (span is None and is_expression):
        return named
    if span is None:
        return [*named, _excerpt(text.partition("\n")[0], 0, 0, width, indent)[0]]
    return [*named, *_marked(text, span, width, _RED, paint, indent)]


def _marked(text: str, span: Span, width: int, code: str, paint: Any, indent: str = _INDENT) -> list[str]:
    """The line of `text` where the span begins, and carets under the span; numbered where there are several lines."""
    start = min(max(span.start, 0), len(text))
    begin = text.rfind("\n", 0, start) + 1
    line = text[begin:].partition("\n")[0].removesuffix("\r")
    head = under = indent
    if "\n" in text.rstrip("\n"):
        number = str(text.count("\n", 0, start) + 1)
        head, under = f"{indent}{number} | ", f"{indent}{' ' * len(number)} | "
    shown_line, blanks, carets = _excerpt(line, start - begin, span.end - begin, width, head)
    return [shown_line, under + blanks + paint(code, carets)]


def _excerpt(line: str, start: int, end: int, width: int, head: str) -> tuple[str, str, str]:
    """The line after its `head`, cut to a window around [start, end) where it is long; the blanks, the carets below."""
    room = max(20, width - len(head))
    low, high = max(0, start - room), start + room  # nobody looks at more of a long line than could be shown
    cells = [(text, columns(text)) for text in map(shown, line[low:high])]
    before, after = start - low, min(end, high) - low
    left, right = _window([size for _, size in cells], before, after, room, low > 0, high < len(line))
    opening = _GAP if low + left else ""
    closing = _GAP if low + right < len(line) else ""
    text = opening + "".join([text for text, _ in cells[left:right]]) + closing
    indent = len(opening) + sum([size for _, size in cells[left:before]])
    marked = sum([size for _, size in cells[before : min(after, right)]])
    return head + text, " " * indent, "^" * max(1, marked)


def _window(sizes: list[int], start: int, end: int, room: int, cut_left: bool, cut_right: bool) -> tuple[int, int]:
    """Which cells to show in `room` columns: all, or as many around [start, end) as leave place for the gaps."""
    if not cut_left and not cut_right and sum(sizes) <= room:
        return 0, len(sizes)
    room -= 2 * len(_GAP)
    ahead = max(room // 3, room - sum(sizes[start:]))  # columns before the span: a third, or all that the rest leaves
    left, right = start, start
    while left and sum(sizes[left - 1 : start]) <= ahead:
        left -= 1
    while right < len(sizes) and sum(sizes[left : right + 1]) <= room:
        right += 1
    return left, right

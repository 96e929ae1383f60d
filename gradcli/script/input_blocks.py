"""Lines, as someone types or pipes them in -> whole inputs, each of which can be run by itself."""

from __future__ import annotations

import ast
import re
import warnings

_CLAUSE = re.compile(r"(?:elif|else|except|finally|case)\b")  # goes on with the block above
_COMMAND = ":"  # begins a line that is no statement
_INCOMPLETE = "incomplete input"  # what Python says, with the flag below, of text that may go on
_FLAGS = ast.PyCF_ONLY_AST | 0x4000 | 0x200  # allow incomplete input; do not take the end of the text for that of its blocks
_COMPOUND = (
    ast.If, ast.While, ast.For, ast.AsyncFor, ast.With, ast.AsyncWith, ast.Try, ast.TryStar, ast.Match, ast.FunctionDef,
    ast.AsyncFunctionDef, ast.ClassDef,
)  # fmt: skip


class Gathering:
    """The input that is being typed.

    A statement is whole at the end of its line, one with a block at an empty line, or when a line follows that begins at
    the margin.  `waiting` tells `add` that the next line is there already, as in a file or in a text that was pasted:
    an empty line then ends no block, since a line of the same block may follow it.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []

    def add(self, line: str, waiting: bool = False) -> list[str]:
        """Take the next line; gives the inputs that it completes: the one before it, itself, both or none."""
        done = []
        if self.lines and _at_margin(line) and self._ends_before(line):
            done.append(self.take())
        says_nothing = line.strip()[:1] in ("", "#")
        if says_nothing and not self.lines:
            return done
        self.lines.append(line)
        if waiting and (says_nothing or not _at_margin(line)):
            return done  # whether that was all, the next line will tell
        state = state_of(self._text())
        ended_by_hand = not line.strip() and state in ("block", "closed block")
        if state == "whole" or ended_by_hand or (state == "wrong" and not waiting):
            done.append(self.take())
        return done

    def take(self) -> str:
        """What was gathered, whole or not; there is nothing any more then."""
        text = self._text()
        self.lines = []
        return text

    def _ends_before(self, line: str) -> bool:
        state = state_of(self._text())
        if line.startswith(_COMMAND) or state == "closed block":
            return state != "line" and not _CLAUSE.match(line)
        return state in ("whole", "wrong")

    def _text(self) -> str:
        return "\n".join([*self.lines, ""])


def state_of(text: str) -> str:
    """ "whole", "closed block" (which an else may follow), "block" (that is to begin), "line" (in a bracket), or "wrong"."""
    if text.startswith(_COMMAND):
        return "whole"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what there is to warn of comes when the text is run
            tree = compile(text, "<input>", "exec", _FLAGS, dont_inherit=True)
    except (SyntaxError, ValueError, OverflowError) as error:
        return _unfinished(text) if _INCOMPLETE in str(error) else "wrong"
    return "closed block" if tree.body and isinstance(tree.body[-1], _COMPOUND) else "whole"


def _unfinished(text: str) -> str:
    """Whether text that may go on is within a bracket, a text or a line that is continued, or is to have a block."""
    import tokenize
    from io import StringIO

    if text.rstrip("\n").endswith("\\"):
        return "line"
    try:
        for _ in tokenize.generate_tokens(StringIO(text).readline):
            pass
    except (tokenize.TokenError, IndentationError) as error:
        return "line" if "multi-line" in str(error) else "block"
    return "block"


def _at_margin(line: str) -> bool:
    return not line[:1].isspace() and line[:1] not in ("", "#")

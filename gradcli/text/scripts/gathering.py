"""Lines of a script, as someone types or pipes them in -> whole inputs, each of which can be run by itself."""

from __future__ import annotations

import re

from gradcli.errors import Problem
from gradcli.text import parse_script
from gradcli.text import statements as st

_COMPOUND = (st.If, st.While, st.For, st.With, st.Try, st.Function, st.Class)
_CLAUSE = re.compile(r"(?:elif|else|except|finally)\b")  # goes on with the block above
_COMMAND = ":"  # begins a line that is no statement


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
        state = self._state()
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
        state = self._state()
        if line.startswith(_COMMAND) or state == "closed block":
            return state != "line" and not _CLAUSE.match(line)
        return state in ("whole", "wrong")

    def _text(self) -> str:
        return "\n".join([*self.lines, ""])

    def _state(self) -> str:
        """ "whole", "closed block" (which an else may follow), "block" or "line" (see Problem.unfinished), or "wrong"."""
        if self.lines[0].startswith(_COMMAND):
            return "whole"
        try:
            script = parse_script(self._text())
        except Problem as problem:
            return problem.unfinished or "wrong"
        return "closed block" if script.statements and isinstance(script.statements[-1], _COMPOUND) else "whole"


def _at_margin(line: str) -> bool:
    return not line[:1].isspace() and line[:1] not in ("", "#")

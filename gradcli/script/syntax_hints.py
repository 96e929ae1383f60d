"""How to write what Python cannot read, for slips that it has no hint for: text copied from prompts, notebooks, Python 2."""

from __future__ import annotations

import re

_BEGINNINGS = (  # of a line
    (re.compile(r">>>|\.\.\.\s"), "leave out the prompts, >>> and ..., that stand before the lines"),
    (re.compile(r"In ?\[\d*\]:"), "leave out the prompts of the notebook"),
    (re.compile(r"%%?[a-z]"), "a line that begins with % is for notebooks; leave it out"),
    (re.compile(r"![a-z]"), "a line that begins with ! is for notebooks; leave it out, and type its command in the shell"),
)
_OPERATORS = {
    "&&": "write 'and'", "||": "write 'or'", "<>": "write != for 'not equal'", "===": "write == to compare",
    "=<": "write <= for 'at most'", "=>": "write >= for 'at least'", "++": "write x += 1", "--": "write x -= 1",
}  # fmt: skip


def hint_of(error: SyntaxError, lines: list[str]) -> str | None:
    """What would work in place of the line at fault, or None."""
    if error.lineno is None or not 0 < error.lineno <= len(lines):
        return None
    line = lines[error.lineno - 1]
    for beginning, hint in _BEGINNINGS:
        if beginning.match(line.lstrip()):
            return hint
    if isinstance(error, IndentationError):
        return _of_indentation(error)
    if re.match(r"\s*else\s+if\b", line):
        return "write elif"
    return next(
        (hint for operator, hint in _OPERATORS.items() if f" {operator} " in line or line.rstrip().endswith(operator)), None
    )


def _of_indentation(error: IndentationError) -> str | None:
    message = str(error.msg)
    if message.startswith("expected an indented block"):
        return "indent the next line by four spaces, or write 'pass' there"
    if message.startswith("unexpected indent"):
        return "begin the line where the one above begins: only after a ':' it stands further in"
    return None

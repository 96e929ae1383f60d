"""Characters -> syntax tree: `parse`, `parse_script`, and what they make.  Knows no numpy and no operation."""

from __future__ import annotations

from gradcli.text.parser import parse

TYPE_CHECKING = False  # type checkers know the name
if TYPE_CHECKING:
    from gradcli.text.statements import Script

__all__ = ["parse", "parse_script"]


def parse_script(source: str, name: str = "script") -> Script:
    """The syntax tree of a script; `name` says in errors which text it is.  An empty script is one.

    Raises Problem with code "syntax" and type "SyntaxError", "IndentationError" or "TabError" where Python would refuse
    to compile the script, and for what scripts do not have of Python; "limit" where it is too long or too deep.
    """
    from gradcli.text.scripts import reading  # one-liners do without

    return reading.read_script(source, name)

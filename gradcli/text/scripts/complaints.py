"""Sentences about a script's characters, lines, text and arguments: what has no place in a syntax tree.

They open as Python's do, since people search for those, and the hint says what to write.
"""

from __future__ import annotations

from gradcli.errors import Problem, Span
from gradcli.text import complaints
from gradcli.text.complaints import quote, syntax
from gradcli.text.lexer import placer
from gradcli.text.nodes import Keyword, Node
from gradcli.text.phrases import DoubleStarred, Starred

_ELSEWHERE = {
    "!": "use 'not' to negate and != for 'not equal'",
    "$": "write the name without '$'",
    "?": "a choice is written a if condition else b",
    "`": "text stands in ' or \" quotes",
}


# ---- lines and blocks


def unindent(source: str, start: int, end: int) -> Problem:
    """A line that ends a block, and yet stands further in than what is around that block."""
    hint = "begin the line exactly below the first line of the block that it belongs to"
    return indentation("unindent does not match any outer indentation level", hint, placer(source)(start, end))


def tabs(source: str, position: int) -> Problem:
    """Indentation that depends on how wide a tab is."""
    message, hint = "inconsistent use of tabs and spaces in indentation", "indent with spaces only, four for each level"
    return indentation(message, hint, placer(source)(position, position), type="TabError")


def deep_blocks(source: str, position: int, most: int) -> Problem:
    """One block too many within others."""
    return indentation(
        f"too many levels of indentation: the limit is {most}",
        "move the inner blocks into functions",
        placer(source)(position, position),
        code="limit",
    )


def indentation(message: str, hint: str, span: Span, *, type: str = "IndentationError", code: str = "syntax") -> Problem:
    """A Problem about where a line begins."""
    return Problem(code, message, type=type, hint=hint, span=span)


def nothing_continues(source: str) -> Problem:
    """A backslash at the end of the last line."""
    end = source.rindex("\\")
    return syntax(
        "unexpected EOF while parsing: a backslash continues its line, and no line follows",
        "delete the backslash",
        placer(source)(end, end + 1),
    )


# ---- characters and text


def control(source: str, start: int) -> Problem:
    """What is no character of any text."""
    span = placer(source)(start, start + 1)
    if source[start] == "\0":
        return syntax("source code cannot contain null bytes", "save the script as plain text, in UTF-8", span)
    return complaints.control(source, start)


def stray_in_script(source: str, start: int) -> Problem:
    """A character that begins no word of the language."""
    char, span = source[start], placer(source)(start, start + 1)
    if char in "'\"":
        return unterminated(source, start, char * 3 if source.startswith(char * 3, start) else char)
    if char == "\\" and start + 1 == len(source):
        return nothing_continues(source)
    if char == "\\":
        return syntax(
            "unexpected character after line continuation character",
            "a backslash continues a line from its very end; text stands in quotes",
            span,
        )
    if char in _ELSEWHERE:
        return syntax(f"invalid syntax: '{char}' has no meaning here", _ELSEWHERE[char], span)
    if not char.isprintable() and char.isascii():
        return syntax(f"invalid non-printable character U+{ord(char):04X}", "delete it", span)
    return complaints.stray(source, start)


def bad_identifier(source: str, start: int, text: str) -> Problem:
    """A name with a character that no name has."""
    at = start + next(at for at, char in enumerate(text) if not (f"_{char}" if at else char).isidentifier())
    return complaints.foreign(source, at) or complaints.not_in_names(source[at], placer(source)(at, at + 1))


def unterminated(source: str, start: int, marks: str) -> Problem:
    """Text that nothing ends; `marks` are its quotes."""
    kind = "string" if source[start] in "'\"" else "f-string"
    span, hint = placer(source)(start, start + 1), f"add {marks} at its end"
    if len(marks) == 3:
        return syntax(f"unterminated triple-quoted {kind} literal: no other {marks} follows", hint, span)
    return syntax(f"unterminated {kind} literal: nothing closes the {marks} on this line", hint, span)


def unclosed_field(source: str, start: int) -> Problem:
    """`f"{x"`."""
    hint = "close the field, or write {{ for a brace"
    return syntax("f-string: expecting '}'", hint, placer(source)(start, start + 1))


def single_brace(source: str, start: int) -> Problem:
    """`f"}"`."""
    return syntax("f-string: single '}' is not allowed", "write }} for a brace", placer(source)(start, start + 1))


def conversion(span: Span, text: str) -> Problem:
    """`f"{x!z}"`."""
    message = f"f-string: invalid conversion character {quote(text[1:])}: expected 's', 'r', or 'a'"
    return syntax(message, "write {x!r} for repr(x), or {x} for the text of x", span)


def mixed_bytes(span: Span) -> Problem:
    """`b"a" "b"`."""
    return syntax("cannot mix bytes and nonbytes literals", "leave out the 'b'", span)


# ---- arguments, parameters, items


def repeated_name(keyword: Keyword) -> Problem:
    """`f(a=1, a=2)`."""
    return syntax(f"keyword argument repeated: {keyword.name}", "give it once", keyword.span)


def late_argument(argument: Node, last: Node) -> Problem:
    """`f(a=1, b)`."""
    what = "iterable argument unpacking" if isinstance(argument, Starred) else "positional argument"
    after = "keyword argument unpacking" if isinstance(last, DoubleStarred) else "keyword argument"
    return syntax(f"{what} follows {after}", "put the arguments that have names last", argument.span)


def after_double_star(span: Span) -> Problem:
    """`def f(**k, a)`."""
    return syntax("arguments cannot follow var-keyword argument", "put the parameter with ** last", span)


def misplaced_mark(span: Span, mark: str, after_star: bool) -> Problem:
    """A second `*` or `/` among parameters, or a `/` that nothing stands before, or only after `*`."""
    if mark == "*":
        return syntax("* argument may appear only once", "leave out the second *", span)
    if after_star:
        return syntax("/ must be ahead of *", "write f(a, /, *, b)", span)
    return syntax("at least one argument must precede /, which may appear only once", "write f(a, /, b)", span)


def bare_star(span: Span) -> Problem:
    """`def f(a, *)`."""
    return syntax("named arguments must follow bare *", "leave the * out, or give it a name: *args", span)


def lone_star(star: Node) -> Problem:
    """`x = *y`."""
    return syntax("can't use starred expression here", "a comma makes a tuple of it: x = *y,", star.span)


def unpacked_element(element: Node) -> Problem:
    """`[*x for x in y]`."""
    if isinstance(element, DoubleStarred):
        hint = "write {k: v for d in dicts for k, v in d.items()}"
        return syntax("dict unpacking cannot be used in dict comprehension", hint, element.span)
    hint = "write a second loop: [x for xs in lists for x in xs]"
    return syntax("iterable unpacking cannot be used in comprehension", hint, element.span)

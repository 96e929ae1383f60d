"""Sentences about characters, brackets, numbers, names and sizes: what is wrong whatever the rules say."""

# ruff: noqa: RUF001 - look-alikes of ASCII characters are what this is about

from __future__ import annotations

import re

from gradcli.errors import Problem, Span
from gradcli.identifiers import is_name
from gradcli.text import nearby_tokens
from gradcli.text.lexer import placer
from gradcli.text.nodes import Attribute, Call, Compare, Constant, Index, List, Node, Number, String, Tuple

# Characters of mathematics and of word processors, and what to type for them.
SPELLINGS = {
    **dict.fromkeys("×·⋅∙∗", "*"), **dict.fromkeys("÷∕⁄", "/"), **dict.fromkeys("−–—‐‑", "-"),
    **dict.fromkeys("“”„«»", '"'), **dict.fromkeys("‘’‚´", "'"), **dict.fromkeys("∂∇", "grad(y, x)"),
    **dict.fromkeys("π𝜋", "pi"), **dict.fromkeys("≈≡", "=="),
    "≤": "<=", "≥": ">=", "≠": "!=", "∧": "and", "∨": "or", "¬": "not", "∈": "in", "±": "+ or -", "…": "...",
    "√": "sqrt(x)", "∛": "cbrt(x)", "∜": "x**0.25", "∑": "sum(x)", "∏": "prod(x)", "∞": "inf", "ℯ": "e", "°": "*pi/180",
}  # fmt: skip
SUPERSCRIPTS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-", strict=True))

_FOREIGN = " is not understood"  # how the sentence about one of these ends

# ASCII that means something elsewhere.
_ELSEWHERE = {
    "!": "use 'not' to negate and != for 'not equal'",
    "{": "use ( ) to group and [ ] for lists",
    "}": "use ( ) to group and [ ] for lists",
    "\\": "a backslash continues a line, and stands right before its end",
    "$": "write the name without '$'",
    "?": "a choice is written a if condition else b",
    "∫": "integrals are not computed here; the derivative of one is the function itself",
    "`": "text stands in ' or \" quotes",
}


def syntax(message: str, hint: str | None, span: Span) -> Problem:
    """A Problem of the kind that almost all of this room's are."""
    return Problem("syntax", message, type="SyntaxError", hint=hint, span=span)


def quote(text: str) -> str:
    """The user's own text in a sentence, shortened, and readable whatever is in it."""
    short = text if len(text) <= 40 else f"{text[:30]}...{text[-5:]}"
    return f"'{short}'" if short.isprintable() else repr(short)


# ---- sizes and characters that no text may have


def too_long(source: str, most: int) -> Problem:
    """More characters than `most`."""
    return Problem(
        "limit",
        f"the text has {len(source):,} characters, and the limit is {most:,}",
        type="ValueError",
        hint="read big tensors from a file: x=@data.npy",
        span=placer(source)(most, most),
    )


def deep(source: str, start: int, most: int) -> Problem:
    """One bracket too many."""
    return Problem(
        "limit",
        f"too many nested brackets: {most} are open here already",
        type="SyntaxError",
        hint="name the inner values: y = ...; f(y)",
        span=placer(source)(start, start + 1),
    )


def long_number(span: Span, text: str, most: int) -> Problem:
    """A number that would take long to convert."""
    message = f"a number of {len(text):,} characters is too long, and the limit is {most:,}"
    return Problem("limit", message, type="ValueError", hint="round it: numbers keep about 16 digits", span=span)


def control(source: str, start: int) -> Problem:
    """A character that no text holds: a control character, or a byte that was not UTF-8."""
    span, code = placer(source)(start, start + 1), f"U+{ord(source[start]):04X}"
    if source[start] >= "\ud800":
        return syntax(f"{code} is no character: the text is not valid UTF-8 here", "write the text as UTF-8", span)
    return syntax(f"the control character {code} cannot stand in an expression", "delete it", span)


# ---- characters and brackets


def stray(source: str, start: int) -> Problem:
    """A character that begins no word of the language."""
    char, span = source[start], placer(source)(start, start + 1)
    if char in "'\"":
        message = f"unterminated string literal: nothing closes the {char} on this line"
        return syntax(message, f"add {char} at its end", span)
    if char == "^":
        part = _power_of_function(source, start) or nearby_tokens.suggest(source, start, "**", start + 1)
        example = whole(source) or part
        return syntax("'^' is not an operator", f"use ** for powers: {example or 'x**2'}", span)
    unknown = syntax(f"{_named(char)} has no meaning here", _ELSEWHERE.get(char) or _plain(char), span)
    return foreign(source, start) or unknown


def complete(problem: Problem, source: str) -> None:
    """Add the whole text to what is to be written for a character of mathematics, where nothing else is wrong."""
    if problem.message.endswith(_FOREIGN) and (example := whole(source)):
        problem.hint = f"{problem.hint}: {example}"


def whole(source: str) -> str | None:
    """The whole text as it was meant, where all that is wrong with it is of kinds that are known; else None."""
    from gradcli.text import corrections

    return corrections.mended(source)


def _power_of_function(source: str, start: int) -> str | None:
    """`sin^2(x)`, as it stands in books, in the words of the language: sin(x)**2."""
    function = re.search(r"[A-Za-z_]\w{0,20}$", source[max(0, start - 21) : start])
    power = re.match(r"(\d{1,3})(\([^()\n]{1,20}\))", source[start + 1 : start + 30])
    return f"{function[0]}{power[2]}**{power[1]}" if function and power else None


def foreign(source: str, start: int, end: int | None = None) -> Problem | None:
    """The first character of source[start:end] that mathematics has and a keyboard has not, or None."""
    places = range(start, start + 1 if end is None else end)
    at = next((at for at in places if source[at] in SPELLINGS or source[at] in SUPERSCRIPTS), None)
    if at is None:
        return None
    stop = at + 1
    if source[at] in SUPERSCRIPTS:
        while stop < len(source) and source[stop] in SUPERSCRIPTS:
            stop += 1
        typed = "**" + "".join(SUPERSCRIPTS[digit] for digit in source[at:stop])
    else:
        typed = SPELLINGS[source[at]]
    return syntax(_named(source[at]) + _FOREIGN, f"write {typed} instead", placer(source)(at, stop))


def unmatched(source: str, start: int, opener: int | None) -> Problem:
    """A closing bracket that has no opener (None), or another bracket's."""
    place, closer = placer(source), source[start]
    if opener is None:
        return syntax(f"unmatched '{closer}': no bracket is open here", "delete it", place(start, start + 1))
    where = _where(place(opener, opener + 1))
    return syntax(
        f"closing '{closer}' does not match the '{source[opener]}' opened at {where}",
        f"close it with '{_closer(source[opener])}'",
        place(start, start + 1),
    )


def unclosed(source: str, opener: int) -> Problem:
    """A bracket that is open at the end of the text."""
    span, bracket = placer(source)(opener, opener + 1), source[opener]
    return syntax(f"'{bracket}' was never closed: it opens at {_where(span)}", f"add '{_closer(bracket)}'", span)


def _closer(opener: str) -> str:
    return {"(": ")", "[": "]", "{": "}"}[opener]


def _where(span: Span) -> str:
    return f"column {span.column}" if span.line == 1 else f"line {span.line}, column {span.column}"


def _named(char: str) -> str:
    from unicodedata import name

    if char.isascii():
        return f"'{char}'"
    shown = f"'{char}' " if char.isprintable() else ""
    return f"{shown}(U+{ord(char):04X} {name(char, 'without a name')})"


def _plain(char: str) -> str:
    """What to do about a character that is nowhere in the tables above."""
    from unicodedata import normalize

    if not char.isprintable() or char.isspace():
        return "it is invisible: delete it, or type a plain space"
    plain = normalize("NFKC", char)
    return f"type {plain} instead" if plain.isascii() and plain.isprintable() else "delete it"


# ---- numbers, names, arguments, targets


def bad_number(span: Span, text: str) -> Problem:
    """Digits that make no number."""
    if text.strip("0123456789_") == "" and text.startswith("0") and "__" not in text and not text.endswith("_"):
        digits = text.lstrip("0_")
        hint = f"write {digits}, or 0o{digits} for octal" if set(digits) < set("01234567_") else f"write {digits}"
        return syntax("leading zeros in whole numbers are not permitted", hint, span)
    grouped = "digits may be grouped by single underscores: 1_000"
    return syntax(f"{quote(text)} is not a number", grouped if "_" in text else "write 12, 0.5, 1e-3 or 0x1F", span)


def bad_name(span: Span, text: str) -> Problem | None:
    """What is wrong with a name that has other letters than ASCII's, or None."""
    problem = foreign(text, 0, len(text))
    if problem and problem.span:
        problem.span = _within(span, problem.span.start, problem.span.end)
    elif not is_name(text):
        at = next(at for at, char in enumerate(text) if not is_name(f"_{char}" if at else char))
        problem = not_in_names(text[at], _within(span, at, at + 1))
    return problem


def not_in_names(char: str, span: Span) -> Problem:
    """A character that no name has."""
    return syntax(f"{_named(char)} cannot be part of a name", _plain(char), span)


def _within(span: Span, start: int, end: int) -> Span:
    """A part of `span`; `parse` puts line and column right."""
    return Span(span.start + start, span.start + end, span.line, span.column)


def late_positional(span: Span) -> Problem:
    """`f(dim=0, x)`."""
    return syntax("positional argument follows keyword argument", "put the arguments that have names last", span)


def repeated_keyword(span: Span, name: str) -> Problem:
    """`f(dim=0, dim=1)`."""
    return syntax(f"keyword argument repeated: {quote(name)}", "give it once", span)


def bad_target(target: Node) -> Problem:
    """`x + 1 = y`: only names may be assigned to."""
    what = next((words for kinds, words in _TARGETS if isinstance(target, kinds)), "an expression")
    hint = "use == to compare; on the command line each name has a word of its own: x=2 y=3"
    return syntax(f"cannot assign to {what}: only a name can stand before '='", hint, target.span)


_TARGETS = (
    (Number, "a number"), (String, "text"), (Constant, "a constant"), (Call, "the result of a call"),
    (Compare, "a comparison"), (Attribute, "an attribute"), (Index, "an element"),
    ((Tuple, List), "a tuple of tuples, or of nothing"),
)  # fmt: skip

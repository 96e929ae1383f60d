"""Mathematics as people write it -> an expression of the language, for `--math`.

    rewritten('x^2 + 2x + 1', is_function)   'x**2 + 2*x + 1'

Products without a sign, `sin x`, `sin^2(x)`, `x^2`, `5!`, `30°`, `|x|`, `log_2 x`, `x mod 3`, `i`, functions that are named
first, `f(x) = x^2; f(3)`, with their derivatives, `f'(3)`, and `d/dx x^2`.  Braces group, and LaTeX is read before (`latex`).
What could be read in two ways, such as 1/2x, is refused with both.  What comes out is plain text, and errors show it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from gradcli.identifiers import is_name
from gradcli.text.lexer import Token
from gradcli.text.mathematical_characters import read
from gradcli.text.tables import END, NEWLINE, load

IsFunction = Callable[[str], bool]
Named = tuple[list[str], list[Token]]  # parameters and body of a function that the text names

_OPENING, _CLOSING = ("(", "["), (")", "]")
_PRIME = "\N{PRIME}"
_TERMINALS = {"^": "DOUBLESTAR", "!": "FACTORIAL", "°": "DEGREE", _PRIME: "PRIME"}
_BRACES = {"{": ("LPAREN", "("), "}": ("RPAREN", ")")}
_PRIMES = re.compile(rf"(?<=[\w{_PRIME}'])'(?='*\s*\()")  # f'(x), f''(x): no quotes, which would make a string of what follows
_SUBSCRIPT = re.compile(r"_\{(\w+)\}")


class Texts:
    """What the statements share: the source, what is a function, those that the text names, and statements to come first."""

    def __init__(self, source: str, is_function: IsFunction) -> None:
        self.source = source
        self.is_function = is_function
        self.functions: dict[str, Named] = {}
        self.before: list[str] = []
        self._taken = {*re.findall(r"\w+", source)}

    def point(self, value: str) -> str:
        """A new name for a value to differentiate at, which a statement before this one gives it."""
        name: str = next(each for each in (*"uvw", *[f"u{number}" for number in range(1000)]) if each not in self._taken)
        self._taken.add(name)
        if re.search(r"[^\W\d]\w*", value) is None:  # a number, which gets what a leaf has
            value = f"tensor({f'{value}.0' if value.isdecimal() else f'1.0*({value})'}, requires_grad=True)"
        self.before.append(f"{name} = {value}")
        return name


def rewritten(source: str, is_function: IsFunction, bound: Sequence[str] = ()) -> str:
    """The expression that a text of mathematics stands for.

    is_function  whether a name is a function of the language
    bound        names that have values: `x(x + 1)` is a product where x has one
    Raises Problem for what could be read in two ways.
    """
    from gradcli.text.mathematical_statement import Statement

    if "\\" in source:
        from gradcli.text import latex  # few texts are

        source = latex.plain(source)
    source = _SUBSCRIPT.sub(r"_\1", _PRIMES.sub(_PRIME, source)).replace("∂", "d")
    texts = Texts(source, is_function)
    statements: list[str] = []
    named = None
    parts = [*_statements(source)]
    for statement in parts:
        named = _function_named(statement)
        if named is not None and (statement is not parts[-1] or not is_function(named[0])):
            texts.functions[named[0]] = named[1:]
            continue
        text = Statement(texts, statement, bound).text()
        statements += [*texts.before, text]
        texts.before.clear()
    if named is not None and not statements:  # a function is named and not used: it is meant to be computed
        statements.append(Statement(texts, named[2], [*bound, *named[1]]).text())
    return "; ".join(statements)


def _statements(source: str) -> Iterator[list[Token]]:
    """The tokens of each statement."""
    found: list[Token] = []
    depth = 0
    for token in read(_scanned(source)):
        depth += (token[1] in _OPENING) - (token[1] in _CLOSING)
        if token[0] == END or (not depth and token[0] in ("SEMICOLON", NEWLINE)):
            if found:
                yield found
            found = []
        else:
            found.append(token)


def _scanned(source: str) -> Iterator[Token]:
    """The tokens as they are written, whatever they are; braces are brackets."""
    tables = load()
    for match in tables.pattern.finditer(source):
        group = match.lastindex or 0
        start, end = match.span(group)
        text = match[group]
        if text in _BRACES:
            yield *_BRACES[text], start, end
        else:
            yield _TERMINALS.get(text) or tables.fixed.get(text) or tables.kinds[group], text, start, end
        if not text and tables.kinds[group] == END:
            return


def _function_named(tokens: list[Token]) -> tuple[str, list[str], list[Token]] | None:
    """(name, parameters, body) of `f(x, y) = ...`, or None."""
    texts = [token[1] for token in tokens]
    if len(tokens) < 5 or tokens[0][0] != "NAME" or texts[1] != "(" or ")" not in texts:
        return None
    close = texts.index(")")
    inside = texts[2:close]
    if texts[close + 1 : close + 2] != ["="] or any([not is_name(name) for name in inside[::2]]) or {*inside[1::2]} - {","}:
        return None
    return texts[0], inside[::2], tokens[close + 2 :]

"""Characters of a script -> tokens: beside the words of an expression, these are lines, blocks and parts of f-strings.

Lines begin and end blocks by their indentation, as in Python: a token _INDENT or _DEDENT says so.  An f-string is read
as text and as expressions by turns, and a field of it may have a format, which is text with fields again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NoReturn

from gradcli.errors import Problem, Record, Span
from gradcli.text.lexer import MAX_CHARACTERS, Token, balance
from gradcli.text.nodes import make_span
from gradcli.text.scripts.literals import read_piece
from gradcli.text.tables import END, NEWLINE, SCRIPT_PAIRS, STRAY, Tables

MAX_BLOCKS = 100  # within one another, as in Python

INDENT, DEDENT = "_INDENT", "_DEDENT"
_FORMAT_START, _FORMAT_END = "_FORMAT_START", "_FORMAT_END"
_BRACKETS = {*SCRIPT_PAIRS, *SCRIPT_PAIRS.values()}
_FIELD_ENDS = {":", ":=", "!", "="}
_LONG_QUOTES = ('"""', "'''")
_NOT_TEXT = re.compile("[\0\ud800-\udfff]")
# The indentation of a line, which a backslash may continue; and the rest of a line that says nothing.
_LINE = re.compile(r"([ \t\f]*+(?:\\(?:\r\n?|\n)[ \t\f]*+)*+)((?:#[^\r\n]*+)?(?:\r\n?|\n|\Z))?")
_CONTINUED = re.compile(r"\\(?:\r\n?|\n)")
_NAME = re.compile(r"[\w\x80-\U0010ffff]+")
_CONVERSION = re.compile(r"!\w*")
_DEBUG = re.compile(r"=\s*(?=[}:]|!(?!=))")


def check_script(source: str) -> None:
    """Refuse a text that is too long, or is not text, before anything else."""
    if len(source) > MAX_CHARACTERS:
        _complain("too_long", source, MAX_CHARACTERS)
    if found := _NOT_TEXT.search(source):
        _complain("control", source, found.start())


def script_tokens(source: str, tables: Tables) -> Iterator[Token]:
    """The tokens of `source`; the last one is END.

    A _NEWLINE or _DEDENT stands at the end of the token before it, an _INDENT at the beginning of the one after it.
    Raises Problem for a stray character, a bracket out of order, text without an end, indentation that fits no block.
    """
    return _Lexer(source, tables).tokens()


class _Text(Record):
    """Where an f-string is being read as text: the inside of its quotes, or (`in_format`) of the format of a field."""

    __slots__ = ("start", "quote", "raw", "depth", "in_format", "piece")
    start: int
    quote: str
    raw: bool
    depth: int  # of open brackets: with more of them, an expression is being read
    in_format: bool
    piece: re.Pattern[str]


class _Lexer:
    def __init__(self, source: str, tables: Tables) -> None:
        self.source = source
        self.fixed, self.kinds, self.find = tables.fixed, tables.kinds, tables.pattern.match
        self.position = 1 if source.startswith("\ufeff") else 0  # where the line begins that is being read
        self.opened: list[int] = []  # where the brackets begin that are open
        self.texts: list[_Text] = []
        self.columns = [(0, 0)]  # of the open blocks, with tabs to every eighth column, and with tabs as one

    def tokens(self) -> Iterator[Token]:
        """Words and texts by turns, lines and blocks between them."""
        reached = 0  # where the last token ends
        yield from self._line(self.position, 0)
        position = self.position
        while True:
            in_text = self.texts and self.texts[-1].depth == len(self.opened)
            token = self._text(position) if in_text else self._word(position)
            terminal, _, start, end = token
            if terminal == NEWLINE:
                position = end
                if not self.opened:
                    yield NEWLINE, "", reached, reached
                    yield from self._line(end, reached)
                    position = self.position
            elif terminal == END:
                yield from self._end(position, start, reached)
                return
            else:
                yield token
                position = reached = end

    def _word(self, position: int) -> Token:
        """The next token of an expression or a statement."""
        match = self.find(self.source, position)
        assert match  # the pattern ends in any character
        group = match.lastindex or 0
        text, (start, end) = match[group], match.span(group)
        terminal = self.fixed.get(text) or self.kinds[group]
        if text in _BRACKETS:
            balance(self.source, self.opened, start, SCRIPT_PAIRS)
        elif terminal == "NAME":
            if not text.isascii() or self.source[end : end + 1] > "\x7f":
                return self._name(start)
        elif terminal == _FORMAT_START:
            self._open_text(text, start)
        elif self.texts and self.texts[-1].depth == len(self.opened) - 1 and text in _FIELD_ENDS:
            return self._field(terminal, text, start, end)
        elif terminal == STRAY:
            self._stray(start)
        return terminal, text, start, end

    def _end(self, position: int, start: int, reached: int) -> Iterator[Token]:
        """The tokens that close all that is open at the end of the source."""
        if self.opened or self.texts:
            raise _unfinished(self._unclosed())
        if _is_continued(self.source[position:start]):
            raise _unfinished(_complaint("nothing_continues", self.source))
        if position != self.position or not reached:
            yield NEWLINE, "", reached, reached
        for _ in self.columns[1:]:
            yield DEDENT, "", reached, reached
        yield END, "", start, start

    # ---- lines

    def _line(self, position: int, reached: int) -> Iterator[Token]:
        """The blocks that begin or end before the next line that says something."""
        while True:
            match = _LINE.match(self.source, position)
            assert match  # all of it may be empty
            self.position = match.end()
            if match[2] is None:
                break
            if self.position == len(self.source):
                if not match[2] and _is_continued(match[1]):
                    raise _unfinished(_complaint("nothing_continues", self.source))
                return
            position = self.position
        column, tabbed = _columns(match[1])
        if column > self.columns[-1][0]:
            self._check(match.end(), tabbed > self.columns[-1][1])
            if len(self.columns) >= MAX_BLOCKS:
                _complain("deep_blocks", self.source, match.end(), MAX_BLOCKS)
            self.columns.append((column, tabbed))
            yield INDENT, "", match.end(), match.end()
            return
        before = len(self.columns)
        while column < self.columns[-1][0]:
            self.columns.pop()
        if column != self.columns[-1][0]:
            _complain("unindent", self.source, position, match.end())
        self._check(match.end(), tabbed == self.columns[-1][1])
        yield from [(DEDENT, "", reached, reached)] * (before - len(self.columns))

    def _check(self, position: int, consistent: bool) -> None:
        if not consistent:
            _complain("tabs", self.source, position)

    # ---- f-strings

    def _open_text(self, opening: str, start: int) -> None:
        quote = opening.lstrip("fFrR")
        raw = "r" in opening.lower()
        self.texts.append(_Text(start, quote, raw, len(self.opened), False, _piece(quote, raw, in_format=False)))

    def _text(self, position: int) -> Token:
        """The next token of text: a piece of it, a brace, or its end."""
        source, text = self.source, self.texts[-1]
        match = text.piece.match(source, position)
        assert match  # all of it may be empty
        end = match.end()
        if end > position:
            value = read_piece(_span(position, end), match[0], raw=text.raw, doubled=not text.in_format)
            return "FORMAT_TEXT", value, position, end
        if source.startswith("{", position):
            balance(source, self.opened, position, SCRIPT_PAIRS)
            return "LBRACE", "{", position, position + 1
        if source.startswith("}", position) and text.in_format:
            self.texts.pop()
            balance(source, self.opened, position, SCRIPT_PAIRS)
            return "RBRACE", "}", position, position + 1
        if source.startswith(text.quote, position) and not text.in_format:
            self.texts.pop()
            return _FORMAT_END, text.quote, position, position + len(text.quote)
        return self._broken_text(position)

    def _field(self, terminal: str, text: str, start: int, end: int) -> Token:
        """What `:`, `!` and `=` mean behind the value of a field."""
        outer, source = self.texts[-1], self.source
        if text[0] == ":":
            piece = _piece(outer.quote, outer.raw, in_format=True)
            self.texts.append(_Text(start, outer.quote, outer.raw, len(self.opened), True, piece))
            return "_FORMAT_COLON", ":", start, start + 1
        if text == "!" and (found := _CONVERSION.match(source, start)):
            return "CONVERSION", found[0], start, found.end()
        if text == "=" and (found := _DEBUG.match(source, start)):
            return "FORMAT_DEBUG", source[self.opened[-1] + 1 : found.end()], start, found.end()
        return terminal, text, start, end

    def _name(self, start: int) -> Token:
        """A name with letters of other alphabets, in the one form that Python gives it."""
        from unicodedata import normalize  # few scripts need it

        match = _NAME.match(self.source, start)
        assert match  # a letter is there
        if not match[0].isidentifier():
            _complain("bad_identifier", self.source, start, match[0])
        return "NAME", normalize("NFKC", match[0]), start, match.end()

    # ---- what cannot stand

    def _stray(self, start: int) -> NoReturn:
        if self.texts and self.source[start] in "'\"":
            raise self._unclosed()
        complaint = _complaint("stray_in_script", self.source, start)
        raise _unfinished(complaint) if self.source.startswith(_LONG_QUOTES, start) else complaint

    def _unclosed(self) -> Problem:
        """What to say of what was opened last, where it was opened."""
        in_field = self.texts and self.texts[-1].depth == len(self.opened) - 1
        return _complaint("unclosed_field" if in_field else "unclosed", self.source, self.opened[-1])

    def _broken_text(self, position: int) -> NoReturn:
        text = self.texts[-1]
        if self.source.startswith("}", position) and not text.in_format:
            _complain("single_brace", self.source, position)
        complaint = (
            _complaint("unclosed_field", self.source, self.opened[-1])
            if text.in_format
            else _complaint("unterminated", self.source, text.start, text.quote)
        )
        raise _unfinished(complaint) if len(text.quote) == 3 else complaint


def _piece(quote: str, raw: bool, *, in_format: bool) -> re.Pattern[str]:
    """The text that stands up to the next field, or up to its own end."""
    mark = quote[0]
    plain = rf"[^{{}}\\{mark}]++|{mark}(?!{mark}{mark})" if len(quote) == 3 else rf"[^{{}}\\\r\n{mark}]++"
    braces = "" if in_format else r"|\{\{|\}\}"
    named = "" if raw else r"\\N\{[^{}'\"\r\n]*+\}|"
    return re.compile(rf"(?:{plain}{braces}|{named}\\(?:\r\n|[^{{}}])|\\(?=[{{}}]))*+")


def _columns(blank: str) -> tuple[int, int]:
    """How far `blank` reaches, with tabs to every eighth column, and with tabs as one."""
    if "\\" in blank:  # only the first part that reaches anywhere counts
        first, *_ = _CONTINUED.split(blank)
        blank = first or _CONTINUED.sub("", blank)
    blank = blank[blank.rfind("\f") + 1 :]
    return len(blank.expandtabs(8)), len(blank)


def _is_continued(blank: str) -> bool:
    return blank.endswith(("\\\n", "\\\r\n", "\\\r"))


def _span(start: int, end: int) -> Span:
    """Where something is; `finish` puts line and column right."""
    return make_span(start, end, 1, start + 1)


def _complain(what: str, *facts: object) -> NoReturn:
    raise _complaint(what, *facts)


def _complaint(what: str, *facts: object) -> Problem:
    from gradcli.text import complaints as shared  # sentences are loaded when one is needed
    from gradcli.text.scripts import complaints

    problem: Problem = (getattr(complaints, what, None) or getattr(shared, what))(*facts)
    return problem


def _unfinished(problem: Problem) -> Problem:
    """The same, of a text that ends too early: at a prompt there is more to come."""
    problem.unfinished = "line"
    return problem

"""The token of a script that does not fit -> a sentence: Python's own where it has a clear one, and how to write it."""

from __future__ import annotations

from gradcli.errors import Problem, Span
from gradcli.text.complaints import quote, syntax, unclosed
from gradcli.text.lexer import Token, placer
from gradcli.text.neighbours import between, is_operand
from gradcli.text.scripts.complaints import indentation
from gradcli.text.scripts.layout import DEDENT, INDENT
from gradcli.text.scripts.neighbours import CLOSERS, around, closes, last_line, open_bracket
from gradcli.text.tables import END, NEWLINE

_ENDS = {NEWLINE, DEDENT, END}
_CONSTANTS = {"TRUE", "FALSE", "NONE"}
# What begins an operand, and does nothing else after one.
_BEGINS = {"NAME", "NUMBER", "TEXT", "_FORMAT_START", "ELLIPSIS", "LBRACE", "TILDE", "LAMBDA", *_CONSTANTS}
_COMPOUND = {"IF", "ELIF", "ELSE", "WHILE", "FOR", "WITH", "TRY", "EXCEPT", "FINALLY", "DEF", "CLASS"}
_NONE = "", "", 0, 0

# Words and operators of other languages, of older Pythons, and of Python beyond what scripts have.
_UNSUPPORTED = {
    "ASYNC": ("'async' is not supported: a script does one thing after the other", "leave it out"),
    "AWAIT": ("'await' is not supported: a script does one thing after the other", "leave it out"),
}
_OPERATORS = {
    "&&": "write 'and'", "||": "write 'or'", "<>": "write != for 'not equal'", "!==": "write != for 'not equal'",
    "===": "write == to compare", "=<": "write <= for 'at most'", "=>": "write >= for 'at least'", "++": "write x += 1",
    "--": "write x -= 1", "**=": "write x **= 2 as a statement of its own",
}  # fmt: skip
_ORPHANS = {"ELSE": "'if', 'for', 'while' or 'try'", "ELIF": "'if'", "EXCEPT": "'try'", "FINALLY": "'try'"}


def unexpected(source: str, token: Token, reached: int, expected: set[str]) -> Problem:
    """The Problem of `token`, which is none of the `expected` terminals; the token before it ends at `reached`."""
    return _Misfit(source, token, reached, expected).problem()


class _Misfit:
    """A token that does not fit, with its neighbours.  Each method gives the Problem that it recognises, or None."""

    def __init__(self, source: str, token: Token, reached: int, expected: set[str]) -> None:
        self.source, self.expected, self.reached = source, expected, reached
        self.token = token
        self.terminal, self.text, self.start, self.end = token
        self.before, self.after = around(source, token)
        self.line = last_line(self.before)
        *_, self.before_last, self.last = (_NONE, _NONE, *self.before)
        self.first = (self.line or [token])[0]
        self.bracket = open_bracket(self.before)
        self.place = placer(source)

    @property
    def span(self) -> Span:
        at_end = self.terminal in _ENDS
        return self.place(self.reached, self.reached) if at_end else self.place(self.start, self.end)

    def problem(self) -> Problem:
        return (
            self._block()
            or self._statement_of_elsewhere()
            or self._word_out_of_place()
            or self._operator_of_elsewhere()
            or self._formatted()
            or self._colon_missing()
            or self._bracket_left_open()
            or self._equal()
            or self._definition()
            or self._import()
            or (self._operand_missing() if "NUMBER" in self.expected else self._operand_ended())
            or self._name_missing()
            or self._invalid(f"{self._shown(self.token)} cannot stand here", "the line should go on otherwise, or end")
        )

    def _invalid(self, what: str, hint: str) -> Problem:
        return syntax(f"invalid syntax: {what}", hint, self.span)

    def _shown(self, token: Token) -> str:
        if token[0] in _ENDS:
            return "the end of the line"
        return quote(self.source[token[2] : token[3]])

    # ---- blocks

    def _block(self) -> Problem | None:
        if self.terminal == INDENT:
            hint = "begin the line where the one above begins: only after a ':' it stands further in"
            _, _, start, end = (self.after or [self.token])[0]
            return indentation("unexpected indent", hint, self.place(start, end))
        if self.expected == {INDENT}:
            return self._empty_block()
        if self.expected <= {"AT", "DEF", "CLASS"}:
            return self._invalid("a decorator stands before a function or a class", "write def or class below it")
        if self.expected == {"EXCEPT", "FINALLY"}:
            hint = "say what happens to an error: except RuntimeError as error:"
            return syntax("expected 'except' or 'finally' block", hint, self.span)
        return None

    def _empty_block(self) -> Problem:
        header = last_line(self.before[:-1])
        _, word, start, _ = header[0]
        what = {"def": "function definition", "class": "class definition"}.get(word, f"'{word}' statement")
        message = f"expected an indented block after {what} on line {self.place(start, start).line}"
        return indentation(message, "indent the next line by four spaces, or write 'pass' there", self.span)

    # ---- statements that scripts do not have

    def _statement_of_elsewhere(self) -> Problem | None:
        if self.terminal in _UNSUPPORTED:
            return syntax(*_UNSUPPORTED[self.terminal], self.span)
        if self.last[:2] in (("NAME", "print"), ("NAME", "exec")) and self.terminal in _BEGINS:
            return self._call_missing(self.last[1])
        if self.first[:2] == ("NAME", "match") and self._ends_in_colon():
            hint = "compare in turn: if x == 1: ... elif x == 2: ..."
            return syntax("'match' is not supported", hint, self.place(*self.first[2:]))
        if self.first[:2] == ("NAME", "type") and len(self.line) == 1 and self.terminal == "NAME":
            return syntax("'type' statements are not supported", "write Name = ...", self.place(*self.first[2:]))
        if self.last[0] == "EXCEPT" and self.terminal == "STAR":
            return syntax("'except*' is not supported", "write except without the *", self.span)
        if self.terminal == "LBRACKET" and len(self.line) == 2 and self.first[0] in ("DEF", "CLASS"):
            return syntax("type parameters are not supported", "leave out the brackets", self.span)
        return None

    def _call_missing(self, name: str) -> Problem:
        ends = (begin for terminal, _, begin, _ in self.after if terminal in _ENDS or terminal == "SEMICOLON")
        end = next(ends, self.end)
        given = self.source[self.start : end].strip()
        short = given if len(given) <= 40 and given.isprintable() else "..."
        message = f"Missing parentheses in call to '{name}'. Did you mean {name}(...)?"
        return syntax(message, f"write {name}({short})", self.place(self.last[2], self.last[3]))

    def _ends_in_colon(self) -> bool:
        rest = [self.token, *self.after]
        end = next((at for at, (terminal, *_) in enumerate(rest) if terminal in _ENDS), 0)
        line = [*self.line, *rest[:end]]
        return len(line) > 2 and line[-1][0] == "COLON"

    # ---- reserved words

    def _word_out_of_place(self) -> Problem | None:
        if not self.text.isidentifier() or self.terminal in ("NAME", "FORMAT_TEXT"):
            return None
        if problem := self._reserved_as_name():
            return problem
        if self.terminal == "IF" and self.last[0] == "ELSE" and self.first == self.last:
            return self._invalid("'else if' is one word", "write elif")
        if self.terminal in _ORPHANS and not self.line:
            before = _ORPHANS[self.terminal]
            return self._invalid(
                f"{self._shown(self.token)} has no {before} before it at this indentation",
                "begin it exactly below the word that it belongs to",
            )
        if self.terminal in _COMPOUND - {"IF", "ELSE", "FOR"} and self.line:
            return self._invalid(f"{self._shown(self.token)} needs a line of its own", "begin a new line")
        if self.terminal == "FOR" and self.bracket and "RPAREN" in self.expected:
            return self._bare_generator()
        return None

    def _reserved_as_name(self) -> Problem | None:
        reserved = self._reserved(self.token)
        if self.last[0] in ("DOT", "AS", "IMPORT", "GLOBAL", "NONLOCAL", "DEF", "CLASS"):
            return reserved
        follower = self.after[0][0] if self.after else END
        return reserved if follower in ("EQUAL", "AUGMENTED") and self.terminal not in _CONSTANTS else None

    def _bare_generator(self) -> Problem:
        hint = "put brackets around it: f((x for x in y), z)"
        return syntax("Generator expression must be parenthesized", hint, self.span)

    def _reserved(self, token: Token) -> Problem:
        message = f"invalid syntax: {self._shown(token)} is a reserved word and cannot be a name"
        return syntax(message, "choose another name", self.place(*token[2:]))

    # ---- operators

    def _operator_of_elsewhere(self) -> Problem | None:
        pair = self.after[0] if self.after else self.token
        for left, right in ((self.last, self.token), (self.token, pair), (self.before_last, self.last)):
            operator = self.source[left[2] : right[3]]
            if left[3] == right[2] and operator in _OPERATORS:
                return syntax(
                    f"invalid syntax: '{operator}' is not an operator", _OPERATORS[operator], self.place(left[2], right[3])
                )
        if self.terminal == "AUGMENTED":
            return self._invalid(
                f"'{self.text}' changes a name, and cannot stand within an expression",
                f"give it a statement of its own: x {self.text} 1",
            )
        if self.terminal == "WALRUS":
            hint = "within an expression write (y := x + 2), elsewhere y = x + 2"
            return self._invalid("':=' names a value within brackets, and its left side is one name", hint)
        if self.terminal == "ARROW":
            return self._invalid("'->' stands only before the type of a function's result", "def f(x) -> float:")
        return None

    # ---- f-strings

    def _formatted(self) -> Problem | None:
        if self.terminal == "FORMAT_DEBUG" or self.terminal == "CONVERSION" or self.terminal == "_FORMAT_COLON":
            if self.last[0] == "LBRACE":
                return self._empty_field()
            if any(terminal == "LAMBDA" for terminal, *_ in self.line):
                hint = "put brackets around it: {(lambda x: x)(1)}"
                return syntax("f-string: lambda expressions are not allowed without parentheses", hint, self.span)
        if self.terminal == "RBRACE" and self.last[0] == "LBRACE":
            return self._empty_field()
        if self.last[0] in ("FORMAT_DEBUG", "CONVERSION"):
            return syntax("f-string: expecting '}'", "write {x!r:>10}: conversion first, then the format", self.span)
        return None

    def _empty_field(self) -> Problem:
        hint = "write a value between { and }, or {{ }} for braces"
        return syntax("f-string: empty expression not allowed", hint, self.span)

    # ---- what is missing

    def _colon_missing(self) -> Problem | None:
        if "COLON" not in self.expected:
            return None
        if self.bracket and self.bracket[1] == "{":
            message = "':' expected after dictionary key"
            return syntax(message, "write key: value", self.span) if self._closes() else None
        if self.expected == {"COLON"} and self.terminal != "EQUAL" and not self._follows_operand():
            return syntax("expected ':'", f"write ':' after {self._shown(self.last)}", self.span)
        if self.bracket or self.terminal not in _ENDS or self.first[0] not in _COMPOUND | {"LAMBDA"}:
            if self.terminal in _ENDS and any(terminal == "LAMBDA" for terminal, *_ in self.line):
                return syntax("expected ':'", "write lambda x: x + 1", self.span)
            return None
        return syntax("expected ':'", "end the line with ':'", self.span)

    def _closes(self) -> bool:
        return self.terminal in CLOSERS or self.terminal == "COMMA"

    def _equal(self) -> Problem | None:
        if self.terminal != "EQUAL" or not self.line or "NUMBER" in self.expected:
            return None
        if self.last[1].isidentifier() and self.last[0] not in ("NAME", *_CONSTANTS):
            return self._reserved(self.last)
        if self.last[0] in _CONSTANTS:
            return syntax(f"cannot assign to {self.last[1]}", "choose another name", self.place(*self.last[2:]))
        if self.first[0] == "DEF" and self.bracket:
            return None
        if self.bracket and self.bracket[1] == "(" and self._is_call():
            hint = "the name of an argument is a plain word: f(x, dim=0)"
            return syntax('expression cannot contain assignment, perhaps you meant "=="?', hint, self.span)
        hint = "write == to compare; = stands in a statement of its own"
        return syntax("invalid syntax. Maybe you meant '==' or ':=' instead of '='?", hint, self.span)

    def _is_call(self) -> bool:
        assert self.bracket
        at = self.before.index(self.bracket)
        return at > 0 and (self.before[at - 1][0] == "NAME" or self.before[at - 1][0] in CLOSERS)

    def _bracket_left_open(self) -> Problem | None:
        """A line that does not go on with what the brackets above it hold."""
        if not self.bracket or "NUMBER" in self.expected:
            return None
        assigns = self.terminal == "EQUAL" and self.last[0] == "NAME" and not closes(self.after)
        begins = self.before_last[3] if assigns else self.last[3]
        return unclosed(self.source, self.bracket[2]) if "\n" in self.source[begins : self.start] else None

    def _definition(self) -> Problem | None:
        if self.first[0] == "EXCEPT" and self.terminal == "COMMA":
            hint = "write except (TypeError, ValueError) as error:"
            return syntax("multiple exception types must be parenthesized", hint, self.span)
        if self.first[0] not in ("DEF", "CLASS"):
            return None
        if self.expected == {"LPAREN"}:
            return syntax("expected '('", "write def f(): or def f(x):", self.span)
        if self.first[0] == "DEF" and self.bracket and self.terminal == "LPAREN":
            return syntax("Function parameters cannot be parenthesized", "take it apart inside: a, b = pair", self.span)
        if self.first[0] == "DEF" and self.last[0] == "EQUAL" and self._closes():
            return syntax("expected default value expression", "write def f(x=0):", self.span)
        return None

    def _import(self) -> Problem | None:
        if self.first[0] not in ("IMPORT", "FROM"):
            return None
        if self.terminal in _ENDS and self.last[0] == "COMMA":
            message = "trailing comma not allowed without surrounding parentheses"
            return syntax(message, "leave the comma out", self.span)
        if self.last[0] == "IMPORT":
            return syntax("Expected one or more names after 'import'", "write from torch import nn", self.span)
        if self.first[0] == "IMPORT" and self.terminal == "FROM":
            message = "Did you mean to use 'from ... import ...' instead?"
            return syntax(message, "write from torch import nn", self.span)
        return None

    def _operand_missing(self) -> Problem:
        if self.terminal in _ENDS and self.last[0] in ("EQUAL", "AUGMENTED"):
            return self._invalid(f"nothing stands to the right of '{self.last[1]}'", "write a value: y = x + 2")
        if self.terminal in _ENDS:
            last = self._shown(self.last)
            hint = f"write what comes next, or leave out {last}; in brackets it may go on in the next line"
            return self._invalid(f"an operand is missing after {last}", hint)
        if self.terminal == "NOT":
            what = f"'not' cannot follow {self._shown(self.last)} directly"
            return self._invalid(what, "put it in brackets: (not x)")
        if not self.line:
            return self._invalid(f"nothing stands before {self._shown(self.token)}", "write a value or a name there")
        where = f"between {self._shown(self.last)} and {self._shown(self.token)}"
        return self._invalid(f"an operand is missing {where}", "write a name, a number or brackets there")

    def _operand_ended(self) -> Problem | None:
        if "ELSE" in self.expected:
            hint = "write a if condition else b"
            return syntax("expected 'else' after 'if' expression", hint, self.span)
        if self.expected == {"IN"}:
            return self._invalid("'not' after a value needs 'in'", "write x not in y, or x and not y")
        if self._for_without_in():
            return self._invalid("'in' is missing after the target of 'for'", "write for x in values")
        if self.terminal == "RPAREN" and self.bracket and self.before[self.before.index(self.bracket) + 1][0] == "STAR":
            return syntax("cannot use starred expression here", "a comma makes a tuple of it: (*x,)", self.span)
        if self.terminal == "COMMA" and self.bracket and "FOR" in self.expected:
            return self._bare_generator()
        return self._two_operands() if self._follows_operand() else None

    def _follows_operand(self) -> bool:
        operand = is_operand(self.last[0]) or self.last[0] in (*CLOSERS, "_FORMAT_END")
        return operand and self.terminal in _BEGINS

    def _for_without_in(self) -> bool:
        words = [terminal for terminal, *_ in self.line if terminal in ("FOR", "IN")]
        return bool(words) and words[-1] == "FOR" and "IN" in self.expected

    def _two_operands(self) -> Problem:
        pair, span = self.source[self.last[2] : self.end], self.place(self.last[2], self.end)
        joint = self.last[3] == self.start
        if joint and self.last[0] == "TEXT":
            hint = "within '...' write \\' for a quote, or put the text in the other quotes"
            return self._invalid(f"the text ends before {self._shown(self.token)}", hint)
        if joint and self.terminal == "NUMBER":
            return self._invalid(f"{quote(pair)} is not a number", "write 12, 0.5, 1e-3 or 0x1F; x[1] for an element")
        if joint and self.last[0] == "NUMBER":
            if self.text in ("j", "J"):
                message = f"{quote(pair)} is a complex number, and numbers are real here"
                return syntax(message, "leave out the 'j'", span)
            return syntax("invalid decimal literal", f"write {self._product()}, or begin the name with a letter", span)
        if self.bracket:
            hint = f"put a comma between {self._shown(self.last)} and {self._shown(self.token)}, or an operator"
            return syntax("invalid syntax. Perhaps you forgot a comma?", hint, span)
        return self._invalid(
            f"an operator is missing between {self._shown(self.last)} and {self._shown(self.token)}",
            f"write {self._product()}, or begin a new line",
        )

    def _product(self) -> str:
        return between(self.source, self.before, "*", [self.token, *self.after]) or "2*x"

    def _name_missing(self) -> Problem | None:
        if "NAME" not in self.expected or "NUMBER" in self.expected or not self.line:
            return None
        hint = "write a word that begins with a letter"
        return self._invalid(f"a name is missing after {self._shown(self.last)}", hint)

"""Mathematics as people write it -> an expression of the language, for `--math`.

    rewritten('x^2 + 2x + 1', is_function)   'x**2 + 2*x + 1'

Products without a sign, `sin x`, `sin^2(x)`, `x^2`, `5!`, `30°`, `|x|`, and functions that are named first, `f(x) = x^2; f(3)`.
What could be read in two ways, such as 1/2x, is refused with both.  What comes out is plain text, and errors show it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

from gradcli.errors import Problem
from gradcli.text.lexer import Token, placer
from gradcli.text.mathematical_characters import read
from gradcli.text.tables import END, NEWLINE, load

_NAMES = {"ln": "log", "lg": "log10", "tg": "tan", "ctg": "cot", "arctg": "atan", "sgn": "sign"}
_INVERSES = {"sin": "asin", "cos": "acos", "tan": "atan", "sinh": "asinh", "cosh": "acosh", "tanh": "atanh"}
_OPENING, _CLOSING = ("(", "["), (")", "]")
_EXTRA = {"^": "DOUBLESTAR", "!": "FACTORIAL", "°": "DEGREE"}
_MOST_CALLS = 50  # of functions that the text names

IsFunction = Callable[[str], bool]


def rewritten(source: str, is_function: IsFunction, bound: Sequence[str] = ()) -> str:
    """The expression that a text of mathematics stands for.

    is_function  whether a name is a function of the language
    bound        names that have values: `x(x + 1)` is a product where x has one
    Raises Problem for what could be read in two ways.
    """
    functions: dict[str, tuple[list[str], list[Token]]] = {}
    statements = []
    for statement in _statements(source):
        named = _function_named(statement)
        if named is None:
            statements.append(_Statement(source, statement, is_function, bound, functions).text())
        else:
            name, parameters, body = named
            functions[name] = (parameters, body)
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
    """The tokens as they are written, whatever they are."""
    tables = load()
    for match in tables.pattern.finditer(source):
        group = match.lastindex or 0
        start, end = match.span(group)
        text = match[group]
        yield _EXTRA.get(text) or tables.fixed.get(text) or tables.kinds[group], text, start, end
        if not text and tables.kinds[group] == END:
            return


def _function_named(tokens: list[Token]) -> tuple[str, list[str], list[Token]] | None:
    """(name, parameters, body) of `f(x, y) = ...`, or None."""
    texts = [token[1] for token in tokens]
    if len(tokens) < 5 or tokens[0][0] != "NAME" or texts[1] != "(" or ")" not in texts:
        return None
    close = texts.index(")")
    inside = texts[2:close]
    if (
        texts[close + 1 : close + 2] != ["="]
        or any([not name.isidentifier() for name in inside[::2]])
        or {*inside[1::2]} - {","}
    ):
        return None
    return texts[0], inside[::2], tokens[close + 2 :]


class _Statement:
    """One statement: a reader that goes through its tokens and writes the expression."""

    def __init__(
        self,
        source: str,
        tokens: list[Token],
        is_function: IsFunction,
        bound: Sequence[str],
        functions: dict[str, tuple[list[str], list[Token]]],
        calls: int = 0,
        given: dict[str, str] | None = None,
    ) -> None:
        """`given` holds texts that stand in the place of names: the arguments of a function."""
        self._given = given or {}
        self._source = source
        self._tokens = tokens
        self._is_function, self._bound, self._functions = is_function, bound, functions
        self._place = 0
        self._calls = calls

    def text(self) -> str:
        """All of it."""
        parts = []
        while self._place < len(self._tokens):
            parts.append(self._sum(None))
            if self._place < len(self._tokens):  # what no operand begins with: left to the parser to complain of
                parts.append(self._next()[1])
        return "".join(parts)

    # --- tokens ---

    def _peek(self, ahead: int = 0) -> Token:
        place = self._place + ahead
        end = self._tokens[-1][3] if self._tokens else 0
        return self._tokens[place] if place < len(self._tokens) else (END, "", end, end)

    def _next(self) -> Token:
        token = self._peek()
        self._place += 1
        return token

    # --- the grammar ---

    def _sum(self, closing: str | None) -> str:
        """Operators and the products between them, up to a closing bracket (or bar)."""
        parts: list[str] = []
        while self._place < len(self._tokens):
            terminal, text, *_ = self._peek()
            if text in _CLOSING or (closing == "|" and text == "|"):
                break
            if self._begins_operand():
                parts.append(self._product())
            elif terminal == "FACTORIAL":
                break
            else:
                self._place += 1
                parts.append(f" {text} " if terminal not in ("COMMA", "MINUS", "PLUS") or parts else text)
        return "".join(parts).replace(" , ", ", ").strip()

    def _begins_operand(self) -> bool:
        terminal, text, _, _ = self._peek()
        return terminal in ("NAME", "NUMBER", "STRING", "TRUE", "FALSE", "NONE", "ELLIPSIS") or text in (*_OPENING, "|")

    def _product(self) -> str:
        """Factors that stand side by side."""
        before = self._tokens[self._place - 1][1] if self._place else ""
        start = self._peek()[2]
        factors = [self._power()]
        while self._begins_factor(factors[-1]):
            if before in ("/", "//", "%"):
                self._refuse_two_ways(start, factors[0])
            factors.append(self._power())
        return "*".join(factors)

    def _begins_factor(self, last: str) -> bool:
        """Whether what follows is one more factor: a closing bar is none, and no number follows a number."""
        terminal, text, _, _ = self._peek()
        if text == "|" or not self._begins_operand() or terminal in ("STRING", "TRUE", "FALSE", "NONE", "ELLIPSIS"):
            return False
        return not (terminal == "NUMBER" and last.replace(".", "").isdigit()) and text != "["

    def _refuse_two_ways(self, start: int, first: str) -> None:
        second = self._peek()
        raise Problem(
            "syntax",
            f"a quotient by '{self._source[start : second[3]]}' can be read in two ways",
            type="SyntaxError",
            hint=f"write .../({first}*{second[1]}) or (.../{first})*{second[1]}",
            span=placer(self._source)(start, second[3]),
        )

    def _power(self) -> str:
        base = self._operand()
        while self._peek()[0] in ("FACTORIAL", "DEGREE"):
            base = _factorial(_bare(base)) if self._next()[0] == "FACTORIAL" else f"deg2rad({_bare(base)})"
        if self._peek()[0] != "DOUBLESTAR":
            return base
        self._place += 1
        return f"{base}**{self._exponent()}"

    def _exponent(self) -> str:
        sign = ""
        while self._peek()[0] in ("MINUS", "PLUS"):
            sign += self._next()[1]
        return sign + self._power()

    def _operand(self) -> str:
        terminal, text, _, end = self._next()
        if text == "|":
            inner = self._sum("|")
            self._place += 1
            return f"abs({inner})"
        if text in _OPENING:
            return self._trailed(self._bracket(text))
        if terminal != "NAME":
            return text
        if text in self._given:
            return self._given[text]
        if text in self._functions and self._peek()[1] == "(":
            return self._trailed(self._called(text))
        name = _NAMES.get(text, text)
        if name not in self._bound and text not in self._bound and self._is_function(name):
            return self._trailed(self._application(name, end))
        if text not in self._bound and len(text) > 1 and {*text} <= {*self._bound}:
            return f"({'*'.join(text)})"  # xy, where x and y have values
        if self._peek()[1] == "(" and (text in self._bound or len(text) == 1):
            return name  # a product: x(x + 1)
        return self._trailed(name)

    def _bracket(self, opening: str) -> str:
        inner = self._sum(None)
        closing = self._next()[1] if self._peek()[1] in _CLOSING else ""
        return f"{opening}{inner}{closing}"

    def _trailed(self, text: str) -> str:
        """An operand with the calls, indices and attributes behind it."""
        while True:
            terminal, mark, start, _ = self._peek()
            touches = self._place and self._tokens[self._place - 1][3] == start
            if terminal == "DOT":
                self._place += 1
                text += "." + self._next()[1]
            elif (mark == "[" or (mark == "(" and not text.endswith(")"))) and touches:
                self._place += 1
                text += self._bracket(mark)
            else:
                return text

    def _application(self, name: str, end: int) -> str:
        """A function with its argument: in brackets, or the factors that follow, and `sin^2 x` is the square of sin x."""
        power = None
        if self._peek()[0] == "DOUBLESTAR":
            self._place += 1
            power = self._exponent_of_function()
            if power == "-1" and name in _INVERSES:
                name, power = _INVERSES[name], None
        if self._peek()[1] == "(":
            self._place += 1
            call = name + self._bracket("(")
        elif self._begins_operand() or self._peek()[0] in ("MINUS", "PLUS"):
            call = f"{name}({self._argument()})"
        else:
            return name if power is None else f"{name}**{power}"
        return call if power is None else f"{call}**{power}"

    def _exponent_of_function(self) -> str:
        """The exponent between a function and its argument: a number, a name or a bracket, and no product."""
        sign = "-" if self._peek()[0] == "MINUS" else ""
        self._place += len(sign)
        _, text, *_ = self._next()
        return sign + (self._bracket(text) if text in _OPENING else text)

    def _argument(self) -> str:
        """Factors up to an operator or the next function: sin 2x cos x is sin(2x) cos(x)."""
        sign = self._next()[1] if self._peek()[0] in ("MINUS", "PLUS") else ""
        factors = [self._power()]
        while self._begins_factor(factors[-1]) and not self._is_function(_NAMES.get(self._peek()[1], self._peek()[1])):
            factors.append(self._power())
        return sign + "*".join(factors)

    def _called(self, name: str) -> str:
        """The body of a function that the text names, with the arguments in the place of its parameters."""
        parameters, body = self._functions[name]
        if self._calls >= _MOST_CALLS:
            raise Problem(
                "syntax", f"'{name}' calls itself without an end", type="SyntaxError", hint="a function cannot use itself"
            )
        self._place += 1
        arguments, start = [], self._place
        depth = 0
        while self._place < len(self._tokens):
            text = self._peek()[1]
            if not depth and text in (",", ")"):
                arguments.append(self._tokens[start : self._place])
                start = self._place + 1
                if text == ")":
                    break
            depth += (text in _OPENING) - (text in _CLOSING)
            self._place += 1
        self._place += 1
        if len(arguments) != len(parameters):
            raise Problem(
                "syntax",
                f"{name}() takes {len(parameters)} argument{'s' * (len(parameters) != 1)}, and {len(arguments)} were given",
                type="SyntaxError",
                hint=f"it was named as {name}({', '.join(parameters)})",
            )
        given = {name: f"({self._inner(each, self._given)})" for name, each in zip(parameters, arguments)}
        return f"({self._inner(body, given)})"

    def _inner(self, tokens: list[Token], given: dict[str, str]) -> str:
        bound = [*self._bound, *given]
        return _Statement(self._source, tokens, self._is_function, bound, self._functions, self._calls + 1, given).text()


def _factorial(text: str) -> str:
    """The number itself for a whole number, else by the logarithm of the gamma function."""
    return str(math.factorial(int(text))) if text.isdecimal() and int(text) <= 170 else f"exp(lgamma({text} + 1))"


def _bare(text: str) -> str:
    """A text without brackets around all of it."""
    return text[1:-1] if text.startswith("(") and text.endswith(")") and _closes_at_end(text) else text


def _closes_at_end(text: str) -> bool:
    depth = 0
    for place, character in enumerate(text):
        depth += (character in "([") - (character in ")]")
        if not depth:
            return place == len(text) - 1
    return False

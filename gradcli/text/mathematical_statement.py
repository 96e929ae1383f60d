"""One statement of mathematics: a reader that goes through its tokens and writes the expression."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from gradcli.errors import Problem
from gradcli.text.expression_pieces import bare, factorial, grad_of, operator
from gradcli.text.lexer import Token, placer
from gradcli.text.tables import END

if TYPE_CHECKING:
    from gradcli.text.mathematics import Texts

_NAMES = {
    "ln": "log", "lg": "log10", "lb": "log2", "tg": "tan", "ctg": "cot", "cosec": "csc", "arctg": "atan", "sgn": "sign",
    "sh": "sinh", "ch": "cosh", "th": "tanh", "arsinh": "asinh", "arcosh": "acosh", "artanh": "atanh", "Γ": "gamma",
}  # fmt: skip
_INVERSES = {"sin": "asin", "cos": "acos", "tan": "atan", "sinh": "asinh", "cosh": "acosh", "tanh": "atanh"}
_MEANT = {"π": "pi", "i": "1j"}
_CONSTANTS = ("pi", "e", "inf", "nan", "tau")
_OPENING, _CLOSING = ("(", "["), (")", "]")
_BARS = {"|": "abs", "‖": "norm"}
_LOGARITHM = re.compile(r"log(?:_(\w+)|([₀-₉]+))")  # log_2, log_b, log₂
_DIGITS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_BASES = {"2": "log2({})", "10": "log10({})", "e": "log({})"}
_RUN_TOGETHER = re.compile(r"(a?(?:sin|cos|tan)h?|ln|log|lg|exp|sqrt)(\d*)(\w+)")
_OPERANDS = ("NAME", "NUMBER", "STRING", "TRUE", "FALSE", "NONE", "ELLIPSIS")
_MOST_CALLS = 50  # of functions that the text names, one within another


class Statement:
    """A reader of tokens.

    bound  names that have values
    given  texts that stand in the place of names: the arguments of a function
    """

    def __init__(
        self, texts: Texts, tokens: list[Token], bound: Sequence[str], given: dict[str, str] | None = None, calls: int = 0
    ) -> None:
        self._texts = texts
        self._tokens = tokens
        self._bound = bound
        self._given = given or {}
        self._calls = calls
        self._place = 0
        self._closing: str | None = None  # what ends the innermost sum

    def text(self) -> str:
        """All of it."""
        parts = []
        while self._place < len(self._tokens):
            parts.append(self._sum(None))
            if self._place < len(self._tokens):  # what no operand begins with: left to the parser to complain of
                parts.append(self._next()[1])
        return bare("".join(parts))

    # --- tokens ---

    def _peek(self, ahead: int = 0) -> Token:
        place = self._place + ahead
        end = self._tokens[-1][3] if self._tokens else 0
        return self._tokens[place] if place < len(self._tokens) else (END, "", end, end)

    def _next(self) -> Token:
        token = self._peek()
        self._place += 1
        return token

    def _is_word(self, word: str, ahead: int = 0) -> bool:
        """Whether a word that means something here stands there, and is no name of the user's."""
        return self._peek(ahead)[1] == word and word not in self._bound and word not in self._given

    def _function(self, text: str) -> str | None:
        """The function of the language that a name stands for, or None."""
        name = _NAMES.get(text, text)
        return name if not {name, text} & {*self._bound} and self._texts.is_function(name) else None

    # --- the grammar ---

    def _sum(self, closing: str | None) -> str:
        """Operators and the products between them, up to a closing bracket (or bar)."""
        outer, self._closing = self._closing, closing
        parts: list[str] = []
        expecting = True  # an operand
        while self._place < len(self._tokens):
            terminal, text, *_ = self._peek()
            if text in _CLOSING or (text == closing and not expecting) or (terminal == "FACTORIAL" and not expecting):
                break
            if self._begins_operand() and (expecting or text not in _BARS) and not self._is_word("mod"):
                parts.append(("" if expecting else " ") + self._product())
                expecting = False
                continue
            self._place += 1
            parts.append("%" if text == "mod" else operator(terminal, text, expecting))
            expecting = True
        self._closing = outer
        return "".join(parts).strip()

    def _begins_operand(self) -> bool:
        terminal, text, _, _ = self._peek()
        return terminal in _OPERANDS or text in _OPENING or text in _BARS

    def _product(self) -> str:
        """Factors that stand side by side."""
        before = self._tokens[self._place - 1][1] if self._place else ""
        start = self._peek()[2]
        factors = [self._choice()]
        while self._begins_factor(factors[-1]):
            if before in ("/", "//", "%"):
                self._refuse_two_ways(start)
            factors.append(self._choice())
        return "*".join(factors)

    def _choice(self) -> str:
        """A power, or `n choose k`."""
        first = self._power()
        if not self._is_word("choose"):
            return first
        self._place += 1
        return f"comb({bare(first)}, {bare(self._power())})"

    def _begins_factor(self, last: str) -> bool:
        """Whether what follows is one more factor: a closing bar is none, and no number follows a number."""
        terminal, text, _, _ = self._peek()
        if text in _BARS:
            return text != self._closing and self._is_closed(text)
        if not self._begins_operand() or terminal in ("STRING", "TRUE", "FALSE", "NONE", "ELLIPSIS") or self._is_word("mod"):
            return False
        return not (terminal == "NUMBER" and last.replace(".", "").isdigit()) and text != "["

    def _is_closed(self, bar: str) -> bool:
        """Whether a bar that begins here also ends, within the same brackets."""
        depth = 0
        for _, text, *_ in self._tokens[self._place + 1 :]:
            depth += (text in _OPENING) - (text in _CLOSING)
            if depth < 0 or (not depth and text == bar):
                return depth == 0
        return False

    def _refuse_two_ways(self, start: int) -> None:
        """1/2x: both readings, each as a whole."""
        source, second = self._texts.source, self._peek()
        divisor, end = source[start : second[2]].rstrip(), second[3]
        if second[1] in _OPENING:
            end = source.find({"(": ")", "[": "]"}[second[1]], end) + 1 or len(source)
        before, factor, behind = source[:start], source[second[2] : end], source[end:]
        raise Problem(
            "syntax",
            f"a quotient by '{source[start:end]}' can be read in two ways",
            type="SyntaxError",
            hint=f"write {before}({divisor}*{factor}){behind} or {before}{divisor}*{factor}{behind}",
            span=placer(source)(start, end),
        )

    def _power(self) -> str:
        return self._raised(self._operand())

    def _raised(self, base: str) -> str:
        """An operand with the factorials, degrees and powers behind it."""
        while self._peek()[0] in ("FACTORIAL", "DEGREE"):
            base = factorial(bare(base)) if self._next()[0] == "FACTORIAL" else f"deg2rad({bare(base)})"
        if self._peek()[0] == "PERCENT" and (self._peek(1)[0] == END or self._peek(1)[1] in (*_CLOSING, "+", "-", "*", ",")):
            self._place += 1
            return f"{base}/100"
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
        terminal, text, _, _ = self._next()
        if text in _BARS:
            inner = self._sum(text)
            self._place += 1
            return f"{_BARS[text]}({inner})"
        if text in _OPENING:
            group = self._bracket(text)
            inner = bare(group)
            if text == "(" and inner != group:
                group = inner if re.fullmatch(r"\w+", inner) else f"({inner})"
            return self._trailed(group)
        if terminal != "NAME":
            return text
        if text in self._given:
            return self._given[text]
        return self._name(text)

    def _name(self, text: str) -> str:
        """What a name begins: a function with its argument, a derivative, a product of names, or itself."""
        if self._peek()[0] == "PRIME":
            return self._trailed(self._primed(text))
        if text in self._texts.functions and self._peek()[1] == "(":
            return self._trailed(self._called(text, self._arguments()))
        function, logarithm = self._function(text), _LOGARITHM.fullmatch(text)
        if function is not None and self._is_bare_product(text):
            function = None  # mv², where m and v have values
        if function is not None:
            return self._trailed(self._application(function, f"{function}({{}})"))
        if logarithm and text not in self._bound:
            base = logarithm[1] or logarithm[2].translate(_DIGITS)
            return self._trailed(self._application("log", _BASES.get(base, f"log({{}}, {base})")))
        if text == "d" and text not in self._bound and (name := self._differential()):
            return name
        if text not in self._bound and (product := self._spelt_product(text) or self._run_together(text)):
            return product
        if self._peek()[1] == "(" and (text in self._bound or len(text) == 1):
            return text  # a product: x(x + 1)
        return self._trailed(text)

    def _spelt_product(self, text: str) -> str | None:
        """xy where x and y have values, 2πr, i; None for a name that is none of these."""
        letters = {*text}
        if text in _CONSTANTS or not letters <= {*self._bound, *self._given, "π", "i"}:
            return None
        if text != "i" and "i" in letters - {*self._bound} and "π" not in letters:
            return None  # a word that happens to be made of such letters
        factors = [self._given.get(each, each) if each in {*self._bound, *self._given} else _MEANT[each] for each in text]
        if len(factors) > 1:
            factors[-1] = self._raised(factors[-1])  # of ax^2, x alone is squared
        return factors[0] if len(factors) == 1 else f"({'*'.join(factors)})"

    def _is_bare_product(self, text: str) -> bool:
        """Whether a function's name without an argument is made of names that have values."""
        alone = self._peek()[1] != "(" and not self._begins_operand()
        return alone and len(text) > 1 and {*text} <= {*self._bound, *self._given}

    def _run_together(self, text: str) -> str | None:
        """sinx and cos2x, where x has a value."""
        found = _RUN_TOGETHER.fullmatch(text)
        if found is None or found[3] not in {*self._bound, *self._given} or self._peek()[0] == "DOUBLESTAR":
            return None
        name = self._function(found[1])
        factor = self._given.get(found[3], found[3])
        return None if name is None else f"{name}({found[2]}{'*' * bool(found[2])}{factor})"

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

    # --- functions ---

    def _application(self, name: str, form: str) -> str:
        """A function with its argument: in brackets, or the factors that follow, and `sin^2 x` is the square of sin x.

        form  the call, with {} for the argument
        """
        power = None
        if self._peek()[0] == "DOUBLESTAR":
            self._place += 1
            power = self._exponent_of_function()
            if power == "-1" and name in _INVERSES:
                form, power = f"{_INVERSES[name]}({{}})", None
        if self._peek()[1] == "(":
            self._place += 1
            argument = self._bracket("(")[1:].removesuffix(")")
        elif self._begins_operand() or self._peek()[0] in ("MINUS", "PLUS"):
            argument = self._argument()
        else:
            return name if power is None else f"{name}**{power}"
        call = form.format(argument)
        return call if power is None else f"{call}**{power}"

    def _exponent_of_function(self) -> str:
        """The exponent between a function and its argument: a number, a name or a bracket, and no product."""
        sign = "-" if self._peek()[0] == "MINUS" else ""
        self._place += len(sign)
        _, text, *_ = self._next()
        exponent = sign + (self._bracket(text) if text in _OPENING else text)
        return exponent[1:-1] if exponent == "(-1)" else exponent

    def _argument(self) -> str:
        """Factors up to an operator or the next function: sin 2x cos x is sin(2x) cos(x)."""
        sign = self._next()[1] if self._peek()[0] in ("MINUS", "PLUS") else ""
        factors = [self._power()]
        while self._begins_factor(factors[-1]) and self._function(self._peek()[1]) is None:
            factors.append(self._power())
        return sign + "*".join(factors)

    def _arguments(self) -> list[list[Token]]:
        """The tokens of each argument of a call, whose bracket comes next."""
        self._place += 1
        found, start, depth = [], self._place, 0
        while self._place < len(self._tokens):
            text = self._peek()[1]
            if not depth and text in (",", ")"):
                found.append(self._tokens[start : self._place])
                start = self._place + 1
                if text == ")":
                    break
            depth += (text in _OPENING) - (text in _CLOSING)
            self._place += 1
        self._place += 1
        return found

    def _called(self, name: str, arguments: list[list[Token]]) -> str:
        """The body of a function that the text names, with the arguments in the place of its parameters."""
        self._refuse_other_count(name, len(arguments))
        parameters, body = self._texts.functions[name]
        given = {name: f"({self._inner(each, self._given)})" for name, each in zip(parameters, arguments)}
        return f"({self._inner(body, given)})"

    def _refuse_other_count(self, name: str, count: int) -> None:
        parameters = self._texts.functions[name][0]
        if self._calls >= _MOST_CALLS:
            raise Problem(
                "syntax", f"'{name}' calls itself without an end", type="SyntaxError", hint="a function cannot use itself"
            )
        if count != len(parameters):
            raise Problem(
                "syntax",
                f"{name}() takes {len(parameters)} argument{'s' * (len(parameters) != 1)}, and {count} were given",
                type="SyntaxError",
                hint=f"it was named as {name}({', '.join(parameters)})",
            )

    def _inner(self, tokens: list[Token], given: dict[str, str]) -> str:
        return Statement(self._texts, tokens, [*self._bound, *given], given, self._calls + 1).text()

    # --- derivatives ---

    def _primed(self, name: str) -> str:
        """f'(a): the derivative of a function of one argument, by its argument, at a."""
        order = 0
        while self._peek()[0] == "PRIME":
            self._place += 1
            order += 1
        if name not in self._texts.functions and self._function(name) is None:
            hint = f"name the function first: {name}(x) = x^2; {name}{chr(39) * order}(3)"
            raise Problem("syntax", f"{name}{chr(39) * order} has no function '{name}'", type="SyntaxError", hint=hint)
        arguments = self._arguments()
        at = bare(self._inner(arguments[0] if arguments else [], self._given))
        point = at if at in self._bound else self._texts.point(at)
        if name in self._texts.functions:
            self._refuse_other_count(name, len(arguments))
            parameters, body = self._texts.functions[name]
            value = self._inner(body, {parameters[0]: point})
        else:
            value = f"{self._function(name)}({point})"
        return grad_of(value, point, order)

    def _differential(self) -> str | None:
        """`d/dx x^2` and `d^2/dx^2 x^3`, behind the first d: the derivative of the factors that follow; None if it is none."""
        power = 2 if self._peek()[0] == "DOUBLESTAR" else 0
        name = self._peek(power + 1)[1]
        if self._peek(power)[1] != "/" or len(name) < 2 or name[0] != "d" or name in self._bound:
            return None
        order = int(self._peek(1)[1]) if power and self._peek(1)[1].isdecimal() else 1
        self._place += power + 2 + power
        return grad_of(self._argument(), name[1:], order)

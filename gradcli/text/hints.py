"""The token that does not fit -> a sentence: what stands there, what belongs there, and how to write what was meant."""

from __future__ import annotations

from gradcli.errors import Problem
from gradcli.text.lexer import Token, placer
from gradcli.text.nearby_tokens import after, before, is_operand, open_bracket, suggest
from gradcli.text.syntax_errors import foreign, quote, syntax, unclosed, whole
from gradcli.text.tables import END, NEWLINE

_ENDS = {END, NEWLINE, "SEMICOLON"}
_BEGINS = {"NAME", "NUMBER", "STRING", "TRUE", "FALSE", "NONE", "ELLIPSIS", "LPAREN", "TILDE"}  # only an operand does
_CONSTANTS = {"TRUE", "FALSE", "NONE"}
_PREFIXES = {"r", "b", "f", "u", "rb", "br", "fr", "rf"}  # of Python's strings

# Pairs of operators that other languages have, or Python's scripts.
_OPERATORS = {
    "&&": "use 'and' for conditions, & for tensors of them", "||": "use 'or' for conditions, | for tensors of them",
    "<>": "use != for 'not equal'", "!==": "use != for 'not equal'", "===": "use == to compare",
    "=<": "use <= for 'at most'", "=>": "use >= for 'at least'", "->": "results are named in front: y = x + 2",
    "<<": "multiply by a power of two: x*2**n", ">>": "divide by a power of two: x//2**n",
    ":=": "name a value in a statement of its own: y = x + 2; y*y",
    **{f"{operator}=": "write it out: y = y + x" for operator in ("+", "-", "*", "/", "//", "%", "**", "@", "&", "|")},
}  # fmt: skip

_NAME_VALUES = "name values one after the other: y = x + 2; y*y"
_WHOLE_TENSORS = "functions take whole tensors: sum(x**2)"
_NO_IMPORT = "'import' is not needed in an expression", "every function is there: sin(x), torch.sin(x), math.sin(x)"
_WORDS = {
    "lambda": ("functions cannot be written inside an expression", _NAME_VALUES),
    "def": ("functions cannot be defined in an expression", _NAME_VALUES),
    "class": ("classes cannot be defined in an expression", _NAME_VALUES),
    "for": ("loops and comprehensions are not part of an expression", _WHOLE_TENSORS),
    "while": ("loops are not part of an expression", _WHOLE_TENSORS),
    "import": _NO_IMPORT,
    "from": _NO_IMPORT,
    "return": ("'return' is not needed: the last statement is the result", "leave it out"),
    "elif": ("'elif' is not part of an expression", "write a if c else b if d else e"),
}


def unexpected(source: str, token: Token, reached: int, expected: set[str]) -> Problem:
    """The Problem of `token`, which is none of the `expected` terminals; the token before it ends at `reached`."""
    return _Misfit(source, token, reached, expected).problem()


class _Misfit:
    """A token that does not fit, with its neighbours.  Each method gives the Problem that it recognises, or None."""

    def __init__(self, source: str, token: Token, reached: int, expected: set[str]) -> None:
        self.source, self.expected = source, expected
        self.terminal, self.text, self.start, self.end = token
        self.before = before(source, self.start)
        self.last, self.last_text, self.last_start, self.last_end = self.before[-1] if self.before else ("", "", 0, 0)
        self.next, _, self.next_start, self.next_end = (after(source, self.end) or [(END, "", 0, 0)])[0]
        self.bracket = open_bracket(source, self.start)
        self.place = placer(source)
        at_end = self.terminal in (END, NEWLINE)
        self.span = self.place(reached, reached) if at_end else self.place(self.start, self.end)

    def problem(self) -> Problem:
        wants_operand = "NUMBER" in self.expected
        return (
            self._reserved_word()
            or (foreign(self.source, self.start, self.end) if self.terminal == "NAME" else None)
            or self._operator_of_elsewhere()
            or self._colon()
            or (self._operand_missing() if wants_operand else self._operator_missing())
        )

    # ---- what means something elsewhere

    def _reserved_word(self) -> Problem | None:
        if not self.text.isidentifier() or self.terminal == "NAME":
            return None
        if self.last == "DOT" or (self.next == "EQUAL" and self.terminal not in _CONSTANTS):
            return self._reserved(self.text)
        if self.terminal in ("AND", "OR", "NOT", "IN", "IS", "IF", "ELSE", *_CONSTANTS):
            return None
        known = f"'{self.text}' begins a statement of scripts and cannot stand in an expression", _NAME_VALUES
        return syntax(*_WORDS.get(self.text, known), self.span)

    def _reserved(self, word: str) -> Problem:
        return syntax(f"'{word}' is a reserved word and cannot be a name", "choose another name", self.span)

    def _operator_of_elsewhere(self) -> Problem | None:
        for start, joint, other, end in (
            (self.last_start, self.last_end, self.start, self.end),
            (self.start, self.end, self.next_start, self.next_end),
        ):
            operator = self.source[start:end]
            if joint == other and operator in _OPERATORS:
                return syntax(f"'{operator}' is not an operator here", _OPERATORS[operator], self.place(start, end))
        return None

    def _colon(self) -> Problem | None:
        if self.terminal != "COLON":
            return None
        if self.bracket is not None and self.source[self.bracket] == "[":
            message = "a slice has at most three parts, and stands in an index only"
        else:
            message = "':' stands only within the brackets of an index"
        return syntax(message, "write x[start:stop] or x[start:stop:step]", self.span)

    # ---- an operand belongs here

    def _operand_missing(self) -> Problem:
        problem = self._nothing_follows() if self.terminal in _ENDS else self._no_operand()
        if problem:
            return problem
        where = f"between {quote(self.last_text)} and {quote(self.text)}" if self.last else f"before {quote(self.text)}"
        return syntax(f"an operand is missing {where}", "write a name, a number or brackets there", self.span)

    def _nothing_follows(self) -> Problem:
        if self.last in ("", "SEMICOLON", NEWLINE):
            return syntax("there is no expression", "write one, for example: x**2 + 1", self.span)
        if self.last == "EQUAL":
            return syntax("nothing stands to the right of '='", "write a value: y = x + 2", self.span)
        lines = "to go on in the next line, put brackets around all of it"
        hint = lines if self.terminal == NEWLINE else f"write what comes next, or leave out {quote(self.last_text)}"
        return syntax(f"an operand is missing after {quote(self.last_text)}", hint, self.span)

    def _no_operand(self) -> Problem | None:
        if self.terminal in ("STAR", "DOUBLESTAR") and self.last in ("LPAREN", "LBRACKET", "COMMA"):
            return syntax(f"'{self.text}' cannot unpack arguments or items", "write them one by one", self.span)
        if self.terminal == "IF":
            return syntax("'if' needs a value before it", "write a if condition else b", self.span)
        if self.terminal == "NOT":
            hint = "put it in brackets: (not x)"
            return syntax(f"'not' cannot follow {quote(self.last_text)} directly", hint, self.span)
        if self.terminal == "EQUAL" and not self.last:
            return syntax("a name is missing before '='", "write y = x + 2", self.span)
        return None

    # ---- an operand has just ended

    def _operator_missing(self) -> Problem:
        if self.last == "DOT":
            return syntax("a name is missing after '.'", "write x.T or x.sum()", self.span)
        if self.expected == {"IN"}:
            return syntax("'not' after a value needs 'in'", "write x not in y, or x and not y", self.span)
        if self.terminal == "EQUAL":
            return self._equal()
        if self.bracket is not None and "\n" in self.source[self.last_end : self.start]:
            return unclosed(self.source, self.bracket)
        if self.terminal in _BEGINS:
            return self._literals() or self._juxtaposition(self._product())
        if self.terminal == "NOT":
            return self._juxtaposition("write x and not y")
        if "ELSE" in self.expected:
            return syntax("expected 'else' after 'if' expression", "write a if condition else b", self.span)
        if self.terminal == "ELSE":
            return syntax("'else' has no 'if' before it", "write a if condition else b", self.span)
        if self.terminal == "SEMICOLON" and self.bracket is not None:
            bracket = self.source[self.bracket]
            return syntax(f"';' ends a statement, and '{bracket}' is still open", "close the bracket first", self.span)
        return syntax(f"{quote(self.text)} cannot stand here", "an operator or the end was expected", self.span)

    def _literals(self) -> Problem | None:
        """Two literals without a space between them that Python would read as one."""
        pair, span = self.source[self.last_start : self.end], self.place(self.last_start, self.end)
        if self.last_end != self.start:
            return None
        if self.last == self.terminal == "NUMBER":
            return syntax(f"{quote(pair)} is not a number", "write 12, 0.5, 1e-3 or 0x1F", span)
        if self.terminal == "STRING" and self.last_text.lower() in _PREFIXES:
            return syntax(f"strings with the prefix '{self.last_text}' are not supported", "leave it out", span)
        return None

    def _juxtaposition(self, hint: str) -> Problem:
        message = f"an operator is missing between {quote(self.last_text)} and {quote(self.text)}"
        return syntax(message, hint, self.span)

    def _product(self) -> str:
        product = suggest(self.source, self.start, "*", self.start) or "2*x"
        in_list = self.bracket is not None and self.source[self.bracket] == "["
        if in_list and is_operand(self.last) and is_operand(self.terminal):
            return f"put a comma between items, or write {product}"
        if self.last == "NAME" and is_operand(self.terminal):
            return f"write {product} to multiply, {product.replace('*', '(', 1)}) to call"
        return f"write {whole(self.source) or product}"

    def _equal(self) -> Problem:
        if self.last in _CONSTANTS:
            self.span = self.place(self.last_start, self.last_end)
            return self._reserved(self.last_text)
        if self.bracket is not None:
            hint = "use == to compare; the name of an argument is a plain word: f(x, dim=0)"
        elif any(terminal == "EQUAL" for terminal, *_ in self.before):
            hint = "use == to compare, or give each name its own statement: b = 1; a = b"
        else:
            hint = "use == to compare"
        return syntax("'=' names a value, and cannot stand within an expression", hint, self.span)

"""An explanation without values: every step of an expression, its own derivative as a formula, and what comes of them together.

Each operation that the user wrote is a step with a name; the way back goes through the steps one at a time, on terms.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gradcli.errors import Record
from gradcli.run.source_places import parsed
from gradcli.run.symbolic.derivative import Formulas, Question, derivative
from gradcli.run.symbolic.terms.algebra import add
from gradcli.run.symbolic.terms.pullbacks import gradients
from gradcli.run.symbolic.terms.reading import Reader
from gradcli.run.symbolic.terms.shortening import shortened
from gradcli.run.symbolic.terms.term import ONE, Term, symbol
from gradcli.run.symbolic.terms.writing import Writer
from gradcli.run.symbolic.trees import name as name_tree
from gradcli.text import nodes as syntax
from gradcli.text.printing import unparse

_LETTERS: Final = "abchkmnpqrstuv"
OUTPUT: Final = "out"


class Step(Record):
    """One operation.

    name    what its result is called
    source  what it is, in the user's words; `text` in terms of the names of its operands
    arrived what has arrived at it, as a formula
    sent    (operand, what this step sends to it) pairs
    """

    __slots__ = ("name", "source", "text", "arrived", "sent")
    name: str
    source: str
    text: str
    arrived: str
    sent: tuple[tuple[str, str], ...]


class Outline(Record):
    """The whole: the steps in the order of the computation, and the formulas that they come to."""

    __slots__ = ("steps", "formulas")
    steps: tuple[Step, ...]
    formulas: Formulas


def outline(question: Question) -> Outline:
    """Derive an expression's gradient without values.  Raises Problem."""
    formulas = derivative(question)
    return Outline(tuple(_Walk(question, formulas).steps()), formulas)


class _Walk:
    """The steps of one expression."""

    def __init__(self, question: Question, formulas: Formulas) -> None:
        self.question, self.formulas = question, formulas
        self.leaves = {name: symbol(name, shape, flags) for name, (shape, flags) in formulas.shapes.items()}
        self.symbols: dict[str, Term] = dict(self.leaves)
        self.letters = _letters({*self.leaves, *question.values, formulas.along})
        self.own: dict[str, str] = {}  # a name that the user gave -> that of its step
        self.made: list[tuple[str, str, syntax.Node, Term, tuple[Term, ...]]] = []

    def steps(self) -> list[Step]:
        program = parsed(self.question.expr)
        for statement in program.statements:
            tree = statement.value if isinstance(statement, syntax.Assign) else statement
            wish = statement.targets[0] if isinstance(statement, syntax.Assign) else None
            last = statement is program.statements[-1]
            found = self._step(tree, OUTPUT if last and wish is None else wish)
            if wish is not None:
                self.own[wish] = found
        return self._back(found)

    def _step(self, node: syntax.Node, wish: str | None = None) -> str:
        """The name of what a tree gives: that of a leaf, or of a step that is noted."""
        if isinstance(node, syntax.Name):
            return self.own.get(node.id, node.id)
        replaced = self._with_names(node)
        operands = tuple(dict.fromkeys([self.symbols[each] for each in _names(replaced) if each in self.symbols]))
        values = {each: term for each, term in self._values().items() if each not in self.symbols}
        term = Reader({**values, **self.symbols}, None).term(replaced)
        name = wish or next(self.letters)
        self.symbols[name] = symbol(name, term.shape)
        source = unparse(node)
        self.made.append((name, source, replaced, term, operands))
        return name

    def _values(self) -> dict[str, Term]:
        from gradcli.run.symbolic.derivative import known_terms

        return known_terms(self.question.values)

    def _with_names(self, node: syntax.Node) -> syntax.Node:
        """An operation with the names of its operands in their places."""
        fields = [self._operand(getattr(node, field)) for field in node.__slots__]
        return type(node)(*fields)  # type: ignore[arg-type]

    def _operand(self, value: object) -> object:
        if isinstance(value, (syntax.Binary, syntax.Call, syntax.Index, syntax.Compare)) or _is_turned(value):
            assert isinstance(value, syntax.Node)
            if not any([each in self.symbols or each in self.own for each in _names(value)]):
                return value
            return name_tree(self._step(value))
        if isinstance(value, syntax.Name):
            return name_tree(self.own.get(value.id, value.id))
        if isinstance(value, syntax.Attribute | syntax.Unary | syntax.Keyword):
            return self._with_names(value)
        if type(value) is tuple:
            return tuple([self._operand(each) for each in value])
        return value

    def _back(self, out: str) -> list[Step]:
        incoming = self.formulas.along
        arrived: dict[str, Term] = {out: symbol(incoming, self.symbols[out].shape) if self.symbols[out].shape else ONE}
        steps: list[Step] = []
        for name, source, replaced, term, operands in reversed(self.made):
            g = arrived.get(name)
            if g is None:
                continue
            shown = g if name == out else symbol(f"∂out/∂{name}", term.shape)
            sent: list[tuple[str, str]] = []
            for operand, part in gradients(term, shown, list(operands)).items():
                part = shortened(part)
                if part.op == "number" and part.data[0] == 0:
                    continue
                sent.append((operand.data[0], self._text(part)))
                before = arrived.get(operand.data[0])
                arrived[operand.data[0]] = part if before is None else add(before, part)
            steps.append(Step(name, source, unparse(replaced), incoming if g is not ONE else "1", tuple(sent)))
        return steps[::-1]

    def _text(self, term: Term) -> str:
        return unparse(Writer({**self.leaves, **self.symbols}).tree(term))


def _is_turned(value: object) -> bool:
    return isinstance(value, syntax.Unary) and not isinstance(value.operand, syntax.Number | syntax.Name)


def _names(node: syntax.Node) -> list[str]:
    """The names within a tree that are no functions."""
    found: list[str] = []
    waiting = [node]
    while waiting:
        each = waiting.pop(0)
        if isinstance(each, syntax.Name):
            found.append(each.id)
        elif isinstance(each, syntax.Call):
            inner = [each.function.object] if isinstance(each.function, syntax.Attribute) else []
            waiting = [*inner, *each.arguments, *each.keywords, *waiting]
        else:
            waiting = [*syntax.children(each), *waiting]
    return found


def _letters(taken: set[str]) -> Iterator[str]:
    yield from [letter for letter in _LETTERS if letter not in taken]
    count = 0
    while True:
        count += 1
        if f"v{count}" not in taken:
            yield f"v{count}"

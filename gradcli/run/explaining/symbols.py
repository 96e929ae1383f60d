"""What the values of an explanation are called: by the user's names, the output "out", and the others by a letter each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from gradcli.run.symbolic.labels import applied, is_whole, public_name
from gradcli.run.symbolic.simplify import simplified
from gradcli.run.symbolic.trees import constant, name, rebuilt
from gradcli.run.trace import Application, Trace
from gradcli.text import nodes as syntax
from gradcli.text.printing import unparse

OUTPUT: Final = "out"
_LETTERS: Final = "abchkmnpqrstuv"  # without those that mean something: d, e, f, g, i, j, l, o, w, x, y, z
_LONGEST: Final = 48  # characters of a step in the user's own text
_REMAKABLE: Final = 1_000  # characters of a step that is written anew; a longer one may be as deep as it is long
_MOST_OPERANDS: Final = 6  # of a step that is written with all of them
_SHORT: Final = 24  # characters of an operand that stands in a formula as the user wrote it


class Symbols:
    """Names and texts of the tensors of a trace."""

    def __init__(self, trace: Trace, numbers: Iterable[int], output: int) -> None:
        self.trace = trace
        self.taken = {entry.name for entry in trace.entries if entry.name} | {"e", "pi"}
        self._names: dict[int, str] = {}
        letters = self._letters()
        used: set[str] = set()
        for number in numbers:
            own = trace.entries[number].name
            if own is not None:
                while own in used:  # a name given a second time: y, then y'
                    own += "'"
            elif number == output and OUTPUT not in self.taken:
                own = OUTPUT
            else:
                own = next(letters)
            used.add(own)
            self._names[number] = own

    def _letters(self) -> Iterator[str]:
        yield from [letter for letter in _LETTERS if letter not in self.taken]
        count = 0
        while True:
            count += 1
            if f"v{count}" not in self.taken:
                yield f"v{count}"

    def name(self, number: int) -> str:
        """The symbol of a tensor."""
        return self._names[number]

    def fresh(self, wish: str) -> str:
        """A name that nothing else has."""
        while wish in self.taken or wish in self._names.values():
            wish += "_"
        return wish

    def text(self, number: int) -> str:
        """What a tensor is, in the user's own text where that is short, else in symbols; of what was given, its name."""
        application = self.trace.applications.get(number)
        entry = self.trace.entries[number]
        if application is None:
            return self._names[number] if entry.name is None else entry.name
        own = application.syntax if len(application.results) > 1 else self._own(application, number)
        tree = own if own is not None and _length(own) <= _LONGEST else self._in_symbols(application, number)
        text = unparse(tree)
        text = text if len(text) <= 2 * _LONGEST else f"{public_name(application.operation)}(...)"
        return text + place(application, number)

    def step(self, number: int) -> str:
        """What a tensor is, in the symbols of its operands; of what was given, the same as its text."""
        application = self.trace.applications.get(number)
        if application is None or len(application.inputs) > _MOST_OPERANDS:
            return self.text(number)
        own = application.syntax if len(application.results) > 1 else None
        is_own = own is not None and _length(own) <= _REMAKABLE
        tree = self._with_symbols(application, own) if own is not None and is_own else self._in_symbols(application, number)
        text = unparse(tree) + place(application, number)
        return text if len(text) <= 2 * _LONGEST else self.text(number)

    def tree(self, number: int) -> syntax.Node:
        """What stands for a tensor in a formula: the user's name, a short text, or else its symbol."""
        application = self.trace.applications.get(number)
        if self.trace.entries[number].name is not None or application is None:
            return name(self._names[number])
        own = self._own(application, number)
        return own if own is not None and _length(own) <= _SHORT else name(self._names[number])

    def _own(self, application: Application, number: int) -> syntax.Node | None:
        """The user's own tree, unless the tensor is a step on the way to it, or the operation another than it says."""
        if len(application.results) > 1:
            return None
        return application.syntax if is_whole(self.trace, application, number) else None

    def _with_symbols(self, application: Application, own: syntax.Node) -> syntax.Node:
        symbols = {each: name(self._names[each]) for each in application.parts.values() if each in self._names}
        return rebuilt(own, lambda node: symbols.get(application.parts.get(id(node), -1)))

    def _in_symbols(self, application: Application, number: int) -> syntax.Node:
        own = self._own(application, number)
        if (
            own is not None
            and _length(own) <= _REMAKABLE
            and {each for each in application.inputs if each is not None} <= {*application.parts.values()}
        ):
            return self._with_symbols(application, own)
        trees = [
            constant(given) if each is None else name(self._names.get(each, "..."))
            for each, given in zip(application.inputs, application.operands)
        ]
        return simplified(applied(application, trees))


def place(application: Application, number: int) -> str:
    """Which of several results a tensor is, as an index."""
    if len(application.results) == 1:
        return ""
    return f"[{[each._label for each in application.results].index(number)}]"


def _length(tree: syntax.Node) -> int:
    """About as long as its text, without writing down what is very long."""
    return tree.span.end - tree.span.start

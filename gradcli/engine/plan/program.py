"""Straight-line programs: equations in order, each a function of NumPy's, a row's forward function, or a rule.

Variables are numbers: first the inputs, then what the equations give.  Constants stand in the arguments themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from gradcli.graph.operation import Operation

# What is known of an equation, from which each way to run it takes what it may do.
ELEMENTWISE: Final = "elementwise"  # each entry of the result depends on one entry of each operand, broadcast
REDUCTION: Final = "reduction"  # ufunc.reduce(x, axis, dtype, None, keepdims)
VIEW: Final = "view"  # looks into the memory of its first operand, or copies it
CALL: Final = "call"  # another function of NumPy's, whose result's shape follows from those of the operands
FUSED: Final = "fused"  # several equations as one, which makes all its results anew
STEP: Final = "step"  # a row or a rule of which nothing else is known


class Ref(NamedTuple):
    """A variable among the arguments of an equation."""

    number: int


class Equation:
    """One step: `outputs = function(*args, **words)`.

    args     values, and lists, tuples and slices of them, with a Ref wherever an array of the program goes
    inputs   the numbers of the variables that it reads
    outputs  the numbers of the variables that it gives: several where the function gives a tuple
    label    what it is called in print
    operation  the row whose forward function or rule it is, or None
    guarded  whether the shape of the result may depend on values, so that it has to be looked at
    """

    __slots__ = ("args", "function", "guarded", "inputs", "kind", "label", "operation", "outputs", "words")

    def __init__(
        self,
        kind: str,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        words: dict[str, Any],
        outputs: tuple[int, ...],
        label: str,
        guarded: bool = False,
        operation: Operation | None = None,
    ) -> None:
        self.operation = operation
        self.kind = kind
        self.function = function
        self.args = args
        self.words = words
        self.outputs = outputs
        self.label = label
        self.guarded = guarded
        self.inputs = [each.number for each in leaves((args, tuple(words.values()))) if type(each) is Ref]


class Program:
    """What a plan computes.

    names      of the inputs
    inputs     how many variables are inputs: the first ones
    types      for each variable its shape and dtype
    equations  in order; nothing among them is left that no output needs
    outputs    a Ref, or a constant, for each value that was asked for
    """

    __slots__ = ("equations", "inputs", "names", "outputs", "types")

    def __init__(
        self, names: list[str], types: list[tuple[tuple[int, ...], Any]], equations: list[Equation], outputs: list[Any]
    ) -> None:
        self.names = names
        self.inputs = len(names)
        self.types = types
        self.equations = needed(equations, outputs)
        self.outputs = outputs

    def rearranged(self, equations: list[Equation]) -> Program:
        """The same program by other equations."""
        return Program(self.names, self.types, equations, self.outputs)

    def only(self, places: Iterable[int]) -> Program:
        """The program of some of the outputs: what no other needs is left out."""
        return Program(self.names, self.types, self.equations, [self.outputs[place] for place in places])

    def last_uses(self) -> dict[int, int]:
        """For each variable the place of the last equation that reads it; outputs are read behind all of them."""
        last = {number: place for place, equation in enumerate(self.equations) for number in equation.inputs}
        last.update({each.number: len(self.equations) for each in self.outputs if type(each) is Ref})
        return last


def needed(equations: list[Equation], outputs: list[Any]) -> list[Equation]:
    """The equations that outputs depend on."""
    wanted = {each.number for each in outputs if type(each) is Ref}
    kept = []
    for equation in reversed(equations):
        if not wanted.isdisjoint(equation.outputs):
            wanted.update(equation.inputs)
            kept.append(equation)
    return kept[::-1]


def leaves(value: Any) -> Iterator[Any]:
    """What stands in nested lists, tuples and slices."""
    stack = [value]
    while stack:
        each = stack.pop()
        if type(each) is slice:
            stack += [each.step, each.stop, each.start]
        elif isinstance(each, (list, tuple)) and type(each) is not Ref:
            stack += reversed(each)
        else:
            yield each


def mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    """Nested lists, tuples and slices with each value in them changed."""
    if type(value) is slice:
        return slice(*[mapped(each, change) for each in (value.start, value.stop, value.step)])
    if type(value) in (list, tuple):
        return type(value)([mapped(each, change) for each in value])
    return change(value)

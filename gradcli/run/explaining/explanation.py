"""An explanation as plain data: the steps forward, the steps back, and what every leaf's gradient is made of."""

from __future__ import annotations

from typing import Any

from gradcli.errors import Record
from gradcli.run.result import Note


class Value(Record):
    """One step forward: a tensor that the output was computed from, or the output itself.

    id         its number, as in the documents of `gradcli eval`
    symbol     what it is called in the explanation: the user's own name, "out", or a letter
    text       what it is: the user's own text (of an inner step: the operation on the symbols)
    step       the same with the symbols of its operands: `a * 3`
    operation  the name of the row that made it, None for what was given
    inputs     the ids of its operands
    value      an ndarray
    is_leaf    whether a gradient is wanted for it
    """

    __slots__ = ("id", "symbol", "text", "step", "operation", "grad_fn", "inputs", "value", "requires_grad", "is_leaf")
    id: int
    symbol: str
    text: str
    step: str
    operation: str | None
    grad_fn: str | None
    inputs: tuple[int, ...]
    value: Any
    requires_grad: bool
    is_leaf: bool


class Link(Record):
    """What one operand of a step receives on the way back.

    input     the id of the operand, `operand` the name that the table has for it
    rule      the derivative as the table states it, of `g`, the gradient that comes in; None where it has no short formula
    local     the local derivative in the user's own words, where the rule multiplies by one entry by entry; `local_value` its
              numbers, which broadcast with the gradient
    whole     the rule in the user's own words, where it does something else with the gradient
    jacobian  the local derivatives of every output entry by every operand entry (out.shape + operand.shape), where few
    moves     the rule only puts entries of the gradient back to where they came from
    product   what the rule gives, an ndarray
    value     the same in the operand's shape: where the operand was broadcast, `product` summed
    """

    __slots__ = (
        "input",
        "operand",
        "rule",
        "local",
        "local_value",
        "whole",
        "jacobian",
        "moves",
        "product",
        "value",
    )
    input: int
    operand: str
    rule: str | None
    local: str | None
    local_value: Any
    whole: str | None
    jacobian: Any
    moves: bool
    product: Any
    value: Any


class Back(Record):
    """One step back: through the value `id`, whose gradient is complete; what is of several outputs comes once for each."""

    __slots__ = ("id", "gradient", "links")
    id: int
    gradient: Any
    links: tuple[Link, ...]


class Path(Record):
    """What arrives at a value: from the step back through `id`, by the operand `operand` of it."""

    __slots__ = ("id", "operand", "value")
    id: int
    operand: str
    value: Any


class LeafGradient(Record):
    """The end: a leaf's gradient (None where none arrives), and its closed formula, which has been evaluated."""

    __slots__ = ("id", "gradient", "formula")
    id: int
    gradient: Any
    formula: str | None


class Explanation(Record):
    """The whole derivation.

    objective  what is being differentiated: "out" (the output's own symbol), or with weights "L", their product summed
    weights    what they are called, and an ndarray; or None
    notes      where a gradient used a convention, as `gradcli eval --notes` has them
    paths      by id, all that arrives at a value
    """

    __slots__ = ("expr", "output", "objective", "weights", "forward", "backward", "paths", "leaves", "notes")
    expr: str
    output: int
    objective: str
    weights: tuple[str, Any] | None
    forward: tuple[Value, ...]
    backward: tuple[Back, ...]
    paths: dict[int, tuple[Path, ...]]
    leaves: dict[str, LeafGradient]
    notes: tuple[Note, ...]

    def value(self, id: int) -> Value:
        """The step forward with this id.  Raises KeyError."""
        return {each.id: each for each in self.forward}[id]

"""What a computation gives back: plain data, from which every report is rendered."""

from __future__ import annotations

from typing import Any

from gradcli.errors import Record, Span


class Output(Record):
    """One tensor that the expression gives: `value` is an ndarray of `shape` and `dtype` (a name such as "float64")."""

    __slots__ = ("value", "shape", "dtype", "requires_grad", "grad_fn")
    value: Any
    shape: tuple[int, ...]
    dtype: str
    requires_grad: bool
    grad_fn: str | None


class NodeView(Record):
    """One node of the forward graph, in the order of evaluation; `inputs` are the ids of its operands.

    `name` is the user's name for it (a binding or `y = ...`), `source` its own text in the expression, `span` where.
    `value` is an ndarray, or None where the value was not asked to be kept.
    `grad` is an ndarray or None (leaves, and intermediate values named by --retain-grad).
    `is_step` tells what a `grad(...)` within the expression computed on the way to its results.
    """

    __slots__ = (
        "id",
        "name",
        "source",
        "span",
        "grad_fn",
        "is_leaf",
        "requires_grad",
        "shape",
        "dtype",
        "inputs",
        "value",
        "grad",
        "is_step",
    )
    id: int
    name: str | None
    source: str
    span: Span | None
    grad_fn: str | None
    is_leaf: bool
    requires_grad: bool
    shape: tuple[int, ...]
    dtype: str
    inputs: tuple[int, ...]
    value: Any
    grad: Any
    is_step: bool


class Pass(Record):
    """One backward pass: its weights (an ndarray, or None), and every leaf's gradient as it stood after it."""

    __slots__ = ("weights", "retain_graph", "grads")
    weights: Any
    retain_graph: bool
    grads: dict[str, Any]


class Warning(Record):
    """Something the user should know although there is a result; `node` is an id of `Result.nodes`, or None.

    rewrite  an expression that gives the same value and does not have the trouble, or None
    """

    __slots__ = ("code", "message", "node", "span", "rewrite")
    code: str
    message: str
    node: int | None
    span: Span | None
    rewrite: str | None


class Note(Record):
    """A gradient used a convention at a point where there is no derivative, or one that has lost its digits.

    code      "kink", or "lost-digits" where PyTorch makes the derivative of a saved result that has too few for it
    node      the id of the node (in `Result.nodes`) at whose result it is, `span` its place in the text
    index     of the first entry of that result, `count` how many there are
    interval  the subgradients that could stand there, (lowest, highest), or None where there is no such interval
    """

    __slots__ = ("code", "message", "node", "span", "index", "interval", "count")
    code: str
    message: str
    node: int
    span: Span | None
    index: tuple[int, ...]
    interval: tuple[float, float] | None
    count: int


class Result(Record):
    """The answer of `gradcli eval`.  `outputs` has one entry unless the expression gives a tuple (`is_tuple`)."""

    __slots__ = (
        "expr",
        "outputs",
        "is_tuple",
        "leaves",
        "nodes",
        "passes",
        "warnings",
        "notes",
        "default_dtype",
        "keep_values",
        "derivatives",
    )
    expr: str
    outputs: tuple[Output, ...]
    is_tuple: bool
    leaves: dict[str, NodeView]  # by name, in the order of binding; constants are not among them
    nodes: tuple[NodeView, ...]
    passes: tuple[Pass, ...]
    warnings: tuple[Warning, ...]
    notes: tuple[Note, ...]  # where --notes asks for them
    default_dtype: str
    keep_values: bool  # --values
    derivatives: tuple[Any, ...]  # Partials, of each kind that --also asks for

    @property
    def grads(self) -> dict[str, Any]:
        """The gradients as they stand at the end: name of leaf -> ndarray, or None where PyTorch leaves None."""
        return {name: leaf.grad for name, leaf in self.leaves.items()}

"""What the tape knows about an operation: a name, a forward function, and a rule for each operand.

The rows themselves stand in `gradcli.ops`; the tape never asks which operation it is looking at.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

Rule = Callable[..., Any]
REQUIRED: Any = object()  # the default of a parameter that has none

# What a row may say of complex operands; see graph.complex_rows.
SAME = "same"  # its rules are right as they stand: linear with real coefficients, or they conjugate for themselves
HOLOMORPHIC = "holomorphic"  # they are those of real numbers, to be conjugated


class Parameter:
    """One static parameter of an operation: not differentiable; `kind` is its annotation ("int", "Dims", ...)."""

    __slots__ = ("default", "keyword_only", "kind", "name")

    def __init__(self, name: str, kind: str, default: Any, keyword_only: bool) -> None:
        self.name = name
        self.kind = kind
        self.default = default
        self.keyword_only = keyword_only


class Operation:
    """One row of the table.

    A rule's parameters say what it needs: after the cotangent `g` (or the tangent `t`) come any of the outputs (`out`), the
    operands (`x`, `y`, ...), the static parameters, and `x_shape` for the shape of operand x.  What the rules of the
    operands that need a gradient name is what a node saves, and nothing else.
    """

    __slots__ = (
        "aliases",
        "attribute",
        "call",
        "casting",
        "commutative",
        "complex",
        "complex_row",
        "composite",
        "doc",
        "domain",
        "elements",
        "family",
        "forward",
        "function",
        "grad_fn",
        "half",
        "in_place",
        "jvps",
        "keeps_numbers",
        "kinks",
        "lossy",
        "method",
        "name",
        "namespace",
        "operands",
        "operator",
        "optional",
        "outputs",
        "overload",
        "pickers",
        "pointwise",
        "samples",
        "saves_all",
        "saves_tensor",
        "shapes",
        "shares",
        "statics",
        "variadic",
        "vjps",
    )

    # What it is called, and where people find it.
    name: str  # "sum", "linalg.norm"
    overload: str  # tells the rows of one name apart
    aliases: tuple[str, ...]
    family: str  # the heading that it stands under
    namespace: str  # where PyTorch keeps it: "torch", "F", ...
    function: bool  # called as name(x)
    method: bool  # called as x.name()
    attribute: bool  # read as x.name
    operator: str | None
    doc: str
    # What it computes.
    forward: Callable[..., Any]  # arrays and statics -> array (or a tuple of arrays); a composite's takes and gives tensors
    composite: bool
    operands: tuple[str, ...]
    optional: int  # how many operands at the end may be left out (None)
    keeps_numbers: bool  # a composite that tells numbers from tensors, and is given both as they are
    variadic: bool  # the operands are one list of tensors, and one rule serves them all
    statics: tuple[Parameter, ...]
    outputs: tuple[str, ...]  # ("out",), or the names of a tuple's entries, of which the first is differentiable
    casting: Callable[[list[Any], tuple[Any, ...]], list[Any]] | None  # operands and statics -> operands of one dtype
    pointwise: bool  # each entry of the result, and of what rules give, depends on one entry of each operand
    elements: Callable[..., int] | None  # operands and statics -> elements of the result, where it can outgrow them
    call: Callable[..., Any]  # the quickest way to apply it
    shares: bool  # the result looks into the memory of the operand
    commutative: bool  # a number on the left goes to the right, as in PyTorch
    in_place: bool  # there is a method of that name and an underscore, which changes its tensor
    # How to differentiate it.
    grad_fn: str | None  # None: the result never requires a gradient
    vjps: tuple[Rule | None, ...]  # one for each operand: cotangent of the output -> cotangent of the operand
    jvps: tuple[Rule | None, ...]  # one for each operand: its tangent -> its share of the output's tangent
    pickers: tuple[Callable[[Any], Any], ...]  # values of a call -> what the operand's vjp saves
    saves_tensor: tuple[bool, ...]  # whether that includes a tensor, which a backward pass releases
    saves_all: bool  # whether the rule of every operand does
    shapes: bool  # whether a rule asks for an operand's shape
    # Of complex operands: SAME, HOLOMORPHIC, or the fields that differ.  Where it takes none: None, or the words and the type
    # of PyTorch's error if they are not the usual ones.
    complex: Any
    # Of operands of 16 bits, whose results are rounded once if nothing is said: where PyTorch rounds between, a `HalfSteps`.
    half: Any
    complex_row: Operation | None  # what stands in its place on complex operands, once somebody has asked
    # Where, and with what to test it.
    domain: Any
    kinks: tuple[Any, ...]
    lossy: Any  # where its saved result has lost the digits of its derivative (a LostDigits), or None
    samples: tuple[str, ...]

    def __init__(self, **fields: Any) -> None:
        self.complex = self.complex_row = self.half = None
        for field, value in fields.items():
            setattr(self, field, value)
        self.note_what_rules_name()

    def note_what_rules_name(self) -> None:
        """See which values of a call the rules name: those are what a node saves."""
        tensors = (*self.outputs, *self.operands)
        shapes = tuple([f"{name}_shape" for name in self.operands])
        slots = (*tensors, *[parameter.name for parameter in self.statics], *shapes)
        named = [rule_parameters(rule)[1:] if rule is not None else () for rule in self.vjps]
        self.pickers = tuple([picker(names, slots) for names in named])
        self.saves_tensor = tuple([any([name in tensors for name in names]) for names in named])
        self.saves_all = bool(named) and all(self.saves_tensor)
        self.shapes = any([name in shapes for names in named for name in names])

    def __call__(self, *args: Any) -> Any:
        """Apply to tensors (recorded) or to bare arrays (not): rules are written once for both."""
        return self.call(*args)

    def __repr__(self) -> str:
        return f"<operation {self.name}{'.' + self.overload if self.overload else ''}>"


class NoGradView(Operation):
    """Stands behind a view that was made while nothing was recorded: it requires grad as its base does, and has no edge."""

    __slots__ = ()


class OutputSelector(Operation):
    """What stands between an operation with several differentiable outputs and each of them; PyTorch numbers them instead."""

    __slots__ = ()


def parameters(forward: Callable[..., Any]) -> tuple[tuple[str, ...], int, tuple[Parameter, ...]]:
    """The operands (before `/`), how many of them are optional, and the static parameters of a forward function.

    A wrapper (`functools.wraps`) has those of what it wraps.
    """
    forward = getattr(forward, "__wrapped__", forward)
    code = forward.__code__
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    split = code.co_posonlyargcount
    defaults = forward.__defaults__ or ()
    plain = dict(zip(names[code.co_argcount - len(defaults) :], defaults))
    plain.update(forward.__kwdefaults__ or {})
    statics = tuple(
        [
            Parameter(name, forward.__annotations__.get(name, "Any"), plain.get(name, REQUIRED), position >= code.co_argcount)
            for position, name in enumerate(names[split:], split)
        ]
    )
    return names[:split], sum([name in plain for name in names[:split]]), statics


def picker(names: Sequence[str], slots: Sequence[str]) -> Callable[[Any], tuple[Any, ...]]:
    """A quick function from the values of a call, laid out as `slots`, to the tuple of those that are named."""
    places = [slots.index(name) for name in names]
    if len(places) > 1 and places != list(range(places[0], places[0] + len(places))):
        return itemgetter(*places)
    start = places[0] if places else 0
    return itemgetter(slice(start, start + len(places)))


def rule_parameters(rule: Rule) -> tuple[str, ...]:
    """The names of a rule's parameters; a builder that wraps a rule states them in `named`."""
    stated = getattr(rule, "named", None)
    if stated is not None:
        return stated  # type: ignore[no-any-return]
    code = rule.__code__
    return code.co_varnames[: code.co_argcount]

"""Builders of rows: each states what its kind of operation needs to be told, and derives the rest.

    elementwise  one partial derivative for each operand; both modes follow from it
    linear       its transpose; the tangent of the output is the operation on the tangent
    bilinear     linear in each operand by itself
    general      both modes stated
    several      the same, where there are several differentiable results
    composite    made of other operations, and shows their nodes
    constant     the result has no derivative (comparisons, factories)
    query        the result is no tensor (x.shape)

Rules are written with operators and other rows, so that they work on bare arrays and, for higher orders, on tensors.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from gradcli.graph import views
from gradcli.graph.complex_rows import conjugate, conjugated, no_kernel
from gradcli.graph.half_rows import HalfSteps
from gradcli.graph.multi_output import give
from gradcli.graph.operation import HOLOMORPHIC, REQUIRED, SAME, Operation, Parameter, Rule, parameters, rule_parameters
from gradcli.graph.tape import apply, binary, single, unary
from gradcli.graph.tensor import Tensor, from_array
from gradcli.ops.core import table
from gradcli.ops.core.arrays import Cotangent, Operand, is_small
from gradcli.ops.core.domains import REAL, Domain
from gradcli.ops.core.dtypes import promote, promote_to_float
from gradcli.ops.core.one_node import in_one_node

# The ufunc takes half the time of the operator on a small array; a Tensor that meets it multiplies in its own way.
multiply = np.multiply
_LARGE = 1 << 14  # elements
Rules = Rule | None | tuple[Rule | None, ...]
_NO_RULE: tuple[Rule | None, ...] = ()


def elementwise(
    name: str,
    forward: Callable[..., Any],
    partials: Rules,
    *,
    single: Callable[..., Any] | None = None,
    keeps_integers: bool = False,
    **fields: Any,
) -> Operation:
    """A row whose output entry depends on one entry of each operand.

    partials  d out / d operand, one for each operand; `None` where there is no derivative, `ZERO` where it is zero
    single    of one operand: the cotangent times the partial, of small arrays of float32, rounded as PyTorch's kernel does it;
              takes what the partial takes, behind the cotangent
    """
    rules = partials if isinstance(partials, tuple) else (partials,)
    scaled = tuple([_scaled(partial) for partial in rules])
    if single is not None:
        scaled = (_rounded_as(single, rules[0]),)
    fields.setdefault("casting", promote if keeps_integers else promote_to_float)
    fields.setdefault("in_place", fields.get("method", True))
    return general(name, forward, scaled, scaled, pointwise=True, **fields)


def linear(name: str, forward: Callable[..., Any], transpose: Rule, **fields: Any) -> Operation:
    """A row that is linear in its one operand (or its one list of operands), with real coefficients if nothing else is said."""
    fields.setdefault("complex", SAME)
    row = general(name, forward, transpose, None, **fields)
    row.jvps = (_itself(row),)
    return row


def bilinear(name: str, forward: Callable[..., Any], vjps: tuple[Rule, Rule], **fields: Any) -> Operation:
    """A row of two operands that is linear in each."""
    fields.setdefault("casting", promote)
    fields.setdefault("complex", HOLOMORPHIC)
    row = general(name, forward, vjps, (None, None), **fields)
    x, y = row.operands
    row.jvps = (_named(lambda t, other: row(t, other), "t", y), _named(lambda t, other: row(other, t), "t", x))
    return row


def general(
    name: str, forward: Callable[..., Any], vjps: Rules, jvps: Rules, *, grad_fn: str | None, **fields: Any
) -> Operation:
    """A row that states both modes: for each operand cotangent -> cotangent, and tangent -> tangent."""
    return _row(name, forward, vjps, jvps, grad_fn=grad_fn, **fields)


def several(name: str, forward: Callable[..., Any], vjp: Rule, jvp: Rule, *, named: bool = True, **fields: Any) -> Operation:
    """A row of one operand with several differentiable results.

    vjp    takes their cotangents as `OutputCotangents`; in a pass that is itself differentiated it must not use the saved
           results, but compute them again
    jvp    gives the tuple of their tangents
    named  whether PyTorch's result has names, too, and is no plain tuple
    """
    row = general(name, forward, vjp, jvp, **fields)
    defaults = tuple([each.default for each in row.statics])

    def call(x: Operand, *given: Any) -> Any:
        statics = given + defaults[len(given) :]
        if not isinstance(x, Tensor):
            return row.forward(x, *statics)
        results = give(row, x, statics)
        return results if named else tuple(results)

    row.call = call
    return row


def composite(name: str, forward: Callable[..., Any], **fields: Any) -> Operation:
    """A row whose forward function applies other rows to tensors."""
    return _row(name, forward, _NO_RULE, _NO_RULE, grad_fn=None, composite=True, **fields)


def constant(name: str, forward: Callable[..., Any], **fields: Any) -> Operation:
    """A row whose result never requires a gradient."""
    return _row(name, forward, _NO_RULE, _NO_RULE, grad_fn=None, **fields)


def query(name: str, forward: Callable[..., Any], **fields: Any) -> Operation:
    """A row that answers with a plain value: a number, a bool, a size."""
    return _row(name, forward, _NO_RULE, _NO_RULE, grad_fn=None, composite=True, **fields)


def ZERO(g: Cotangent) -> Any:
    """The derivative of a step function: zero, even where the cotangent is infinite."""
    return g if g is None else _zeros_like(g)


ZERO.conjugated = ZERO  # type: ignore[attr-defined]  # without a sign


def _zeros_like(g: Cotangent) -> Any:
    return from_array(np.zeros_like(g.ndarray)) if isinstance(g, Tensor) else np.zeros_like(g)


def _row(
    name: str,
    forward: Callable[..., Any],
    vjps: Rules,
    jvps: Rules,
    *,
    grad_fn: str | None,
    doc: str,
    overload: str = "",
    aliases: tuple[str, ...] = (),
    namespace: str = "torch",
    function: bool = True,
    method: bool = True,
    attribute: bool = False,
    operator: str | None = None,
    composite: bool = False,
    outputs: tuple[str, ...] = ("out",),
    casting: Callable[[list[Any], tuple[Any, ...]], list[Any]] | None = None,
    elements: Callable[..., int] | None = None,
    shares: bool = False,
    pointwise: bool = False,
    in_place: bool = False,
    commutative: bool = False,
    complex: Any = None,
    half: HalfSteps | None = None,
    domain: Domain | tuple[Domain, ...] = REAL,
    kinks: tuple[Any, ...] = (),
    lossy: Any = None,
    samples: tuple[str, ...] = (),
    backward: str | tuple[str | None, ...] | None = None,
    signature: tuple[tuple[str, ...], int, tuple[Parameter, ...]] | None = None,
    listed: bool = True,
) -> Operation:
    """A row of the table.

    backward   the name of the node that PyTorch's own operation for the gradient records: then the rules record one, too;
               of each operand, where they differ
    signature  operands, how many of them are optional, and statics, where the forward function does not tell
    listed     whether it stands in the table; what makes or takes sparse tensors, or is made on the way, does not
    """
    vjps = vjps if isinstance(vjps, tuple) else (vjps,)
    jvps = jvps if isinstance(jvps, tuple) else (jvps,)
    if signature is not None:
        (operands, optional, statics), variadic = signature, False
    elif hasattr(forward, "__code__"):
        operands, optional, statics = parameters(forward)
        variadic = forward.__annotations__.get(operands[0]) == "Tensors" if operands else False
    else:  # a ufunc of NumPy's
        operands, optional, statics, variadic = ("x", "y")[: forward.nin], 0, (), False  # type: ignore[attr-defined]
    annotations = getattr(forward, "__annotations__", {})
    forward = _positional(forward, len(operands), statics)
    if backward is not None:
        tensors, titles = (*operands, *outputs), backward if isinstance(backward, tuple) else (backward,) * len(operands)
        vjps = tuple(
            [
                in_one_node(_row, name, rule, title, tensors, pointwise) if rule and title else rule
                for rule, title in zip(vjps, titles)
            ]
        )
    row = Operation(
        name=name,
        overload=overload,
        aliases=aliases,
        family=table.heading(),
        namespace=namespace,
        function=function,
        method=method,
        attribute=attribute,
        operator=operator,
        doc=doc,
        forward=forward,
        composite=composite,
        operands=operands,
        optional=optional,
        variadic=variadic,
        keeps_numbers=operator is not None or "Number | Tensor" in [annotations.get(each) for each in operands],
        statics=statics,
        outputs=outputs,
        casting=casting,
        elements=elements,
        shares=shares,
        pointwise=pointwise,
        in_place=in_place,
        commutative=commutative,
        complex=complex,
        half=half,
        grad_fn=grad_fn,
        vjps=vjps or (None,) * len(operands),
        jvps=jvps or (None,) * len(operands),
        domain=domain,
        kinks=kinks,
        lossy=lossy,
        samples=samples,
    )
    row.call = _caller(row)
    return table.enter(row) if listed else row


def _positional(forward: Callable[..., Any], count: int, statics: tuple[Parameter, ...]) -> Callable[..., Any]:
    """The forward function with its keyword-only parameters (a matter of how people call it) taken by position."""
    keywords = tuple([each.name for each in statics if each.keyword_only])
    if not keywords:
        return forward
    first = count + len(statics) - len(keywords)
    return lambda *args: forward(*args[:first], **dict(zip(keywords, args[first:])))


def _caller(row: Operation) -> Callable[..., Any]:
    """The quickest way to apply a row."""
    if row.composite:
        return row.forward
    call = _quickest(row)
    return _viewing(call) if row.shares else call


def _quickest(row: Operation) -> Callable[..., Any]:
    """The one of the tape's quick ways that a row may take, or the general one."""
    count, plain = len(row.operands), not row.statics and row.casting is not None
    if row.variadic or row.optional or row.outputs != ("out",):
        return _general_caller(row)
    if count == 2 and plain:
        return binary(row)
    if count != 1 or row.elements is not None:
        return _general_caller(row)
    return unary(row) if plain and not row.shapes else single(row)


def _viewing(call: Callable[..., Any]) -> Callable[..., Any]:
    """A caller that makes known what the result is a view of."""

    def viewing(x: Operand, *given: Any) -> Any:
        out = call(x, *given)
        return views.enter(out, x) if isinstance(x, Tensor) else out

    return viewing


def _general_caller(row: Operation) -> Callable[..., Any]:
    count, defaults = len(row.operands), tuple([each.default for each in row.statics])

    def call(*args: Any) -> Any:
        operands = tuple(args[0]) if row.variadic else args[:count]
        if count and not any([isinstance(x, Tensor) for x in operands]):
            return row.forward(*args)
        given = args[count:]
        return apply(row, operands, given + defaults[len(given) :])

    return call


def _scaled(partial: Rule | None) -> Rule | None:
    """The rule, in both modes, of a partial derivative: multiply by it."""
    if partial is None or partial is ZERO:
        return partial
    names = rule_parameters(partial)
    rule: Any = lambda g, *values: multiply(g, partial(*values))  # noqa: E731
    if len(names) == 1:
        # Of large arrays NumPy's operator multiplies into the partial itself, and saves a temporary array.
        rule = lambda g, a: multiply(g, partial(a)) if isinstance(g, Tensor) or g.size < _LARGE else partial(a) * g  # noqa: E731
    elif len(names) == 2:
        rule = lambda g, a, b: multiply(g, partial(a, b))  # noqa: E731
    rule.conjugated = _named(lambda g, *values: multiply(g, conjugate(partial(*values))), "g", *names)
    return _named(rule, "g", *names)


def _rounded_as(single: Callable[..., Any], partial: Any) -> Rule:
    """The same with a kernel of its own for small arrays of float32; a batch of cotangents may be what it multiplies."""

    def rule(g: Any, saved: Any, *values: Any) -> Any:
        if is_small(saved) and not isinstance(g, Tensor):
            return single(g, saved, *values)
        return multiply(g, partial(saved, *values))

    rule.conjugated = _scaled(partial).conjugated  # type: ignore[attr-defined, union-attr]
    return _named(rule, "g", *rule_parameters(partial))


def holomorphic(*partials: Rule) -> dict[str, Any]:
    """What a row says whose partial derivatives are to be written otherwise for complex operands."""
    rules = tuple([_scaled(partial) for partial in partials])
    return {"vjps": tuple([rule and conjugated(rule) for rule in rules]), "jvps": rules}


def times(name: str) -> Rule:
    """The rule, in both modes, of a product: multiply by the other operand."""
    rule = _named(functools.partial(multiply), "g", name)
    rule.conjugated = _named(lambda g, y: multiply(g, conjugate(y)), "g", name)  # type: ignore[attr-defined]
    return rule


def _itself(row: Operation) -> Rule:
    """The jvp of a linear row."""
    return _named(lambda t, *statics: row(t, *statics), "t", *[parameter.name for parameter in row.statics])


def _named(rule: Any, *names: str) -> Rule:
    rule.named = names
    return rule  # type: ignore[no-any-return]


__all__ = [
    "HOLOMORPHIC",
    "REQUIRED",
    "SAME",
    "ZERO",
    "Operation",
    "Parameter",
    "bilinear",
    "composite",
    "constant",
    "elementwise",
    "general",
    "holomorphic",
    "linear",
    "no_kernel",
    "query",
    "several",
    "times",
]

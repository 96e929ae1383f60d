"""Formulas for people: a line for each derivative, what their names stand for, where they hold, at how many points tried."""

from __future__ import annotations

from collections.abc import Iterator

from gradcli.report import precision
from gradcli.run.symbolic.derivative import Derivative, Formulas
from gradcli.run.symbolic.terms.jacobians import EACH, MATRIX, PRODUCT


def render(formulas: Formulas) -> str:
    """The report without its final newline."""
    return precision.rounded("\n".join(_lines(formulas)))


def _lines(formulas: Formulas) -> Iterator[str]:
    if formulas.by_steps:
        yield "no closed form is short; by steps, each made of those before it:"
        yield from [f"  {name} = {text}" for name, text in formulas.steps]
    for each in formulas.derivatives:
        yield f"{left(each)} = {each.text}{_remark(each, formulas)}"
    if formulas.steps and not formulas.by_steps:
        yield from [f"{'where' if not place else '     '} {step[0]} = {step[1]}" for place, step in enumerate(formulas.steps)]
    yield from remarks(formulas)


def remarks(formulas: Formulas) -> Iterator[str]:
    """What there is to say of formulas: of g and v, of shapes that were guessed, where they hold, how they were tried."""
    along = formulas.along
    products = [each for each in formulas.derivatives if each.kind == PRODUCT and formulas.uses(each, along)]
    if products and formulas.order == 1:
        yield f"with {along}, the gradient that comes in, of the shape {shape(formulas.out)}"
    elif products:
        firsts = list(dict.fromkeys([str(each.first) for each in products]))
        symmetric = "symmetric, " if any(["symmetric" in formulas.shapes[each][1] for each in firsts]) else ""
        yield f"with {along}, {symmetric}of the shape of {' or '.join(firsts)}: the second derivatives times {along}"
    if formulas.lacking:
        yield f"no formula that holds was found for {', '.join([_second(*each) for each in formulas.lacking])}"
    if formulas.guessed:
        taken = [f"{name}:{','.join(map(str, formulas.shapes[name][0]))}" for name in formulas.guessed]
        yield f"taken as {', '.join(taken)}"
    if formulas.conditions:
        yield f"if {', '.join(formulas.conditions)}"
    yield f"verified at {formulas.verified} random points"


def left(each: Derivative, sign: str = "∂") -> str:
    """What stands on the left: ∂out/∂x, ∂²out/∂x², ∂²out/∂x∂y, or x.grad where g comes in."""
    if each.first is None:
        return f"{each.leaf}.grad" if each.kind == PRODUCT else f"{sign}out/{sign}{each.leaf}"
    return _second(each.first, each.leaf, sign)


def _second(first: str, leaf: str, sign: str = "∂") -> str:
    square = "²" if sign == "∂" else "2"
    below = f"{sign}{leaf}{square}" if first == leaf else f"{sign}{first}{sign}{leaf}"
    return f"{sign}{square}out/{below}"


def _remark(each: Derivative, formulas: Formulas) -> str:
    if each.kind == EACH:
        return "   (entry by entry: " + ("the Jacobian" if each.first is None else "the Hessian") + " is diagonal)"
    if each.kind == MATRIX and each.first is None:
        return f"   (the Jacobian, {shape((*formulas.out, *formulas.shapes[each.leaf][0]))})"
    return ""


def shape(dims: tuple[int | str, ...]) -> str:
    """A shape as people read it."""
    return f"[{', '.join(map(str, dims))}]"

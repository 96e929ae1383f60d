"""Formulas for people: a line for each derivative, what their names stand for, where they hold, at how many points tried."""

from __future__ import annotations

from collections.abc import Iterator

from gradcli.run.symbolic.derivative import EACH, MATRIX, PRODUCT, Derivative, Formulas


def render(formulas: Formulas) -> str:
    """The report without its final newline."""
    return "\n".join(_lines(formulas))


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
    if any([each.kind == PRODUCT and each.first is None for each in formulas.derivatives]):
        yield f"with g, the gradient that comes in, of the shape {shape(formulas.out)}"
    products = [each for each in formulas.derivatives if each.kind == PRODUCT and each.first is not None]
    if products:
        yield f"with v, a vector of the shape of {products[0].first}: the second derivatives times v"
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
    square = "²" if sign == "∂" else "2"
    below = f"{sign}{each.leaf}{square}" if each.first == each.leaf else f"{sign}{each.first}{sign}{each.leaf}"
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

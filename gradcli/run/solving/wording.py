"""What is asked of fit, minimize and solve, as the user typed it, and what that means to the solvers.

    fitting(...), search(...), equations(...)   words -> Fitting, Search, VectorFunction

All raise Problem, with the option or the text that it concerns.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradcli.errors import Problem, unknown_name
from gradcli.run.bindings import value_of
from gradcli.run.evaluate import computed_bindings
from gradcli.run.real_numbers import need_real
from gradcli.run.request import Request
from gradcli.run.solving.columns import assigned_name, free_names, read_columns
from gradcli.run.solving.fit import Fitting
from gradcli.run.solving.function import Array, VectorFunction
from gradcli.run.solving.minimize import Search
from gradcli.text import nodes as syntax
from gradcli.text import parse

Bindings = Sequence[tuple[str, Any, bool]]


def fitting(
    request: Request,
    data: str | None,
    *,
    observed: str | None = None,
    sigma: str | None = None,
    absolute: bool = False,
    bounds: Sequence[str] = (),
    fixed: Sequence[str] = (),
    loss: str = "linear",
    logarithm: bool = False,
) -> Fitting:
    """A fit of the request's expression, whose leaves are the parameters, to a table of data.

    data      the table (a path, or "-"), whose columns are constants of the expression by their names; None where
              every name is bound
    observed  what the model is to meet: a column, or an expression over columns; where it is None, what the model
              is assigned to (`y = a*x`), or the column y
    sigma     the standard deviation of each observation: a column, a number, an expression
    """
    target = observed or assigned_name(request.expr) or "y"
    given = [name for name, _, _ in request.bindings]
    texts = {"expr": request.expr, "--y": target} | ({"--sigma": sigma} if sigma else {})
    names: dict[str, bool] = {}
    for source, text in texts.items():
        names |= dict.fromkeys(free_names(text, given, source), True)
    if data is None and names:
        raise Problem(
            "unknown-name",
            f"there are no data, and {' and '.join(names)} {'is' if len(names) == 1 else 'are'} not bound",
            type="NameError",
            hint="give a table whose columns have these names: --data points.csv",
        )
    columns: dict[str, Array] = {}
    if data is not None:
        columns = _columns(data, names, request)
    constants = [(name, column, True) for name, column in columns.items()]
    whole = Request(request.expr, [*constants, *request.bindings], dtype=request.dtype, seed=request.seed, stdin=request.stdin)
    model = VectorFunction(whole, [*fixed])
    known = {name: _tensor(value) for name, value, _ in computed_bindings(whole)}
    values = _observed("--y", target, known, request)
    spread = None
    if sigma is not None:
        spread = np.broadcast_to(_observed("--sigma", sigma, known, request), values.shape)
        if not (spread > 0).all():
            raise Problem(
                "fit", "--sigma has values that are not positive", hint="leave such rows out", source="--sigma", text=sigma
            )
    return Fitting(model, values, spread, absolute, limits(bounds, model, request), loss, logarithm)


def _observed(option: str, text: str, known: dict[str, Any], request: Request) -> Array:
    array: Array = value_of(option, text, known, request).ndarray
    need_real("a fit", [(f"the value of {option}", array)])
    return array.astype(np.float64).ravel()


def _columns(data: str, names: Sequence[str] | dict[str, bool], request: Request) -> dict[str, Array]:
    try:
        return read_columns(data, names, request.stdin)
    except Problem as problem:
        if "has no column" in problem.message and not any([not constant for _, _, constant in request.bindings]):
            problem.hint = f"{problem.hint}; a parameter is given a starting value: {next(iter(names))}=1"
        raise


def search(
    request: Request,
    *,
    greatest: bool = False,
    bounds: Sequence[str] = (),
    subject: Sequence[str] = (),
    given: Sequence[str] = (),
    method: str = "auto",
    starts: int = 1,
    follow: Callable[[int, Array, float, float], None] = lambda *_: None,
) -> Search:
    """A search for the least value of the request's expression over its leaves.

    bounds   texts such as "x=0:1"
    subject  constraints: comparisons such as "x[0] + x[1] <= 1"
    given    names by which the optimum will be differentiated; those that are leaves stay as they are
    """
    held = [name for name, _, is_constant in request.bindings if name in given and not is_constant]
    objective = VectorFunction(request, held, parts=True)
    constraints = []
    for text in subject:
        for difference, kind in _differences(text):
            changed = Request(difference, request.bindings, dtype=request.dtype, seed=request.seed, stdin=request.stdin)
            constraints.append((VectorFunction(changed, held, parts=True), kind))
    seed = 0 if request.seed is None else request.seed
    return Search(objective, limits(bounds, objective, request), constraints, greatest, method, starts, seed, follow)


def equation(text: str) -> str:
    """An expression that is zero where the equation `A = B` (or `A == B`) holds; what is no equation stays as it is."""
    place = _equals(text)
    if place is None:
        return text
    begin = max(text.rfind(";", 0, place), text.rfind("\n", 0, place)) + 1
    left, right = text[begin:place].strip(), text[place:].lstrip("=").strip()
    if not left or not right:
        raise Problem("syntax", f"'{text}' has nothing on one side of its '='", type="SyntaxError", source="expr", text=text)
    return f"{text[:begin]}({left}) - ({right})"


def brackets(bindings: Bindings) -> dict[str, tuple[str, str]]:
    """The bindings that are ranges, FROM:TO, as the texts of their two ends."""
    found = {}
    for name, text, _ in bindings:
        place = _colon(text) if isinstance(text, str) and not text.lstrip().startswith("@") else None
        if place is not None:
            found[name] = (text[:place], text[place + 1 :])
    return found


def ends(ranges: dict[str, tuple[str, str]], request: Request) -> tuple[float, float]:
    """The two ends of the one range, as numbers.  Raises Problem where there are several."""
    if len(ranges) > 1:
        raise Problem(
            "solve", f"{' and '.join(ranges)} are both ranges, and one unknown is bracketed", hint="start at numbers: x=1 y=2"
        )
    ((name, texts),) = ranges.items()
    low, high = (float(value_of(name, text, {}, request).ndarray) for text in texts)
    if not low < high:
        raise Problem(
            "solve", f"the range of {name} is empty: {texts[0]}:{texts[1]}", hint="the lower end comes first", source=name
        )
    return low, high


def _colon(text: str) -> int | None:
    """Where the colon of FROM:TO stands, outside of brackets."""
    depth = 0
    for place, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        if character == ":" and not depth:
            return place
    return None


def _equals(text: str) -> int | None:
    """Where the last statement's `=` or `==` stands, outside of brackets."""
    depth, found = 0, None
    for place, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        if character in ";\n":
            found = None
        if character == "=" and not depth and found is None and text[place - 1 : place] not in ("<", ">", "!"):
            found = place
    return found


def _differences(text: str) -> list[tuple[str, str]]:
    """A comparison as expressions that are to be >= 0 ("ineq") or 0 ("eq"); a chain is several."""
    program = parse(text, "--subject")
    last = program.statements[-1]
    if not isinstance(last, syntax.Compare) or not {*last.operators} <= {"<", "<=", ">", ">=", "=="}:
        raise Problem(
            "syntax",
            f"'{text}' is no comparison",
            type="SyntaxError",
            hint="a constraint compares two expressions: --subject 'x[0] + x[1] <= 1'",
            source="--subject",
            text=text,
        )
    before = text[: last.span.start]
    sides = [f"({text[each.span.start : each.span.end]})" for each in last.operands]
    found = []
    for left, operator, right in zip(sides, last.operators, sides[1:]):
        greater, less = (left, right) if operator in (">", ">=") else (right, left)
        found.append((f"{before}{greater} - {less}", "eq" if operator == "==" else "ineq"))
    return found


def limits(texts: Sequence[str], function: VectorFunction, request: Request) -> tuple[Array, Array]:
    """(lowest, highest) of each element of the function's vector, from texts such as "a=0:10", "b=:1", "c=0:"."""
    low = {name: np.full(shape, -np.inf) for name, shape in function.shapes.items()}
    high = {name: np.full(shape, np.inf) for name, shape in function.shapes.items()}
    for text in texts:
        name, equals, ends = text.partition("=")
        name = name.strip()
        first, colon, last = ends.partition(":")
        if not equals or not colon:
            raise Problem(
                "usage", f"'{text}' is not NAME=FROM:TO", type="UsageError", hint=f"for example --bounds {name or 'x'}=0:1"
            )
        if name not in low:
            raise unknown_name(
                "--bounds", name, "is no unknown here", low, f"the unknowns are {', '.join(low) or 'none'}", text
            )
        if name in function.complex_names:
            raise Problem(
                "argument",
                f"complex numbers have no order, and {name} is one",
                hint=f"bound its parts: --subject '{name}.real >= 0'",
                source="--bounds",
                text=text,
            )
        for end, side in ((first, low), (last, high)):
            if end.strip():
                value = value_of("--bounds", end, {}, request).ndarray
                side[name] = np.broadcast_to(value, side[name].shape).astype(np.float64)
        if (low[name] > high[name]).any():
            raise Problem(
                "argument", f"the bounds of {name} are empty: {ends}", hint="the lower one comes first", source="--bounds"
            )
    return _packed(low), _packed(high)


def _packed(sides: dict[str, Array]) -> Array:
    return np.concatenate([each.ravel() for each in sides.values()]) if sides else np.empty(0)


def _tensor(value: Any) -> Any:
    from gradcli.graph.tensor import from_array

    return from_array(np.asarray(value))

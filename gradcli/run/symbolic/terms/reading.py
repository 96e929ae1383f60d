"""A syntax tree becomes a term: names by their shapes, operators and functions by what they mean."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final

from gradcli.errors import Problem
from gradcli.run.symbolic.terms import complex_terms
from gradcli.run.symbolic.terms import matrices as m
from gradcli.run.symbolic.terms.algebra import add, combine, divide, multiply, negate, power, subtract
from gradcli.run.symbolic.terms.builders import BUILDERS, where
from gradcli.run.symbolic.terms.complex_terms import ComplexTerm
from gradcli.run.symbolic.terms.dimensions import Shape, broadcast, written
from gradcli.run.symbolic.terms.entrywise import elementwise, no_formula, without_derivative
from gradcli.run.symbolic.terms.functions import DEFINITIONS, PARTIALS
from gradcli.run.symbolic.terms.term import ONE, Term, number, symbol, value_of
from gradcli.text import nodes as syntax
from gradcli.text import parse

_PREFIXES: Final = frozenset({"torch", "F", "math", "linalg", "special", "nn", "functional"})


_ALIASES: Final = {
    "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arctan2": "atan2", "arcsinh": "asinh", "arccosh": "acosh",
    "arctanh": "atanh", "absolute": "abs", "negative": "neg", "subtract": "sub", "divide": "div", "expit": "sigmoid",
    "ln": "log", "inverse": "inv", "ger": "outer", "gammaln": "lgamma", "psi": "digamma", "vector_norm": "norm",
    "matrix_norm": "norm", "swish": "silu", "hadamard": "mul", "tr": "trace", "multi_dot": "chain_matmul", "adjoint": "mT",
}  # fmt: skip


class Reader:
    """Reads trees in an environment of names; what it cannot read raises Problem, at its place."""

    def __init__(self, names: Mapping[str, Term | ComplexTerm], text: str | None = None) -> None:
        """`text` is the user's own, in which problems have their place."""
        self.names: dict[str, Term | ComplexTerm] = dict(names)
        self.text = text
        self.made: dict[str, Term] = {}  # by the user's own name, what statements gave

    def program(self, program: syntax.Program) -> Term:
        """The value of the last statement."""
        *_, last = program.statements
        for statement in program.statements:
            if isinstance(statement, syntax.Assign):
                value = self.value(statement.value) if statement is not last else self.term(statement.value)
                if statement.unpack or len(statement.targets) != 1:
                    raise no_formula("taking a tuple apart")
                self.names[statement.targets[0]] = value
                if isinstance(value, Term):
                    self.made[statement.targets[0]] = value
            elif statement is last:
                value = self.term(statement)
        return value if isinstance(value, Term) else ONE

    def term(self, node: syntax.Node) -> Term:
        """A tree as a term.  Raises Problem where it is complex."""
        found = self.value(node)
        if isinstance(found, ComplexTerm):
            problem = no_formula("a complex number", "take a part of it, or its size: (...).real, (...).imag, abs(...)")
            raise problem if self.text is None else problem.at(node.span, "expr", self.text)
        return found

    def value(self, node: syntax.Node) -> Term | ComplexTerm:
        """A tree as a term, or as the two of a complex number."""
        try:
            return self._value(node)
        except Problem as problem:
            raise problem if self.text is None else problem.at(node.span, "expr", self.text) from None

    def _value(self, node: syntax.Node) -> Term | ComplexTerm:
        match node:
            case syntax.Number(value=complex() as value):
                return ComplexTerm(number(value.real), number(value.imag))
            case syntax.Number(value=value):
                return number(value)
            case syntax.Name(id=name):
                return self._name(name)
            case syntax.Unary(operator="-", operand=operand):
                found = self.value(operand)
                return negate(found) if isinstance(found, Term) else complex_terms.FUNCTIONS["neg"](found)
            case syntax.Unary(operator="+", operand=operand):
                return self.value(operand)
            case syntax.Binary(operator="+" | "-"):
                return self._sum(node)
            case syntax.Binary(operator=operator, left=left, right=right):
                one, two = self.value(left), self.value(right)
                if isinstance(one, Term) and isinstance(two, Term):
                    return _operated(operator, one, two)
                return complex_terms.operated(operator, one, two)
            case syntax.Compare(operators=(operator,), operands=(left, right)):
                sides = self.term(left), self.term(right)
                return m.call("compare", *sides, shape=broadcast(*[each.shape for each in sides]), options=(operator,))
            case syntax.Conditional(test=test, then=then, otherwise=otherwise):
                return where(*[self.term(each) for each in (test, then, otherwise)])
            case syntax.Attribute():
                return self._attribute(node)
            case syntax.Index(object=inner, index=index):
                found = self.value(inner)
                if isinstance(found, Term):
                    return self._index(found, index)
                return ComplexTerm(self._index(found.re, index), self._index(found.im, index))
            case syntax.Call():
                return self._call(node)
        raise no_formula("this")

    def _sum(self, node: syntax.Node) -> Term | ComplexTerm:
        """A sum of however many terms, all at once."""
        parts: list[tuple[Fraction, syntax.Node]] = []
        while isinstance(node, syntax.Binary) and node.operator in ("+", "-"):
            parts.append((Fraction(1 if node.operator == "+" else -1), node.right))
            node = node.left
        parts.append((Fraction(1), node))
        found = [(sign, self.value(each)) for sign, each in reversed(parts)]
        if all([isinstance(each, Term) for _, each in found]):
            return combine(found)  # type: ignore[arg-type]
        pairs = [(sign, complex_terms.parts(each)) for sign, each in found]
        return ComplexTerm(*[combine([(sign, pair[part]) for sign, pair in pairs]) for part in (0, 1)])

    def _name(self, name: str) -> Term | ComplexTerm:
        if name in self.names:
            return self.names[name]
        if name == "pi":
            return m.call("pi", shape=())
        if name == "e":
            return m.call("exp", ONE)
        if name == "inf":
            return number(float("inf"))
        from gradcli.run.names import unknown

        problem = unknown(name, self.names, called=False)
        raise Problem(problem.code, problem.message, type="NameError", hint=problem.hint)

    def _attribute(self, node: syntax.Attribute) -> Term | ComplexTerm:
        if node.name in ("T", "mT", "H", "mH"):
            re, im = complex_terms.parts(value := self.value(node.object))
            turned = m.transpose(re)
            if isinstance(value, Term):
                return turned
            return ComplexTerm(turned, m.transpose(im) if "T" in node.name else negate(m.transpose(im)))
        if node.name in ("real", "imag"):
            part: Term | ComplexTerm = applied(node.name, [self.value(node.object)], {})
            return part
        if isinstance(node.object, syntax.Name) and node.object.id == "math":
            return self._name(node.name)
        raise no_formula(f".{node.name}")

    # --- calls ------------------------------------------------------------------------------------------------------

    def _call(self, node: syntax.Call) -> Term | ComplexTerm:
        name, first = _called(node.function)
        arguments: list[Any] = [] if first is None else [self.value(first)]
        arguments += [self._argument(each) for each in node.arguments]
        options = {each.name: self._argument(each.value) for each in node.keywords}  # type: ignore[attr-defined]
        options = {{"axis": "dim", "keepdims": "keepdim"}.get(each, each): value for each, value in options.items()}
        found: Term | ComplexTerm = applied(_ALIASES.get(name, name), arguments, options)
        return found

    def _argument(self, node: syntax.Node) -> Any:
        """An argument: a term, or for what is no tensor a plain value."""
        match node:
            case syntax.Constant(value=value) | syntax.String(value=value):
                return value
            case syntax.Tuple(items=items) | syntax.List(items=items):
                return tuple([self._argument(each) for each in items])
        return self.value(node)

    def _index(self, term: Term, index: syntax.Node) -> Term:
        items = index.items if isinstance(index, syntax.Tuple) else (index,)
        axis = 0
        for item in items:
            if isinstance(item, syntax.Constant) and item.value is None:
                term = m.unsqueeze(term, axis)
                axis += 1
                continue
            if axis >= term.ndim:
                raise Problem("index", f"too many indices for a tensor of shape {written(term.shape)}", type="IndexError")
            if isinstance(item, syntax.Slice):
                term = _sliced(term, axis, *[None if part is None else self._whole(part) for part in _bounds(item)])
                axis += 1
            else:
                term = selected(term, axis, self._whole(item))
        return term

    def _whole(self, node: syntax.Node) -> int:
        value = value_of(self.term(node))
        if value is None or value != value // 1:
            raise no_formula("an index that is no whole number")
        return int(value)


def _called(function: syntax.Node) -> tuple[str, syntax.Node | None]:
    """The name of what is called, and the tensor whose method it is."""
    if isinstance(function, syntax.Name):
        return function.id, None
    if isinstance(function, syntax.Attribute):
        inner: syntax.Node = function.object
        while isinstance(inner, syntax.Attribute) and inner.name in _PREFIXES:
            inner = inner.object
        is_prefix = isinstance(inner, syntax.Name) and inner.id in _PREFIXES
        return function.name, None if is_prefix else function.object
    raise no_formula("this call")


def _operated(operator: str, one: Term, two: Term) -> Term:
    match operator:
        case "+":
            return add(one, two)
        case "-":
            return subtract(one, two)
        case "*":
            return multiply(one, two)
        case "/":
            return divide(one, two)
        case "**":
            return powered(one, two)
        case "@":
            return m.matmul(one, two)
        case "%":
            return subtract(one, multiply(two, elementwise("floor", divide(one, two))))
        case "//":
            raise without_derivative("//")
    raise no_formula(f"the operator {operator}")


def powered(base: Term, exponent: Term) -> Term:
    """base ** exponent; of e it is exp."""
    if base.op == "call" and base.data[0] == "exp" and base.args[0] is ONE:
        return m.call("exp", exponent)
    return power(base, exponent)


# --- indexing -------------------------------------------------------------------------------------------------------


def _bounds(item: syntax.Slice) -> tuple[syntax.Node | None, syntax.Node | None]:
    if item.step is not None:
        raise no_formula("a slice with a step")
    return item.lower, item.upper


def selected(term: Term, axis: int, place: int) -> Term:
    """One entry along a dimension."""
    dim = term.shape[axis]
    if isinstance(dim, int):
        if not -dim <= place < dim:
            raise Problem("index", f"index {place} is out of bounds for dimension {axis} with size {dim}", type="IndexError")
        place %= dim
    shape = (*term.shape[:axis], *term.shape[axis + 1 :])
    return m.call("select", term, shape=shape, options=(axis, place))


def _sliced(term: Term, axis: int, low: int | None, high: int | None) -> Term:
    if low in (None, 0) and high is None:
        return term
    dim, low = term.shape[axis], low or 0
    before, behind = (low, 0) if high is None else (low, -high) if high < 0 else (low, None)
    if isinstance(dim, int):
        start, stop, _ = slice(low, high).indices(dim)
        fresh: Any = max(stop - start, 0)
        before, behind = start, dim - stop
    elif behind is None or before < 0:
        raise no_formula(f"a slice of {dim} entries whose length depends on it")
    else:
        base, taken = _split_dim(dim)
        fresh = f"{base}-{taken + before + behind}"
    shape = (*term.shape[:axis], fresh, *term.shape[axis + 1 :])
    return m.call("slice", term, shape=shape, options=(axis, before, behind))


def _split_dim(dim: str) -> tuple[str, int]:
    base, _, taken = dim.partition("-")
    return base, int(taken or 0)


# --- functions ------------------------------------------------------------------------------------------------------


def applied(name: str, arguments: list[Any], options: dict[str, Any]) -> Any:
    """A function of terms, or of complex ones.  Raises Problem."""
    if any([isinstance(each, ComplexTerm) for each in arguments]):
        return _applied_to_complex(name, arguments, options)
    if name in complex_terms.OF_REAL_NUMBERS and not options:
        return complex_terms.OF_REAL_NUMBERS[name](*arguments)
    operands = [each for each in arguments if isinstance(each, Term)]
    pythons = f"math.{name}"
    if pythons in DEFINITIONS and len(operands) == len(arguments) == _arity(DEFINITIONS[pythons]):
        return _reduced_loss(pythons, arguments, options)
    if name in BUILDERS:
        try:
            return BUILDERS[name](*arguments, **options)
        except TypeError:
            raise no_formula(f"{name} with these arguments") from None
    if name in DEFINITIONS and not set(options) - {"reduction"}:
        return _reduced_loss(name, arguments, options)
    if name in PARTIALS and len(operands) == len(arguments) == len(PARTIALS[name]) and not options:
        return elementwise(name, *operands)
    return _from_table(name, arguments, options)


def _applied_to_complex(name: str, arguments: list[Any], options: dict[str, Any]) -> Any:
    """A function of which an argument is complex.  Raises Problem."""
    first, *others = arguments
    if name in complex_terms.FUNCTIONS and not others and not options:
        return complex_terms.FUNCTIONS[name](first)
    if name in complex_terms.LINEAR and isinstance(first, ComplexTerm):
        return ComplexTerm(applied(name, [first.re, *others], options), applied(name, [first.im, *others], options))
    operator = {"mul": "*", "div": "/", "pow": "**", "matmul": "@", "mv": "@", "mm": "@", "dot": "@"}.get(name)
    if operator is None or len(arguments) != 2:
        raise no_formula(f"{name} of complex numbers")
    return complex_terms.operated(operator, first, others[0])


def _reduced_loss(name: str, arguments: list[Any], options: dict[str, Any]) -> Term:
    text = DEFINITIONS[name]
    reduction = options.get("reduction", "mean")
    if "reduction" in options:
        if not text.startswith("mean(") or reduction not in ("mean", "sum", "none"):
            raise no_formula(f"{name} with this reduction")
        text = {"mean": text, "sum": "sum" + text[4:], "none": text[4:]}[reduction]
    if not all([isinstance(each, Term) for each in arguments]) or len(arguments) != _arity(text):
        raise no_formula(f"{name} with these arguments")
    return filled(text, dict(zip("xyz", arguments)))


@lru_cache(maxsize=256)
def _arity(text: str) -> int:
    names = [each.id for each in _all(parsed(text)) if isinstance(each, syntax.Name)]
    return max([1 + "xyz".index(each) for each in names if each in ("x", "y", "z")], default=0)


def _all(node: syntax.Node) -> list[syntax.Node]:
    found = [node]
    for each in found:
        found += syntax.children(each)
    return found


@lru_cache(maxsize=256)
def parsed(text: str) -> syntax.Node:
    """A formula of ours as a tree."""
    return parse(text).statements[-1]


def filled(text: str, names: Mapping[str, Term]) -> Term:
    """A formula of ours with terms in the place of its names."""
    return Reader(names).term(parsed(text))


_DRAWN: Final = frozenset({"rand", "randn", "randint", "rand_like", "randn_like", "bernoulli", "normal", "dropout", "randperm"})


def _from_table(name: str, arguments: list[Any], options: dict[str, Any]) -> Term:
    """A function of each entry that only its row knows."""
    if name in _DRAWN:
        raise Problem(
            "no-formula",
            f"{name} draws random numbers, and a formula is of what stays the same",
            type="NotImplementedError",
            hint="draw them first, and give them a name",
        )
    if name.endswith("_") and not name.startswith("_"):
        raise Problem(
            "no-formula",
            f"{name} changes its tensor in place, and an expression changes nothing",
            type="NotImplementedError",
            hint=f"use {name.rstrip('_')}, which gives a new tensor",
        )
    from gradcli.run.symbolic.terms.rows import has_partials

    operands = [each for each in arguments if isinstance(each, Term)]
    if options or len(operands) != len(arguments) or not has_partials(name, len(operands)):
        from gradcli.run.names import lookup, unknown

        found = lookup(name)
        rows = getattr(found, "rows", ())
        if rows and not any([row.composite or any(row.vjps) for row in rows]):
            raise without_derivative(name)
        raise no_formula(name) if found is not None else unknown(name, (), called=True)
    return m.call(name, *operands, shape=broadcast(*[each.shape for each in operands]))


def read(
    program: syntax.Program,
    shapes: Mapping[str, tuple[Shape, frozenset[str]]],
    known: Mapping[str, Term] | None = None,
    text: str | None = None,
) -> tuple[Term, Reader]:
    """A program as a term, over symbols of these shapes and flags, and the reader that knows the names in it.

    known  names that stand for terms
    text   the program's own, in which problems have their place
    Raises Problem.
    """
    symbols = {name: symbol(name, shape, flags) for name, (shape, flags) in shapes.items()}
    reader = Reader({**symbols, **(known or {})}, text)
    return reader.program(program), reader

"""`gradcli formula`: the derivative of an expression as formulas, without values; each has been evaluated before."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from gradcli.errors import Problem, Record, did_you_mean, unknown_name
from gradcli.run.real_numbers import need_real
from gradcli.run.source_places import parsed
from gradcli.run.symbolic.terms.algebra import ones, zero
from gradcli.run.symbolic.terms.conditions import conditions
from gradcli.run.symbolic.terms.dimensions import Shape
from gradcli.run.symbolic.terms.entrywise import no_formula
from gradcli.run.symbolic.terms.jacobians import GRADIENT, PRODUCT, jacobian, without_factor
from gradcli.run.symbolic.terms.naming import shared, with_names
from gradcli.run.symbolic.terms.pullbacks import gradients
from gradcli.run.symbolic.terms.shapes import CONSTANTS, Declared, settled
from gradcli.run.symbolic.terms.shortening import shortened
from gradcli.run.symbolic.terms.steps import Steps, by_steps
from gradcli.run.symbolic.terms.term import ONE, Term, is_call, number, symbol
from gradcli.run.symbolic.terms.writing import Writer

G: Final = "g"  # the incoming gradient, unless a name of the user's is that
V: Final = "v"  # the direction that second derivatives are multiplied by, likewise
_LARGE: Final = 600  # terms of an expression, or of a formula, beyond which it goes by steps
_LONG: Final = 120  # tokens of a formula beyond which it goes by steps
_DEEPEST: Final = 40_000  # frames


class Derivative(Record):
    """One formula.

    leaf    by what is differentiated; `first` the leaf of the first derivative where it is a second one, else None
    kind    "gradient"; "each": of every entry by the same entry (the Jacobian is diagonal); "matrix": the Jacobian, or the
            Hessian; "product": with the incoming gradient `g` (a vector-Jacobian product), or of the Hessian with `v`
    text    the formula, in terms of the leaves and the steps
    """

    __slots__ = ("leaf", "first", "kind", "text")
    leaf: str
    first: str | None
    kind: str
    text: str


class Formulas(Record):
    """The answer.

    value       the expression itself, in terms of the leaves and the steps
    shapes      by name: the dimensions, and what else is known of it
    guessed     the names whose shapes were not given
    out         the shape of the output
    steps       (name, formula) of what is named, each made of those before it
    by_steps    whether no closed form is short, so that the chain rule goes by steps
    along       the name of the incoming gradient, or of the direction that second derivatives are multiplied by
    lacking     (first leaf, leaf) of second derivatives that no formula was found for
    conditions  where the formulas hold
    verified    at how many points each formula has been evaluated
    """

    __slots__ = (
        "expr",
        "order",
        "value",
        "shapes",
        "guessed",
        "out",
        "steps",
        "by_steps",
        "derivatives",
        "along",
        "lacking",
        "conditions",
        "verified",
    )
    expr: str
    order: int
    value: str
    shapes: dict[str, tuple[Shape, frozenset[str]]]
    guessed: tuple[str, ...]
    out: Shape
    steps: tuple[tuple[str, str], ...]
    by_steps: bool
    derivatives: tuple[Derivative, ...]
    along: str
    lacking: tuple[tuple[str, str], ...]
    conditions: tuple[str, ...]
    verified: int

    def uses(self, derivative: Derivative, name: str) -> bool:
        """Whether a name stands in a formula, or in the steps that it needs."""
        return name in _words(self.whole(derivative))

    def whole(self, derivative: Derivative) -> str:
        """A formula together with the steps that it needs: a program of the language."""
        return self.program(derivative.text)

    def program(self, text: str) -> str:
        """A text together with the steps that it needs."""
        needed: list[tuple[str, str]] = []
        words = _words(text)
        for name, step in reversed(self.steps):
            if name in words:
                needed.insert(0, (name, step))
                words |= _words(step)
        return "; ".join([*[f"{name} = {step}" for name, step in needed], text])


def _words(text: str) -> set[str]:
    import re

    return set(re.findall(r"[^\W\d]\w*", text))


class Question(Record):
    """What is asked: an expression, declared names, values by name (arrays), the leaves that matter (None: all), the order.

    products  whether the incoming gradient `g` is to stand in every formula, as a backward pass of one's own needs it
    """

    __slots__ = ("expr", "declared", "values", "wrt", "order", "products")
    expr: str
    declared: tuple[Declared, ...]
    values: dict[str, Any]
    wrt: list[str] | None
    order: int
    products: bool


def derivative(question: Question) -> Formulas:
    """The formulas of a question.  Raises Problem where shapes do not fit, or there are none."""
    need_real("a formula", question.values.items())
    with _deep():
        return _Derivation(question).formulas()


@contextmanager
def _deep() -> Iterator[None]:
    """Walks over trees as deep as users write them: the frames of Python's own functions take no room on the C stack."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, _DEEPEST))
    try:
        yield
    except RecursionError:
        raise Problem(
            "limit", "the expression is nested too deeply for a formula", hint="name its parts: y = ...; z = ..."
        ) from None
    finally:
        sys.setrecursionlimit(before)


class _Derivation:
    """What formulas are made from."""

    def __init__(self, question: Question) -> None:
        self.question = question
        program = parsed(question.expr)
        given = {each.name: each for each in question.declared}
        term, reader, self.shapes = settled(program, given, known_terms(question.values), question.expr)
        unused = [name for name in given if name not in self.shapes or not _occurs(program, name)]
        if unused:
            raise Problem(
                "unknown-name",
                f"'{unused[0]}' has a shape, and does not occur in the expression",
                type="NameError",
                hint=did_you_mean(unused[0], [name for name in self.shapes if name not in given]),
            )
        self.guessed = tuple([name for name in self.shapes if name not in given and self.shapes[name][0]])
        if is_call(term, "compare"):
            raise Problem("no-grad", "a comparison has no derivative", hint="where(a > b, x, y) chooses between two that have")
        self.out = shortened(term)
        self.own = {name: shortened(each) for name, each in reader.made.items() if each.args}
        self.leaves = {name: symbol(name, shape, flags) for name, (shape, flags) in self.shapes.items()}
        self.wrt = self._names()
        self.along = self._free(V if question.order == 2 else G)
        self.lacking: tuple[tuple[str, str], ...] = ()
        self.writer = Writer(self.leaves)

    def _names(self) -> list[str]:
        leaves = [name for name, (_, flags) in self.shapes.items() if "integer" not in flags]
        for name in self.question.wrt or ():
            if name not in leaves:
                raise unknown_name(
                    "--wrt",
                    name,
                    "is no name of the expression without a value",
                    leaves,
                    text=",".join(self.question.wrt or ()),
                )
        if not leaves:
            raise Problem(
                "no-grad",
                "there is nothing to differentiate by: every name has a value",
                hint="leave one without a value, or give it a shape: x:n; 'gradcli EXPR NAME=VALUE' computes numbers",
            )
        return list(dict.fromkeys(self.question.wrt or leaves))

    # --- formulas ---------------------------------------------------------------------------------------------------

    def formulas(self) -> Formulas:
        """All of it, as far as it has been found true."""
        if self.question.order == 2:
            return self._second()
        g = symbol(self.along, self.out.shape) if self.out.shape or self.question.products else ONE
        wanted = [self.leaves[name] for name in self.wrt]
        found = None
        if self.out.weight <= _LARGE:
            cotangents = {leaf: shortened(each) for leaf, each in gradients(self.out, g, wanted).items()}
            found = [(self.leaves_name(leaf), None, *self._form(leaf, each, g)) for leaf, each in cotangents.items()]
            value = [self.out] if self.question.products else []
            names = shared([*[each for *_, each in found], *value], self.own, self._taken())
            if self._length([each for *_, each in found], names) > _LONG * max(len(found), 1):
                found = None
        if found is not None:
            answer = self._answer(found, names)
            if answer is not None:
                return answer
        return self._stepwise(g, wanted)

    def _length(self, formulas: Sequence[Term], names: Mapping[Term, str]) -> float:
        """How many tokens some formulas have."""
        if any([each.weight > 4 * _LARGE for each in formulas]):
            return float("inf")
        writer = Writer(self.leaves, names)
        return sum([len(_tokens(writer.text(each))) for each in formulas])

    def leaves_name(self, leaf: Term) -> str:
        """The name of a leaf."""
        return str(leaf.data[0])

    def _taken(self) -> set[str]:
        return {*self.shapes, *self.question.values, self.along, *CONSTANTS}

    def _free(self, word: str) -> str:
        """A name that the expression has not: the word itself, or with a number."""
        taken = {*self.shapes, *self.question.values}
        return next(each for each in (word, *[f"{word}{count}" for count in range(1, len(taken) + 2)]) if each not in taken)

    def _form(self, leaf: Term, cotangent: Term, g: Term) -> tuple[str, Term]:
        """The kind of a formula, and the formula: a gradient, a Jacobian where it is short, or the product with g."""
        if self.question.products:
            return PRODUCT, cotangent
        return (GRADIENT, cotangent) if not self.out.shape else jacobian(cotangent, g, leaf)

    def _answer(self, found: Sequence[tuple[str, str | None, str, Term]], names: Mapping[Term, str]) -> Formulas | None:
        """Formulas with named steps, those that are true; None where some are not."""
        writer = self.writer
        steps = tuple([(name, writer.text(with_names(each, _before(names, each)))) for each, name in names.items()])
        derivatives = tuple(
            [Derivative(leaf, first, kind, writer.result(with_names(term, names))) for leaf, first, kind, term in found]
        )
        terms = [self.out, *[term for *_, term in found]]
        return self._verified(steps, False, derivatives, conditions(terms, writer), writer.text(with_names(self.out, names)))

    def _verified(
        self,
        steps: tuple[tuple[str, str], ...],
        by: bool,
        derivatives: tuple[Derivative, ...],
        where: tuple[str, ...],
        value: str,
    ) -> Formulas | None:
        from gradcli.run.symbolic import verification

        question = self.question
        answer = Formulas(
            question.expr,
            question.order,
            value,
            self.shapes,
            self.guessed,
            self.out.shape,
            steps,
            by,
            derivatives,
            self.along,
            self.lacking,
            where,
            verification.POINTS,
        )
        claims = [verification.Claim(answer.program(value), "", None, verification.VALUE, self.along)]
        claims += [verification.Claim(answer.whole(each), each.leaf, each.first, each.kind, self.along) for each in derivatives]
        points = verification.confirmed(question.expr, self.shapes, question.values, claims)
        return answer if all(points) else None

    def _stepwise(self, g: Term, wanted: list[Term]) -> Formulas:
        """The derivation by named steps.  Raises Problem where that does not hold either."""
        steps, ends, value = by_steps(self.out, g, wanted, self.own)
        kind = PRODUCT if self.out.shape or self.question.products else GRADIENT
        texts = _texts(steps, self.leaves)
        found = [(leaf, ends.get(leaf, zero(leaf.shape))) for leaf in wanted]
        derivatives = tuple([Derivative(self.leaves_name(leaf), None, kind, self.writer.result(each)) for leaf, each in found])
        answer = self._verified(texts, True, derivatives, conditions([self.out], self.writer), self.writer.text(value))
        if answer is None:
            raise no_formula("this expression that holds at random points")
        return answer

    # --- second order -----------------------------------------------------------------------------------------------

    def _second(self) -> Formulas:
        wanted = [self.leaves[name] for name in self.wrt]
        if self.out.shape and not self._is_of_entries(wanted):
            raise Problem(
                "not-scalar",
                f"second derivatives are of one number, and this output has the shape [{', '.join(map(str, self.out.shape))}]",
                hint="reduce it with .sum()",
            )
        slopes = {leaf: shortened(each) for leaf, each in gradients(self.out, ones(self.out.shape), wanted).items()}
        found: list[tuple[str, str | None, str, Term]] = []
        for place, (leaf, slope) in enumerate(slopes.items()):
            v = symbol(self.along, leaf.shape, leaf.flags & {"symmetric"}) if leaf.shape else ONE
            others = wanted[place:]
            for other, each in gradients(slope, v, others).items():
                short = shortened(each)
                kind, term = (GRADIENT, short) if not leaf.shape and not other.shape else self._block(short, v, leaf, other)
                found.append((self.leaves_name(other), self.leaves_name(leaf), kind, term))
        names = shared([each for *_, each in found], self.own, self._taken())
        answer = self._answer(found, names)
        if answer is not None:
            return answer
        true = [(each, one) for each in found if (one := self._answer([each], {})) is not None]
        if not true:
            raise no_formula("the second derivatives of this expression")
        held = {id(each) for each, _ in true}
        self.lacking = tuple([(str(first), leaf) for each in found if id(each) not in held for leaf, first, *_ in [each]])
        answer = self._answer([each for each, _ in true], {})
        assert answer is not None
        return answer

    def _is_of_entries(self, wanted: list[Term]) -> bool:
        """Whether each entry of the output is made of the same entry of the leaves: their Jacobians are diagonal."""
        g = symbol(self.along, self.out.shape)
        slopes = gradients(self.out, g, [leaf for leaf in wanted if leaf.shape])
        return all([leaf.shape == g.shape and without_factor(each, g) is not None for leaf, each in slopes.items()])

    def _block(self, product: Term, v: Term, leaf: Term, other: Term) -> tuple[str, Term]:
        if not leaf.shape:
            return PRODUCT, product
        return jacobian(product, v, other)


def known_terms(values: Mapping[str, Any]) -> dict[str, Term]:
    """Names with a value: a number as itself, an array as a symbol of its shape."""
    return {
        name: number(value.item()) if value.ndim == 0 else symbol(name, tuple(map(int, value.shape)))
        for name, value in values.items()
    }


def _before(names: Mapping[Term, str], term: Term) -> dict[Term, str]:
    return {each: name for each, name in names.items() if each is not term}


def _texts(steps: Steps, leaves: Mapping[str, Term]) -> tuple[tuple[str, str], ...]:
    writer = Writer(leaves)
    return tuple([(name.data[0], writer.text(term)) for name, term in steps])


def _occurs(program: Any, name: str) -> bool:
    from gradcli.run.symbolic.trees import contains as within

    return within(program, name)


def _tokens(text: str) -> list[str]:
    import re

    return re.findall(r"[^\W\d]\w*|\d+\.?\d*(?:e[+-]?\d+)?|\*\*|[^\s\w]", text)

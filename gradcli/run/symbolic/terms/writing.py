"""A term becomes a syntax tree of the language, which gradcli itself reads and evaluates."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from gradcli.run.symbolic.terms.algebra import coefficient_of, combine, factors_of, number_of, power, product_of
from gradcli.run.symbolic.terms.forms import can_turn
from gradcli.run.symbolic.terms.shortening import shortened
from gradcli.run.symbolic.terms.term import ONE as ONE_TERM
from gradcli.run.symbolic.terms.term import Number, Term, is_call, symbols_in, value_of
from gradcli.run.symbolic.trees import (
    NOWHERE,
    ONE,
    binary,
    bracketed,
    call,
    chained,
    constant,
    indexed,
    joined_roots,
    keyword,
    leftmost,
    name,
    negated,
    number,
)
from gradcli.text import nodes as syntax
from gradcli.text.printing import unparse

Tree = syntax.Node

_LONG = 100  # a denominator beyond it is written as a decimal, where that is exact


class Writer:
    """Writes terms; `names` are the terms that have a name of their own, `leaves` those whose shapes can be asked for."""

    def __init__(self, leaves: Mapping[str, Term], names: Mapping[Term, str] | None = None) -> None:
        self.leaves = leaves
        self.names = dict(names or {})
        self.known: dict[Term, Tree] = {}

    def text(self, term: Term) -> str:
        """A term as text."""
        return unparse(self.tree(term), tight=True)

    def comparison(self, term: Term, operator: str) -> str:
        """A term compared with 0 as text, see `compared`."""
        return unparse(self.compared(term, operator), tight=True)

    def result(self, term: Term) -> str:
        """A term as text that stands alone: of a comparison, 1 where it holds and 0 elsewhere."""
        if is_call(term, "step", "compare") and term not in self.names:
            return unparse(call("where", self._bare(term), number(1), number(0)), tight=True)
        return self.text(term)

    def tree(self, term: Term) -> Tree:
        """A term as a tree."""
        if term in self.names:
            return name(self.names[term])
        if term not in self.known:
            self.known[term] = self._tree(term)
        return self.known[term]

    def _tree(self, term: Term) -> Tree:
        match term.op:
            case "number":
                return _number(term.data[0])
            case "symbol":
                return name(term.data[0])
            case "size":
                return self._size([term.data[0]])
            case "sum":
                return self._sum(term)
            case "product":
                return self._product(term)
            case "power":
                return self._power(term.args[0], term.args[1])
            case "matrix":
                return chained("@", [self.tree(each) for each in term.args])
        return self._call(term)

    # --- arithmetic -------------------------------------------------------------------------------------------------

    def _sum(self, term: Term) -> Tree:
        parts = list(zip(term.data, term.args))
        stacked = self._stacked(parts, term)
        if stacked is not None:
            return stacked
        return self._sum_of(parts)

    def _sign(self, coefficient: Number, term: Term) -> int:
        """The sign with which a term is written: that of a sum among its factors may be turned."""
        return -1 if coefficient < 0 and self._turnable(term) is None else 1

    def _turnable(self, term: Term) -> Term | None:
        """A factor that is better written with its sign turned, as (1 - x) for -(x - 1); it may stand in a chain."""
        return next((each for each in factors_of(term) if can_turn(each, self.names)), None)

    def _signed(self, coefficient: Number, term: Term) -> Tree:
        if coefficient < 0:
            turned = self._turnable(term)
            if turned is not None:
                return self._quotient(-coefficient, factors_of(term), turned)
            return negated(self._quotient(-coefficient, factors_of(term), None))
        return self._quotient(coefficient, factors_of(term), None)

    def _product(self, term: Term) -> Tree:
        if not term.data[0]:
            return self._ones(term, "zeros")
        stacked = self._stacked([(Fraction(1), term)], term)
        return self._signed(term.data[0], product_of(term.args)) if stacked is None else stacked

    def _quotient(self, coefficient: Number, factors: tuple[Term, ...], turned: Term | None) -> Tree:
        """A product of a number that is not negative and factors, as a quotient."""
        over: list[Tree] = []
        matrices: list[Tree] = []
        under: list[Tree] = []
        top, bottom = _fraction(coefficient)
        sizes = [each.args[0].data[0] for each in factors if _inverse_size(each)]
        for each in factors:
            if _inverse_size(each) or each.op == "number":
                continue
            bare = is_call(each, "step", "compare") and (len(factors) > 1 or coefficient != 1)
            exponent = value_of(each.args[1]) if each.op == "power" else None
            if exponent is not None and exponent < 0:
                inverse = power(each.args[0], number_of(-exponent))
                under.append(self._turned(inverse) if each is turned else self.tree(inverse))
                continue
            tree = self._turned(each) if each is turned else self._bare(each) if bare else self.tree(each)
            if each.op == "matrix" and each not in self.names:
                matrices.append(tree)
            else:
                over.append(tree)
        if sizes:
            under.insert(0, self._size(sizes))
        if bottom != 1:
            under.insert(0, number(bottom))
        over, under = joined_roots(over), joined_roots(under)
        if top != 1 or not (over or matrices):
            over.insert(0, number(top))
        above = self._joined(over, matrices, factors)
        return binary("/", above, chained("*", under)) if under else above

    def _joined(self, over: list[Tree], matrices: list[Tree], factors: tuple[Term, ...]) -> Tree:
        """Factors and a product of matrices: 2*A.T @ x reads as it should where what stands before is a number."""
        if not matrices:
            return chained("*", over)
        scalar = all([not each.ndim for each in factors if each.op != "matrix" or each in self.names])
        if not over:
            return matrices[0] if len(matrices) == 1 else chained("*", [bracketed(matrices[0]), *matrices[1:]])
        if scalar and len(matrices) == 1:
            first, rest = leftmost(matrices[0])
            return rest(chained("*", [*over, first]))
        return chained("*", [*over, *matrices])

    def _turned(self, term: Term) -> Tree:
        """-term, the sign of a sum in it turned."""
        if term.op == "sum":
            return self._sum_of([(-coefficient, each) for coefficient, each in zip(term.data, term.args)])
        if term.op == "product":
            return self._quotient(term.data[0], term.args, self._turnable(term))
        first = next(place for place, each in enumerate(term.args) if can_turn(each, self.names))
        trees = [self._turned(each) if place == first else self.tree(each) for place, each in enumerate(term.args)]
        if term.op == "power":
            return binary("**", *trees)
        if is_call(term, "transpose"):
            return syntax.Attribute(NOWHERE, trees[0], "T" if term.ndim == 2 else "mT")
        return chained("@", trees) if term.op == "matrix" else call("outer", *trees)

    def _sum_of(self, parts: list[tuple[Number, Term]]) -> Tree:
        first = next((place for place, (coefficient, each) in enumerate(parts) if self._sign(coefficient, each) > 0), 0)
        parts.insert(0, parts.pop(first))
        total = self._signed(*parts[0])
        for coefficient, each in parts[1:]:
            sign = self._sign(coefficient, each)
            total = binary("+" if sign > 0 else "-", total, self._signed(coefficient * sign, each))
        return total

    def _power(self, base: Term, exponent: Term) -> Tree:
        value = value_of(exponent)
        if value == 1:
            return self.tree(base)
        if value == Fraction(1, 2) and is_call(base, "var"):
            return _variance("std", self.tree(base.args[0]), *base.data[1:])
        if value == Fraction(1, 2):
            return call("sqrt", self.tree(base))
        if value is not None and value < 0:
            return binary("/", ONE, self._power(base, number_of(-value)))
        return binary("**", self.tree(base), self.tree(exponent))

    # --- sizes ------------------------------------------------------------------------------------------------------

    def _size(self, dims: list[Any]) -> Tree:
        """The product of the lengths of some dimensions, asked of leaves that have them."""
        for leaf in self.leaves.values():
            if sorted(map(str, leaf.shape)) == sorted(map(str, dims)):
                return call("numel", name(leaf.data[0])) if leaf.ndim > 1 else self._length(leaf.shape[0])
        return chained("*", [self._length(dim) for dim in dims])

    def _length(self, dim: Any) -> Tree:
        if isinstance(dim, int):
            return number(dim)
        for leaf in sorted(self.leaves.values(), key=lambda each: each.ndim):
            if dim in leaf.shape:
                if leaf.ndim == 1:
                    return call("numel", name(leaf.data[0]))
                shape = syntax.Attribute(NOWHERE, name(leaf.data[0]), "shape")
                return syntax.Index(NOWHERE, shape, number(leaf.shape.index(dim)))
        base, _, taken = str(dim).partition("-")
        if taken:
            return binary("-", self._length(base), number(int(taken)))
        return chained("*", [self._length(each) for each in str(dim).split("*")]) if "*" in str(dim) else name(str(dim))

    # --- functions --------------------------------------------------------------------------------------------------

    def _call(self, term: Term) -> Tree:
        function, *options = term.data
        trees = [self.tree(each) for each in term.args]
        match function, options:
            case "transpose", []:
                return syntax.Attribute(NOWHERE, trees[0], "T" if term.ndim == 2 else "mT")
            case (("sum" | "mean"), [(), False]):
                return call(function, trees[0])
            case (("sum" | "mean" | "logsumexp"), [axes, keepdim]):
                return _reduction(function, trees[0], axes, keepdim)
            case (("softmax" | "log_softmax" | "cumsum" | "flip"), [axis]):
                return call(function, trees[0], constant(axis))
            case (("tril" | "triu"), [diagonal]):
                return call(function, trees[0], *[constant(diagonal)] * bool(diagonal))
            case "unsqueeze", [axis]:
                return self._unsqueezed(trees[0], axis, term)
            case "squeeze", [axis]:
                return call("squeeze", trees[0], constant(axis))
            case "ones", [_]:
                return self._ones(term)
            case "eye", [dim]:
                return call("eye", self._length(dim))
            case (("compare" | "step"), _):
                return binary("*", self._bare(term), syntax.Number(NOWHERE, 1.0))
            case "where", []:
                return call("where", self._bare(term.args[0]), *trees[1:])
            case "pi", []:
                return name("pi")
            case "exp", [] if value_of(term.args[0]) == 1:
                return name("e")
            case "select", [axis, place]:
                return indexed(trees[0], axis, constant(place))
            case "slice", [axis, before, behind]:
                return indexed(trees[0], axis, constant(slice(before or None, -behind if behind else None)))
            case "pad", [axis, before, behind]:
                ends = [0, 0] * (term.ndim - 1 - axis) + [before, behind]
                return call("pad", trees[0], constant(tuple(ends)))
            case "layer_norm", [lengths, eps]:
                words = [keyword("eps", eps)] if eps != 1e-5 else []
                return call("layer_norm", trees[0], constant(lengths), *words)
            case "einsum", [spec]:
                return call("einsum", constant(spec), *trees)
            case "basis", [dim, place]:
                return call("one_hot", call("tensor", constant(place)), self._length(dim))
            case "one_hot", [dim]:
                return call("one_hot", trees[0], self._length(dim))
            case "reshape", _:
                return call("flatten", trees[0])
            case "reshape_as", [] if term.args[1].op == "symbol":
                return call("reshape", trees[0], syntax.Attribute(NOWHERE, trees[1], "shape"))
            case "reshape_as", []:
                return call("reshape", trees[0], *[self._length(dim) for dim in term.shape])
            case "kron_back", [place]:
                return self._kron_back(trees, place, term)
            case "nuclear_norm", []:
                return call("norm", trees[0], constant("nuc"))
            case "polar", []:  # U @ V.T of its singular vectors
                whole = call("svd", trees[0])
                left, right = [syntax.Index(NOWHERE, whole, number(place)) for place in (0, 2)]
                return binary("@", left, syntax.Attribute(NOWHERE, right, "T"))
            case "var", [axes, keepdim, correction]:
                return _variance("var", trees[0], axes, keepdim, correction)
        return call(function, *trees)

    def _unsqueezed(self, tree: Tree, axis: int, term: Term) -> Tree:
        none = syntax.Constant(NOWHERE, None)
        if axis == 1:
            return indexed(tree, 1, none)
        return call("unsqueeze", tree, constant(axis))

    def _bare(self, term: Term) -> Tree:
        """A comparison as it is: True is 1 in products."""
        if term in self.names or not is_call(term, "step", "compare"):
            return self.tree(term)
        if term.data[0] == "step":
            return self._step(term.args[0])
        return syntax.Compare(NOWHERE, (term.data[1],), tuple([self.tree(each) for each in term.args]))

    def _step(self, inside: Term) -> Tree:
        """1 where a term is positive: `x > 0`, or `x > y` of a difference."""
        return self.compared(inside, ">")

    def compared(self, term: Term, operator: str) -> Tree:
        """A term compared with 0, by ">" or "!=": `x > y` for x - y > 0, `x < 1` for 1 - x > 0."""
        if term.op == "sum" and len(term.args) == 2:
            (a, b), (one, two) = term.data, term.args
            if two is ONE_TERM and isinstance(-b / a, (int, Fraction)):
                sign = operator if a > 0 or operator != ">" else "<"
                return syntax.Compare(NOWHERE, (sign,), (self.tree(one), _number(-b / a)))
            if a == -b and not symbols_in(one).keys() & symbols_in(two).keys():
                left, right = (one, two) if a > 0 else (two, one)
                return syntax.Compare(NOWHERE, (operator,), (self.tree(left), self.tree(right)))
        return syntax.Compare(NOWHERE, (operator,), (self.tree(term), number(0)))

    def _ones(self, term: Term, function: str = "ones") -> Tree:
        for leaf in self.leaves.values():
            if leaf.shape == term.shape:
                return call(f"{function}_like", name(leaf.data[0]))
        return call(function, *[self._length(dim) for dim in term.shape])

    def _kron_back(self, trees: list[Tree], place: int, term: Term) -> Tree:
        """The cotangent of a factor of a Kronecker product: blocks of g times the other factor, summed."""
        shapes = [term.args[2].shape, term.args[1].shape][:: 1 if place == 0 else -1]
        (a, b), (c, d) = shapes
        blocks = call("reshape", trees[0], *[self._length(each) for each in (a, c, b, d)])
        text = "ikjl,kl->ij" if place == 0 else "ikjl,ij->kl"
        return call("einsum", constant(text), blocks, trees[1])

    # --- entries ----------------------------------------------------------------------------------------------------

    def _stacked(self, parts: list[tuple[Number, Term]], whole: Term) -> Tree | None:
        """A sum of multiples of unit vectors as the list of its entries."""
        if whole.ndim != 1 or not isinstance(whole.shape[0], int):
            return None
        entries: dict[int, list[tuple[Number, Term]]] = {}
        for coefficient, each in parts:
            basis = [factor for factor in factors_of(each) if is_call(factor, "basis")]
            rest = [factor for factor in factors_of(each) if not is_call(factor, "basis")]
            if len(basis) != 1 or any([factor.ndim for factor in rest]):
                return None
            entries.setdefault(basis[0].data[2], []).append((coefficient * coefficient_of(each), product_of(rest)))
        sums = [shortened(combine(entries[place])) if place in entries else None for place in range(whole.shape[0])]
        trees = [self._entry(each) for each in sums]
        return call("stack", syntax.List(NOWHERE, tuple(trees)))

    def _entry(self, term: Term | None) -> Tree:
        if term is None or not symbols_in(term):
            value = number(0) if term is None else self.tree(term)
            return call("tensor", value)
        return self.tree(term)


def _inverse_size(term: Term) -> bool:
    return term.op == "power" and term.args[0].op == "size" and value_of(term.args[1]) == -1


def _fraction(value: Number) -> tuple[Any, Any]:
    """A number as a numerator and a denominator, as they are written."""
    if not isinstance(value, Fraction):
        return value, 1
    top, bottom = value.numerator, value.denominator
    decimal = bottom
    for prime in (2, 5):
        while decimal % prime == 0:
            decimal //= prime
    if bottom > 1 and decimal == 1 and (bottom % 5 == 0 or bottom > _LONG or top > _LONG):
        return float(value), 1
    return top, bottom


def _number(value: Number) -> Tree:
    top, bottom = _fraction(value)
    return number(top) if bottom == 1 else binary("/", number(top), number(bottom))


def _reduction(function: str, tree: Tree, axes: tuple[int, ...], keepdim: bool) -> Tree:
    dim = axes[0] if len(axes) == 1 else axes
    words = [keyword("keepdim", True)] if keepdim else []
    if function == "logsumexp":
        return call(function, tree, constant(dim), *words)
    return syntax.Call(NOWHERE, syntax.Attribute(NOWHERE, tree, function), (constant(dim),), tuple(words))


def _variance(function: str, tree: Tree, axes: tuple[int, ...], keepdim: bool, correction: int) -> Tree:
    words = [keyword("keepdim", True)] if keepdim else []
    words += [keyword("correction", correction)] if correction != 1 else []
    if not axes:
        return call(function, tree, *words)
    dim = constant(axes[0] if len(axes) == 1 else axes)
    return syntax.Call(NOWHERE, syntax.Attribute(NOWHERE, tree, function), (dim,), tuple(words))

"""Simplifying a formula, as far as a reader would on paper: numbers are multiplied, equal factors and terms collected.

A product is taken apart into a number (a numerator over a denominator) and factors with whole exponents, put in order,
and written down again: `g * (2 * x ** 1) / 4` becomes `g * x / 2`.  A quotient such as 6/4 stays as it is, since the 4 has
come from somewhere; 2/4 does not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradcli.run.symbolic.trees import NOWHERE, ZERO, binary, call, keyword, negative, number
from gradcli.text import nodes as syntax
from gradcli.text.printing import unparse

Tree = syntax.Node

# Products of matrices, by the names that they have in the graph.
_PRODUCTS = frozenset({"mm", "mv", "bmm", "dot"})
# What a reader knows as a quotient: the function under the line.
_INVERSES = {"reciprocal": None, "rsqrt": "sqrt"}


def simplified(tree: Tree) -> Tree:
    """An equal tree that is easier to read (equal wherever both are finite)."""
    fields = [_within(getattr(tree, field)) for field in tree.__slots__]
    tree = type(tree)(*fields)
    if isinstance(tree, syntax.Call):
        return _simplified_call(tree)
    if isinstance(tree, syntax.Binary) and tree.operator in "+-":
        return _sum(tree)
    if isinstance(tree, syntax.Binary) and tree.operator == "|":
        return _without_nan(tree)
    if (isinstance(tree, syntax.Binary) and tree.operator in ("*", "/", "**")) or _is_negative(tree):
        return _Product(tree).written()
    return tree


def _within(value: Any) -> Any:
    if isinstance(value, syntax.Node):
        return simplified(value)
    if type(value) is tuple:
        return tuple([simplified(each) if isinstance(each, syntax.Node) else each for each in value])
    return value


def _is_negative(tree: Tree) -> bool:
    return isinstance(tree, syntax.Unary) and tree.operator == "-"


def _simplified_call(tree: syntax.Call) -> Tree:
    word = tree.function.id if isinstance(tree.function, syntax.Name) else ""
    arguments = tree.arguments
    if word == "pow" and len(arguments) == 2:
        return simplified(binary("**", *arguments))
    if word in _PRODUCTS and len(arguments) == 2:
        return binary("@", *arguments)
    if word == "t" and len(arguments) == 1:
        return syntax.Attribute(NOWHERE, arguments[0], "T")
    if word == "where" and len(arguments) == 3 and unparse(arguments[1]) == unparse(arguments[2]):
        return arguments[1]
    if word in _INVERSES and len(arguments) == 1:
        return _Product(tree).written()
    return tree


def _without_nan(tree: syntax.Binary) -> Tree:
    """`mask | (x != x)` is the mask, but for NaN."""
    kept = [each for each in (tree.left, tree.right) if not _tests_nan(each)]
    return kept[0] if len(kept) == 1 else tree


def _tests_nan(tree: Tree) -> bool:
    if not isinstance(tree, syntax.Compare) or tree.operators != ("!=",):
        return False
    return unparse(tree.operands[0]) == unparse(tree.operands[1])


# --- products -------------------------------------------------------------------------------------------------------


class _Product:
    """A product taken apart: top / bottom, and {text of a factor: [the factor, its exponent]}."""

    def __init__(self, tree: Tree) -> None:
        self.top: Any = 1
        self.bottom: Any = 1
        self.factors: dict[str, list[Any]] = {}
        self._take(tree, 1)

    def _take(self, tree: Tree, power: int) -> None:
        """Multiply by a tree, or divide by it (power -1)."""
        if isinstance(tree, syntax.Binary) and tree.operator in ("*", "/"):
            self._take(tree.left, power)
            self._take(tree.right, power if tree.operator == "*" else -power)
        elif isinstance(tree, syntax.Unary) and tree.operator == "-":
            self.top = -self.top
            self._take(tree.operand, power)
        elif isinstance(tree, syntax.Constant) and tree.value is None:  # an operand that was not given weighs nothing
            return
        elif isinstance(tree, syntax.Number) and not isinstance(tree.value, complex) and (power > 0 or tree.value):
            if power > 0:
                self.top *= tree.value
            else:
                self.bottom *= tree.value
        elif isinstance(tree, syntax.Call) and isinstance(tree.function, syntax.Name) and tree.function.id in _INVERSES:
            under = _INVERSES[tree.function.id]
            self._take(tree.arguments[0] if under is None else call(under, *tree.arguments), -power)
        else:
            self._take_factor(tree, power)

    def _take_factor(self, tree: Tree, power: int) -> None:
        exponent: Any = 1
        if isinstance(tree, syntax.Binary) and tree.operator == "**":
            given = _value(tree.right)
            if isinstance(given, int) and self._is_inverse(tree.left):
                for _ in range(abs(given)):
                    self._take(tree.left, power if given > 0 else -power)
                return
            if given is not None:
                tree, exponent = tree.left, given
        entry = self.factors.setdefault(unparse(tree), [tree, 0])
        entry[1] += exponent * power

    def _is_inverse(self, tree: Tree) -> bool:
        return isinstance(tree, syntax.Call) and isinstance(tree.function, syntax.Name) and tree.function.id in _INVERSES

    @property
    def is_negative(self) -> bool:
        """Whether its number is below zero."""
        return bool((self.top < 0) != (self.bottom < 0))

    def written(self) -> Tree:
        """The product as a tree, the number and its sign first; a choice between it and 0 as `where(mask, product, 0)`."""
        gate = next((text for text, (tree, exponent) in self.factors.items() if exponent == 1 and _is_gate(tree)), None)
        if gate is None:
            return self.size(negative if self.is_negative else None)
        tree = self.factors.pop(gate)[0]
        rest = self.written()
        mask, one, _ = tree.arguments
        return call("where", mask, rest, ZERO) if _value(one) == 1 else call("where", mask, ZERO, rest)

    def size(self, sign: Callable[[Tree], Tree] | None = None) -> Tree:
        """The product without its sign, or with `sign` put before its first factor."""
        if self.top == 0:
            return ZERO
        top, bottom = _cancelled(abs(self.top), abs(self.bottom))
        above = [_power(tree, exponent) for tree, exponent in self.factors.values() if exponent > 0]
        below = [_power(tree, -exponent) for tree, exponent in self.factors.values() if exponent < 0]
        above[:0] = [number(top)] if top != 1 or not above else []
        below[:0] = [number(bottom)] if bottom != 1 else []
        above[0] = above[0] if sign is None else sign(above[0])
        return _chain(above) if not below else binary("/", _chain(above), _chain(below))

    @property
    def key(self) -> str:
        """What two products that differ by a number have in common."""
        return " ".join(sorted([f"{text}^{entry[1]}" for text, entry in self.factors.items() if entry[1]]))


def _value(tree: Tree) -> Any:
    """The value of a number with its sign."""
    if isinstance(tree, syntax.Unary) and tree.operator == "-" and isinstance(tree.operand, syntax.Number):
        return None if isinstance(tree.operand.value, complex) else -tree.operand.value
    return tree.value if isinstance(tree, syntax.Number) and not isinstance(tree.value, complex) else None


def _power(tree: Tree, exponent: Any) -> Tree:
    return tree if exponent == 1 else binary("**", tree, number(exponent))


def _chain(factors: list[Tree]) -> Tree:
    tree = factors[0]
    for each in factors[1:]:
        tree = binary("*", tree, each)
    return tree


def _cancelled(top: Any, bottom: Any) -> tuple[Any, Any]:
    """A quotient in smaller numbers, where one of them divides the other."""
    top, bottom = int(top) if top == top // 1 else top, int(bottom) if bottom == bottom // 1 else bottom
    if isinstance(top, int) and isinstance(bottom, int) and top and bottom:
        if top % bottom == 0:
            return top // bottom, 1
        if bottom % top == 0:
            return 1, bottom // top
    return top, bottom


# --- sums -----------------------------------------------------------------------------------------------------------


def _sum(tree: Tree) -> Tree:
    """A sum with like terms collected, in the order in which they first come up, and a number at its end."""
    terms: dict[str, list[Any]] = {}
    for term, sign in _terms(tree):
        product = _Product(term)
        entry = terms.setdefault(f"{product.key}/{product.bottom}", [product, 0])
        entry[1] += sign * product.top
    total: Any = None
    for product, top in terms.values():
        product.top = top
        if top and total is None:
            total = product.written()
        elif top:
            total = _added(total, product)
    return ZERO if total is None else total


def _added(total: Tree, product: _Product) -> Tree:
    if any([_is_gate(tree) for tree, _ in product.factors.values()]):
        return _joined(total, product.written())
    written = product.written()
    if _is_choice(written):
        return _joined(total, written)
    return binary("-" if product.is_negative else "+", total, product.size())


def _joined(one: Tree, two: Tree) -> Tree:
    """`where(c, a, 0) + where(c, 0, b)` is where(c, a, b)."""
    if _is_choice(one) and _is_choice(two):
        (mask, a, b), (other, c, d) = one.arguments, two.arguments  # type: ignore[attr-defined]
        if unparse(mask) == unparse(other):
            return call("where", mask, simplified(binary("+", a, c)), simplified(binary("+", b, d)))
    return binary("+", one, two)


def _is_choice(tree: Tree) -> bool:
    return (
        isinstance(tree, syntax.Call)
        and isinstance(tree.function, syntax.Name)
        and tree.function.id == "where"
        and len(tree.arguments) == 3
    )


def _is_gate(tree: Tree) -> bool:
    """`where(mask, 1, 0)` or `where(mask, 0, 1)`."""
    return _is_choice(tree) and {_value(each) for each in tree.arguments[1:]} == {0, 1}  # type: ignore[attr-defined]


def _terms(tree: Tree, sign: int = 1) -> list[tuple[Tree, int]]:
    if isinstance(tree, syntax.Binary) and tree.operator in "+-":
        return _terms(tree.left, sign) + _terms(tree.right, sign if tree.operator == "+" else -sign)
    return [(tree, sign)]


def totalled(tree: Tree, sizes: int, dims: tuple[int, ...], keepdim: bool) -> Tree:
    """The sum of a tree over `dims` (empty: over none), `sizes` times: what is left of a broadcast that is undone."""
    if dims:
        words = [keyword("keepdim", True)] if keepdim else []
        tree = call("sum", tree, keyword("dim", dims[0] if len(dims) == 1 else dims), *words)
    return simplified(binary("*", number(sizes), tree)) if sizes != 1 else tree

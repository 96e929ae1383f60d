"""Closed formulas of gradients in terms of the leaves: ∂out/∂x = 6 * (x + 2) / 4.

The rules' own formulas are put together along the backward pass, each with the user's expressions in the place of its
operands, and simplified on the way.  Every formula is evaluated at once and held against the gradient of that step: what
does not give the same numbers, or grows too long to help, is dropped, and so is all that would be made of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from gradcli.graph.operation import OutputSelector
from gradcli.graph.tensor import Tensor, from_array
from gradcli.run.symbolic.formulas import GRADIENT, computed, factor, options, put_in, resolved, stated
from gradcli.run.symbolic.labels import is_whole, notation
from gradcli.run.symbolic.simplify import simplified, totalled
from gradcli.run.symbolic.trees import ONE, binary, call, constant, name, number, rebuilt, size
from gradcli.run.trace import Application, Descent, Share, Trace
from gradcli.text import nodes as syntax
from gradcli.text import parse
from gradcli.text.printing import unparse

MOST_STEPS: Final = 60  # of a derivation whose formula could be short
LARGEST: Final = 120  # nodes of a formula on the way
LONGEST: Final = 100  # characters of one that is shown
MOST_WORK: Final = 100_000  # elements of the largest value: formulas are evaluated at every step
Tree = syntax.Node


class Closed:
    """The formulas of one backward pass."""

    def __init__(self, trace: Trace, output: int, weight: Tensor | None, weights_name: str) -> None:
        self.trace = trace
        self.output = output
        self.values: dict[str, Any] = {}  # the names that formulas may use
        self.forward: dict[int, Tree | None] = {}
        for each, entry in enumerate(trace.entries):
            if each not in trace.applications and entry.name is not None and entry.name not in self.values:
                self.values[entry.name] = trace.tensors[each]
                self.forward[each] = name(entry.name)
        self.start = self._weights(weight, weights_name)

    def _weights(self, weight: Tensor | None, weights_name: str) -> Tree:
        if weight is None or np.all(weight.ndarray == 1):
            return ONE
        self.values[weights_name] = from_array(weight.ndarray)
        return name(weights_name)

    def formulas(self, descents: list[Descent]) -> dict[int, str]:
        """By the number of each tensor without operands: its gradient as text, where that is short and right."""
        largest = max([each.ndarray.size for each in self.trace.tensors.values()], default=0)
        if len(descents) > MOST_STEPS or largest > MOST_WORK:
            return {}
        found: dict[int, Tree | None] = {self.output: self.start}
        for descent in descents:
            above = self._number(descent)
            for share in descent.shares:
                target = self.trace.number_of(share.edge)
                if target is not None:
                    part = self._passed_on(found.get(above), descent, share, above)
                    found[target] = self._added(found[target], part) if target in found else part
        ends = {each: unparse(tree) for each, tree in found.items() if tree is not None and each not in self.trace.applications}
        return {each: text for each, text in ends.items() if len(text) <= LONGEST}

    def gives(self, text: str, expected: Any) -> bool:
        """Whether a formula gives these numbers at this evaluation's point."""
        return self._equals(parse(text).statements[-1], expected)

    def _number(self, descent: Descent) -> int:
        above = self.trace.number_of(descent.node)
        return -1 if above is None else above

    def _added(self, one: Tree | None, two: Tree | None) -> Tree | None:
        return None if one is None or two is None else _bounded(simplified(binary("+", one, two)))

    # --- one step back ----------------------------------------------------------------------------------------------

    def _passed_on(self, g: Tree | None, descent: Descent, share: Share, above: int) -> Tree | None:
        """The formula of what an operand receives, given that of the gradient which came in."""
        application = self.trace.applications.get(above)
        rule = stated(share.rule)
        if g is None or rule is None or application is None or isinstance(descent.node.operation, OutputSelector):
            return None
        rule = resolved(rule, options(share, descent.g))
        operands = [*self._operands(application), (application.operation.outputs[0], self._value(above))]
        names = {each: tree for each, tree in operands if tree is not None}
        for attempt in self._attempts(rule, g, names, descent, share):
            tree = _bounded(simplified(_countable(attempt)))
            if tree is not None and self._equals(tree, share.raw):
                return self._summed(tree, share)
        return None

    def _attempts(self, rule: Tree, g: Tree, names: dict[str, Tree], descent: Descent, share: Share) -> Iterator[Tree]:
        """The rule with the gradient in its place, in the ways that its shape may ask for, the simplest first."""
        by = factor(rule)
        if by is not None:
            by = put_in(by, names)
            yield binary("*", g, by)
            dim = share.values.get("dim")
            if isinstance(dim, int):  # formulas leave it to the reader that a reduced dimension comes back
                yield binary("*", call("unsqueeze", g, constant(dim)), by)
        else:
            yield put_in(rule, {**names, GRADIENT: g})
        if np.shape(descent.g):
            ones = call("ones", *[number(each) for each in np.shape(descent.g)])
            full = simplified(binary("*", g, ones))
            yield put_in(rule, {**names, GRADIENT: full})

    def _operands(self, application: Application) -> Iterator[tuple[str, Tree | None]]:
        row = application.operation
        for operand, each, given in zip(row.operands, application.inputs, application.operands):
            yield operand, constant(given) if each is None else self._value(each)

    def _value(self, each: int) -> Tree | None:
        """A tensor in terms of the leaves: the user's own expression, with names for steps written out."""
        if each not in self.forward:
            self.forward[each] = _bounded(self._written(each))
        return self.forward[each]

    def _written(self, each: int) -> Tree | None:
        application = self.trace.applications.get(each)
        if application is None:
            return constant(self.trace.tensors[each].ndarray.tolist())
        if len(application.results) > 1 and application.syntax is not None:
            which = [result._label for result in application.results].index(each)
            tree = self._in_leaves(application)
            return None if tree is None else syntax.Index(tree.span, tree, number(which))
        if not is_whole(self.trace, application, each):
            return self._inner(application)
        return self._in_leaves(application)

    def _in_leaves(self, application: Application) -> Tree | None:
        """The user's own expression, with names for steps written out."""
        assert application.syntax is not None
        if not size(application.syntax, LARGEST):
            return None
        parts = {number: self._value(number) for number in application.parts.values()}
        if None in parts.values():
            return None
        return rebuilt(application.syntax, lambda node: parts.get(application.parts.get(id(node), -1)))

    def _inner(self, application: Application) -> Tree | None:
        """A step within an operation that is made of others."""
        row = application.operation
        trees = [tree for _, tree in self._operands(application)]
        if None in trees or not row.function:
            return None
        whole = [tree for tree in trees if tree is not None]
        return notation(application, whole) or (None if row.statics else call(row.name, *whole))

    # --- shapes -----------------------------------------------------------------------------------------------------

    def _summed(self, tree: Tree, share: Share) -> Tree | None:
        """The formula in the operand's shape: where a broadcast is undone, what it has is summed, what it lacks counted."""
        whole, own = share.raw.shape, share.value.shape
        if whole == own:
            return tree
        has = np.shape(self._computed(tree))
        has = (1,) * (len(whole) - len(has)) + has
        wanted = (1,) * (len(whole) - len(own)) + own
        gone = [dim for dim in range(len(whole)) if wanted[dim] == 1 != whole[dim]]
        dims = tuple([dim for dim in gone if has[dim] != 1])
        times = int(np.prod([whole[dim] for dim in gone if has[dim] == 1], dtype=int))
        keepdim = bool(dims) and any([dim >= len(whole) - len(own) for dim in dims])
        everything = not own and has == whole
        whole_sum = simplified(binary("*", number(times), call("sum", tree)))
        total = whole_sum if everything else totalled(tree, times, dims, keepdim)
        return total if self._equals(total, share.value) else None

    def _equals(self, tree: Tree, expected: Any) -> bool:
        """Whether a formula gives these numbers, in a shape that broadcasts to theirs."""
        value = self._computed(tree)
        if value is None or np.iscomplexobj(value) > np.iscomplexobj(expected):
            return False
        try:
            full = np.broadcast_to(np.asarray(value, np.asarray(expected).dtype), np.shape(expected))
        except (TypeError, ValueError):
            return False
        tolerance = 1e-10 if np.asarray(expected).dtype == np.float64 else 1e-4
        scale = np.max(np.abs(expected[np.isfinite(expected)]), initial=0.0)
        return bool(np.allclose(full, expected, rtol=tolerance, atol=tolerance * scale, equal_nan=True))

    def _computed(self, tree: Tree) -> Any:
        return computed(tree, self.values)


def _countable(tree: Tree) -> Tree:
    """`count(mask)` of formulas as what the language has for it."""

    def change(node: Tree) -> Tree | None:
        is_count = isinstance(node, syntax.Call) and isinstance(node.function, syntax.Name) and node.function.id == "count"
        return call("sum", *node.arguments) if is_count else None  # type: ignore[attr-defined]

    return rebuilt(tree, change)


def _bounded(tree: Tree | None) -> Tree | None:
    return tree if tree is not None and size(tree, LARGEST) else None

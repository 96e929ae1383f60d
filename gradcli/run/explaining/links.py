"""What one step back says of each operand: the local derivative as a formula and as numbers, and what comes of it."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from gradcli.graph.multi_output import OutputCotangents
from gradcli.graph.operation import OutputSelector
from gradcli.run.explaining.explanation import Link
from gradcli.run.explaining.symbols import Symbols
from gradcli.run.names import CONSTANTS
from gradcli.run.nonfinite.backward import local_derivative
from gradcli.run.symbolic.formulas import GRADIENT, factor, names_in, options, put_in, resolved, rule_text, stated
from gradcli.run.symbolic.labels import applied
from gradcli.run.symbolic.simplify import simplified
from gradcli.run.symbolic.trees import name
from gradcli.run.trace import Application, Descent, Share, Trace
from gradcli.text import nodes as syntax
from gradcli.text.printing import unparse

MOST_ENTRIES: Final = 2048  # of a local Jacobian
MOST_STEPS: Final = 500  # of an explanation whose Jacobians are computed
_LONGEST: Final = 160  # characters of a formula that helps


class Linker:
    """Makes the links of every step of one explanation."""

    def __init__(self, trace: Trace, symbols: Symbols, objective: str, steps: int) -> None:
        self.trace = trace
        self.symbols = symbols
        self.objective = objective
        self.with_jacobians = steps <= MOST_STEPS

    def links(self, descent: Descent) -> tuple[Link, ...]:
        """One link for each operand that receives something."""
        number = self.trace.number_of(descent.node)
        application = None if number is None else self.trace.applications.get(number)
        return tuple([self._link(descent, share, application, number) for share in descent.shares])

    def _link(self, descent: Descent, share: Share, application: Application | None, number: int | None) -> Link:
        target = self.trace.number_of(share.edge)
        row = below(descent).operation
        several = isinstance(descent.node.operation, OutputSelector) or row.variadic
        local, whole = (None, None) if several else self._formulas(descent, share, application, number)
        values = None if local is None else local_derivative(share, descent.g)
        jacobian = self._jacobian(descent, share)
        return Link(
            -1 if target is None else target,
            row.operands[0] if row.variadic else row.operands[share.place],
            None if several else rule_text(share.rule),
            local if values is not None else None,
            values,
            whole if values is None else None,
            jacobian,
            _moves(jacobian, descent.g.ndim),
            share.raw,
            share.value,
        )

    def _formulas(
        self, descent: Descent, share: Share, application: Application | None, number: int | None
    ) -> tuple[str | None, str | None]:
        """The local derivative, and the whole rule, in the user's own words."""
        tree = stated(share.rule)
        if application is None or number is None:
            return None, None
        if tree is None:
            return None, self._derived(descent, share, application, number)
        tree = resolved(tree, options(share, descent.g))
        names = self._names(application, number)
        if {each.id for each in names_in(tree)} - {*names, *CONSTANTS, GRADIENT}:  # something that only the rule's source knows
            return None, None
        by = factor(tree)
        local = None if by is None else unparse(put_in(simplified(by), names))
        incoming = name(f"∂{self.objective}/∂{self.symbols.name(number)}")
        whole = unparse(put_in(simplified(tree), {**names, GRADIENT: incoming}))
        if "unsqueeze(" in whole:  # outer(g, x) says more than unsqueeze(g, 1) * x
            whole = self._derived(descent, share, application, number) or whole
        return _short(local), _short(whole)

    def _derived(self, descent: Descent, share: Share, application: Application, number: int) -> str | None:
        """A rule of several statements as a formula on terms, where that gives the same numbers."""
        from gradcli.run.explaining.derived import derived  # few rules need it

        inputs = list(zip(application.inputs, application.operands))
        if any([each is None for each, _ in inputs]):
            return None
        names = [self.symbols.name(each) for each, _ in inputs if each is not None]
        values = {name: tensor.ndarray for name, (_, tensor) in zip(names, inputs)}
        tree = applied(application, list(map(name, names)))
        incoming = f"∂{self.objective}/∂{self.symbols.name(number)}"
        return _short(derived(tree, values, names[share.place], np.asarray(descent.g), incoming, share.raw))

    def _names(self, application: Application, number: int) -> dict[str, syntax.Node]:
        row = application.operation
        given = {
            operand: self.symbols.tree(each) for operand, each in zip(row.operands, application.inputs) if each is not None
        }
        results = {
            name: self.symbols.tree(int(each._label or 0))
            for name, each in zip(row.outputs, application.results)
            if each._label in (number, application.number)
        }
        return {**results, **given}

    def _jacobian(self, descent: Descent, share: Share) -> Any:
        """Every entry of the output by every entry of the operand: what the rule makes of one-hot gradients."""
        g = descent.g
        shape = np.shape(share.value)
        if (
            not self.with_jacobians
            or "c" in (g.dtype.kind, share.value.dtype.kind)
            or not 0 < g.size * share.value.size <= MOST_ENTRIES
        ):
            return None
        rows = np.eye(g.size, dtype=g.dtype).reshape(g.size, *g.shape)
        return np.array([pulled(descent, share, row) for row in rows], g.dtype).reshape((*g.shape, *shape))


def below(descent: Descent) -> Any:
    """The node whose rules a step back runs: of one output among several, the operation's own."""
    return descent.node.edges[0] if isinstance(descent.node.operation, OutputSelector) else descent.node


def pulled(descent: Descent, share: Share, g: Any) -> Any:
    """What an operand would receive for another gradient, in its own shape."""
    from gradcli.graph.pullback import pull

    node = below(descent)
    if node is not descent.node:
        number, dtype, shape = descent.node.saved[0]
        g = OutputCotangents(shape, dtype, {number: g})
    return pull(node, g)[share.place]


def _moves(jacobian: Any, ndim: int) -> bool:
    """Whether the output's entries are entries of the operand, or of others: an index, a transpose, a part of a list."""
    if jacobian is None:
        return False
    ones, own = jacobian == 1, tuple(range(ndim, jacobian.ndim))
    return bool(np.all(ones | (jacobian == 0)) and np.all(ones.sum(own) <= 1) and ones.any())


def _short(text: str | None) -> str | None:
    return None if text is None or len(text) > _LONGEST else text

"""A request becomes an explanation: the derivation of its gradients, step by step, with the numbers of this evaluation."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.engine import reverse_mode
from gradcli.errors import Problem
from gradcli.graph.context import isolated
from gradcli.graph.half_precision import in_dtype
from gradcli.graph.tensor import Tensor, from_array
from gradcli.run import kinks
from gradcli.run.evaluate import weights_of
from gradcli.run.explaining.explanation import Back, Explanation, LeafGradient, Path, Value
from gradcli.run.explaining.links import Linker
from gradcli.run.explaining.symbols import Symbols
from gradcli.run.forward import Forward, check_wrt
from gradcli.run.request import Request
from gradcli.run.source_places import placed
from gradcli.run.symbolic.closed_forms import MOST_STEPS, Closed
from gradcli.run.trace import Descent, Trace, descend, replayed

WEIGHTED = "L"  # what is differentiated where there are weights: L = sum(w * out)

_GOLDEN = 0.6180339887498949  # its multiples fill the unit interval evenly, and NumPy's random numbers take 10 ms to import


@isolated
def explain(request: Request) -> Explanation:
    """Derive the gradients of a request.  Raises Problem, with its place in the text that it concerns."""
    request = request.but(notes=True)
    computed, trace = replayed(request)
    with placed(computed.program, request.expr):
        check_wrt(request.wrt, computed.leaves, computed.names)
        weight = _weight(request, computed)
        leaves = {name: leaf for name, leaf in computed.leaves.items() if request.wrt is None or name in request.wrt}
        kinks.observe((trace.watched or []) + trace.lossy)
        _checked(computed, leaves, weight)
        return _Derivation(request, trace, computed, leaves, weight).explanation()


def _weight(request: Request, computed: Forward) -> Tensor | None:
    """The weights of the one pass that is explained."""
    if computed.is_tuple:
        raise Problem(
            "not-scalar",
            "grad can be implicitly created only for scalar outputs, "
            f"and the expression gives a tuple of {len(computed.outputs)}",
            hint="pick one, as in (...)[0]",
        )
    given = weights_of(request, computed)
    if len(given) > 1:
        raise Problem("argument", "an explanation is of one backward pass, and there are several weights", source="--weights")
    return given[0] if given else None


def _checked(computed: Forward, leaves: dict[str, Tensor], weight: Tensor | None) -> None:
    """Raise the Problem that the backward pass would have."""
    reverse_mode.grad([computed.outputs[0]], list(leaves.values()), [weight], retain_graph=True, allow_unused=True)


class _Derivation:
    """What an explanation is made from."""

    def __init__(
        self, request: Request, trace: Trace, computed: Forward, leaves: dict[str, Tensor], weight: Tensor | None
    ) -> None:
        self.request = request
        self.computed = computed
        self.trace = trace
        self.leaves = leaves
        self.out = computed.outputs[0]
        self.output = trace.number(self.out)
        self.weight = weight
        self.numbers = sorted(trace.ancestors(self.output))
        self.symbols = Symbols(trace, self.numbers, self.output)
        self.start = (
            np.ones(self.out.shape, self.out.ndarray.dtype)
            if weight is None
            else in_dtype(weight.ndarray, self.out.ndarray.dtype)
        )
        self.weights_name = self.symbols.fresh("w") if "w" not in self.symbols.taken else self.symbols.fresh("weights")
        self.objective = self.symbols.fresh(WEIGHTED) if self.is_weighted else self.symbols.name(self.output)

    @property
    def is_weighted(self) -> bool:
        """Whether the output has to be weighted to be one number."""
        return self.weight is not None or self.out.ndarray.size != 1

    def explanation(self) -> Explanation:
        """All of it."""
        wanted = [leaf.edge for leaf in self.leaves.values()]
        descents = list(descend([(self.out.edge, self.start)], wanted))
        linker = Linker(self.trace, self.symbols, self.objective, len(descents))
        backward = tuple([Back(self._id(each), each.g, linker.links(each)) for each in descents])
        return Explanation(
            self.request.expr,
            self.output,
            self.objective,
            None if self.weight is None else (self.weights_name, self.start),
            tuple([self._value(number) for number in self.numbers]),
            backward,
            self._paths(backward),
            self._ends(descents, backward),
            kinks.notes((self.trace.watched or []) + self.trace.lossy),
        )

    def _id(self, descent: Descent) -> int:
        number = self.trace.number_of(descent.node)
        return -1 if number is None else number

    def _value(self, number: int) -> Value:
        tensor = self.trace.tensors[number]
        application = self.trace.applications.get(number)
        return Value(
            number,
            self.symbols.name(number),
            self.symbols.text(number),
            self.symbols.step(number),
            None if application is None else application.operation.name,
            None if tensor.grad_fn is None else tensor.grad_fn.name(),
            () if application is None else tuple([each for each in application.inputs if each is not None]),
            tensor.ndarray,
            tensor.requires_grad,
            any([tensor is leaf for leaf in self.leaves.values()]),
        )

    def _paths(self, backward: tuple[Back, ...]) -> dict[int, tuple[Path, ...]]:
        found: dict[int, list[Path]] = {self.output: [Path(self.output, "", self.start)]}
        for back in backward:
            for link in back.links:
                found.setdefault(link.input, []).append(Path(back.id, link.operand, link.value))
        return {number: tuple(paths) for number, paths in found.items()}

    def _ends(self, descents: list[Descent], backward: tuple[Back, ...]) -> dict[str, LeafGradient]:
        gradients: dict[int, Any] = {self.output: self.start} if self.out.is_leaf else {}
        for back in backward:
            for link in back.links:
                before = gradients.get(link.input)
                gradients[link.input] = link.value if before is None else before + link.value
        formulas = self._formulas(descents, gradients)
        numbers = {name: self.trace.number(leaf) for name, leaf in self.leaves.items()}
        left = {name: number for name, number in numbers.items() if number in gradients and number not in formulas}
        formulas |= self._derived({name: gradients[number] for name, number in left.items()})
        return {
            name: LeafGradient(number, gradients.get(number), formulas.get(number) if number in gradients else None)
            for name, number in numbers.items()
        }

    def _derived(self, left: dict[str, Any]) -> dict[int, str]:
        """Formulas of what the walk back has left without one, derived on terms."""
        if not left or self.is_weighted or self.out.ndarray.ndim:
            return {}
        from gradcli.run.explaining.derived import formulas_here  # many gradients have one already

        found = formulas_here(self.request, self.computed.variables, left)
        return {self.trace.number(self.leaves[name]): text for name, text in found.items() if name in self.leaves}

    def _formulas(self, descents: list[Descent], gradients: dict[int, Any]) -> dict[int, str]:
        """Closed formulas that hold at this point, and at another one, which has no accidental zeros, ones and ties."""
        if any([leaf.ndarray.dtype.kind == "c" for leaf in self.leaves.values()]):
            return {}  # formulas are of real numbers
        here = Closed(self.trace, self.output, self.weight, self.weights_name)
        found = here.formulas(descents)
        if not found and len(descents) > MOST_STEPS:
            return {}
        elsewhere = self._elsewhere(list(gradients))
        if elsewhere is None:
            return found
        there, others, own = elsewhere
        kept = {each: text for each, text in found.items() if each not in others or there.gives(text, others[each])}
        return {each: text for each, text in own.items() if here.gives(text, gradients[each])} | kept

    def _elsewhere(self, wanted: list[int]) -> tuple[Closed, dict[int, Any], dict[int, str]] | None:
        """The same derivation a little way off: its formulas, and the gradients there; None where it has none."""
        try:
            moved, trace = replayed(self.request, self._moved())
            leaves = [moved.leaves[name].edge for name in self.leaves]
            descents = list(descend([(moved.outputs[0].edge, self.start)], leaves))
        except (Problem, KeyError):
            return None
        sums: dict[int, Any] = {}
        for descent in descents:
            for share in descent.shares:
                number = trace.number_of(share.edge)
                if number in wanted:
                    sums[number] = share.value if number not in sums else sums[number] + share.value
        if not all([np.isfinite(each).all() for each in sums.values()]):
            return None
        closed = Closed(trace, self.output, self.weight, self.weights_name)
        return closed, sums, {each: text for each, text in closed.formulas(descents).items() if each in wanted}

    def _moved(self) -> Forward:
        """The computation with other values for the leaves that were given."""
        variables = dict(self.computed.variables)
        for place, (name, tensor) in enumerate(variables.items()):
            if name in self.leaves:
                spread = (np.arange(tensor.ndarray.size) + place) * _GOLDEN % 1
                noise = in_dtype((0.01 + 0.04 * spread).reshape(tensor.shape), tensor.ndarray.dtype)
                variables[name] = from_array(np.asarray(tensor.ndarray * (1 + noise) + noise))
        rest = [getattr(self.computed, field) for field in self.computed.__slots__[2:]]
        return Forward(self.computed.program, variables, *rest)

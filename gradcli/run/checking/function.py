"""The function that a check differentiates: an expression at one point, evaluated again and again as its leaves move.

In first order it gives the expression's output, in second order the gradients of all leaves.  What it gives is one long
vector, or (where its Jacobian would be large) that vector's product with weights.  `values` is what finite differences
look at: the tree is parsed once, nothing is recorded, and the leaves' arrays are changed in place.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from math import prod
from typing import Any

import numpy as np

from gradcli.engine import reverse_mode
from gradcli.engine.differences import Array
from gradcli.engine.noise import Noise, noise
from gradcli.engine.plan import Plan, PlanRefused, trace
from gradcli.engine.real_parts import real_view
from gradcli.errors import Problem
from gradcli.graph.half_precision import precision_of
from gradcli.graph.tape import grad_mode
from gradcli.graph.tensor import Tensor, from_array
from gradcli.ops.core import binding
from gradcli.ops.creation import factories
from gradcli.run.flatten import derivatives_in
from gradcli.run.forward import Forward
from gradcli.run.machine import Machine
from gradcli.run.request import Request
from gradcli.run.source_places import placed

MOST_ENTRIES = 10_000  # of a Jacobian that is checked entry by entry
PLANNED_FROM = 100  # evaluations: to trace takes as long as some twenty of them
MOST_ROWS = 1000  # of it: each is a backward pass

Part = tuple[str, tuple[int, ...]]  # the name and the shape of a tensor of the function's value


class CheckedFunction:
    """An expression at a point.

    computed  the expression with its graph
    leaves    by name, the arrays to move; a complex number counts as two, its parts along one more dimension, here and in
              whatever else is compared: an expression's value, weights, gradients
    parts     what the function's value is made of
    order     1 or 2
    weighted  None where every entry of the value is looked at, else the weights of all of them
    drawn     whether those weights are random ones
    here      the value at the point, one long vector
    """

    def __init__(self, request: Request, computed: Forward, wrt: list[str], order: int, weight: Any) -> None:
        """`computed` is what the request gave, `weight` the weights of that, or None.  Raises Problem, with its place."""
        self.computed, self.order = computed, order
        self._wrt, self._weight, self._seed = wrt, weight, request.seed or 0
        self._program, self._text = computed.program, request.expr
        self._traced = order == 2 or bool(derivatives_in(self._program))
        self._evaluated = 0
        self._variables = self._copies()
        self.leaves = {name: real_view(self._variables[name].ndarray) for name in wrt}
        with placed(self._program, self._text):
            self._outputs = self._differentiated()
        self.parts: list[Part] = [(name, real_view(each.ndarray).shape) for name, each in self._outputs]
        self.drawn = not (order == 1 and weight is not None) and self._is_large()
        self.weighted = self._weights()
        self.here = self.values()

    @property
    def rows(self) -> int:
        """How many numbers `change` gives."""
        return 1 if self.weighted is not None else len(self.here)

    def row(self, number: int) -> tuple[str, tuple[int, ...] | None]:
        """Which entry of which part a row stands for; None for a whole."""
        if self.weighted is not None:
            return self.parts[0][0], None
        for name, shape in self.parts:
            if number < prod(shape):
                single = len(self.here) == 1 and self.order == 1
                return name, None if single else tuple(map(int, np.unravel_index(number, shape)))
            number -= prod(shape)
        raise IndexError(number)

    # --- what finite differences look at ----------------------------------------------------------------------------

    def values(self) -> Array:
        """The function's value with the leaves as they are now, as one long vector of float64.  Raises Problem."""
        self._evaluated += 1
        if self._evaluated > PLANNED_FROM and self._plan is not None:
            try:
                found = self._plan(*[self._variables[name].ndarray for name in self._wrt])
                return _in_line(found)
            except Exception:  # the tape says what is wrong, and where; or that shapes depend on values
                pass
        factories.seed_generator(self._seed)
        with placed(self._program, self._text), grad_mode(self._traced):
            return _in_line(self._computed(self._variables))

    def _computed(self, variables: dict[str, Tensor]) -> list[Any]:
        """The arrays that make up the function's value."""
        value = Machine(dict(variables), _ignore, _ignore).run(self._program)
        out = value if isinstance(value, Tensor) else binding.as_tensor(value)
        if self.order == 1:
            return [out.ndarray]
        return [each.ndarray for each in self._gradients(out, [variables[name] for name in self._wrt], False)]

    @cached_property
    def _plan(self) -> Plan | None:
        """The same traced once, for leaves that move thousands of times; None where the tape has to compute it."""

        def computed(*arrays: Any) -> list[Any]:
            moving = {name: from_array(array, self._traced) for name, array in zip(self._wrt, arrays)}
            with grad_mode(self._traced):
                return self._computed({**self._variables, **moving})

        try:
            return trace(
                computed,
                [(self._variables[name].shape, self._variables[name].ndarray.dtype) for name in self._wrt],
                names=self._wrt,
            )
        except (PlanRefused, Problem):
            return None

    def change(self) -> Array:
        """By how much the value differs from that at the point; weighted only now, when what is equal has cancelled."""
        try:
            values = self.values()
        except Problem:  # no value there
            return np.full(self.rows, np.nan)
        if values.shape != self.here.shape:  # nor one to be compared, as of x[x > 0]
            return np.full(self.rows, np.nan)
        change: Array = values - self.here
        return change if self.weighted is None else np.array([self.weighted @ change])

    @cached_property
    def noise(self) -> Noise:
        """The errors that the rows come with."""
        return noise(self.change, list(self.leaves.values()), self._sizes, self.roundings, self.eps)

    @cached_property
    def roundings(self) -> Array:
        """What each row is off at the least: some number on the way, though the value be small, was rounded, too."""
        values = [entry.value for entry in self.computed.recorder.entries if entry.value is not None]
        floats = [value[np.isfinite(value)] for value in values if value.dtype.kind in "fc"]
        rounded: Array = self.eps * np.fmax(self._sizes, max([np.abs(each).max(initial=0) for each in floats]))
        return rounded

    @cached_property
    def eps(self) -> float:
        """The relative precision of the narrowest floating dtype that takes part."""
        names = {entry.dtype for entry in self.computed.recorder.entries}
        return max([precision_of(name) for name in names if name.startswith(("float", "bfloat", "complex"))])

    @property
    def _sizes(self) -> Array:
        sizes: Array = np.abs(self.here)
        return sizes if self.weighted is None else np.array([np.abs(self.weighted) @ sizes])

    # --- what autograd says -----------------------------------------------------------------------------------------

    def derivatives(self) -> dict[str, Array]:
        """By leaf, autograd's derivatives of every row: arrays of shape (rows, entries).  Raises Problem."""
        leaves = [self.computed.leaves[name] for name in self._wrt]
        found = [np.zeros((self.rows, self.leaves[name].size)) for name in self._wrt]
        ends = [(start, end) for start, end in self._starts() if end._requires_grad or self.order == 1]
        with placed(self._program, self._text):
            for number in range(self.rows):
                self._fill_row(found, number, ends, leaves)
        return dict(zip(self._wrt, found))

    def _fill_row(self, found: list[Array], number: int, ends: list[tuple[int, Tensor]], leaves: list[Tensor]) -> None:
        if self.weighted is None:
            ends = [(start, end) for start, end in ends if start <= number < start + real_view(end.ndarray).size]
        if not ends:
            return  # linear: the second derivative is zero
        weights = [self._row_weight(number, start, end) for start, end in ends]
        gradients = reverse_mode.grad([end for _, end in ends], leaves, weights, retain_graph=True, materialize_grads=True)
        for rows, gradient in zip(found, gradients):
            assert gradient is not None
            rows[number] = real_view(gradient.ndarray).ravel()

    def _row_weight(self, number: int, start: int, end: Tensor) -> Tensor:
        weight = np.zeros(end.shape, end.ndarray.dtype)
        parts = real_view(weight).reshape(-1)
        if self.weighted is not None:
            parts[...] = self.weighted[start : start + parts.size]
        else:
            parts[number - start] = 1
        return from_array(weight)

    def _starts(self) -> list[tuple[int, Tensor]]:
        """The parts, each with its place in the long vector."""
        starts = np.cumsum([0, *[prod(shape) for _, shape in self.parts]]).tolist()
        return list(zip(starts, [each for _, each in self._outputs]))

    def _differentiated(self) -> list[tuple[str, Tensor]]:
        """The tensors that the function gives, in the graph."""
        out = self.computed.outputs[0]
        if self.order == 1:
            return [("out", out)]
        leaves = [self.computed.leaves[name] for name in self._wrt]
        return list(zip([f"{name}.grad" for name in self._wrt], self._gradients(out, leaves, True)))

    def _gradients(self, out: Tensor, leaves: list[Tensor], create_graph: bool) -> list[Tensor]:
        weight = None if self._weight is None else from_array(self._weight)
        with grad_mode(True):
            found = reverse_mode.grad([out], leaves, [weight], create_graph=create_graph, materialize_grads=True)
        return [each for each in found if each is not None]

    def _copies(self) -> dict[str, Tensor]:
        """The variables once more, in memory of their own; they require grad where the function is itself a gradient."""
        copies = {name: from_array(np.array(value.ndarray, order="C")) for name, value in self.computed.variables.items()}
        for name in self.computed.leaves.keys() & copies.keys() if self._traced else ():
            copies[name]._requires_grad = True
        return copies

    def _is_large(self) -> bool:
        """Whether the Jacobian has too many entries to look at each."""
        rows = sum([prod(shape) for _, shape in self.parts])
        return rows > MOST_ROWS or rows * sum([each.size for each in self.leaves.values()]) > MOST_ENTRIES

    def _weights(self) -> Any:
        """The weights of all that the function gives, or None to look at each entry of it."""
        if self.order == 1 and self._weight is not None:
            return real_view(self._weight).ravel()
        return random_weights((sum([prod(shape) for _, shape in self.parts]),), self._seed) if self.drawn else None


def _in_line(arrays: Sequence[Any]) -> Array:
    """All the real numbers of some arrays as one long vector of float64, in memory of its own."""
    return np.concatenate([np.array(real_view(np.asarray(each)), np.float64).ravel() for each in arrays])


def random_weights(shape: tuple[int, ...], seed: int) -> Array:
    """Weights from 1/2 to 3/2 and of either sign: each entry counts, and errors do not cancel.  The same for a seed."""
    from gradcli.ops.random.generator import Generator

    drawn: Array = Generator(seed).uniform(shape, np.float64, -1.0, 1.0)
    return drawn + np.copysign(0.5, drawn)


def _ignore(*_: Any) -> None:
    """Nobody watches the machine."""

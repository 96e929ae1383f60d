"""An expression as a function of one vector: the values of its unknowns, packed; with exact derivatives of both orders.

Solvers work on vectors, people on names.  A `VectorFunction` stands between the two: it packs the leaves of a request into a
vector (`start`), computes the expression at any other vector (`at`), and says what each element is called (`labels`).
A complex number is two elements, its parts, among the unknowns as among the outputs: Newton's method on them is Newton's
method of complex numbers where the function is holomorphic, and steepest descent along dL/dx + i dL/dy where it is real.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from copy import copy
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np

from gradcli.engine import jacobian as engine
from gradcli.engine.plan import Mismatch, Plan, PlanRefused, trace
from gradcli.errors import Problem, unknown_name
from gradcli.run.evaluate import computed_bindings
from gradcli.run.forward import Forward, forward
from gradcli.run.partials import labels_of
from gradcli.run.real_numbers import need_real
from gradcli.run.request import Request

Array: TypeAlias = "np.ndarray[Any, np.dtype[Any]]"


class VectorFunction:
    """The expression of `request` as a function of its leaves.

    fixed  names of leaves that are constants here
    parts  whether complex unknowns and outputs are taken, as their parts; else they are refused

    start   where the leaves stand, as one vector of float64, n elements
    labels  what its elements are called: "a", or "w[0, 1]" for an element of an array; "z.real", "z.imag"
    shapes  by name, those of the unknowns; of complex ones, the two parts are a last dimension
    """

    complex_names: frozenset[str] = frozenset()
    parts = False

    def __init__(self, request: Request, fixed: list[str] | None = None, parts: bool = False) -> None:
        bindings = computed_bindings(request)
        names = [name for name, _, is_constant in bindings if not is_constant]
        for name in fixed or ():
            if name not in names:
                raise unknown_name(
                    "--fix", name, "is no unknown of this expression", names, f"the unknowns are {', '.join(names) or 'none'}"
                )
        self._request = request
        self._constants = [(name, value) for name, value, constant in bindings if constant or name in (fixed or ())]
        free = [(name, np.asarray(value)) for name, value, constant in bindings if not constant]
        if not parts:
            need_real("this command", free)
        self.parts = parts
        self.complex_names = frozenset([name for name, value in free if value.dtype.kind == "c"])
        free = [(name, real_parts(value).astype(np.float64)) for name, value in free if name not in (fixed or ())]
        self.expr = request.expr
        self.shapes: dict[str, tuple[int, ...]] = {name: value.shape for name, value in free}
        self.start: Array = np.concatenate([value.ravel() for _, value in free]) if free else np.empty(0)
        self.labels = [label for name, value in free for label in self._labels(name, value.shape)]
        self.evaluations = 0
        self._plans: dict[int, Plan | None] = {}  # by the order of the derivatives
        self._last: tuple[bytes, Point] | None = None

    @classmethod
    def of(cls, request: Request) -> VectorFunction:
        """The function of a request whose bindings are arrays already (or what stands for them in a plan)."""
        self = cls.__new__(cls)
        self._request = request
        self._constants = [(name, value) for name, value, constant in request.bindings if constant]
        self.expr = request.expr
        self.shapes = {name: value.shape for name, value, constant in request.bindings if not constant}
        return self

    def _labels(self, name: str, shape: tuple[int, ...]) -> list[str]:
        if name not in self.complex_names:
            return labels_of(name, shape)
        return [f"{label}.{part}" for label in labels_of(name, shape[:-1]) for part in ("real", "imag")]

    def constants(self) -> list[tuple[str, Array]]:
        """What the expression is given beside the unknowns that it reads, by name."""
        from gradcli.run.solving.columns import free_names

        read = free_names(self.expr, ())
        return [(name, np.asarray(value)) for name, value in self._constants if name in read]

    @property
    def names(self) -> list[str]:
        """The unknowns, in the order of their elements."""
        return [*self.shapes]

    def unpacked(self, vector: Array) -> dict[str, Array]:
        """The values by name that a vector of n elements stands for; or many vectors, the columns of an n x N array."""
        values, begin = {}, 0
        for name, shape in self.shapes.items():
            end = begin + math.prod(shape)
            part = np.array(vector[begin:end]).reshape(shape + vector.shape[1:])
            values[name] = part if name not in self.complex_names else joined(part, len(shape) - 1)
            begin = end
        return values

    def at(self, vector: Array, dtype: Any = np.float64) -> Point:
        """The expression computed at `vector`; the point asked for last is kept, since solvers ask for each part by itself.

        Raises Problem, with its place in the expression.
        """
        vector = np.ascontiguousarray(vector, dtype)
        key = vector.tobytes()
        if self._last is None or self._last[0] != key:
            self.evaluations += 1
            self._last = key, Point(self, vector)
        return self._last[1]

    def computed(self, values: Iterable[Any]) -> Forward:
        """The expression computed on the tape for values of the unknowns, in their order."""
        leaves = [(name, value, False) for name, value in zip(self.shapes, values)]
        constants = [(name, value, True) for name, value in self._constants]
        return forward(Request(self.expr, [*constants, *leaves], dtype=self._request.dtype, seed=self._request.seed))

    def planned(self, order: int) -> Plan | None:
        """The plan of outputs, Jacobian and Hessian as far as `order` (0, 1, 2) asks; None where only the tape can tell."""
        if order not in self._plans:
            types = [
                (shape[:-1], np.dtype(np.complex128)) if name in self.complex_names else (shape, np.dtype(np.float64))
                for name, shape in self.shapes.items()
            ]

            def computed(*arrays: Any) -> list[Any]:
                point = Point(self, None, self.computed(arrays))
                return [getattr(point, part) for part in ("outputs", "jacobian", "hessian")[: order + 1]]

            try:
                self._plans[order] = trace(computed, types, names=self.names)
            except PlanRefused:
                self._plans[order] = None
        return self._plans[order]

    def many(self, vectors: Array, order: int) -> tuple[Array, Array | None, Array | None]:
        """Outputs, Jacobians and Hessians at N vectors, N x m, N x m x n and N x n x n, as far as `order` (0, 1, 2) asks."""
        plan = self.planned(order)
        if plan is not None and len(vectors) > 1 and self.shapes:
            try:
                parts = self.unpacked(vectors.T).values()
                with np.errstate(all="ignore"):
                    found = plan.stacked([np.moveaxis(each, -1, 0) for each in parts])
                return found[0], found[1] if order else None, found[2] if order > 1 else None
            except (Mismatch, Problem):  # what depends on values, or a record that cannot be computed: one by one
                pass
        points = [self.at(vector) for vector in vectors]
        outputs = np.array([each.outputs for each in points])
        slopes = np.array([each.jacobian for each in points]) if order else None
        return outputs, slopes, np.array([each.hessian for each in points]) if order > 1 else None

    def in_decimals(self) -> VectorFunction:
        """The same function with its constants in extended precision (see `extended`)."""
        from gradcli.run.solving.extended_precision import decimals

        other = copy(self)
        other._last, other._plans = None, {}
        other._constants = [
            (name, decimals(value) if np.asarray(value).dtype.kind == "f" else value) for name, value in self._constants
        ]
        return other


class Point:
    """What a function gives at one vector; each part is computed when it is first asked for, by a plan where there is one.

    outputs   every element of every output, as one vector of m elements
    jacobian  m x n
    gradient, hessian   n and n x n, where there is one output of one element
    """

    def __init__(self, function: VectorFunction, vector: Array | None, computed: Forward | None = None) -> None:
        """`computed` is what the tape gave at the vector; without it a plan is tried first."""
        self._function = function
        self._vector = vector
        if computed is not None:
            self._computed = computed

    @cached_property
    def _computed(self) -> Forward:
        assert self._vector is not None
        return self._function.computed(self._function.unpacked(self._vector).values())

    @property
    def _leaves(self) -> list[Any]:
        return [self._computed.leaves[name] for name in self._function.shapes]

    def _by_plan(self, order: int) -> Any:
        """The outputs, the Jacobian or the Hessian by a plan; None where the tape has to tell."""
        if self._vector is None or self._vector.dtype != np.float64 or "_computed" in self.__dict__:
            return None
        plan = self._function.planned(order)
        if plan is None:
            return None
        try:
            with np.errstate(all="ignore"):
                found = plan(*self._function.unpacked(self._vector).values())
        except (Mismatch, Problem):  # the tape says where in the expression
            return None
        self.__dict__.update(zip(("outputs", "jacobian"), found))
        return found[order]

    @cached_property
    def outputs(self) -> Array:
        found: Array | None = self._by_plan(0)
        if found is not None:
            return found
        if not self._function.parts:
            self._need_real_outputs()
        return np.concatenate([real_parts(each.ndarray).reshape(-1) for each in self._computed.outputs])

    def _need_real_outputs(self) -> None:
        need_real("this command", [("the expression's value", each.ndarray) for each in self._computed.outputs])

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        """The shape of each output."""
        return [each.ndarray.shape for each in self._computed.outputs]

    @property
    def output_labels(self) -> list[str]:
        """What each of the m outputs is called: "out", or "out[2]", where complex "out.real" and "out.imag"."""
        parts = [("",) if each.ndarray.dtype.kind != "c" else (".real", ".imag") for each in self._computed.outputs]
        own = [part for each, part in zip(self._computed.outputs, parts) for _ in range(each.ndarray.size)]
        names = ["out"] if len(own) == 1 else [f"out[{place}]" for place in range(len(own))]
        return [name + part for name, each in zip(names, own) for part in each]

    @property
    def value(self) -> float:
        """The one number that there is.  Raises Problem where there are several, or it is complex."""
        if self.outputs.size != 1:
            self._need_real_outputs()
            raise Problem(
                "not-scalar",
                f"a number is wanted, and the expression gives {self.outputs.size} values",
                hint="reduce it, as in (...).sum()",
            )
        return float(self.outputs[0])

    @cached_property
    def jacobian(self) -> Array:
        found: Array | None = self._by_plan(1)
        if found is not None:
            return found
        if not self._leaves:
            return np.empty((self.outputs.size, 0))
        return self._table(self._computed.outputs)

    def _table(self, outputs: Sequence[Any]) -> Array:
        """The derivatives of all numbers of some tensors by all unknowns, and by the parts of complex ones of either."""
        real = [_in_parts(out) for out in outputs]
        rows = [
            np.concatenate([_matrix(block, out.ndarray.size) for block in blocks], axis=1)
            for out, blocks in zip(real, engine.jacobian(real, self._leaves, "auto"))
        ]
        return np.concatenate(rows)

    @property
    def gradient(self) -> Array:
        row: Array = self.jacobian[0]
        return row

    @cached_property
    def hessian(self) -> Array:
        found: Array | None = self._by_plan(2)
        return found if found is not None else self.weighted_hessian(np.ones(1))

    def weighted_hessian(self, weights: Array) -> Array:
        """The sum over all outputs of weight times Hessian, n x n; `weights` has m elements."""
        from gradcli.engine import reverse_mode
        from gradcli.graph.tensor import from_array

        outputs = [_in_parts(out) for out in self._computed.outputs]
        begin, given = 0, []
        for out in outputs:
            given.append(
                from_array(np.asarray(weights[begin : begin + out.ndarray.size], out.ndarray.dtype).reshape(out.ndarray.shape))
            )
            begin += out.ndarray.size
        first = reverse_mode.grad(outputs, self._leaves, given, create_graph=True, allow_unused=True, materialize_grads=True)
        return self._table([each for each in first if each is not None])


_BESIDE = 1e-5  # a step that shows curvature, relative to 1 + |x|
_UNEQUAL = 1e-3


def curvature(function: VectorFunction, vector: Array) -> Array:
    """The Hessian at a point; where it is that of a convention, as of abs(z)**2 at 0, the one that there is on all sides."""
    here: Array = function.at(vector).hessian
    step = _BESIDE * (1 + np.abs(vector)) * np.linspace(1, 2, len(vector))
    before, behind = function.at(vector - step).hessian, function.at(vector + step).hessian
    size = max(1.0, float(np.abs(before).max(initial=0)))
    agree = np.abs(before - behind).max(initial=0) <= _UNEQUAL * size
    return before if agree and np.abs(before - here).max(initial=0) > _UNEQUAL * size else here


def real_parts(array: Any) -> Any:
    """Real and imaginary parts along a new last dimension; what is real stays itself.  Of stand-ins in a plan, too."""
    return np.stack([array.real, array.imag], -1) if array.dtype.kind == "c" else array


def joined(parts: Array, dim: int) -> Array:
    """Complex numbers of the real and imaginary parts along a dimension."""
    array: Array = np.ascontiguousarray(np.moveaxis(parts, dim, -1)).view(np.complex128)[..., 0]
    return array


def _in_parts(tensor: Any) -> Any:
    """A tensor with its complex numbers as pairs, differentiably."""
    if tensor.ndarray.dtype.kind != "c":
        return tensor
    from gradcli.ops.movement.complex_numbers import view_as_real  # few expressions have any

    return view_as_real(tensor)


def _matrix(block: Any, rows: int) -> Array:
    dense: Array = real_parts(block.dense()).reshape(rows, -1)
    return dense

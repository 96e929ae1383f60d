"""The Python door: expressions as functions of arrays, with their derivatives.

    gradcli.grad("mean(3*(x+2)**2)", x=np.ones((2, 2)))     one array, or a dict by name where there are several leaves
    gradcli.value_and_grad, jacobian, hessian, evaluate      likewise
    f = gradcli.compile("sum(sin(x)*y)", wrt=["x"])          the same as a function to be called again and again
    f(x=..., y=...); f.grad; f.value_and_grad; f.jacobian; f.hessian; f.hvp; f.rows(x=X, y=Y)

Values are NumPy arrays, numbers or nested lists.  As on the command line, whole numbers become floats, except in constants,
which keep their dtype: the names in `const`, and whole numbers that `wrt` does not name.  Errors are `gradcli.Problem`.
A call with arrays of the types of an earlier one runs a plan (engine.plan) that was made then; where there is none, the tape
computes it.  A compiled function may be called from several threads at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

import numpy as np

from gradcli.engine import jacobian as engine
from gradcli.engine import reverse_mode
from gradcli.engine.plan import Plan, PlanRefused, trace
from gradcli.errors import Problem, did_you_mean
from gradcli.graph.context import isolated
from gradcli.graph.symbolic import is_tracing
from gradcli.graph.tensor import Tensor, from_array
from gradcli.ops.core import dtypes
from gradcli.run.evaluate import evaluate as evaluate_request
from gradcli.run.forward import Forward, check_wrt, forward
from gradcli.run.request import Request
from gradcli.run.source_places import parsed, placed

_MOST_PLANS: Final = 64  # of one function: its callers' types are few
_MOST_FUNCTIONS: Final = 128  # that are remembered for those who compile nothing
_KINDS: Final = "fciub"  # of dtypes
_TANGENT: Final = " of tangent"  # behind a leaf's name: no name of an expression ends so

Array = np.ndarray[Any, Any]
Answer = list[Any]  # the arrays that one kind of question gives
Ask = Callable[[Forward, dict[str, Tensor], list[Any]], Answer]


def compile(
    expr: str, *, wrt: Sequence[str] | None = None, const: Sequence[str] = (), dtype: str = "float64"
) -> CompiledFunction:
    """The function of an expression.

    wrt    the names to differentiate by; None is every name that is no constant
    const  names of constants
    dtype  the default dtype, "float64" or "float32"
    Raises Problem where the expression is not understood.
    """
    return CompiledFunction(expr, wrt, const, dtype)


def evaluate(expr: str | Request, /, **values: Any) -> Any:
    """The value of an expression: an array, or a tuple of them; of a Request the whole Result.  Raises Problem."""
    return evaluate_request(expr) if isinstance(expr, Request) else _function(expr, None, ())(**values)


def grad(expr: str, /, *, wrt: Sequence[str] | None = None, const: Sequence[str] = (), **values: Any) -> Any:
    """The gradient of an expression of one element, in the shape of its leaf; a dict by name for several leaves."""
    return _function(expr, wrt, const).grad(**values)


def value_and_grad(expr: str, /, *, wrt: Sequence[str] | None = None, const: Sequence[str] = (), **values: Any) -> Any:
    """The value and the gradient, as a pair.  Raises Problem."""
    return _function(expr, wrt, const).value_and_grad(**values)


def jacobian(expr: str, /, *, wrt: Sequence[str] | None = None, const: Sequence[str] = (), **values: Any) -> Any:
    """All partial derivatives, of shape `out.shape + leaf.shape`; a dict by name for several leaves.  Raises Problem."""
    return _function(expr, wrt, const).jacobian(**values)


def hessian(expr: str, /, *, wrt: Sequence[str] | None = None, const: Sequence[str] = (), **values: Any) -> Any:
    """The second derivatives, of shape `leaf.shape + leaf.shape`; a dict of dicts for several leaves.  Raises Problem."""
    return _function(expr, wrt, const).hessian(**values)


def _function(expr: str, wrt: Sequence[str] | None, const: Sequence[str]) -> CompiledFunction:
    """A function that may have been made before, and then has its plans."""
    return _made(expr, None if wrt is None else tuple(_listed(wrt)), tuple(_listed(const)))


@lru_cache(_MOST_FUNCTIONS)
def _made(expr: str, wrt: tuple[str, ...] | None, const: tuple[str, ...]) -> CompiledFunction:
    return CompiledFunction(expr, wrt, const)


def _listed(names: Sequence[str]) -> list[str]:
    """Names; one of them may stand alone."""
    return [names] if isinstance(names, str) else list(names)


class CompiledFunction:
    """An expression to be called with arrays by name; see the module's docstring."""

    def __init__(self, expr: str, wrt: Sequence[str] | None = None, const: Sequence[str] = (), dtype: str = "float64") -> None:
        parsed(expr)
        self.expr = expr
        self.wrt = None if wrt is None else _listed(wrt)
        self.const = tuple(_listed(const))
        self.dtype = dtypes.by_name(dtype).name
        self.rows = Rows(self)
        self._plans: dict[Any, Plan | None] = {}

    def __repr__(self) -> str:
        return f"<gradcli function {self.expr!r}>"

    def __call__(self, **values: Any) -> Any:
        """The value: an array, or a tuple of them where the expression gives one."""
        found = self._answer(_value, values)
        return found[0] if len(found) == 1 else tuple(found)

    def value_and_grad(self, **values: Any) -> tuple[Any, Any]:
        """The value of an expression of one element, and its gradient."""
        value, *found = self._answer(_value_and_grad, values)
        return value, found[0] if len(found) == 1 else dict(zip(self._leaves(values), found))

    def grad(self, **values: Any) -> Any:
        """The gradient of an expression of one element: one array, or a dict of them by name."""
        return self._by_name(self._answer(_grad, values), values)

    def jacobian(self, **values: Any) -> Any:
        """All partial derivatives of an output: one array, or a dict of them by name."""
        return self._by_name(self._answer(_jacobian, values), values)

    def hessian(self, **values: Any) -> Any:
        """All second derivatives of an expression of one element: one array, or a dict of dicts of them."""
        found, names = self._answer(_hessian, values), self._leaves(values)
        if len(names) == 1:
            return found[0]
        rows = iter(found)
        return {one: {other: next(rows) for other in names} for one in names}

    def hvp(self, tangents: Any, /, **values: Any) -> Any:
        """The Hessian times a vector, which is given as an array for the one leaf, or as a dict by name (others stay 0)."""
        names = self._leaves(values)
        given = dict(tangents) if isinstance(tangents, Mapping) else dict(zip(names, [tangents]))
        for name in given:
            if name not in names:
                raise Problem("unknown-name", f"a tangent is given for '{name}', which is no leaf", type="NameError",
                              hint=did_you_mean(name, names))  # fmt: skip
        moving = {f"{name}{_TANGENT}": _like(given.get(name, 0.0), values[name]) for name in names}
        return self._by_name(self._answer(_hvp, {**values, **moving}), values)

    def plan(self, **values: Any) -> str:
        """The program that computes value and gradient, as text.  Raises Problem where there is none."""
        arrays = [_array(each) for each in values.values()]
        plan = self._planned(_value_and_grad, tuple(values), arrays)
        if plan is None:
            raise Problem("no-plan", "there is no plan of this expression: the tape computes it each time")
        return str(plan)

    # --- how -----------------------------------------------------------------------------------------------------------

    def _answer(self, ask: Ask, values: dict[str, Any]) -> Any:
        """The answer to a question, by a plan where there is one."""
        arrays = [each if type(each) is np.ndarray else _array(each) for each in values.values()]
        plan = self._planned(ask, tuple(values), arrays)
        if plan is not None:
            try:
                return plan(*arrays)
            except Exception:  # the tape says what is wrong, and where; or that shapes depend on values
                pass
        return _own(self._computed(ask, tuple(values), [_array(each) for each in arrays]))

    def _planned(self, ask: Ask, names: tuple[str, ...], arrays: list[Any]) -> Plan | None:
        key = (ask, names, *[(each.shape, each.dtype) for each in arrays])
        try:
            return self._plans[key]
        except KeyError:
            pass
        if not all([each.dtype.isnative and each.dtype.kind in _KINDS for each in arrays]):
            return None
        try:
            types = [(each.shape, each.dtype) for each in arrays]
            plan = trace(lambda *given: self._computed(ask, names, given), types, names=names)
        except PlanRefused:
            plan = None
        if len(self._plans) >= _MOST_PLANS:
            self._plans.clear()
        self._plans[key] = plan
        return plan

    @isolated
    def _computed(self, ask: Ask, names: tuple[str, ...], arrays: Sequence[Any]) -> Answer:
        """The answer by the tape: of arrays, or of the stand-ins that a plan is traced with.  Raises Problem."""
        given = dict(zip(names, arrays))
        tangents = [given.pop(name) for name in names if name.endswith(_TANGENT)]
        leaves = self._leaves(given)
        bindings = [(name, value, name not in leaves and self._is_constant(name, value)) for name, value in given.items()]
        computed = forward(Request(self.expr, bindings, no_grad=ask is _value, dtype=self.dtype))
        with placed(computed.program, self.expr):
            if ask is not _value:
                check_wrt(self.wrt, computed.leaves, computed.names)
            return ask(computed, {name: computed.leaves[name] for name in leaves if name in computed.leaves}, tangents)

    def _leaves(self, values: Mapping[str, Any]) -> list[str]:
        """The names to differentiate by."""
        names = [name for name, value in values.items() if not self._is_constant(name, value)]
        return names if self.wrt is None else [name for name in self.wrt if name in values]

    def _is_constant(self, name: str, value: Any) -> bool:
        if name in self.const:
            return True
        kind = value.dtype.kind if isinstance(value, np.ndarray) else np.asarray(value).dtype.kind
        return kind == "b" or (kind in "iu" and self.wrt is not None and name not in self.wrt)

    def _by_name(self, found: Sequence[Any], values: Mapping[str, Any]) -> Any:
        return found[0] if len(found) == 1 else dict(zip(self._leaves(values), found))


class Rows:
    """A function of many records, which lie along the first dimension of each array; 0-d arrays are the same for all."""

    def __init__(self, function: CompiledFunction) -> None:
        self._function = function

    def __call__(self, **values: Any) -> Any:
        """The values of all records."""
        found = self._answer(_value, values)
        return found[0] if len(found) == 1 else tuple(found)

    def grad(self, **values: Any) -> Any:
        """The gradients of all records: one array, or a dict of them by name."""
        return self._function._by_name(self._answer(_grad, values), values)

    def value_and_grad(self, **values: Any) -> tuple[Any, Any]:
        """The values and the gradients of all records."""
        value, *found = self._answer(_value_and_grad, values)
        return value, self._function._by_name(found, values)

    def _answer(self, ask: Ask, values: dict[str, Any]) -> Sequence[Any]:
        arrays, names = [_array(each) for each in values.values()], tuple(values)
        along = [each.ndim > 0 for each in arrays]
        lengths = {name: len(each) for name, each in zip(names, arrays) if each.ndim}
        if len(set(lengths.values())) != 1:
            shown = ", ".join([f"{name} has {length}" for name, length in lengths.items()]) or "all of these are single numbers"
            raise Problem("shape-mismatch", f"rows need one number of records in all arrays: {shown}", type="ValueError")
        rows = next(iter(lengths.values()))
        records = [np.zeros(each.shape[1:], each.dtype) if many else each for each, many in zip(arrays, along)]
        plan = self._function._planned(ask, names, records)
        if plan is not None and not rows:
            return [np.zeros((0, *shape), dtype) for shape, dtype in plan.types]
        if plan is not None:
            try:
                return [np.array(each) for each in plan.stacked(arrays, along)]
            except Exception:  # one record or another cannot be computed so: the tape says which
                pass
        found = [self._record(ask, names, arrays, along, row) for row in range(rows)]
        return [np.stack(each) for each in zip(*found)]

    def _record(self, ask: Ask, names: tuple[str, ...], arrays: list[Any], along: list[bool], row: int) -> Answer:
        given = [np.asarray(each[row]) if many else each for each, many in zip(arrays, along)]
        try:
            return self._function._computed(ask, names, given)
        except Problem as problem:
            problem.message = f"record {row}: {problem.message}"
            problem.args = (problem.message,)
            raise


# --- questions ------------------------------------------------------------------------------------------------------


def _value(computed: Forward, leaves: dict[str, Tensor], tangents: list[Any]) -> Answer:
    return [each.ndarray for each in computed.outputs]


def _gradients(computed: Forward, leaves: dict[str, Tensor], create_graph: bool = False) -> list[Any]:
    return reverse_mode.grad(
        list(computed.outputs[:1]), [*leaves.values()], [None], create_graph=create_graph, materialize_grads=True
    )


def _grad(computed: Forward, leaves: dict[str, Tensor], tangents: list[Any]) -> Answer:
    _need_one(computed)
    return [each.ndarray for each in _gradients(computed, leaves)]


def _value_and_grad(computed: Forward, leaves: dict[str, Tensor], tangents: list[Any]) -> Answer:
    return [computed.outputs[0].ndarray, *_grad(computed, leaves, tangents)]


def _jacobian(computed: Forward, leaves: dict[str, Tensor], tangents: list[Any]) -> Answer:
    _need_one(computed)
    (blocks,) = engine.jacobian(list(computed.outputs), [*leaves.values()])
    return [each.dense() for each in blocks]


def _hessian(computed: Forward, leaves: dict[str, Tensor], tangents: list[Any]) -> Answer:
    _need_one(computed)
    return [each.dense() for row in engine.hessian(computed.outputs[0], [*leaves.values()]) for each in row]


def _hvp(computed: Forward, leaves: dict[str, Tensor], tangents: list[Any]) -> Answer:
    _need_one(computed)
    inputs = [*leaves.values()]
    if not is_tracing():
        return engine.hvp(computed.outputs[0], inputs, list(zip(inputs, tangents)))
    slopes = _gradients(computed, leaves, create_graph=True)
    weights = [from_array(each) for each in tangents]
    linear = [(slope, weight) for slope, weight in zip(slopes, weights) if slope.requires_grad]
    if not linear:
        return [np.zeros(each.ndarray.shape, each.ndarray.dtype) for each in inputs]
    second = reverse_mode.grad(
        [s for s, _ in linear], inputs, [w for _, w in linear], allow_unused=True, materialize_grads=True
    )
    return [each.ndarray for each in second if each is not None]


def _need_one(computed: Forward) -> None:
    if computed.is_tuple:
        raise Problem(
            "not-scalar",
            "grad can be implicitly created only for scalar outputs, "
            f"and the expression gives a tuple of {len(computed.outputs)}",
            hint="pick one, as in (...)[0]",
        )


# --- arrays ---------------------------------------------------------------------------------------------------------


def _array(value: Any) -> Any:
    """A value as an array of a dtype that gradcli knows.  Raises Problem."""
    try:
        array = np.asarray(value)
    except ValueError:
        array = np.empty(0, object)
    if array.dtype.kind not in _KINDS:
        what = f"an array of {array.dtype.name}" if isinstance(value, np.ndarray) else type(value).__name__
        raise Problem("type", f"a value is an array of numbers, and this one is {what}", type="TypeError")
    return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))


def _like(value: Any, leaf: Any) -> Any:
    """A tangent in the shape of its leaf.  Raises Problem."""
    shape, dtype = np.shape(leaf), np.asarray(leaf).dtype
    tangent = np.asarray(value, dtype if dtype.kind in "fc" else np.float64)
    if tangent.ndim and tangent.shape != shape:
        raise Problem(
            "shape-mismatch", f"a tangent has shape {list(tangent.shape)}, and its leaf {list(shape)}", type="ValueError"
        )
    return np.broadcast_to(tangent, shape).copy()


def _own(found: Answer) -> Answer:
    """Arrays that nobody else holds."""
    return [np.array(each) if isinstance(each, np.ndarray) else each for each in found]

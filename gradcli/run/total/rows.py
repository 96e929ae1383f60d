"""The expression as a function of a row: values and derivatives of all rows of a chunk by one stacked plan."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.engine.plan import Mismatch, Plan, PlanRefused, trace
from gradcli.errors import Problem, Record
from gradcli.run.real_numbers import need_real
from gradcli.run.request import Request
from gradcli.run.solving.columns import free_names
from gradcli.run.solving.function import Point, VectorFunction
from gradcli.run.total.columns import Columns
from gradcli.run.total.sums import Array


class Question(Record):
    """What is to be summed, in words and numbers that travel to a worker.

    expr       of one row: columns are known in it by their names
    bindings   (name, array, is_constant)
    columns    the columns that it reads
    order      of the derivatives: 0, 1, or 2 with the Hessian
    squares    what of each row's gradient g and value r is summed beside them: "" nothing, "gradients" g g^T, or "residuals":
               r**2, r g and g g^T, of which least squares is made
    by         the column of the groups, or None
    skip       whether rows that lack a number are left out
    """

    __slots__ = ("expr", "bindings", "columns", "order", "squares", "by", "skip")
    expr: str
    bindings: list[tuple[str, Any, bool]]
    columns: list[str]
    order: int
    squares: str
    by: str | None
    skip: bool


def question(request: Request, bindings: list[tuple[str, Any, bool]], **options: Any) -> Question:
    """The question of a request whose bindings have been computed; its other names are columns.  Raises Problem."""
    names = free_names(request.expr, [name for name, _, _ in bindings])
    if not names:
        raise Problem(
            "argument",
            "the expression reads no column of the data",
            hint="columns are known in it by their names: gradcli total '(y - a*x)**2' --data points.csv a=1",
            source="expr",
            text=request.expr,
        )
    need_real("total", [(name, value) for name, value, is_constant in bindings if not is_constant])
    return Question(request.expr, bindings, names, *[options[name] for name in ("order", "squares", "by", "skip")])


class Rows:
    """Values and derivatives of rows; made once in each worker."""

    def __init__(self, asked: Question, plans: dict[tuple[str, ...], Plan | None] | None = None) -> None:
        """`plans` are those of a question that differs in the values of its leaves alone."""
        self.asked = asked
        self.plans = {} if plans is None else plans
        self._leaves = [np.asarray(value, np.float64) for _, value, constant in asked.bindings if not constant]
        self.size = sum([leaf.size for leaf in self._leaves])

    def __call__(self, columns: Columns) -> Array:
        """N x k: the value of each row, its gradient, its Hessian and the products of its gradient, as far as asked."""
        asked = self.asked
        arrays = [columns[name] for name in asked.columns]
        plan = self._plan(tuple([each.dtype.str for each in arrays]))
        with np.errstate(all="ignore"):
            try:
                if plan is None:
                    raise Mismatch
                given = [True] * len(arrays) + [False] * len(self._leaves)
                (found,) = plan.stacked([*arrays, *self._leaves], given)
            except (Mismatch, Problem):  # row by row, where a Problem finds its place
                found = np.array(
                    [self._one([each[row : row + 1].reshape(()) for each in arrays]) for row in range(len(arrays[0]))]
                )
        if not asked.squares:
            return np.asarray(found, np.float64)
        values, slopes = found[:, :1], found[:, 1 : 1 + self.size]
        products = (slopes[:, :, None] * slopes[:, None, :]).reshape(len(found), -1)
        first = found if asked.squares == "gradients" else np.concatenate([values**2, values * slopes], axis=1)
        return np.concatenate([first, products], axis=1)

    def _plan(self, dtypes: tuple[str, ...]) -> Plan | None:
        if dtypes not in self.plans:
            count = len(dtypes)
            types = [((), np.dtype(each)) for each in dtypes] + [(each.shape, each.dtype) for each in self._leaves]
            try:
                self.plans[dtypes] = trace(lambda *arrays: [self._one(arrays[:count], arrays[count:])], types)
            except (PlanRefused, Problem):
                self.plans[dtypes] = None
        return self.plans[dtypes]

    def _one(self, cells: Any, leaves: Any = None) -> Any:
        """The numbers of one row.  Raises Problem, with its place in the expression."""
        asked = self.asked
        values = iter(self._leaves if leaves is None else leaves)
        bindings = [(name, cell, True) for name, cell in zip(asked.columns, cells)]
        bindings += [(name, value if constant else next(values), constant) for name, value, constant in asked.bindings]
        point = Point(*_computed(Request(asked.expr, bindings)))
        if point.outputs.shape != (1,):
            raise Problem(
                "not-scalar",
                f"a row gives {point.outputs.size} values, and one is to be summed",
                hint="reduce it, as in (...).sum()",
                source="expr",
                text=asked.expr,
            )
        parts = [point.outputs, *[point.jacobian.reshape(-1)][: asked.order]]
        return np.concatenate([*parts, *([point.hessian.reshape(-1)] if asked.order > 1 else [])])


def _computed(request: Request) -> tuple[VectorFunction, None, Any]:
    function = VectorFunction.of(request)
    return function, None, function.computed([value for _, value, constant in request.bindings if not constant])

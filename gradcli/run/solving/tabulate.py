"""Values and derivatives of an expression over ranges: columns by name, a chunk of rows at a time.

tabulated(request, ranges, ...) -> (headings, chunks)
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradcli.errors import Problem
from gradcli.run.request import Request
from gradcli.run.solving.function import Array, VectorFunction
from gradcli.run.solving.ranges import Points, values_of

_ROWS = 1 << 13  # of a chunk


class Tabulation:
    """What a table holds.

    headings  names of the columns: those of the ranges, `out` (or out[0] ...; of a complex number out.real and out.imag),
              d_x for each derivative, d_x_y for second ones
    points    the ranges
    """

    def __init__(self, request: Request, paired: bool, order: int, count: int | None = None) -> None:
        """`order` is that of the derivatives, 0 for none; `count` the points of a range without a step."""
        bindings, ranges = [], {}
        for name, text, is_constant in request.bindings:
            found = None if is_constant else values_of(name, text, {}, request, count)
            if found is not None:
                if not found.size:
                    raise Problem("argument", f"the range of {name} has no values", hint="for example x=0:10:0.5", source=name)
                ranges[name] = found
            bindings.append((name, text if found is None else found[0], is_constant))
        self.points = Points(ranges, paired)
        self.order = order
        self.wrt = request.wrt
        plain = Request(request.expr, bindings, dtype=request.dtype, seed=request.seed, stdin=request.stdin)
        self.function = VectorFunction(plain, parts=True)
        self.by = [label for label in self.function.labels if request.wrt is None or _name(label) in request.wrt]
        with np.errstate(all="ignore"):
            self.outputs = self.function.at(self.function.start).output_labels
        if order > 1 and len(self.outputs) > 1:
            words = "second derivatives are those of one number, and the expression gives"
            raise Problem(
                "not-scalar", f"{words} {len(self.outputs)}", hint="take one of them: a part of a complex number is .real"
            )
        self.headings = [*ranges, *self.outputs, *self._derivatives()]

    def _derivatives(self) -> list[str]:
        if not self.order:
            return []
        names = [f"d_{label}" if out == "out" else f"d_{out}_{label}" for out in self.outputs for label in self.by]
        if self.order > 1:
            names += [f"d_{one}_{other}" for place, one in enumerate(self.by) for other in self.by[place:]]
        return names

    def row(self, vector: Array) -> list[float]:
        """What stands in the columns behind those of the ranges, at one vector of all leaves."""
        return [float(column[0]) for column in self._columns(vector[None])]

    def chunks(self) -> Iterator[list[Array]]:
        """The columns, in the order of the headings, a chunk of rows at a time."""
        for values in self.points.chunks(_ROWS):
            rows = len(next(iter(values.values()))) if values else 1
            vectors = np.repeat(self.function.start[None], rows, axis=0)
            for name, numbers in values.items():
                vectors[:, self.function.labels.index(name)] = numbers
            yield [*values.values(), *self._columns(vectors)]

    def _columns(self, vectors: Array) -> list[Array]:
        """Outputs and derivatives at N vectors, each of N."""
        columns = [self.function.labels.index(label) for label in self.by]
        with np.errstate(all="ignore"):
            outputs, slopes, curvatures = self.function.many(vectors, self.order)
        found = [*outputs.T]
        if slopes is not None:
            found += [slopes[:, out, column] for out in range(outputs.shape[1]) for column in columns]
        if curvatures is not None:
            found += [curvatures[:, one, other] for place, one in enumerate(columns) for other in columns[place:]]
        return found


def _name(label: str) -> str:
    """The unknown of which a label names an element, or a part."""
    return label.partition("[")[0].partition(".")[0]

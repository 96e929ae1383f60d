"""Partial sums of chunks: what a worker gives back, and how two of them become one."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.errors import Problem, Record
from gradcli.run.total.chunks import Chunk
from gradcli.run.total.columns import columns_of
from gradcli.run.total.rows import Question, Rows
from gradcli.run.total.sums import Array, Pair, added, summed


class Partial(Record):
    """Sums over some rows.

    groups   by the value of the grouping column (or None): how many rows, and the sum of their numbers
    skipped  rows that were left out
    failed   files that could not be read, each with the reason
    """

    __slots__ = ("groups", "skipped", "failed")
    groups: dict[Any, tuple[int, Pair]]
    skipped: int
    failed: dict[str, str]


def merged(one: Partial, other: Partial) -> Partial:
    """The sums over both."""
    groups = dict(one.groups)
    for key, (rows, pair) in other.groups.items():
        known = groups.get(key)
        groups[key] = (rows, pair) if known is None else (known[0] + rows, added(known[1], pair))
    return Partial(groups, one.skipped + other.skipped, one.failed | other.failed)


_known: list[tuple[Any, dict[tuple[str, ...], Any]]] = []  # of this process: the last question, and its plans


def _plans(asked: Question) -> dict[tuple[str, ...], Any]:
    """The plans of a question: those of the last one, where only the values of leaves have changed, as in a search."""
    what = [(name, np.asarray(value).tobytes() if constant else np.shape(value)) for name, value, constant in asked.bindings]
    key = asked.expr, asked.columns, asked.order, what
    if not _known or _known[0][0] != key:
        _known[:] = [(key, {})]
    return _known[0][1]


class Worker:
    """Sums chunks; what a process or a machine of Dask's keeps between them."""

    def __init__(self, asked: Question) -> None:
        self.asked = asked
        self.rows = Rows(asked, _plans(asked))

    def __reduce__(self) -> tuple[Any, ...]:
        return Worker, (self.asked,)  # plans are made where they run

    def __call__(self, chunk: Chunk) -> list[Partial]:
        """The sums of each piece of a chunk, in order.  Raises Problem, unless bad files are to be left out."""
        try:
            return self._summed(chunk)
        except Problem as problem:
            if not self.asked.skip or problem.code != "file":
                raise
            return [Partial({}, 0, {chunk.path: problem.message})]

    def _summed(self, chunk: Chunk) -> list[Partial]:
        words = [self.asked.by] if self.asked.by else []
        found = []
        for columns, skipped in columns_of(chunk, self.asked.columns, words, self.asked.skip):
            try:
                numbers = self.rows(columns)
            except Problem as problem:
                if problem.source is None:
                    problem.source, problem.text = "expr", self.asked.expr
                raise
            found.append(Partial(self._grouped(columns, numbers), skipped, {}))
        return found

    def _grouped(self, columns: dict[str, Array], numbers: Array) -> dict[Any, tuple[int, Pair]]:
        if self.asked.by is None:
            return {None: (len(numbers), summed(numbers))}
        keys, places = np.unique(columns[self.asked.by].astype(str), return_inverse=True)
        return {str(key): (int(np.sum(places == place)), summed(numbers[places == place])) for place, key in enumerate(keys)}

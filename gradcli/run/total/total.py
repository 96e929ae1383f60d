"""The sum of an expression over all rows of the data, with its gradient: files -> chunks -> partial sums -> Total."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from gradcli.errors import Problem, Record
from gradcli.run.total.chunks import Chunk, chunks_of, files_of
from gradcli.run.total.partials import Partial, Worker, merged
from gradcli.run.total.rows import Question
from gradcli.run.total.sums import Array, Tree
from gradcli.run.workers import Workers


class Group(Record):
    """The sums (or means) of some rows.

    grads    by leaf, arrays of the leaves' shapes
    hessian, squares   p x p over the elements of all leaves, in the order of `labels`; None where not asked for
    """

    __slots__ = ("rows", "value", "grads", "hessian", "squares")
    rows: int
    value: float
    grads: dict[str, Array]
    hessian: Array | None
    squares: Array | None


class Total(Record):
    """What was summed: `whole`, and with a grouping column each group by its value; `skipped` rows, and `failed` files."""

    __slots__ = ("expr", "labels", "whole", "groups", "skipped", "failed", "mean")
    expr: str
    labels: list[str]
    whole: Group
    groups: dict[str, Group] | None
    skipped: int
    failed: list[tuple[str, str]]
    mean: bool


class Journey(Record):
    """How to go through the data: files, workers, and who is told of the bytes and rows that are done."""

    __slots__ = ("files", "workers", "read", "counted")
    files: list[str]
    workers: Workers
    read: Callable[[int], None]
    counted: Callable[[int], None]


def total(asked: Question, way: Journey, mean: bool = False) -> Total:
    """The sums over all rows of all files.

    Raises Problem for the first thing that cannot be read or computed; where the question skips bad rows, a file that
    cannot be read is left out, too, and listed.
    """
    result, failed = partial(asked, way)
    return _described(asked, result, failed, mean)


def partial(asked: Question, way: Journey) -> tuple[Partial, dict[str, str]]:
    """The sums as they stand in the tree, and the files that were left out, each with the reason.  Raises Problem."""
    tree: Tree = Tree(merged)
    failed: dict[str, str] = {}
    chunks = _chunks(asked, way, failed)
    for partials in way.workers.in_order(Worker(asked), chunks):
        for each in partials:
            tree.add(each)
            way.counted(sum([rows for rows, _ in each.groups.values()]))
    result: Partial | None = tree.result()
    if result is None or not result.groups:
        raise Problem("file", "the data have no rows", hint="name other files", source="--data")
    return result, failed | result.failed


def _chunks(asked: Question, way: Journey, failed: dict[str, str]) -> Iterator[Chunk]:
    for path in files_of(way.files):
        try:
            yield from chunks_of(path, way.read)
        except Problem as problem:
            if not asked.skip or problem.code != "file":
                raise
            failed[path] = problem.message


def _described(asked: Question, result: Partial, failed: dict[str, str], mean: bool) -> Total:
    whole = None
    for rows, pair in [result.groups[key] for key in sorted(result.groups, key=str)]:
        part = Partial({None: (rows, pair)}, 0, {})
        whole = part if whole is None else merged(whole, part)
    assert whole is not None
    groups = None
    if asked.by is not None:
        groups = {key: _group(asked, *result.groups[key], mean) for key in sorted(result.groups, key=_natural)}
    return Total(
        asked.expr, _labels(asked), _group(asked, *whole.groups[None], mean), groups, result.skipped, [*failed.items()], mean
    )


def _natural(key: str) -> tuple[int, float, str]:
    """Numbers in their order, before words in theirs."""
    try:
        return 0, float(key), key
    except ValueError:
        return 1, 0.0, key


def _group(asked: Question, rows: int, pair: tuple[Array, Array], mean: bool) -> Group:
    with np.errstate(all="ignore"):
        numbers = (pair[0] + pair[1]) / (rows if mean else 1)
    leaves = [(name, np.shape(value)) for name, value, constant in asked.bindings if not constant]
    size = int(sum([np.prod(shape) for _, shape in leaves]))
    grads, place = {}, 1
    if asked.order:
        for name, shape in leaves:
            end = place + int(np.prod(shape))
            grads[name] = numbers[place:end].reshape(shape)
            place = end
    hessian = squares = None
    if asked.order > 1:
        hessian = numbers[place : place + size * size].reshape(size, size)
        place += size * size
    if asked.squares:
        squares = numbers[place : place + size * size].reshape(size, size)
    return Group(rows, float(numbers[0]), grads, hessian, squares)


def _labels(asked: Question) -> list[str]:
    from gradcli.run.partials import labels_of

    return [label for name, value, constant in asked.bindings if not constant for label in labels_of(name, np.shape(value))]

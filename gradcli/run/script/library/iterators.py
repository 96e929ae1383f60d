"""`itertools`: Python's own, drawing from loops of ours, which listen to Ctrl-C and to the limit on time."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

from gradcli.run.script import methods
from gradcli.run.script.classes import KINDS, Kind, add_kind
from gradcli.run.script.guards import bounded, index, layer, layered, passed_on, reserve, rows
from gradcli.run.script.modules import Module

_PLACE = 8  # bytes: an index


def _drawn(values: Any) -> Any:
    """What an iterator draws from: tensors row by row, and all else through a loop of ours."""
    return passed_on(iter(rows(values)))


def _lazy(name: str, first: int, last: int | None) -> Callable[..., Any]:
    """The function `name`, which draws from the arguments between `first` and `last`."""
    host = getattr(itertools, name)

    def make(*args: Any, **words: Any) -> Any:
        sources = args[first:last]
        return layer(host, sources, *args[:first], *map(_drawn, sources), *(args[last:] if last else ()), **words)

    return make


def _islice(values: Any, /, *bounds: Any) -> Any:
    return layer(itertools.islice, (values,), _drawn(values), *map(index, bounds))


def _product(*iterables: Any, repeat: Any = 1) -> Any:
    pools = [bounded(rows(each)) for each in iterables]
    if isinstance(repeat, int) and repeat > 0:
        reserve(len(pools) * repeat, _PLACE, "a product of so many factors")
    return itertools.product(*pools, repeat=index(repeat))


def _chosen(name: str) -> Callable[..., Any]:
    host = getattr(itertools, name)

    def choose(iterable: Any, r: Any) -> Any:
        count = index(r)
        if isinstance(count, int) and count > 0:
            reserve(count, _PLACE, "a choice of so many items")
        return host(bounded(rows(iterable)), count)

    return choose


def _permutations(iterable: Any, r: Any = None) -> Any:
    pool = tuple(bounded(rows(iterable)))
    return _chosen("permutations")(pool, len(pool) if r is None else r)


def _flat(iterables: Any) -> Any:
    return layer(itertools.chain, (iterables,), _each_drawn(iterables))


def _each_drawn(iterables: Any) -> Iterator[Any]:
    for each in rows(iterables):
        yield from _drawn(each)


_MAKERS: dict[str, Callable[..., Any]] = {
    **{name: _lazy(name, 0, None) for name in ("chain", "compress", "zip_longest")},
    **{
        name: _lazy(name, 0, 1)
        for name in ("accumulate", "batched", "cycle", "groupby", "pairwise")
        if hasattr(itertools, name)
    },
    **{name: _lazy(name, 1, 2) for name in ("dropwhile", "filterfalse", "takewhile")},
    **{name: _chosen(name) for name in ("combinations", "combinations_with_replacement")},
    "count": itertools.count,
    "islice": _islice,
    "permutations": _permutations,
    "product": _product,
    "repeat": itertools.repeat,
    "starmap": lambda function, values: layer(itertools.starmap, (values,), function, map(bounded, _drawn(values))),
}


def _kind(name: str, make: Callable[..., Any]) -> Kind:
    host = getattr(itertools, name)
    kind = KINDS[layered(host)] = add_kind(Kind(f"itertools.{name}", host, make))
    return kind


_MEMBERS: dict[str, Any] = {name: _kind(name, make) for name, make in _MAKERS.items()}
methods.allow(itertools.chain, from_iterable=staticmethod(_flat))


def module(name: str) -> Module | None:
    """The module `itertools`, or None for what is inside."""
    return Module(name, dict(_MEMBERS)) if name == "itertools" else None

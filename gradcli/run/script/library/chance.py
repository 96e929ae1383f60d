"""`random`: Python's generator, number for number, in each of the ways that it hands them out."""

from __future__ import annotations

import random
from typing import Any

from gradcli.run.script import methods
from gradcli.run.script.classes import Kind, add_kind
from gradcli.run.script.guards import MOST_BITS, bounded, index, reserve, scalar, too_long
from gradcli.run.script.modules import Module

_PLACE = 8  # bytes: of an item in a list
_DRAWS = (
    "betavariate", "expovariate", "gammavariate", "gauss", "lognormvariate", "normalvariate", "paretovariate", "triangular",
    "uniform", "vonmisesvariate", "weibullvariate",
)  # fmt: skip
_WHOLE = ("randint", "randrange")
_OTHERS = ("choice", "choices", "getrandbits", "random", "sample", "seed", "shuffle")
_SEEDS = (int, float, str)


class Random(random.Random):
    """A generator that takes tensors of one number for numbers, and fills lists within the limit on memory."""

    def __init__(self, x: Any = None) -> None:
        super().__init__(_seed(x))

    def seed(self, a: Any = None, version: int = 2) -> None:
        """Begin again with the numbers of this seed; without one, with some that nobody knows."""
        super().seed(_seed(a))

    def choices(self, population: Any, weights: Any = None, *, cum_weights: Any = None, k: Any = 1) -> list[Any]:
        """k items, each drawn by itself."""
        if isinstance(k, int) and k > 0:
            reserve(k, _PLACE, "a list of so many items")
        return super().choices(population, bounded(weights), cum_weights=bounded(cum_weights), k=index(k))

    def sample(self, population: Any, k: Any, *, counts: Any = None) -> list[Any]:
        """k items of different places."""
        if isinstance(k, int) and k > 0:
            reserve(k, _PLACE, "a list of so many items")
        return super().sample(population, index(k), counts=bounded(counts))

    def getrandbits(self, k: Any, /) -> int:
        """A whole number of k random bits."""
        if isinstance(k, int) and k > MOST_BITS:
            raise too_long("the number")
        return super().getrandbits(k)

    def __repr__(self) -> str:
        return f"<random.Random object at {id(self):#x}>"


def _seed(value: Any) -> Any:
    plain = index(value)
    if plain is not None and not isinstance(plain, _SEEDS):
        raise TypeError("The only supported seed types are: None,\nint, float, str, bytes, and bytearray.")
    return plain


def _of_numbers(name: str, convert: Any) -> Any:
    draw = getattr(random.Random, name)

    def drawn(self: Random, *args: Any, **words: Any) -> Any:
        return draw(self, *map(convert, args), **{each: convert(value) for each, value in words.items()})

    drawn.__name__ = name
    drawn.__qualname__ = f"Random.{name}"
    drawn.__doc__ = draw.__doc__
    return drawn


for _name in _DRAWS:
    setattr(Random, _name, _of_numbers(_name, scalar))
for _name in _WHOLE:
    setattr(Random, _name, _of_numbers(_name, index))
methods.allow(
    Random,
    **{name: getattr(Random, name) for name in (*_DRAWS, *_WHOLE, *_OTHERS)},
    getstate=Random.getstate,
    setstate=Random.setstate,
)
_KIND = add_kind(Kind("random.Random", Random, Random))


def module(name: str) -> Module | None:
    """The module `random`, with a generator of its own, or None for what is inside."""
    if name != "random":
        return None
    generator = Random()
    shared = (*_DRAWS, *_WHOLE, *_OTHERS, "getstate", "setstate")
    return Module(name, {"Random": _KIND, **{each: getattr(generator, each) for each in shared}})

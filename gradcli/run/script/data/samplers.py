"""Orders in which the places of a data set are gone through, with the draws that PyTorch makes for them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from gradcli.engine import inplace
from gradcli.graph.tensor import Tensor
from gradcli.run.script.classes import Instance
from gradcli.run.script.random import GeneratorObject, drawing_from, randperm


def draw_seed(generator: Any = None) -> int:
    """A seed for a generator of one's own, from another generator."""
    with drawing_from(generator):
        return int(inplace.change("random_", Tensor(np.zeros((), np.int64))).array)


class Sampler(Instance):
    """The base of all samplers."""

    __module__ = "torch.utils.data.sampler"

    def __init__(self, data_source: Any = None) -> None:
        self.data_source = data_source

    def __len__(self) -> int:
        return len(self.data_source)


class SequentialSampler(Sampler):
    """Every place in order."""

    __module__ = "torch.utils.data.sampler"

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self.data_source)))


class RandomSampler(Sampler):
    """Every place in random order."""

    __module__ = "torch.utils.data.sampler"

    def __init__(self, data_source: Any, replacement: bool = False, num_samples: Any = None, generator: Any = None) -> None:
        if replacement or num_samples is not None:
            raise NotImplementedError("RandomSampler here draws every place once: leave replacement and num_samples away")
        super().__init__(data_source)
        self.generator = generator

    def __iter__(self) -> Iterator[int]:
        generator = self.generator
        if generator is None:
            generator = GeneratorObject()
            generator.manual_seed(draw_seed())
        count = len(self.data_source)
        yield from randperm(count, generator=generator).array.tolist()
        randperm(count, generator=generator)  # for a part of another round, of which none is left


class BatchSampler(Sampler):
    """Lists of places, of a size each."""

    __module__ = "torch.utils.data.sampler"

    def __init__(self, sampler: Any, batch_size: int, drop_last: bool) -> None:
        super().__init__(sampler)
        self.sampler = sampler
        self.batch_size = batch_size
        self.drop_last = drop_last

    def __iter__(self) -> Iterator[list[int]]:
        batch: list[int] = []
        for place in self.sampler:
            batch.append(place)
            if len(batch) == self.batch_size:
                yield batch
                batch = []
        if batch and not self.drop_last:
            yield batch

    def __len__(self) -> int:
        count, size = len(self.sampler), self.batch_size
        return count // size if self.drop_last else -(-count // size)

"""Data sets: what has a length, and an item at each place."""

from __future__ import annotations

import math
from typing import Any

from gradcli.graph.tensor import Tensor
from gradcli.run.script.classes import Instance
from gradcli.run.script.guards import collect
from gradcli.run.script.random import randperm
from gradcli.run.script.values import item


class Dataset(Instance):
    """The base of all data sets; a script derives its own from it."""

    __module__ = "torch.utils.data.dataset"

    def __getitem__(self, index: Any) -> Any:
        raise NotImplementedError("Subclasses of Dataset should implement __getitem__.")


class TensorDataset(Dataset):
    """The rows of some tensors, side by side."""

    __module__ = "torch.utils.data.dataset"

    def __init__(self, *tensors: Tensor) -> None:
        if any(len(each) != len(tensors[0]) for each in tensors):
            raise AssertionError("Size mismatch between tensors")
        self.tensors = tensors

    def __getitem__(self, index: Any) -> Any:
        return tuple([item(each, index) for each in self.tensors])

    def __len__(self) -> int:
        return len(self.tensors[0])


class Subset(Dataset):
    """Some items of a data set, in an order of their own."""

    __module__ = "torch.utils.data.dataset"

    def __init__(self, dataset: Any, indices: Any) -> None:
        self.dataset = dataset
        self.indices = indices

    def __getitem__(self, index: Any) -> Any:
        return self.dataset[self.indices[index]]

    def __len__(self) -> int:
        return len(self.indices)


def random_split(dataset: Any, lengths: Any, generator: Any = None) -> list[Subset]:
    """Subsets of these lengths (or shares of the whole), which have no item in common.  Raises ValueError."""
    sizes = _sizes(collect(lengths), len(dataset))
    order = randperm(sum(sizes), generator=generator).array.tolist()
    ends = [sum(sizes[: place + 1]) for place in range(len(sizes))]
    return [Subset(dataset, order[end - size : end]) for end, size in zip(ends, sizes)]


def _sizes(lengths: list[Any], total: int) -> list[int]:
    if math.isclose(sum(lengths), 1) and sum(lengths) <= 1:
        sizes = [math.floor(total * share) for share in lengths]
        for place in range(total - sum(sizes)):  # what is left over goes round
            sizes[place % len(sizes)] += 1
        return sizes
    if sum(lengths) != total:
        raise ValueError("Sum of input lengths does not equal the length of the input dataset!")
    return lengths

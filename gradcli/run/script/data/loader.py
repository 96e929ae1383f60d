"""`DataLoader`: batches of a data set, in order or shuffled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from gradcli.graph.tensor import Tensor
from gradcli.run.script.calls import function
from gradcli.run.script.classes import Instance, type_name
from gradcli.run.script.data.datasets import TensorDataset
from gradcli.run.script.data.samplers import BatchSampler, RandomSampler, SequentialSampler, draw_seed

_stack = function("stack")


class DataLoader(Instance):
    """Goes through a data set batch by batch; the work is done here, however many workers are asked for."""

    __module__ = "torch.utils.data.dataloader"

    def __init__(
        self,
        dataset: Any,
        batch_size: int | None = 1,
        shuffle: bool | None = None,
        sampler: Any = None,
        batch_sampler: Any = None,
        num_workers: int = 0,
        collate_fn: Callable[[list[Any]], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Any = None,
        *,
        generator: Any = None,
    ) -> None:
        if sampler is not None and shuffle:
            raise ValueError("sampler option is mutually exclusive with shuffle")
        if batch_size is not None and (isinstance(batch_size, bool) or not isinstance(batch_size, int) or batch_size <= 0):
            raise ValueError(f"batch_size should be a positive integer value, but got batch_size={batch_size}")
        if sampler is None:
            sampler = RandomSampler(dataset, generator=generator) if shuffle else SequentialSampler(dataset)
        if batch_size is not None and batch_sampler is None:
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        self.dataset = dataset
        self.batch_size = batch_size
        self.drop_last = drop_last
        self.num_workers = num_workers
        self.sampler = sampler
        self.batch_sampler = batch_sampler
        self.generator = generator
        self.collate_fn = collate if collate_fn is None else collate_fn

    def __iter__(self) -> Iterator[Any]:
        draw_seed(self.generator)  # for workers, whether there are any or not
        return self._single() if self.batch_sampler is None else self._batches()

    def _single(self) -> Iterator[Any]:
        for place in self.sampler:
            yield convert(self.dataset[place]) if self.collate_fn is collate else self.collate_fn(self.dataset[place])

    def _batches(self) -> Iterator[Any]:
        whole = type(self.dataset) is TensorDataset and self.collate_fn is collate
        for places in self.batch_sampler:
            yield _rows(self.dataset.tensors, places) if whole else self.collate_fn([self.dataset[each] for each in places])

    def __len__(self) -> int:
        return len(self.sampler if self.batch_sampler is None else self.batch_sampler)


def _rows(tensors: tuple[Tensor, ...], places: list[int]) -> list[Tensor]:
    """The same as to collate the rows one by one, at once where nothing is recorded."""
    return [
        _stack([each[place] for place in places]) if each.requires_grad else Tensor(each.array[np.array(places)])
        for each in tensors
    ]


def convert(item: Any) -> Any:
    """An item that is no batch, as the loader gives it: a tuple is a list."""
    return [convert(each) for each in item] if isinstance(item, (tuple, list)) else item


def collate(batch: list[Any]) -> Any:
    """Items of one kind as one: tensors stacked, numbers as a tensor, tuples place by place.  Raises TypeError."""
    first = batch[0]
    if type(first) is Tensor:
        return _stack(batch)
    if isinstance(first, (int, float)):
        return Tensor(
            np.array(batch, None if isinstance(first, bool) else np.float64 if isinstance(first, float) else np.int64)
        )
    if isinstance(first, str):
        return batch
    if isinstance(first, dict):
        return {name: collate([each[name] for each in batch]) for name in first}
    if isinstance(first, (tuple, list)):
        if any(len(each) != len(first) for each in batch):
            raise RuntimeError("each element in list of batch should be of equal size")
        return [collate(list(column)) for column in zip(*batch)]
    raise TypeError(
        "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found "
        f"<class '{type_name(first)}'>"
    )

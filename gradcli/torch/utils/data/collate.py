"""Samples of one kind as a batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

import gradcli.torch as torch

_REFUSED = "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found {}"


def default_convert(data: Any) -> Any:
    """A sample that is no batch, with NumPy's arrays as tensors."""
    if isinstance(data, torch.Tensor):
        return data
    if isinstance(data, (np.ndarray, np.generic)):
        return data if data.dtype.kind in "SaUO" else torch.as_tensor(data)
    if isinstance(data, Mapping):
        return {name: default_convert(each) for name, each in data.items()}
    if isinstance(data, tuple) and hasattr(data, "_fields"):
        return type(data)(*[default_convert(each) for each in data])
    if isinstance(data, (tuple, list)):
        return [default_convert(each) for each in data]
    return data


def default_collate(batch: Sequence[Any]) -> Any:
    """Tensors and arrays stacked, numbers as a tensor, tuples, lists and dictionaries place by place.  Raises TypeError."""
    first = batch[0]
    if isinstance(first, torch.Tensor):
        return torch.stack([*batch], 0)
    if isinstance(first, np.ndarray):
        if first.dtype.kind in "SaUO":
            raise TypeError(_REFUSED.format(first.dtype))
        return torch.stack([torch.as_tensor(each) for each in batch], 0)
    if isinstance(first, np.generic):
        return torch.as_tensor(np.array(batch))
    if isinstance(first, float):
        return torch.tensor(batch, dtype=torch.float64)
    if isinstance(first, int):
        return torch.tensor(batch)
    if isinstance(first, (str, bytes)):
        return batch
    if isinstance(first, Mapping):
        return {name: default_collate([each[name] for each in batch]) for name in first}
    if isinstance(first, tuple) and hasattr(first, "_fields"):
        return type(first)(*[default_collate(column) for column in zip(*batch)])
    if isinstance(first, Sequence):
        if any(len(each) != len(first) for each in batch):
            raise RuntimeError("each element in list of batch should be of equal size")
        return [default_collate(column) for column in zip(*batch)]
    raise TypeError(_REFUSED.format(type(first)))

"""Samples of one kind as a batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

import gradcli.torch as torch

Collate = Callable[..., Any]
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


def _numbers(batch: Any, *, collate_fn_map: Any = None) -> Any:
    return torch.tensor(batch)


def _floats(batch: Any, *, collate_fn_map: Any = None) -> Any:
    return torch.tensor(batch, dtype=torch.float64)


def _tensors(batch: Any, *, collate_fn_map: Any = None) -> Any:
    return torch.stack([*batch], 0)


def _arrays(batch: Any, *, collate_fn_map: Any = None) -> Any:
    if batch[0].dtype.kind in "SaUO":
        raise TypeError(_REFUSED.format(batch[0].dtype))
    return torch.stack([torch.as_tensor(each) for each in batch], 0)


def _scalars(batch: Any, *, collate_fn_map: Any = None) -> Any:
    return torch.as_tensor(np.array(batch))


def _as_it_is(batch: Any, *, collate_fn_map: Any = None) -> Any:
    return batch


# By the type of a batch's entries, what makes one of them; a program may add types of its own.
default_collate_fn_map: dict[Any, Collate] = {
    torch.Tensor: _tensors,
    np.ndarray: _arrays,
    (np.bool_, np.number, np.object_): _scalars,
    float: _floats,
    int: _numbers,
    str: _as_it_is,
    bytes: _as_it_is,
}


def collate(batch: Sequence[Any], *, collate_fn_map: dict[Any, Collate] | None = None) -> Any:
    """One batch of many entries, by a function for their type; of tuples, lists and dictionaries place by place.

    Raises TypeError where no function is for the type, RuntimeError where lists differ in length.
    """
    first = batch[0]
    known = collate_fn_map or {}
    for kind in (type(first), *known):
        if kind in known and (kind is type(first) or isinstance(first, kind)):
            return known[kind](batch, collate_fn_map=collate_fn_map)
    if isinstance(first, Mapping):
        joined = {name: collate([each[name] for each in batch], collate_fn_map=collate_fn_map) for name in first}
        return _of_its_kind(first, joined)
    if isinstance(first, tuple) and hasattr(first, "_fields"):
        return type(first)(*[collate(column, collate_fn_map=collate_fn_map) for column in zip(*batch)])
    if isinstance(first, Sequence):
        if any(len(each) != len(first) for each in batch):
            raise RuntimeError("each element in list of batch should be of equal size")
        listed = [collate(column, collate_fn_map=collate_fn_map) for column in zip(*batch)]
        return listed if isinstance(first, tuple) else _of_its_kind(first, listed)
    raise TypeError(_REFUSED.format(type(first)))


def _of_its_kind(first: Any, joined: Any) -> Any:
    """A list or dictionary as one of the entries' own type, where that can be made of it."""
    if type(first) in (dict, list):
        return joined
    try:
        return type(first)(joined)
    except TypeError:
        return joined


def default_collate(batch: Sequence[Any]) -> Any:
    """Tensors and arrays stacked, numbers as a tensor, tuples, lists and dictionaries place by place.  Raises TypeError."""
    return collate(batch, collate_fn_map=default_collate_fn_map)

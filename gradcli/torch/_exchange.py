"""Tensors from other libraries' memory, and for them: buffers, files and DLPack."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

import gradcli.torch as torch
from gradcli.torch._boundary import guarded
from gradcli.torch._dtypes import kind_of
from gradcli.torch._warnings import warn_once

_READ_ONLY = (
    "The given buffer is not writable, and PyTorch does not support non-writable tensors. This means you can write to the "
    "underlying (supposedly non-writable) buffer using the tensor. You may want to copy the buffer to protect its data or make "
    "it writable before converting it to a tensor. This type of warning will be suppressed for the rest of this program."
)


@guarded
def frombuffer(buffer: Any, *, dtype: Any, count: int = -1, offset: int = 0, requires_grad: bool = False) -> Any:
    """The numbers in a buffer (bytes, bytearray, array.array) as a tensor (count,) over its memory.  Raises ValueError."""
    kind = kind_of(dtype)
    size, each = memoryview(buffer).nbytes, kind.itemsize
    if not size or not count:
        raise ValueError(f"both buffer length ({size}) and count ({count}) must not be 0")
    if not 0 <= offset < size:
        raise ValueError(
            f"offset ({offset} bytes) must be non-negative and no greater than buffer length ({size} bytes) minus 1"
        )
    if count < 0 and (size - offset) % each:
        raise ValueError(
            f"buffer length ({size - offset} bytes) after offset ({offset} bytes) must be a multiple of element size ({each})"
        )
    if count > 0 and offset + count * each > size:
        needed = f"requested buffer length ({count} * {each} bytes) after offset ({offset} bytes)"
        raise ValueError(f"{needed} must not be greater than actual buffer length ({size} bytes)")
    array = np.frombuffer(buffer, kind, count, offset)
    if not array.flags.writeable:
        warn_once(_READ_ONLY)
        array = array.copy()
    made: Any = torch.from_numpy(array)
    return made.requires_grad_() if requires_grad else made


@guarded
def from_file(filename: str, shared: bool | None = None, size: int | None = 0, *, dtype: Any = None, **options: Any) -> Any:
    """The numbers in a file as a tensor (size,); what is written to a `shared` one is written to the file."""
    kind = np.dtype(np.float32) if dtype is None else kind_of(dtype)
    size = size or os.path.getsize(filename) // kind.itemsize
    if shared and (not os.path.exists(filename) or os.path.getsize(filename) < size * kind.itemsize):
        with open(filename, "ab") as file:
            file.truncate(size * kind.itemsize)
    return torch.from_numpy(np.asarray(np.memmap(filename, kind, "r+" if shared else "c", shape=(size,))))


def from_dlpack(ext_tensor: Any, *, device: Any = None, copy: bool | None = None) -> Any:
    """A tensor over the memory of an array of another library that has DLPack's methods."""
    made: Any = torch.from_numpy(np.asarray(np.from_dlpack(ext_tensor)))
    return made.clone() if copy else made


class _Capsule:
    """The memory of an array for whoever asks by DLPack's methods: bare capsules of the protocol can be read by few."""

    def __init__(self, array: Any) -> None:
        self.__dlpack__, self.__dlpack_device__ = array.__dlpack__, array.__dlpack_device__


def to_dlpack(tensor: Any) -> Any:
    """What `from_dlpack`, here and of other libraries, takes."""
    return _Capsule(tensor.detach().numpy())

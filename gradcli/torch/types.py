"""`torch.types`: what annotations of programs say."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import IO, Any

from gradcli.torch import Size as Size
from gradcli.torch import Tensor as Tensor
from gradcli.torch import device as _device

_int, _float, _bool, _complex = int, float, bool, complex
_size = Size | list[int] | tuple[int, ...]
_TensorOrTensors = Tensor | Sequence[Tensor]
Device = _device | str | int | None
Number = int | float | bool
FileLike = str | os.PathLike[str] | IO[bytes]
Storage = Any

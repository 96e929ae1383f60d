"""Types of the sizes that layers take."""

from __future__ import annotations

from gradcli.graph.tensor import Tensor

_scalar_or_tuple_any_t = int | tuple[int, ...]
_scalar_or_tuple_1_t = _size_1_t = int | tuple[int]
_scalar_or_tuple_2_t = _size_2_t = int | tuple[int, int]
_scalar_or_tuple_3_t = _size_3_t = int | tuple[int, int, int]
_size_any_t = _scalar_or_tuple_any_t
_maybe_indices_t = Tensor | tuple[Tensor, Tensor]

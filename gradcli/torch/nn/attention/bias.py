"""`torch.nn.attention.bias`: masks of attention that say of themselves that they are causal."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

import gradcli.torch as torch

__all__ = ["CausalBias", "CausalVariant", "causal_lower_right", "causal_upper_left"]


class CausalVariant(IntEnum):
    """From which corner of the scores (L, S) the diagonal is drawn, behind which keys are hidden."""

    UPPER_LEFT = 1
    LOWER_RIGHT = 2


class CausalBias(torch.Tensor):
    """A mask (L, S) of truth values: True where a query may look at a key."""

    def __new__(cls, variant: CausalVariant, seq_len_q: int, seq_len_kv: int) -> Any:
        """The mask of a variant."""
        if not isinstance(variant, CausalVariant):
            raise AssertionError(f"variant must be a CausalVariant, got {type(variant)}")
        shift = seq_len_kv - seq_len_q if variant == CausalVariant.LOWER_RIGHT else 0
        mask = torch.ones(seq_len_q, seq_len_kv, dtype=torch.bool).tril(diagonal=shift)
        made = mask.as_subclass(cls)
        made.variant, made.seq_len_q, made.seq_len_kv = variant, seq_len_q, seq_len_kv
        return made

    def _materialize(self, device: Any = None) -> Any:
        """The mask as a plain tensor."""
        return self.as_subclass(torch.Tensor)

    def __repr__(self) -> str:
        return repr(self._materialize())


def causal_upper_left(*size: int) -> Any:
    """The mask of the first L queries and S keys that a `tril` gives."""
    if len(size) != 2:
        raise RuntimeError("causal_upper_left only supports 2D tensors")
    return CausalBias(CausalVariant.UPPER_LEFT, *size)


def causal_lower_right(*size: int) -> Any:
    """The mask in which the last query sees all keys."""
    if len(size) != 2:
        raise RuntimeError("causal_lower_right only supports 2D tensors")
    return CausalBias(CausalVariant.LOWER_RIGHT, *size)

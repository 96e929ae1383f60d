"""`torch.nn.attention.flex_attention`: attention whose scores a function of the program's changes or hides.

Functions take the places as tensors of one number each, (batch, head, query, key), and are mapped over them all; the whole
matrix of scores is computed, as PyTorch does it without a compiler.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import gradcli.torch as torch

__all__ = ["BlockMask", "and_masks", "create_block_mask", "create_mask", "flex_attention", "noop_mask", "or_masks"]

Mask = Callable[[Any, Any, Any, Any], Any]


def noop_mask(batch: Any, head: Any, token_q: Any, token_kv: Any) -> Any:
    """True everywhere."""
    return batch.new_ones(size=(), dtype=torch.bool)


def and_masks(*mask_mods: Mask) -> Mask:
    """The mask of places that all of these show."""
    _check(mask_mods)
    return lambda *place: _joined([mask(*place) for mask in mask_mods], torch.logical_and, True)


def or_masks(*mask_mods: Mask) -> Mask:
    """The mask of places that any of these shows."""
    _check(mask_mods)
    return lambda *place: _joined([mask(*place) for mask in mask_mods], torch.logical_or, False)


def _check(masks: tuple[Mask, ...]) -> None:
    if not all([callable(mask) for mask in masks]):
        raise RuntimeError(f"All inputs should be callable mask_mods: {masks}")


def _joined(masks: list[Any], join: Any, start: bool) -> Any:
    found = torch.tensor(start)
    for mask in masks:
        found = join(found, mask)
    return found


def _over_places(function: Callable[..., Any], sizes: tuple[int, int, int, int], *first: Any) -> Any:
    """A function of scores (if they are given) and of four numbers at all places (B, H, L, S)."""
    for at in range(3, -1, -1):  # the last is the innermost
        dims = (0,) * len(first) + tuple([0 if place == at else None for place in range(4)])
        function = torch.vmap(function, in_dims=dims)
    return function(*first, *[torch.arange(size) for size in sizes])


def create_mask(mod_fn: Any, B: int | None, H: int | None, Q_LEN: int, KV_LEN: int, device: Any = None) -> Any:
    """The mask (B, H, L, S) that a function of places gives; None stands for 1."""
    sizes = (1 if B is None else B, 1 if H is None else H, Q_LEN, KV_LEN)
    return _over_places(mod_fn, sizes)


class BlockMask:
    """A mask by its function, for blocks of queries and keys: which of them are hidden at all is told by `to_dense`."""

    def __init__(self, mask_mod: Mask, sizes: tuple[int, int, int, int], block: tuple[int, int]) -> None:
        self.mask_mod = mask_mod
        self.shape = sizes
        self.seq_lengths = sizes[2:]
        self.BLOCK_SIZE = block

    def _blocks(self) -> Any:
        """How many places each block shows: (B, H, blocks of queries, blocks of keys)."""
        B, H, L, S = self.shape
        rows, columns = self.BLOCK_SIZE
        mask = torch.nn.functional.pad(create_mask(self.mask_mod, B, H, L, S).int(), (0, -S % columns, 0, -L % rows))
        return mask.reshape(B, H, -(-L // rows), rows, -(-S // columns), columns).sum((3, 5))

    def to_dense(self) -> Any:
        """1 for each block that shows a place, else 0."""
        return (self._blocks() > 0).int()

    def sparsity(self) -> float:
        """The percentage of blocks that are hidden."""
        blocks = self.to_dense()
        return 100 * (1 - float(blocks.sum()) / int(blocks.numel()))

    def numel(self) -> int:
        """How many scores there are."""
        return math.prod(self.shape)

    def __repr__(self) -> str:
        return f"BlockMask(shape={self.shape}, sparsity={self.sparsity():.2f}%)"


def create_block_mask(
    mask_mod: Mask, B: int | None, H: int | None, Q_LEN: int, KV_LEN: int, device: Any = None, BLOCK_SIZE: Any = 128,
    _compile: bool = False,
) -> BlockMask:  # fmt: skip
    """The mask of a function of places, for `flex_attention`."""
    block = BLOCK_SIZE if isinstance(BLOCK_SIZE, tuple) else (BLOCK_SIZE, BLOCK_SIZE)
    return BlockMask(mask_mod, (1 if B is None else B, 1 if H is None else H, Q_LEN, KV_LEN), block)


def flex_attention(
    query: Any, key: Any, value: Any, score_mod: Callable[..., Any] | None = None, block_mask: BlockMask | None = None,
    scale: float | None = None, enable_gqa: bool = False, return_lse: bool = False, kernel_options: Any = None,
) -> Any:  # fmt: skip
    """(B, H, L, E), (B, H, S, E), (B, H, S, V) -> (B, H, L, V); `score_mod(score, b, h, q, k)` gives the score that counts.

    block_mask  hides places
    enable_gqa  heads of key and value are repeated for those of the query
    return_lse  also gives the logarithm of the sum of the exponentials of the scores (B, H, L)

    Raises ValueError for tensors that are not of four dimensions or do not fit.
    """
    for tensor in (query, key, value):
        if tensor.dim() != 4:
            raise NotImplementedError("NYI: query, key, and value must be 4D tensors")
    if not enable_gqa and query.size(-3) != key.size(-3):
        raise ValueError(
            f"Expect query and key/value to have the same number of heads but got Hq={query.size(-3)} and Hkv={key.size(-3)}. "
            "Try setting enable_gqa=True for GQA."
        )
    if enable_gqa:
        key = key.repeat_interleave(query.size(-3) // key.size(-3), -3)
        value = value.repeat_interleave(query.size(-3) // value.size(-3), -3)
    scores = (query @ key.transpose(-2, -1)) * (1.0 / math.sqrt(query.size(-1)) if scale is None else scale)
    sizes = tuple(scores.shape)
    if score_mod is not None:
        scores = _over_places(score_mod, sizes, scores)
    if block_mask is not None:
        mask = create_mask(block_mask.mask_mod, *sizes)
        scores = torch.where(mask, scores, -math.inf)
    sums = scores.logsumexp(-1)
    hidden = sums == -math.inf
    weights = torch.softmax(scores, -1).masked_fill(hidden.unsqueeze(-1), 0)
    out = weights @ value
    return (out, sums) if return_lse else out

"""Sequences of different lengths: padded to one length, or packed, the rows of each step one behind the other."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any, NamedTuple

import gradcli.torch as torch
from gradcli.torch._naming import renamed


class _Fields(NamedTuple):
    data: Any
    batch_sizes: Any
    sorted_indices: Any
    unsorted_indices: Any


class PackedSequence(_Fields):
    """Sequences, longest first, step by step.

    data              (sum of batch_sizes, *): the rows of the first step, of the second, ...
    batch_sizes       how many sequences reach each step
    sorted_indices    which of the sequences given is the first here, the second, ...; None where they were in order
    unsorted_indices  the inverse
    """

    def __new__(
        cls, data: Any, batch_sizes: Any = None, sorted_indices: Any = None, unsorted_indices: Any = None
    ) -> PackedSequence:
        if unsorted_indices is None:
            unsorted_indices = invert_permutation(sorted_indices)
        if batch_sizes is None:  # of old: a pair of both
            data, batch_sizes = data
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def to(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """The same with data of another dtype."""
        data = self.data.to(*args, **kwargs)
        return self if data is self.data else PackedSequence(data, *self[1:])

    def cpu(self) -> PackedSequence:
        """Itself."""
        return self

    def double(self) -> PackedSequence:
        """The same in float64."""
        return self.to(dtype=torch.double)

    def float(self) -> PackedSequence:
        """The same in float32."""
        return self.to(dtype=torch.float)

    def is_pinned(self) -> bool:
        """False."""
        return False

    @property
    def is_cuda(self) -> bool:
        """False."""
        return False


def invert_permutation(permutation: Any) -> Any:
    """Where each number stands in a permutation; None of None."""
    if permutation is None:
        return None
    inverse = torch.empty_like(permutation)
    inverse.scatter_(0, permutation, torch.arange(0, permutation.numel()))
    return inverse


def pack_padded_sequence(input: Any, lengths: Any, batch_first: bool = False, enforce_sorted: bool = True) -> PackedSequence:
    """Pack (T, N, *) or, with `batch_first`, (N, T, *) by the length of each sequence.  Raises RuntimeError."""
    lengths = torch.as_tensor(lengths, dtype=torch.int64)
    sorted_indices = None
    if not enforce_sorted:
        lengths, sorted_indices = torch.sort(lengths, descending=True)
        input = input.index_select(0 if batch_first else 1, sorted_indices)
    rows = input.transpose(0, 1) if batch_first else input
    listed = lengths.tolist()
    if len(listed) != rows.size(1):
        raise RuntimeError(
            f"Expected `len(lengths)` to be equal to batch_size, but got {len(listed)} (batch_size={rows.size(1)})"
        )
    if not listed or listed[-1] <= 0:
        raise RuntimeError("Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0")
    if any(a < b for a, b in itertools.pairwise(listed)):
        raise RuntimeError(
            "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can pass "
            "`enforce_sorted=False` "
            "to pack_padded_sequence and/or pack_sequence to sidestep this requirement if you do not need ONNX exportability."
        )
    if listed[0] > len(rows):
        words = f"Expected all lengths to be at most {len(rows)}, the length of the input, but got {listed[0]}"
        raise RuntimeError(words)
    sizes = [sum(length > step for length in listed) for step in range(listed[0])]
    data = renamed(torch.cat([rows[step, :size] for step, size in enumerate(sizes)]), "PackPaddedSequenceBackward0")
    return PackedSequence(data, torch.tensor(sizes), sorted_indices, None)


def pad_packed_sequence(
    sequence: PackedSequence, batch_first: bool = False, padding_value: float = 0.0, total_length: int | None = None
) -> tuple[Any, Any]:
    """The padded sequences, in the order in which they were given, and their lengths.  Raises ValueError."""
    sizes = sequence.batch_sizes.tolist()
    length = len(sizes)
    if total_length is not None and total_length < length:
        raise ValueError(
            "Expected total_length to be at least the length of the longest sequence in input, but got "
            f"total_length={total_length} and max sequence length being {length}"
        )
    count = sizes[0]
    steps = []
    for rows in sequence.data.split(sizes):
        missing = count - rows.size(0)
        filler = rows.new_full((missing, *rows.shape[1:]), padding_value)
        steps.append(torch.cat([rows, filler]) if missing else rows)
    for _ in range(0 if total_length is None else total_length - length):
        steps.append(steps[0].new_full(steps[0].shape, padding_value))
    padded = torch.stack(steps, 1 if batch_first else 0)
    lengths = torch.tensor([sum(size > row for size in sizes) for row in range(count)])
    order = sequence.unsorted_indices
    if order is not None:
        return padded.index_select(0 if batch_first else 1, order), lengths[order]
    return padded, lengths


def pad_sequence(sequences: Any, batch_first: bool = False, padding_value: float = 0.0, padding_side: str = "right") -> Any:
    """Sequences (T_i, *), padded to the longest and stacked: (T, N, *) or (N, T, *)."""
    if isinstance(sequences, torch.Tensor):
        sequences = sequences.unbind(0)
    elif not isinstance(sequences, Iterable):
        raise RuntimeError(f"pad_sequence: Expected iterable for input sequences, but got arg of type: {type(sequences)}")
    sequences = [*sequences]
    if not sequences:
        raise RuntimeError("received an empty list of sequences")
    if padding_side not in ("left", "right"):
        raise RuntimeError(f"Expected padding_side to be one of left or right, but got {padding_side}.")
    longest = max(x.size(0) for x in sequences)
    padded = []
    for x in sequences:
        filler = x.new_full((longest - x.size(0), *x.shape[1:]), padding_value)
        both = [x, filler] if padding_side == "right" else [filler, x]
        padded.append(torch.cat(both) if filler.size(0) else x)
    return torch.stack(padded, 0 if batch_first else 1)


def unpad_sequence(padded_sequences: Any, lengths: Any, batch_first: bool = False) -> list[Any]:
    """The sequences without their padding."""
    rows = padded_sequences if batch_first else padded_sequences.transpose(0, 1)
    return [row[: int(length)] for row, length in zip(rows, lengths)]


def pack_sequence(sequences: list[Any], enforce_sorted: bool = True) -> PackedSequence:
    """Sequences (T_i, *) packed."""
    lengths = torch.as_tensor([x.size(0) for x in sequences])
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Any]:
    """The sequences of a packed one."""
    padded, lengths = pad_packed_sequence(packed_sequences, batch_first=True)
    return unpad_sequence(padded, lengths, batch_first=True)

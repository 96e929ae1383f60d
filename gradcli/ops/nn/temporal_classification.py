"""Connectionist temporal classification (Graves et al., 2006): how likely a sequence of labels is, whenever each comes.

A sequence of S labels is read as 2 S + 1 states, with a blank around each label.  alpha[s] is the logarithm of the probability
of all ways to have come to state s: from the same, from the one before, or past a blank from the one before that.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor, from_array
from gradcli.ops.core.arrays import Operand
from gradcli.ops.core.builders import composite
from gradcli.ops.core.dtypes import not_implemented, scalar_name
from gradcli.ops.core.parameter_types import Reduction
from gradcli.ops.core.table import family
from gradcli.ops.elementwise.arithmetic import add, mul, neg
from gradcli.ops.elementwise.exponential import exp
from gradcli.ops.elementwise.selection import where
from gradcli.ops.movement.fusing import fused
from gradcli.ops.movement.gather_scatter import gathered
from gradcli.ops.movement.joining import cat, stack
from gradcli.ops.movement.shapes import squeeze_dim, unsqueeze
from gradcli.ops.nn.loss_reduction import joined
from gradcli.ops.reduction.reductions import mean, sum_dim
from gradcli.ops.reduction.softmax import logsumexp

family("losses")

_NEVER = -1e30  # the logarithm of 0, whose derivative stays finite

Lengths = tuple[int, ...]


def _padded(targets: Any, lengths: Lengths, blank: int) -> Any:
    """[N, S]: the labels of each sequence, and blanks behind them; given as rows, or all behind one another."""
    out = np.full((len(lengths), max(lengths, default=0)), blank, np.int64)
    ends = np.cumsum((0, *lengths))
    for row, (start, length) in enumerate(zip(ends, lengths)):
        out[row, :length] = targets[row, :length] if targets.ndim == 2 else targets[start : start + length]
    return out


def _negative_log_likelihood(x: Any, targets: Any, /, times: Lengths, lengths: Lengths, blank: int, forgiving: bool) -> Any:
    """[N]: of log-probabilities [T, N, C]; `forgiving`: 0, with a gradient of 0, where it is infinite."""
    labels = _padded(targets.ndarray, lengths, blank)
    count, states = len(lengths), 2 * labels.shape[1] + 1
    around = np.full((count, states), blank, np.int64)
    around[:, 1::2] = labels
    skips = np.zeros((count, states), bool)
    skips[:, 2:] = (around[:, 2:] != blank) & (around[:, 2:] != around[:, :-2])
    scores = gathered(x, from_array(np.broadcast_to(around, (x.shape[0], count, states))), 2)
    never = from_array(np.array(_NEVER, x.ndarray.dtype))
    first = np.arange(states) < np.where(np.array(lengths)[:, None] > 0, 2, 1)
    alpha = where(from_array(first), scores[0], never)
    ahead = from_array(np.full((count, 2), _NEVER, x.ndarray.dtype))
    for time in range(1, x.shape[0]):
        before = cat([ahead, alpha], 1)
        ways = [alpha, before[:, 1 : states + 1], where(from_array(skips), before[:, :states], never)]
        moved = add(logsumexp(stack(ways, 0), (0,), False), scores[time])
        alpha = where(from_array(time < np.array(times)[:, None]), moved, alpha)
    last = 2 * np.array(lengths)[:, None] - np.array([0, 1])
    final = gathered(alpha, from_array(np.maximum(last, 0)), 1)
    loss = neg(logsumexp(where(from_array(last >= 0), final, never), (1,), False))
    # PyTorch's gradient takes the input for what log_softmax gave, and has the part that goes through its denominator, too.
    spoken = from_array((np.arange(x.shape[0])[:, None] < np.array(times)).astype(x.ndarray.dtype))
    spread = sum_dim(mul(sum_dim(exp(x), 2, False), spoken), 0, False)
    loss = add(loss, spread - spread.detach())
    return _where_impossible(loss, times, lengths, forgiving)


def _where_impossible(loss: Any, times: Lengths, lengths: Lengths, forgiving: bool) -> Any:
    """The losses, infinite where no way leads through all labels; nothing is lost where there is neither time nor label."""
    impossible = np.array(loss.ndarray > -_NEVER / 2)
    silent = np.array(times) == 0
    impossible |= silent & (np.array(lengths) > 0)
    out = where(from_array(silent), from_array(np.zeros((), loss.ndarray.dtype)), loss)
    instead = from_array(np.array(0.0 if forgiving else math.inf, loss.ndarray.dtype))
    return where(from_array(impossible), instead, out)


_row = fused(
    "ctc_loss",
    _negative_log_likelihood,
    constants=("targets",),
    grad_fn="CtcLossBackward0",
    doc="The negative log-likelihood of sequences of labels.",
)


def _listed(given: Any, name: str) -> Lengths:
    """Lengths of sequences as numbers.  Raises Problem."""
    array = given.ndarray
    if array.dtype.kind not in "iu":
        raise Problem("dtype", f"{name} must be integral", hint="lengths are whole numbers: bind them with -c")
    return tuple(array.reshape(-1).tolist())


def _ctc_loss(
    log_probs: Operand,
    targets: Tensor,
    /,
    input_lengths: Tensor,
    target_lengths: Tensor,
    blank: int = 0,
    reduction: Reduction = "mean",
    zero_infinity: bool = False,
) -> Any:
    x = log_probs if log_probs.ndim == 3 else unsqueeze(log_probs, 1)
    times, lengths = _listed(input_lengths, "input_lengths"), _listed(target_lengths, "target_lengths")
    _check(x, targets, times, lengths, blank)
    labels = from_array(targets.ndarray.reshape(1, -1)) if log_probs.ndim == 2 else targets.detach()
    loss = _row(x, labels, times, lengths, blank, zero_infinity)
    if zero_infinity:
        loss = where(from_array(np.isinf(loss.ndarray)), from_array(np.zeros((), loss.ndarray.dtype)), loss)
    if reduction != "mean":
        return squeeze_dim(loss, 0) if reduction == "none" and log_probs.ndim == 2 else joined(loss, reduction)
    sizes = np.maximum(np.array(lengths), 1).astype(loss.ndarray.dtype)
    return mean(loss / from_array(sizes))


def _check(x: Any, targets: Any, times: Lengths, lengths: Lengths, blank: int) -> None:
    """Refuse what is no batch of sequences with their labels.  Raises Problem."""
    if x.ndim != 3:
        raise Problem("dimension", f"Expected 3D log_probs, but got {x.ndim}D", hint="time, batch and classes")
    steps, count, classes = x.shape
    if x.ndarray.dtype.name not in ("float64", "float32"):
        raise not_implemented("ctc_loss_cpu", x.ndarray.dtype)
    if targets.ndarray.dtype.kind not in "iu":
        words = f"expected targets to have dtype int64 or int32, but got {scalar_name(targets.ndarray.dtype)}"
        raise Problem("dtype", words, hint="labels are whole numbers: bind them with -c, which keeps int64")
    if not 0 <= blank < classes:
        raise Problem("argument", "blank must be in label range", hint=f"there are {classes} classes, counted from 0")
    for name, each in (("input_lengths", times), ("target_lengths", lengths)):
        if len(each) != count:
            raise Problem("shape-mismatch", f"{name} must be of size batch_size", hint=f"the batch has {count} sequences")
        if min(each, default=0) < 0:
            raise Problem("argument", f"Expected {name} to have value at least 0, but got value {min(each)}")
    if max(times, default=0) > steps:
        words = f"Expected input_lengths to have value at most {steps}, but got value {max(times)}"
        raise Problem("argument", words, theirs=f"{words} (while checking arguments for ctc_loss_allocate_outputs)")
    room = targets.ndarray.size if targets.ndim < 2 else targets.shape[-1]
    if (sum(lengths) if targets.ndim < 2 else max(lengths, default=0)) > room:
        words = f"Expected targets to have room for the labels that target_lengths counts, but got {room}"
        raise Problem("shape-mismatch", words)


composite(
    "ctc_loss",
    _ctc_loss,
    namespace="F",
    method=False,
    doc="The negative log-likelihood of sequences of labels, whenever each comes; the input is what log_softmax gives.",
    samples=(
        "z:3,2,3 F.ctc_loss(log_softmax(z, 2), tensor([[1, 2], [2, 1]]), tensor([3, 2]), tensor([2, 1]))",
        "z:4,1,3 F.ctc_loss(log_softmax(z, 2), tensor([1, 1]), tensor([4]), tensor([2]), reduction='none')",
        "z:3,3 F.ctc_loss(log_softmax(z, 1), tensor([2]), tensor(3), tensor(1), blank=1, reduction='sum')",
        "z:2,2,3 F.ctc_loss(log_softmax(z, 2), tensor([1, 1, 2]), tensor([2, 2]), tensor([2, 1]), zero_infinity=True)",
    ),
)

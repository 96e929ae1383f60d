"""Connectionist temporal classification: how likely a sequence of labels is, whenever each comes (Graves et al., 2006)."""

from __future__ import annotations

from typing import Any

import gradcli.torch as torch
from gradcli.torch._naming import renamed

_NEVER = -1e30  # the logarithm of 0, whose derivative stays finite


def ctc_loss(
    log_probs: Any,
    targets: Any,
    input_lengths: Any,
    target_lengths: Any,
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> Any:
    """Minus the logarithm of the probability of the targets.

    log_probs  (T, N, C), or (T, C) without a batch
    targets    (N, S), or all behind one another; none of them is the blank
    """
    unbatched = log_probs.dim() == 2
    steps = log_probs.unsqueeze(1) if unbatched else log_probs
    given: list[Any] = [torch.as_tensor(x) for x in (input_lengths, target_lengths)]
    times, lengths = (x.reshape(-1).tolist() for x in given)
    rows: list[Any] = []
    start = 0
    for row, length in enumerate(lengths):
        flat = targets.dim() == 1 and not unbatched
        labels = targets[start : start + length] if flat else targets.reshape(len(lengths), -1)[row, :length]
        start += length
        rows.append(_one(steps[: times[row], row], labels.tolist(), blank))
    losses = torch.stack(rows)
    unlikely = losses > -_NEVER / 2
    losses = torch.where(unlikely, torch.zeros_like(losses) if zero_infinity else torch.full_like(losses, torch.inf), losses)
    if reduction == "mean":
        divisors: Any = torch.tensor(lengths, dtype=losses.dtype)
        return renamed((losses / divisors.clamp(min=1)).mean(), "MeanBackward0")
    if reduction == "sum":
        return losses.sum()
    return renamed(losses.squeeze(0) if unbatched else losses, "CtcLossBackward0")


def _one(log_probs: Any, labels: list[int], blank: int) -> Any:
    """The loss of one sequence, by going forward through time with all the places in it at once."""
    around = [blank, *[each for label in labels for each in (label, blank)]]
    scores = log_probs[:, around]
    count = len(around)
    skips = [place >= 2 and around[place] not in (blank, around[place - 2]) for place in range(count)]
    barred = torch.tensor([not skip for skip in skips])
    never = scores.new_full((2,), _NEVER)
    alpha = torch.cat([scores[0, :2], scores.new_full((count - min(count, 2),), _NEVER)])
    for now in scores[1:]:
        before = torch.cat([never, alpha])
        by_skip = before[:count].masked_fill(barred, _NEVER)
        alpha = torch.logsumexp(torch.stack([alpha, before[1 : count + 1], by_skip]), 0) + now
    # PyTorch's gradient takes the input for what log_softmax gave, and has the part that goes through its denominator, too.
    probs = log_probs.exp()
    return (probs - probs.detach()).sum() - torch.logsumexp(alpha[-2:], 0)

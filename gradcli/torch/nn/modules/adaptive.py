"""An approximation to softmax over many classes, some of which are rare (Grave et al., 2017)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import gradcli.torch as torch
import gradcli.torch.nn.functional as F
from gradcli.torch.nn.modules.container import ModuleList, Sequential
from gradcli.torch.nn.modules.linear import Linear
from gradcli.torch.nn.modules.module import Module


class _ASMoutput(NamedTuple):
    """The log probabilities of the targets, and their negative mean."""

    output: Any
    loss: Any


class AdaptiveLogSoftmaxWithLoss(Module):
    """Frequent classes come first, in the head; the others in clusters, each of which the head knows as one class."""

    def __init__(
        self,
        in_features: int,
        n_classes: int,
        cutoffs: Sequence[int],
        div_value: float = 4.0,
        head_bias: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        cutoffs = [*cutoffs]
        if not cutoffs:
            raise ValueError("cutoffs should be a sequence of length larger than 0")
        if (
            cutoffs != sorted(set(cutoffs))
            or min(cutoffs) <= 0
            or max(cutoffs) > n_classes - 1
            or any(int(cutoff) != cutoff for cutoff in cutoffs)
        ):
            raise ValueError(
                "cutoffs should be a sequence of unique, positive integers sorted in an increasing order, where each value is "
                "between 1 and n_classes-1"
            )
        self.in_features = in_features
        self.n_classes = n_classes
        self.cutoffs = [*cutoffs, n_classes]
        self.div_value = div_value
        self.head_bias = head_bias
        self.shortlist_size = cutoffs[0]
        self.n_clusters = len(cutoffs)
        self.head_size = self.shortlist_size + self.n_clusters
        made = {"device": device, "dtype": dtype}
        self.head = Linear(in_features, self.head_size, bias=head_bias, **made)
        self.tail = ModuleList()
        for place in range(self.n_clusters):
            hidden = int(in_features // div_value ** (place + 1))
            size = self.cutoffs[place + 1] - self.cutoffs[place]
            self.tail.append(
                Sequential(Linear(in_features, hidden, bias=False, **made), Linear(hidden, size, bias=False, **made))
            )

    def reset_parameters(self) -> None:
        """Draw all weights anew."""
        self.head.reset_parameters()
        for first, second in self.tail:
            first.reset_parameters()
            second.reset_parameters()

    def forward(self, input_: Any, target_: Any) -> _ASMoutput:
        """(N, in_features) and classes (N,), or both without N."""
        batched = target_.dim() > 0
        input, target = (input_, target_) if batched else (input_.unsqueeze(0), target_.unsqueeze(0))
        if batched and input.shape[0] != target.shape[0]:
            raise RuntimeError("Input and target should have the same size in the batch dimension.")
        if target.numel() and not (int(target.min()) >= 0 and int(target.max()) < self.n_classes):
            raise RuntimeError(
                f"Target values should be in [0, {self.n_classes - 1}], but values in range [{target.min().item()}, "
                f"{target.max().item()}] were found. "
            )
        output = input.new_zeros(target.shape[0])
        head_index = target.clone()
        for place, (low, high) in enumerate(zip([0, *self.cutoffs], self.cutoffs)):
            rows = ((target >= low) & (target < high)).nonzero().squeeze(-1)
            if place == 0 or rows.numel() == 0:
                continue
            inside = F.log_softmax(self.tail[place - 1](input.index_select(0, rows)), dim=1)
            chosen = inside.gather(1, (target[rows] - low).unsqueeze(1)).squeeze(1)
            head_index = head_index.index_fill(0, rows, self.shortlist_size + place - 1)
            output = output.index_add(0, rows, chosen)
        head = F.log_softmax(self.head(input), dim=1)
        output = output + head.gather(1, head_index.unsqueeze(1)).squeeze(1)
        loss = (-output).mean()
        return _ASMoutput(output if batched else output.squeeze(0), loss)

    def log_prob(self, input: Any) -> Any:
        """The log probabilities of all classes: (N, in_features) -> (N, n_classes)."""
        head = F.log_softmax(self.head(input), dim=1)
        columns = [head[:, : self.shortlist_size]]
        for place, cluster in enumerate(self.tail):
            inside = F.log_softmax(cluster(input), dim=1)
            columns.append(inside + head[:, self.shortlist_size + place].unsqueeze(1))
        return torch.cat(columns, dim=1)

    def predict(self, input: Any) -> Any:
        """The most probable classes."""
        return self.log_prob(input).argmax(dim=1)

"""The names of `torch.utils.data`; what stands behind them is loaded when it is asked for."""

from __future__ import annotations

from typing import Any

from gradcli.run.script.modules import Deferred

_FROM = {
    "datasets": ("Dataset", "Subset", "TensorDataset", "random_split"),
    "loader": ("DataLoader",),
    "samplers": ("BatchSampler", "RandomSampler", "Sampler", "SequentialSampler"),
}


def members() -> dict[str, Any]:
    """What `torch.utils.data` has."""
    return {name: Deferred(f"data.{home}", name) for home, names in _FROM.items() for name in names}

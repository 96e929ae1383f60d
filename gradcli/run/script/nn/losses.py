"""Losses as modules."""

from __future__ import annotations

from typing import Any

from gradcli.run.script.nn.made import WEIGHT, make

# name of the class: (name of the function, its options besides those that all have, with their defaults)
_ROWS: dict[str, tuple[str, dict[str, Any]]] = {
    "BCELoss": ("binary_cross_entropy", {"weight": WEIGHT}),
    "BCEWithLogitsLoss": ("binary_cross_entropy_with_logits", {"weight": WEIGHT, "pos_weight": WEIGHT}),
    "CrossEntropyLoss": ("cross_entropy", {"weight": WEIGHT, "ignore_index": -100, "label_smoothing": 0.0}),
    "HuberLoss": ("huber_loss", {"delta": 1.0}),
    "L1Loss": ("l1_loss", {}),
    "MSELoss": ("mse_loss", {}),
    "NLLLoss": ("nll_loss", {"weight": WEIGHT, "ignore_index": -100}),
    "SmoothL1Loss": ("smooth_l1_loss", {"beta": 1.0}),
}
_OF_ALL = {"reduction": "mean"}
CLASSES = {
    name: make(name, "torch.nn.modules.loss", called, {**options, **_OF_ALL}, shown=None)
    for name, (called, options) in _ROWS.items()
}

"""Losses as modules."""

from __future__ import annotations

from typing import Any

from gradcli.run.script.nn.made import WEIGHT, make

# name of the class: (name of the function, its options besides those that all have, with their defaults)
_ROWS: dict[str, tuple[str, dict[str, Any]]] = {
    "BCELoss": ("binary_cross_entropy", {"weight": WEIGHT}),
    "BCEWithLogitsLoss": ("binary_cross_entropy_with_logits", {"weight": WEIGHT, "pos_weight": WEIGHT}),
    "CosineEmbeddingLoss": ("cosine_embedding_loss", {"margin": 0.0}),
    "CrossEntropyLoss": ("cross_entropy", {"weight": WEIGHT, "ignore_index": -100, "label_smoothing": 0.0}),
    "HingeEmbeddingLoss": ("hinge_embedding_loss", {"margin": 1.0}),
    "HuberLoss": ("huber_loss", {"delta": 1.0}),
    "KLDivLoss": ("kl_div", {"log_target": False}),
    "L1Loss": ("l1_loss", {}),
    "MSELoss": ("mse_loss", {}),
    "MarginRankingLoss": ("margin_ranking_loss", {"margin": 0.0}),
    "NLLLoss": ("nll_loss", {"weight": WEIGHT, "ignore_index": -100}),
    "SmoothL1Loss": ("smooth_l1_loss", {"beta": 1.0}),
    "TripletMarginLoss": ("triplet_margin_loss", {"margin": 1.0, "p": 2.0, "eps": 1e-6, "swap": False}),
}
_OF_ALL = {"reduction": "mean"}
CLASSES = {
    name: make(name, "torch.nn.modules.loss", called, {**options, **_OF_ALL}, shown=None)
    for name, (called, options) in _ROWS.items()
}
_DISTANCES: dict[str, tuple[str, dict[str, Any]]] = {
    "CosineSimilarity": ("cosine_similarity", {"dim": 1, "eps": 1e-8}),
    "PairwiseDistance": ("pairwise_distance", {"p": 2.0, "eps": 1e-6, "keepdim": False}),
}
CLASSES |= {
    name: make(name, "torch.nn.modules.distance", called, options, shown=None) for name, (called, options) in _DISTANCES.items()
}

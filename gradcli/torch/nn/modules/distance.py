"""Distances and similarities between rows."""

from __future__ import annotations

from gradcli.torch.nn.modules.layer import layer

PairwiseDistance = layer("PairwiseDistance", "pairwise_distance", takes="x1 x2", p=2.0, eps=1e-6, keepdim=False)
CosineSimilarity = layer("CosineSimilarity", "cosine_similarity", takes="x1 x2", dim=1, eps=1e-8)

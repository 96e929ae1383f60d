"""Kullback-Leibler divergences, by the classes of both distributions: the closed forms register when this is imported."""

from __future__ import annotations

from gradcli.torch.distributions import kl_between_families as _between
from gradcli.torch.distributions import kl_same_family as _same
from gradcli.torch.distributions.kl_registry import kl_divergence as kl_divergence
from gradcli.torch.distributions.kl_registry import register_kl as register_kl

_ = _between, _same

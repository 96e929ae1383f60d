"""`torch.backends`, of which programs set `cudnn.deterministic` beside a seed: nothing follows from it."""

from __future__ import annotations

from gradcli.torch.backends import cpu, cuda, cudnn, mkl, mkldnn, mps, openmp, opt_einsum

__all__ = ["cpu", "cuda", "cudnn", "mkl", "mkldnn", "mps", "openmp", "opt_einsum"]

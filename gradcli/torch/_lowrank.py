"""Decompositions of low rank by random projections (Halko, Martinsson and Tropp, 2011)."""

from __future__ import annotations

from typing import Any

import gradcli.torch as torch


def _basis(A: Any, q: int, niter: int) -> Any:
    """An orthonormal basis (..., m, q) that the columns of A (..., m, n) nearly lie in."""
    Q = torch.linalg.qr(A @ torch.randn(A.shape[-1], q, dtype=A.dtype)).Q
    for _ in range(niter):
        Q = torch.linalg.qr(A @ torch.linalg.qr(A.mH @ Q).Q).Q
    return Q


def svd_lowrank(A: Any, q: int | None = 6, niter: int | None = 2, M: Any = None) -> Any:
    """U (..., m, q), S (..., q), V (..., n, q) of A (..., m, n) (less M, if that is given), whose rank is about q."""
    if M is not None:
        A = A - M.broadcast_to(A.size())
    wide = A.shape[-2] < A.shape[-1]
    tall = A.mH if wide else A
    Q = _basis(tall, 6 if q is None else q, 2 if niter is None else niter)
    U, S, Vh = torch.linalg.svd(Q.mH @ tall, full_matrices=False)
    left, right = Q @ U, Vh.mH
    return (right, S, left) if wide else (left, S, right)


def pca_lowrank(A: Any, q: int | None = None, center: bool = True, niter: int = 2) -> Any:
    """The principal components of the rows of A (..., m, n): U, S and V, whose columns are directions.  Raises ValueError."""
    m, n = A.shape[-2:]
    if q is None:
        q = min(6, m, n)
    elif not 0 <= q <= min(m, n):
        raise ValueError(f"q(={q}) must be non-negative integer and not greater than min(m, n)={min(m, n)}")
    if not niter >= 0:
        raise ValueError(f"niter(={niter}) must be non-negative integer")
    return svd_lowrank(A - A.mean(dim=-2, keepdim=True) if center else A, q, niter=niter)

"""Parametrizations that are used often: normed weights, and orthogonal matrices."""

from __future__ import annotations

from typing import Any

import gradcli.torch as torch
import gradcli.torch.nn.functional as F
from gradcli.torch.nn.modules.module import Module
from gradcli.torch.nn.utils import parametrize
from gradcli.torch.nn.utils._weight_norm import directed, norm_except_dim


class _WeightNorm(Module):
    """A weight from its lengths and its direction."""

    def __init__(self, dim: int | None = 0) -> None:
        super().__init__()
        self.dim = -1 if dim is None else dim

    def forward(self, weight_g: Any, weight_v: Any) -> Any:
        """The direction, at this length."""
        return directed(weight_v, weight_g, self.dim)

    def right_inverse(self, weight: Any) -> tuple[Any, Any]:
        """Lengths and direction of a weight."""
        return norm_except_dim(weight, self.dim), weight


def weight_norm(module: Module, name: str = "weight", dim: int = 0) -> Module:
    """A weight as a direction times a length: `original0` the lengths, `original1` the direction (Salimans and Kingma, "
    "2016)."""
    parametrize.register_parametrization(module, name, _WeightNorm(dim), unsafe=True)

    def from_old_names(state: Any, prefix: str, *_: Any) -> None:
        old = [f"{prefix}{name}_g", f"{prefix}{name}_v"]
        if all(key in state for key in old):
            for place, key in enumerate(old):
                state[f"{prefix}parametrizations.{name}.original{place}"] = state.pop(key)

    module._register_load_state_dict_pre_hook(from_old_names)
    return module


class _SpectralNorm(Module):
    """A weight divided by its largest singular value, which power iteration estimates."""

    def __init__(self, weight: Any, n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12) -> None:
        super().__init__()
        if not -weight.ndim <= dim < weight.ndim:
            raise IndexError(
                f"Dimension out of range (expected to be in range of [-{weight.ndim}, {weight.ndim - 1}] but got {dim})"
            )
        if n_power_iterations <= 0:
            raise ValueError(f"Expected n_power_iterations to be positive, but got n_power_iterations={n_power_iterations}")
        self.dim = dim if dim >= 0 else dim + weight.ndim
        self.eps = eps
        if weight.ndim > 1:
            self.n_power_iterations = n_power_iterations
            matrix = self._matrix(weight)
            u = matrix.new_empty(matrix.size(0)).normal_(0, 1)
            v = matrix.new_empty(matrix.size(1)).normal_(0, 1)
            self.register_buffer("_u", F.normalize(u, dim=0, eps=eps))
            self.register_buffer("_v", F.normalize(v, dim=0, eps=eps))
            self._power_method(matrix, 15)

    def _matrix(self, weight: Any) -> Any:
        if self.dim != 0:
            weight = weight.permute(self.dim, *[each for each in range(weight.dim()) if each != self.dim])
        return weight.flatten(1)

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def _power_method(self, matrix: Any, times: int) -> None:
        for _ in range(times):
            self._u.copy_(F.normalize(torch.mv(matrix, self._v), dim=0, eps=self.eps))
            self._v.copy_(F.normalize(torch.mv(matrix.t(), self._u), dim=0, eps=self.eps))

    def forward(self, weight: Any) -> Any:
        """The weight at a norm of 1."""
        if weight.ndim == 1:
            return F.normalize(weight, dim=0, eps=self.eps)
        matrix = self._matrix(weight)
        if self.training:
            self._power_method(matrix, self.n_power_iterations)
        u, v = self._u.clone(), self._v.clone()
        return weight / torch.vdot(u, torch.mv(matrix, v))

    def right_inverse(self, value: Any) -> Any:
        """The weight itself."""
        return value


def spectral_norm(
    module: Module, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None
) -> Module:
    """A weight divided by its largest singular value (Miyato et al., 2018).  Raises ValueError."""
    weight = getattr(module, name, None)
    if not isinstance(weight, torch.Tensor):
        raise ValueError(f"Module '{module}' has no parameter or buffer with name '{name}'")
    if dim is None:
        dim = 1 if getattr(module, "transposed", False) else 0
    parametrize.register_parametrization(module, name, _SpectralNorm(weight, n_power_iterations, dim, eps))
    return module


class _Orthogonal(Module):
    """An orthogonal matrix (rows or columns, whichever are fewer, orthonormal) from any matrix.

    how  "matrix_exp" or "cayley", of the skew-symmetric part; "householder", of the reflections in the columns
    """

    base: Any

    def __init__(self, weight: Any, how: str, use_trivialization: bool) -> None:
        super().__init__()
        self.how = how
        self.register_buffer("base", torch.empty_like(weight) if use_trivialization else None)

    def forward(self, X: Any) -> Any:
        """The orthogonal matrix."""
        wide = X.size(-2) < X.size(-1)
        X = X.mT if wide else X
        rows, cols = X.size(-2), X.size(-1)
        if self.how == "householder":
            below = X.tril(-1)
            tau = 2.0 / (1.0 + (below * below).sum(dim=-2))
            made = torch.linalg.householder_product(below, tau)
            made = made * X.diagonal(dim1=-2, dim2=-1).int().unsqueeze(-2)
        else:
            below = X.tril(-1)
            if rows != cols:
                below = torch.cat([below, X.new_zeros(*X.shape[:-2], rows, rows - cols)], dim=-1)
            skew = below - below.mT
            if self.how == "matrix_exp":
                made = torch.matrix_exp(skew)
            else:
                identity = torch.eye(rows, dtype=X.dtype)
                made = torch.linalg.solve(torch.add(identity, skew, alpha=-0.5), torch.add(identity, skew, alpha=0.5))
            made = made[..., :cols] if rows != cols else made
        if self.base is not None:
            made = self.base @ made
        return made.mT if wide else made

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def right_inverse(self, Q: Any) -> Any:
        """A matrix that gives an orthogonal one."""
        wide = Q.size(-2) < Q.size(-1)
        Q = Q.mT if wide else Q
        rows, cols = Q.size(-2), Q.size(-1)
        if self.base is None:
            if self.how != "householder":
                raise NotImplementedError(
                    "It is not possible to assign to the matrix exponential or the Cayley parametrizations when "
                    "use_trivialization=False."
                )
            A, tau = torch.geqrf(Q)
            A.diagonal(dim1=-2, dim2=-1).sign_()
            A.diagonal(dim1=-2, dim2=-1)[tau == 0.0] *= -1
            return A.mT if wide else A
        if rows == cols:
            self.base.copy_(_orthonormal(Q))
        else:
            extra = torch.randn(*Q.shape[:-2], rows, rows - cols, dtype=Q.dtype)
            self.base = _orthonormal(torch.cat([_orthonormal(Q), extra], dim=-1))
        start = torch.zeros_like(Q)
        start.diagonal(dim1=-2, dim2=-1).fill_(-1.0 if self.how == "householder" else 0.0)
        return start.mT if wide else start


def _orthonormal(A: Any) -> Any:
    """The orthogonal factor of a matrix, with the signs that leave orthogonal matrices as they are."""
    Q, R = torch.linalg.qr(A)
    return Q * R.diagonal(dim1=-2, dim2=-1).sgn().unsqueeze(-2)


def orthogonal(
    module: Module, name: str = "weight", orthogonal_map: str | None = None, *, use_trivialization: bool = True
) -> Module:
    """A weight kept orthogonal.  Raises ValueError."""
    weight = getattr(module, name, None)
    if not isinstance(weight, torch.Tensor):
        raise ValueError(f"Module '{module}' has no parameter or buffer with name '{name}'")
    if weight.ndim < 2:
        raise ValueError(f"Expected a matrix or batch of matrices. Got a tensor of {weight.ndim} dimensions.")
    if orthogonal_map is None:
        square = weight.size(-2) == weight.size(-1) or weight.is_complex()
        orthogonal_map = "matrix_exp" if square else "householder"
    if orthogonal_map not in ("matrix_exp", "cayley", "householder"):
        raise ValueError(f'orthogonal_map has to be one of "matrix_exp", "cayley", "householder". Got: {orthogonal_map}')
    made = _Orthogonal(weight, orthogonal_map, use_trivialization)
    parametrize.register_parametrization(module, name, made, unsafe=True)
    return module

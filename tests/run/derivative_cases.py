"""Derivatives to be computed by gradcli and by PyTorch: a function, its leaves, and a tangent for each that moves."""

from __future__ import annotations

from typing import Any, NamedTuple


class Case(NamedTuple):
    """`kind` is "jacobian", "hessian", "jvp" or "hvp"."""

    kind: str
    expr: str
    leaves: dict[str, Any]
    tangents: dict[str, Any] | None = None

    @property
    def id(self) -> str:
        """The command, as it would be typed."""
        return " ".join([self.kind, self.expr, *[f"{name}={value}" for name, value in self.leaves.items()]])


_A = [[0.5, -1.25, 2.0], [1.5, 0.75, -0.5]]
_V = [0.3, -0.7, 1.1]
_S = [[2.0, 0.5], [-0.25, 1.5]]

CASES = [
    Case("jacobian", "sin(x)*y", {"x": _V, "y": 2.0}),
    Case("jacobian", "A @ x", {"A": _A, "x": _V}),
    Case("jacobian", "tanh(A @ x) + x.sum()", {"A": _A, "x": _V}),
    Case("jacobian", "(x[1:] - x[:-1])**2", {"x": _V}),
    Case("jacobian", "A.T * y", {"A": _A, "y": [1.5, -2.0]}),
    Case("jacobian", "softmax(A, 1)", {"A": _A}),
    Case("jacobian", "cumsum(x, 0) / x", {"x": _V}),
    Case("jacobian", "cat([x, x**2, y])", {"x": _V, "y": [4.0]}),
    Case("jacobian", "S @ S.T", {"S": _S}),
    Case("jacobian", "linalg.inv(S)", {"S": _S}),
    Case("jacobian", "max(A, dim=1).values", {"A": _A}),
    Case("jacobian", "prod(x) * x", {"x": _V}),
    Case("jacobian", "stack([x, x]).reshape(3, 2)", {"x": _V}),
    Case("jacobian", "x.expand(4, 3) * 2", {"x": _V}),
    Case("jacobian", "logsumexp(A, 0)", {"A": _A}),
    Case("jacobian", "outer(x, y)", {"x": _V, "y": [2.0, -1.0]}),
    Case("jacobian", "where(A > 0, A**3, y)", {"A": _A, "y": 3.0}),
    Case("hessian", "sum(x**3)", {"x": _V}),
    Case("hessian", "sum(tanh(A @ x)**2)", {"A": _A, "x": _V}),
    Case("hessian", "x**2 * y + y", {"x": 3.0, "y": 2.0}),
    Case("hessian", "det(S)", {"S": _S}),
    Case("hessian", "logsumexp(x, 0)", {"x": _V}),
    Case("hessian", "prod(x)", {"x": _V}),
    Case("hessian", "norm(A) * x.sum()", {"A": _A, "x": _V}),
    Case("hessian", "(x[1:] * x[:-1]).sum() + exp(x[0])", {"x": _V}),
    Case("hessian", "x.sum() * 2", {"x": _V}),
    Case("jvp", "sin(x)*y", {"x": _V, "y": 2.0}, {"x": [1.0, 0.0, -1.0], "y": 0.5}),
    Case("jvp", "softmax(A, 1)", {"A": _A}, {"A": [[1.0, 2.0, 3.0], [0.5, -0.5, 0.25]]}),
    Case("jvp", "linalg.inv(S) @ S.T", {"S": _S}, {"S": [[1.0, 0.0], [0.5, 2.0]]}),
    Case("jvp", "cat([x, x**2])[1:4]", {"x": _V}, {"x": [1.0, 2.0, 3.0]}),
    Case("hvp", "sum(tanh(A @ x)**2)", {"A": _A, "x": _V}, {"A": [[1.0, 0.0, 2.0], [0.0, 1.0, -1.0]], "x": [0.5, 1.0, 0.0]}),
    Case("hvp", "x**2 * y", {"x": 3.0, "y": 2.0}, {"x": 1.0, "y": -1.0}),
    Case("hvp", "logsumexp(x, 0)", {"x": _V}, {"x": [1.0, -1.0, 2.0]}),
]

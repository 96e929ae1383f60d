"""Values that PyTorch gets wrong, or has none of, although what it saves would do: gradcli's are right."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import gradcli

ROOT = math.sqrt(0.5)


@pytest.mark.parametrize(
    ("expr", "values", "value", "grads"),
    [
        ("atan2(x, y)", {"x": 1e-200, "y": 1e-200}, math.pi / 4, {"x": 5e199, "y": -5e199}),
        ("norm(x)", {"x": [1e-200, 1e-200]}, 2 * ROOT * 1e-200, {"x": [ROOT, ROOT]}),
        ("norm(x)", {"x": [1e200, 1e200]}, 2 * ROOT * 1e200, {"x": [ROOT, ROOT]}),
        ("norm(x, 3)", {"x": [1e200, 0.0]}, 1e200, {"x": [1.0, 0.0]}),
        ("norm(x, 4, dim=1).sum()", {"x": [[1e-200, 0.0], [3.0, 0.0]]}, 3.0, {"x": [[1.0, 0.0], [1.0, 0.0]]}),
        ("dist(x, y)", {"x": [3e200, 0.0], "y": [0.0, 4e200]}, 5e200, {"x": [0.6, -0.8], "y": [-0.6, 0.8]}),
        ("exp2(x)", {"x": 1024.0}, math.inf, {"x": 2.0**1023 * (2 * math.log(2))}),
        ("asinh(x)", {"x": 1e300}, 691.4686750787736, {"x": 1e-300}),
        ("acosh(x)", {"x": 1e300}, 691.4686750787736, {"x": 1e-300}),
        ("logcumsumexp(x, 0).sum()", {"x": [0.0, 710.0]}, 710.0, {"x": [1.0, 1.0]}),
        ("logcumsumexp(x, 0).sum()", {"x": [-1000.0, 0.0]}, -1000.0, {"x": [1.0, 1.0]}),
        ("sinc(x)", {"x": 1e-9}, 1.0, {"x": -(math.pi**2) / 3 * 1e-9}),
        ("gelu(x)", {"x": -10.0}, 0.0, {"x": -7.618400096e-22}),
        ("F.binary_cross_entropy_with_logits(x, tensor(1.))", {"x": 40.0}, 4.248354255e-18, {"x": -4.248354255e-18}),
        (
            "scatter_add(x, 0, tensor([0, 1]), y).sum()",
            {"x": [1.0, 2.0], "y": [1.0, 2.0, 3.0]},
            6.0,
            {"x": [1, 1], "y": [1, 1, 0]},
        ),
        ("scatter(x, 0, tensor([1]), y).sum()", {"x": [1.0, 2.0], "y": [5.0, 3.0]}, 6.0, {"x": [1, 0], "y": [1, 0]}),
        ("lgamma(x)", {"x": 1 - 2**-53}, 6.408381213e-17, {"x": -0.5772156649015331}),
        ("digamma(x)", {"x": -1e-17}, 1e17, {"x": 1e34}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_first_order(expr: str, values: dict[str, Any], value: float, grads: dict[str, Any]) -> None:
    out, found = gradcli.value_and_grad(expr, **values)
    assert float(out) == pytest.approx(value, rel=1e-9, abs=1e-300)
    for name, wanted in grads.items():
        np.testing.assert_allclose(found[name] if len(values) > 1 else found, wanted, rtol=1e-9, atol=0)


@pytest.mark.parametrize(
    ("expr", "x", "second"),
    [
        ("norm(x)**2", [0.0, 0.0], [[2, 0], [0, 2]]),
        ("exp(-norm(x)**2)", [0.0, 0.0, 0.0], -2 * np.eye(3)),
        ("(x.view(2, 1).norm(dim=1)**2).sum()", [0.0, 3.0], [[2, 0], [0, 2]]),
        ("dist(x, tensor([1., 2.]))**2", [1.0, 2.0], [[2, 0], [0, 2]]),
        ("logaddexp(x, tensor(0.))", 40.0, 4.248354255291589e-18),
        ("logaddexp(x, tensor(0.))", -700.0, math.exp(-700)),
        ("sinc(x)", 0.0, -(math.pi**2) / 3),
        ("sinc(x)", 1e-9, -(math.pi**2) / 3),
        ("logsigmoid(x)", -40.0, -4.248354255291589e-18),
        ("softplus(x)", 19.0, 5.602796e-09),
        ("silu(x)", 40.0, -1.614374617e-16),
        ("mish(x)", 40.0, -5.63113633e-33),
        ("hypot(x, tensor(1e-6))", 1.0, 1e-12),
        ("x**3", 0.0, 0.0),
    ],
)
def test_second_order(expr: str, x: Any, second: Any) -> None:
    np.testing.assert_allclose(gradcli.hessian(expr, x=x), second, rtol=1e-6, atol=0)


def test_no_number_where_there_is_none() -> None:
    assert math.isnan(gradcli.grad("logit(x)", x=2.0))
    assert math.isnan(gradcli.grad("smooth_l1_loss(x, tensor(1.))", x=math.nan))
    assert np.isnan(gradcli.hessian("norm(x)", x=[0.0, 0.0])).all()

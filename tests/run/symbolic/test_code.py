"""Formulas as functions: run as they stand, against gradcli's own gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradcli.engine import reverse_mode
from gradcli.graph.tensor import from_array
from gradcli.report.formula import code
from gradcli.run.forward import forward
from gradcli.run.request import Request
from tests.run.symbolic.book import formulas

CASES = [
    ("sin(x**2)*y", ""),
    ("x @ A @ x", "A:n,n x:n"),
    ("norm(A @ x - b)**2/2", "A:m,n x:n b:m"),
    ("sum((X @ W + b - Y)**2)", "X:m,n W:n,k b:k Y:m,k"),
    ("sum(log(1 + exp(-y*(X @ w))))", "y:m X:m,n w:n"),
    ("-sum(Y*log_softmax(X @ W, 1))", "X:m,n W:n,k Y:m,k"),
    ("logdet(X @ X.T)", "X:m,n"),
    ("a @ inv(X) @ b", "X:n,n a:n b:n"),
    ("mean(relu(X @ W))", "X:m,n W:n,k"),
    ("x*log(x) + atan(x)/sqrt(pi)", "x:,positive"),
    ("var(x) + prod(x)", "x:n"),
    ("erf(x) + lgamma(x + 3)", "x:,positive"),
    ("X @ W", "X:m,n W:n,k"),
    ("softmax(Q @ K.T/sqrt(2), 1) @ V", "Q:m,d K:n,d V:n,k"),
    ("tanh(x)", "x:n"),
    ("X[0] @ a", "X:m,n a:n"),
    ("sum(x[1:]*x[:-1])", "x:n"),
    ("-(A @ x - b) @ B @ (A @ x - b)*e", "A:m,n x:n b:m B:m,m"),
    ("clamp(x, 0.5, 1) @ cumsum(tril(X) @ x, 0)", "X:n,n x:n"),
    ("layer_norm(x, (4,)) @ y + norm(X, 'nuc')", "x:4 y:4 X:m,n"),
]
LENGTHS = {"m": 3, "n": 4, "k": 2, "d": 2}


def values(shapes: dict[str, Any]) -> dict[str, Any]:
    """Random values for names."""
    random = np.random.default_rng(0)
    return {name: random.uniform(0.3, 1.5, [LENGTHS.get(dim, dim) for dim in shape]) for name, (shape, _) in shapes.items()}


def ran(text: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(compile(text, "formula.py", "exec"), names)
    return names


@pytest.mark.parametrize(("expr", "shapes"), CASES)
def test_numpy(expr: str, shapes: str) -> None:
    found = formulas(expr, *shapes.split(), products=True)
    given = values(found.shapes)
    f = ran(code.render(found, "numpy"))["f"]
    computed = forward(Request(expr, [(name, array, False) for name, array in given.items()]))
    out = computed.outputs[0]
    g = np.ones(out.ndarray.shape)
    expected = reverse_mode.grad([out], list(computed.leaves.values()), [from_array(g)])
    value, gradients = f(**given, g=g)
    assert np.allclose(value, out.ndarray)
    for (name, gradient), wanted in zip(gradients.items(), expected):
        assert wanted is not None
        assert np.allclose(np.broadcast_to(gradient, np.shape(given[name])), wanted.ndarray, rtol=1e-9), name


@pytest.mark.parametrize(("expr", "shapes"), CASES)
def test_torch(expr: str, shapes: str) -> None:
    torch = pytest.importorskip("torch")
    found = formulas(expr, *shapes.split(), products=True)
    f = ran(code.render(found, "torch"))["f"]
    given = [torch.tensor(each, requires_grad=True) for each in values(found.shapes).values()]
    assert torch.autograd.gradcheck(f, given)


@pytest.mark.parametrize(("expr", "shapes"), CASES)
def test_jax(expr: str, shapes: str) -> None:
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    found = formulas(expr, *shapes.split(), products=True)
    f = ran(code.render(found, "jax"))["f"]
    given = [jax.numpy.asarray(each) for each in values(found.shapes).values()]
    shape = [LENGTHS.get(str(dim), dim) for dim in found.out]
    g = jax.numpy.ones(shape)
    expected = jax.grad(lambda *args: jax.numpy.sum(f(*args, g)[0]), argnums=tuple(range(len(given))))(*given)
    for (name, gradient), wanted in zip(f(*given, g)[1].items(), expected):
        assert np.allclose(np.broadcast_to(gradient, wanted.shape), wanted), name

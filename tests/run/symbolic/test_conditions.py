"""Where formulas hold: each condition once, in the simplest terms, without what follows from the others."""

from __future__ import annotations

import pytest

from tests.run.symbolic.book import formulas

KINK = " (PyTorch takes 0 there)"
CASES = [
    ("log(abs(x))", "", "x != 0"),  # infinite there, so that nothing is taken
    ("abs(x - 1)", "", f"x != 1{KINK}"),
    ("relu(2*x)", "", f"x != 0{KINK}"),
    ("maximum(x, y)", "", "x != y"),
    ("log(x**3)", "", "x > 0"),
    ("sqrt(x + sqrt(x))", "", "x > 0"),
    ("log(1 - p)", "", "p < 1"),
    ("1/(1/a + 1/b)", "", "a != 0; a + b != 0; b != 0"),
    ("1/(1 + (x/a)**2)", "", "a != 0"),
    ("exp(x)/(1 + exp(x))", "", ""),
    ("norm(A @ x - b)**2", "A:m,n x:n b:m", ""),
    ("norm(x)", "x:n", "x != 0"),
    ("huber_loss(x, y)", "x:n y:n", ""),
    ("relu(1 - y*(X @ w)).sum()", "X:m,n y:m w:n", f"y*(X @ w) != 1{KINK}"),
]


@pytest.mark.parametrize(("expr", "shapes", "told"), CASES, ids=[expr for expr, *_ in CASES])
def test_conditions(expr: str, shapes: str, told: str) -> None:
    assert "; ".join(formulas(expr, *shapes.split()).conditions) == told

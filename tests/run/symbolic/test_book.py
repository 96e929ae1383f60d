"""Formulas against those that stand in books: as right, and not much longer."""

from __future__ import annotations

import pytest

from gradcli.errors import Problem
from tests.run.symbolic.book import Entry, entries, formulas, tokens

LONGEST = 1.5  # times the book's form


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: f"{entry.expr} by {entry.leaf}")
def test_a_formula_of_the_book(entry: Entry) -> None:
    found = formulas(entry.expr, *entry.shapes, wrt=[entry.leaf])
    (derivative,) = found.derivatives
    assert not found.by_steps
    assert tokens(found.whole(derivative)) <= LONGEST * tokens(entry.form), found.whole(derivative)


def test_there_are_enough() -> None:
    assert len(entries()) >= 150


# As the command is asked for, word for word.
EXACT = [
    ("sin(x**2)", "", "2*x*cos(x**2)"),
    ("x @ A @ x", "A:n,n x:n", "(A + A.T) @ x"),
    ("x @ A @ x", "A:n,n,symmetric x:n", "2*A @ x"),
    ("trace(A @ X @ B)", "A:k,m X:m,n B:n,k", "A.T @ B.T"),
    ("norm(A @ x - b)**2", "A:m,n x:n b:m", "2*A.T @ (A @ x - b)"),
    ("norm(x)", "x:n", "x/norm(x)"),
    ("logdet(X)", "X:n,n", "inv(X).T"),
    ("det(X)", "X:n,n", "det(X)*inv(X).T"),
    ("exp(x)/(1 + exp(x))", "", "sigmoid(x)*sigmoid(-x)"),
    ("x*x", "", "2*x"),
    ("tanh(x)", "", "1 - tanh(x)**2"),
    ("x**2 + 3*x", "", "2*x + 3"),
]


@pytest.mark.parametrize(("expr", "shapes", "text"), EXACT)
def test_word_for_word(expr: str, shapes: str, text: str) -> None:
    leaf = "X" if "X" in expr else "x"
    assert formulas(expr, *shapes.split(), wrt=[leaf]).derivatives[0].text == text


SECOND = [
    ("x**3", "", "x", "6*x"),
    ("sin(x)", "", "x", "-sin(x)"),
    ("x @ A @ x", "A:n,n x:n", "x", "A + A.T"),
    ("norm(A @ x - b)**2", "A:m,n x:n b:m", "x", "2*A.T @ A"),
    ("sum(exp(x))", "x:n", "x", "exp(x)"),
    ("logsumexp(x, 0)", "x:n", "x", "diag(softmax(x, 0)) - outer(softmax(x, 0), softmax(x, 0))"),
    ("sqrt(x**2 + y**2)", "", "x", "y**2/(x**2 + y**2)**(3/2)"),
]


@pytest.mark.parametrize(("expr", "shapes", "leaf", "text"), SECOND)
def test_second_derivatives(expr: str, shapes: str, leaf: str, text: str) -> None:
    assert formulas(expr, *shapes.split(), wrt=[leaf], order=2).derivatives[0].text == text


JACOBIANS = [
    ("A @ x", "A:m,n x:n", "x", "matrix", "A"),
    ("sin(x)", "x:n", "x", "each", "cos(x)"),
    ("X @ A", "X:m,n A:n,k", "X", "product", "g @ A.T"),
    ("X @ W + b", "X:m,n W:n,k b:k", "b", "product", "g.sum(0)"),
    ("softmax(x, 0)", "x:n", "x", "matrix", "diag(softmax(x, 0)) - outer(softmax(x, 0), softmax(x, 0))"),
]


@pytest.mark.parametrize(("expr", "shapes", "leaf", "kind", "text"), JACOBIANS)
def test_outputs_that_are_no_numbers(expr: str, shapes: str, leaf: str, kind: str, text: str) -> None:
    (found,) = formulas(expr, *shapes.split(), wrt=[leaf]).derivatives
    assert (found.kind, found.text) == (kind, text)


def test_the_same_question_gets_the_same_text() -> None:
    one = formulas("a*x**2 + b*x", wrt=["x"]).derivatives[0].text
    two = formulas("x*b + x**2*a", wrt=["x"]).derivatives[0].text
    assert one == two == "2*a*x + b"


def test_long_expressions_go_by_steps() -> None:
    layers = "; ".join([f"h{n + 1} = tanh(W{n} @ {'x' if not n else f'h{n}'} + b{n})" for n in range(6)])
    shapes = ["W0:h,k", *[f"W{n}:h,h" for n in range(1, 6)], *[f"b{n}:h" for n in range(6)], "x:k", "y:h"]
    found = formulas(f"{layers}; norm(h6 - y)**2", *shapes)
    assert found.steps
    assert max([len(text) for _, text in found.steps]) < 200
    assert sum([len(each.text) for each in found.derivatives]) < 3000


def test_two_hundred_terms() -> None:
    found = formulas(" + ".join([f"{n + 1}*x**{n}" for n in range(200)]))
    assert found.derivatives[0].text.count("x") == 198


def test_names_of_the_incoming_gradient_give_way_to_those_of_the_user() -> None:
    found = formulas("A @ g", "A:m,n", "g:n", wrt=["A"])
    assert (found.along, found.derivatives[0].text) == ("g1", "outer(g1, g)")
    found = formulas("log(sigmoid(u @ v))", "u:n", "v:n", wrt=["v"], order=2)
    assert (found.lacking, found.derivatives[0].text) == ((), "-sigmoid(-u @ v)*sigmoid(u @ v)*outer(u, u)")


def test_second_derivatives_by_a_symmetric_matrix_go_along_symmetric_directions() -> None:
    found = formulas("logdet(S)", "S:n,n,symmetric", order=2)
    assert (found.lacking, found.derivatives[0].text) == ((), "-inv(S) @ v @ inv(S)")


def test_a_second_derivative_of_many_numbers_is_of_entries_alone() -> None:
    assert formulas("sin(x)", "x:n", order=2).derivatives[0].text == "-sin(x)"
    with pytest.raises(Problem, match="second derivatives are of one number"):
        formulas("softmax(x, 0)", "x:n", order=2)

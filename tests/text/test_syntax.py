"""Trees and places: Python's own parser says what every text of the language means."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from gradcli.errors import Problem
from gradcli.text import nodes, parse
from tests.text import oracle
from tests.text.corpus import CORPUS
from tests.text.strategies import expressions, soups


@pytest.mark.parametrize("text", CORPUS)
def test_reads_as_python_does(text):
    tree = oracle.ours(parse(text))
    assert oracle.match(tree[2], oracle.pythons(text))


@settings(deadline=None, max_examples=300)
@given(soups | expressions)
def test_accepts_what_python_accepts_and_nothing_else(text):
    try:
        expected = oracle.pythons(text)
    except (SyntaxError, oracle.Outside):
        expected = None
    tree = oracle.attempt(text)
    found = None if isinstance(tree, Problem) else oracle.ours(tree)[2]
    if ";" in text and expected is None:
        return  # `;;` and a leading `;` are harmless here, and errors in Python
    if not text.strip():
        expected = None  # an empty module is one in Python
    assert (found is None) == (expected is None)
    assert found is None or oracle.match(found, expected)


def test_spans_leave_out_own_brackets_and_include_those_of_operands():
    text = "mean(3*(x+2)**2)"
    waiting: list[nodes.Node] = [parse(text).statements[0]]
    found = []
    while waiting:
        node = waiting.pop()
        found.append(text[node.span.start : node.span.end])
        waiting += reversed(nodes.children(node))
    assert found == [text, "mean", "3*(x+2)**2", "3", "(x+2)**2", "x+2", "x", "2", "2"]


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("x", 1, 1),
        ("  x", 1, 3),
        ("\n\n  x", 3, 3),
        ("y = 1\r\n\tx", 2, 2),
        ("f(1,\n 2); x", 2, 6),
        ("'é' ; x", 1, 7),
    ],
)
def test_lines_and_columns_count_characters_from_one(text, line, column):
    span = parse(text).statements[-1].span
    assert (span.line, span.column) == (line, column)


@pytest.mark.parametrize("text", ["x;;y", "; x", "\n;x;\n;", "  x\n    y", "x # c", "# c\nx", "x\ry"])
def test_separators_are_taken_as_they_come(text):
    statements = parse(text).statements
    assert [statement.id for statement in statements] == ["x", "y"][: len(statements)]


def test_names_may_have_letters_of_every_language():
    assert nodes.same(parse("θ*größe").statements[0].left, parse("θ").statements[0])


def test_nodes_are_frozen_and_compared_by_identity():
    node, other = parse("x + 1").statements[0], parse("x + 1").statements[0]
    with pytest.raises(AttributeError, match="frozen"):
        node.operator = "-"
    assert node == node
    assert node != other
    assert {node: 1}[node] == 1


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("x", "y"),
        ("1", "1.0"),
        ("1", "True"),
        ("x + y", "x - y"),
        ("f(x)", "f(x,y)"),
        ("f(x)", "f(a=x)"),
        ("x[0]", "x[0,]"),
        ("x[1:]", "x[:1]"),
        ("a, = x", "a = x"),
        ("(x,)", "[x]"),
        ("'a'", "a"),
        ("a < b", "a <= b"),
        ("x;y", "x"),
    ],
)
def test_same_tells_trees_apart(left, right):
    assert not nodes.same(parse(left), parse(right))
    assert nodes.same(parse(left), parse(f" {left} "))


def test_children_come_in_the_order_of_the_fields():
    call = parse("f(x, 2, dim=0)").statements[0]
    assert nodes.children(call) == (call.function, *call.arguments, *call.keywords)
    assert nodes.children(parse("x[1:]").statements[0].index)[0].value == 1
    assert nodes.children(parse("x").statements[0]) == ()

"""Long, deep and hostile texts: each is read, or refused with a sentence, in linear time and without recursion."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradcli.errors import EXIT_CANNOT, EXIT_USAGE, Problem
from gradcli.text import nodes, parse
from gradcli.text.printing import unparse
from tests.text.oracle import attempt
from tests.text.strategies import soups, tight_soups

DEEP = {
    "sum": "+".join(["x"] * 20_000),
    "signs": "-" * 100_000 + "x",
    "not": "not " * 50_000 + "x",
    "powers": "**".join(["x"] * 50_000),
    "conditions": "x if x else " * 30_000 + "x",
    "logic": " and ".join(["x"] * 30_000),
    "comparisons": " < ".join(["x"] * 30_000),
    "calls": "f" + "(x)" * 30_000,
    "indices": "x" + "[0]" * 30_000,
    "attributes": "x" + ".T" * 50_000,
    "items": "[" + "1," * 100_000 + "]",
    "arguments": "f(" + "x," * 50_000 + ")",
    "statements": "y = x; " * 30_000 + "y",
    "lines": "y = x\n" * 30_000 + "y",
    "separators": ";" * 100_000 + "x",
    "spaces": " " * 1_000_000 + "x",
    "comments": "# c\n" * 50_000 + "x",
    "continued": "x + " + "\\\n" * 100_000 + "x",
    "string": "'" + "\\n" * 200_000 + "'",
}


@pytest.mark.parametrize("kind", DEEP)
def test_long_and_deep_texts_are_read_printed_compared_and_forgotten(kind):
    tree = parse(DEEP[kind])
    assert nodes.same(parse(unparse(tree)), tree)
    assert len(repr(tree)) < 100


def test_a_sum_of_20_000_terms_takes_well_under_a_second():
    parse("x")  # load the tables
    start = time.process_time()
    tree = parse(DEEP["sum"])
    assert time.process_time() - start < 1
    terms, waiting = 0, [tree]
    while waiting:
        node = waiting.pop()
        terms += isinstance(node, nodes.Name)
        waiting += nodes.children(node)
    assert terms == 20_000


def _refusal(text: str) -> Problem:
    start = time.process_time()
    with pytest.raises(Problem) as caught:
        parse(text)
    assert time.process_time() - start < 2
    return caught.value


@pytest.mark.parametrize("brackets", ["(", "[", "f(", "x[", "[("])
def test_more_than_200_nested_brackets_are_refused_at_once(brackets):
    problem = _refusal(brackets * 100_000)
    assert (problem.code, problem.exit) == ("limit", EXIT_CANNOT)
    assert "nested brackets" in problem.message
    assert sum(char in "([" for char in (brackets * 201)[: problem.span.start]) == 200


def test_200_nested_brackets_are_read():
    assert nodes.same(parse("(" * 200 + "x" + ")" * 200), parse("x"))
    tree = parse("[" * 200 + "]" * 200)
    assert unparse(tree) == "[" * 200 + "]" * 200
    parse("(x)" + "+(x)" * 1000)  # one after the other is not one within the other


@pytest.mark.parametrize("digits", ["9" * 4_301, "0." + "1" * 5_000, "0x" + "f" * 1_000_000, "1e" + "0" * 5_000])
def test_long_numbers_are_refused(digits):
    problem = _refusal(f"x + {digits}")
    assert (problem.code, problem.exit, problem.span.start) == ("limit", EXIT_CANNOT, 4)
    assert "4,300" in problem.message


def test_numbers_up_to_the_limit_are_read_and_printed():
    for digits in ("9" * 4_300, "0x" + "f" * 4_298):
        tree = parse(digits)
        assert tree.statements[0].value == int(digits, 0)
        assert nodes.same(parse(unparse(tree)), tree)


def test_texts_over_ten_million_characters_are_refused():
    problem = _refusal("x+" * 5_000_001)
    assert (problem.code, problem.exit) == ("limit", EXIT_CANNOT)
    assert "10,000,000" in problem.message
    assert "@" in problem.hint


@pytest.mark.parametrize(
    "text",
    [
        "-" * 1_000_000 + "x )",
        "(" * 200 + "x " * 10_000,
        "x" + ")" * 100_000,
        "'" * 99_999,
        "\\" * 100_000,
        "^" * 100_000,
        "x\n" * 50_000 + "+",
        "1" + "²" * 50_000,
        "f(" + "x, " * 50_000 + "y z)",
        "2x" * 10_000,
        "." * 100_000,
        "x y" + "\n" * 100_000,
        "'" + "\\'" * 100_000,
        "[" * 150 + "\n" * 100_000 + "x x",
    ],
)
def test_wrong_texts_are_refused_in_linear_time(text):
    assert _refusal(text).exit in (EXIT_USAGE, EXIT_CANNOT)


@settings(deadline=None, max_examples=250)
@given(st.text() | soups | tight_soups | st.text("xy12.+-*/%@&|~<>=!()[]{},:;'\"\\#\n\r\t \0^²π√“j", max_size=20))
def test_any_text_is_a_program_or_a_problem(text):
    outcome = attempt(text, "somewhere")
    if isinstance(outcome, nodes.Program):
        assert outcome.statements
        return
    assert outcome.code in ("syntax", "limit")
    assert (outcome.source, outcome.text) == ("somewhere", text)
    assert 0 <= outcome.span.start <= outcome.span.end <= len(text)
    lines = text[: outcome.span.start].split("\n")
    assert (outcome.span.line, outcome.span.column) == (len(lines), len(lines[-1]) + 1)
    assert outcome.message.isprintable()
    assert outcome.hint.isprintable()

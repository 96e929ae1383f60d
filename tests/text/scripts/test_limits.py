"""Long, deep and hostile scripts: each is read, or refused with a sentence, in linear time and without recursion."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings

from gradcli.errors import EXIT_CANNOT, EXIT_USAGE, Problem
from gradcli.text import nodes, parse_script, statements
from gradcli.text.printing import unparse
from tests.text.scripts.corpus import SCRIPTS
from tests.text.scripts.oracle import attempt
from tests.text.scripts.strategies import soups, spoilt

DEEP = {
    "lines": "y = x\n" * 10_000,
    "statements": "y = x; " * 10_000 + "y",
    "elif": "if x: y\n" + "elif x: y\n" * 5_000 + "else: z",
    "targets": "x = " * 10_000 + "1",
    "unpacking": "x, " * 10_000 + "*y = z",
    "lambdas": "lambda: " * 10_000 + "x",
    "conditions": "x if x else " * 10_000 + "x",
    "clauses": "[x" + " for x in y if x" * 5_000 + "]",
    "calls": "f" + "(*x, **y)" * 5_000,
    "arguments": "f(" + "x, *y, " * 10_000 + "k=1, **z)",
    "pairs": "{" + "1: x, " * 10_000 + "}",
    "literals": "x = (" + "'a' f'{x}' " * 5_000 + ")",
    "fields": "f'" + "{x!r:>{y}}" * 5_000 + "'",
    "text": "'''" + "a\\n'\n" * 50_000 + "'''",
    "parameters": "def f(" + ", ".join(f"a{number}=1" for number in range(5_000)) + "): pass",
    "decorators": "@a\n" * 5_000 + "def f(): pass",
    "handlers": "try: x\n" + "except A: y\n" * 5_000,
    "items": "with " + "a as b, " * 5_000 + "c: pass",
    "names": "from a import (" + "b as c, " * 10_000 + ")",
    "shifts": " << ".join(["x"] * 10_000),
    "comments": "# c\n" * 50_000 + "x",
    "blank lines": "if x:\n" + "\n" * 50_000 + "  y" + "\n" * 50_000,
    "continued": "x = 1 + " + "\\\n" * 50_000 + "2",
    "continued indentation": "if x:\n" + "  \\\n" * 50_000 + "  y",
    "declared": "def f():\n  global x\n" + "  x = [y := x for z in x]\n" * 2_000,
}


@pytest.mark.parametrize("kind", DEEP)
def test_long_and_deep_scripts_are_read_printed_compared_and_forgotten(kind):
    tree = parse_script(DEEP[kind])
    assert nodes.same(parse_script(unparse(tree)), tree)
    assert len(repr(tree)) < 100


def test_a_thousand_lines_take_well_under_a_fifth_of_a_second():
    text = ""
    for script in [*SCRIPTS.values(), *SCRIPTS.values()]:
        text += script.replace("from __future__", "from future") if text.count("\n") < 1000 else ""
    assert text.count("\n") >= 1000
    times = []
    for _ in range(3):
        start = time.process_time()
        parse_script(text)
        times.append(time.process_time() - start)
    assert min(times) < 0.2


def _refusal(text: str) -> Problem:
    start = time.process_time()
    with pytest.raises(Problem) as caught:
        parse_script(text)
    assert time.process_time() - start < 2
    return caught.value


@pytest.mark.parametrize("brackets", ["(", "[", "{", "f(", "x[", "f'{", "f'{x:{", "[({"])
def test_more_than_200_nested_brackets_are_refused_at_once(brackets):
    problem = _refusal(brackets * 50_000)
    assert (problem.code, problem.exit) == ("limit", EXIT_CANNOT)
    assert "nested brackets" in problem.message
    assert sum(char in "([{" for char in (brackets * 201)[: problem.span.start]) == 200


@pytest.mark.parametrize(("opening", "closing"), [
    ("(", ")"), ("[", "]"), ("{", "}"), ("f'{", "}'"), ("f(lambda: ", ")"),
])  # fmt: skip
def test_200_nested_brackets_are_read_and_printed(opening, closing):
    tree = parse_script(opening * 200 + "x" + closing * 200)
    assert nodes.same(parse_script(unparse(tree)), tree)


def _nested(levels: int) -> str:
    return "".join(f"{' ' * level}if x:\n" for level in range(levels)) + " " * levels + "y"


def test_up_to_99_blocks_stand_within_one_another_as_in_python():
    tree = parse_script(_nested(99))
    assert nodes.same(parse_script(unparse(tree)), tree)
    problem = _refusal(_nested(100))
    assert (problem.code, problem.type, problem.exit) == ("limit", "IndentationError", EXIT_CANNOT)
    assert "100" in problem.message
    with pytest.raises(IndentationError):
        compile(_nested(100), "script", "exec")
    assert _refusal(_nested(2_000)).code == "limit"


@pytest.mark.parametrize("text", ["x = " + "9" * 4_301, "x = '" + "y" * 10_000_000 + "'"])
def test_long_numbers_and_scripts_are_refused(text):
    problem = _refusal(text)
    assert (problem.code, problem.exit) == ("limit", EXIT_CANNOT)


@pytest.mark.parametrize("text", [
    "x = (" + "1,\n" * 30_000, "f'" * 50_001, "f'{" * 100 + "x", "'''" + "a\n" * 100_000, "f'''{x}" + "a\n" * 100_000,
    "x y\n" * 50_000, "y = 1\n" * 15_000 + "x y", "if x:\n y\n" * 8_000 + "  z", "\\\n" * 100_000, "\\" * 100_000,
    "x = " + "y " * 50_000, "print " + "x, " * 50_000, "(" * 200 + "x " * 10_000, "é" * 100_000 + "²",
    "{" * 150 + "\n" * 100_000 + "x x", "f'{x:" + "a" * 100_000, "'" + "\\'" * 100_000, "'''" + "''\\" * 50_000,
    "x" + "++" * 50_000, "def f(" + "a, " * 20_000 + "1", "def f(" + "a" + ", *b" * 20_000 + "): x",
    "x = " * 20_000 + "f() = 1", "[x for x in " * 150 + "y z", "def f(x):\n global y\n" + " y\n" * 15_000 + " global x",
])  # fmt: skip
def test_wrong_scripts_are_refused_in_linear_time(text):
    assert _refusal(text).exit in (EXIT_USAGE, EXIT_CANNOT)


@settings(deadline=None, max_examples=350)
@given(soups | spoilt())
def test_any_text_is_a_script_or_a_problem(text):
    outcome = attempt(text, "somewhere")
    if isinstance(outcome, statements.Script):
        return
    assert outcome.code in ("syntax", "limit")
    assert outcome.type in ("SyntaxError", "IndentationError", "TabError", "ValueError")
    assert (outcome.source, outcome.text) == ("somewhere", text)
    assert 0 <= outcome.span.start <= outcome.span.end <= len(text)
    lines = text[: outcome.span.start].split("\n")
    assert (outcome.span.line, outcome.span.column) == (len(lines), len(lines[-1]) + 1)
    assert outcome.message.isprintable()
    assert outcome.hint
    assert outcome.hint.isprintable()

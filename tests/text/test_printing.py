"""Printing and reading are inverse, and printing adds no bracket that it does not need."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings

from gradcli.errors import Problem
from gradcli.text import parse
from gradcli.text.nodes import same
from gradcli.text.printing import unparse
from tests.text.corpus import CORPUS
from tests.text.strategies import program_trees, programs, soups


@pytest.mark.parametrize("text", CORPUS)
def test_the_corpus_reads_back(text):
    tree = parse(text)
    assert same(parse(unparse(tree)), tree)


@settings(deadline=None, max_examples=300)
@given(program_trees)
def test_every_tree_reads_back(tree):
    assert same(parse(unparse(tree)), tree)


@settings(deadline=None, max_examples=300)
@given(programs | soups)
def test_every_text_reads_back(text):
    try:
        tree = parse(text)
    except Problem:
        assume(False)
    assert same(parse(unparse(tree)), tree)


@pytest.mark.parametrize(
    "text",
    [
        "3 * (x + 2)**2",
        "-x**2",
        "(-x)**2",
        "2**-1",
        "(x**y)**z",
        "x**y**z",
        "x - (y - z)",
        "x - y - z",
        "--x",
        "~x & y | z",
        "not a == b",
        "(not a) == b",
        "a < b < c",
        "(a < b) < c",
        "a or b and not c",
        "(a or b) and c",
        "a not in b is not c",
        "a if b else c if d else e",
        "(a if b else c) if d else e",
        "a if (b if c else d) else e",
        "x[1:, ::2, ..., None]",
        "x[0,]",
        "x[()]",
        "x[:]",
        "x[a:b:c]",
        "(1).T",
        "1.5.T",
        "f(x)(y)[0].T",
        "(x + 1).sum(dim=(0, 1), keepdim=True)",
        "a, b = f(x); a, = b; c = (1,); ()",
        "[[1, 2], []]",
        "1e+22",
        "1e999",
        "'it\\'s \"'",
        "'\\n\\x00\\ud800'",
    ],
)
def test_prints_no_more_brackets_than_needed(text):
    assert unparse(parse(text)) == text


def test_parts_print_as_well():
    index, call = parse("x[1:2]; f(a=1)").statements
    assert unparse(index.index) == "1:2"
    assert unparse(call.keywords[0]) == "a=1"

"""Printing and reading scripts are inverse, and what is printed looks as people write it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from gradcli.errors import Problem
from gradcli.text import parse_script
from gradcli.text.nodes import same
from gradcli.text.printing import unparse
from tests.text.scripts.corpus import SCRIPTS
from tests.text.scripts.strategies import programs, spoilt


@pytest.mark.parametrize("title", SCRIPTS)
def test_the_corpus_reads_back(title):
    tree = parse_script(SCRIPTS[title])
    text = unparse(tree)
    assert same(parse_script(text), tree)
    assert unparse(parse_script(text)) == text


@settings(deadline=None, max_examples=200)
@given(programs | spoilt())
def test_every_script_reads_back(text):
    try:
        tree = parse_script(text)
    except Problem:  # as many as not, and test_syntax.py says which
        return
    assert same(parse_script(unparse(tree)), tree)


@pytest.mark.parametrize("text", [
    "a, b = c", "(a, b), *c = d = e", "x: int = 3", "x[0] += 1, 2", "del a, b[0]", "a, = b", "x = (yes,)[0]",
    "if a:\n    b\nelif c:\n    d\nelse:\n    if e:\n        f\ng", "for a, b in c, d:\n    break\nelse:\n    pass",
    "while (n := f()) > 1:\n    continue", "with ((a, b)):\n    pass", "with (a, b) as c:\n    pass",
    "try:\n    a\nexcept (B, C) as d:\n    raise e from f\nexcept:\n    pass\nelse:\n    g\nfinally:\n    h",
    "with a as b, c as (d, e):\n    pass", "with a, b:\n    pass", "def f():\n    return", "def f(*, a):\n    pass",
    "@a\n@b(1)\ndef f(a, /, b=1, *c, d, e=2, **g):\n    return a, b", "class A(B, *e, c=d):\n    x = 1",
    "from ..a import b as c, d", "from . import *", "import a.b as c, d", "global a, b", "assert a, 'b'", "raise a",
    "lambda: 0", "lambda a, *b, c=1: a if b else c", "(lambda x: x)(1)", "[lambda: x, lambda: y]",
    "[a for b, c in d if e if f for g in h]", "{a: b for a in b}", "{a: b, **c}", "{a, *b}", "f(*a, b=1, **c)", "*a, b",
    "x = a << b ^ c & d | e", "(a << b) + c", "a[b:c, *d]", "b'a\\xff'", "not (a := b)",
    "f'{a}b{c!r:>{d}}{{}}'", "f'{x = !s}{x=}{x=!r:>5}{x=:>5}'", "f'{ {1: 2}[1]}'",
    "f'{(lambda: x)}{(a if b else c)}'", "f'\\'\\n\"{x:\\x7b}'",
])  # fmt: skip
def test_prints_as_people_write(text):
    assert unparse(parse_script(text)) == text


def test_blocks_are_indented_within_blocks():
    text = "class A:\n    def f():\n        while x:\n            if y:\n                z\n        return\n    b\nc"
    assert unparse(parse_script(text)) == text


def test_nodes_print_by_themselves_as_well():
    (function,) = parse_script("@a\ndef f(x=1):\n  if x: y\n  else: z").statements
    assert unparse(function.parameters) == "x=1"
    assert unparse(function.body.statements[0]) == "if x:\n    y\nelse:\n    z"
    assert unparse(parse_script("")) == ""

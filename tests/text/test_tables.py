"""Our loop over the saved tables against Lark's own lexer and parser: the same derivations, the same refusals."""

from __future__ import annotations

import logging
import marshal
import os
import re
import shutil
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from lark import Lark, Token
from lark.exceptions import UnexpectedInput

from gradcli import artefact_cache
from gradcli.errors import Problem
from gradcli.text import mathematical_characters, tables
from gradcli.text.lexer import tokens
from gradcli.text.parser import derive
from tests.text.corpus import CORPUS
from tests.text.strategies import expressions, programs, soups, tight_soups


class _Kinds(dict):
    """Actions that keep the derivation as it is."""

    def __missing__(self, kind: str) -> Any:
        return lambda span, *parts: (kind, parts)


def _refused(*_: Any) -> Problem:
    return Problem("syntax", "")


def _ours(text: str) -> Any:
    loaded = tables.load()
    try:
        return derive(text, tokens(text, loaded), loaded, _Kinds(), _refused)
    except Problem:
        return None


def _larks(lark: Lark, text: str) -> Any:
    try:
        return _tuples(lark.parse(text))
    except UnexpectedInput:
        return None


def _tuples(tree: Any) -> Any:
    if tree is None or isinstance(tree, Token):
        return tree if tree is None else str(tree)
    return str(tree.data), tuple(_tuples(child) for child in tree.children)


@pytest.fixture(scope="module")
def lark() -> Lark:
    return tables.grammar()


@pytest.mark.parametrize("text", CORPUS)
def test_derives_the_corpus_as_lark_does(lark, text):
    derivation = _ours(text)
    assert derivation is not None
    assert derivation == _larks(lark, text)


@settings(deadline=None, max_examples=200)
@given(text=st.one_of(soups, tight_soups, expressions, programs, st.text("xy1.+*()[],: \n'#")))
def test_derives_and_refuses_as_lark_does(lark, text):
    assume(not mathematical_characters.KNOWN & {*text})  # signs of mathematics are ours alone
    assert _ours(text) == _larks(lark, text)


def test_the_grammar_has_no_conflicts(caplog, monkeypatch):
    original = Lark.__init__
    monkeypatch.setattr(Lark, "__init__", lambda *given, **options: original(*given, **options, debug=True))
    with caplog.at_level(logging.DEBUG, "lark"):
        tables.grammar()
        assert "onflict" not in caplog.text
        Lark('e: e "+" e | "x"', start="e", parser="lalr")  # it does listen: of an ambiguous grammar it would tell
    assert "onflict" in caplog.text


def _named(*files: str) -> set[str]:
    lines = []
    for file in files:
        with open(os.path.join(tables.grammar_folder(), f"{file}.lark"), encoding="utf-8") as source:
            lines += source.readlines()
    return {re.split("[.:]", line)[0] for line in lines if line[0].isupper() or line[0] == "_"}


def test_every_terminal_has_a_name_of_its_own(lark):
    names = _named("terminals")
    assert {str(terminal.name) for terminal in lark.terminals} <= names
    loaded = tables.load()
    assert {*loaded.fixed.values(), *loaded.kinds} - {"", "OPERATOR", tables.END, tables.STRAY} <= names


@pytest.mark.parametrize("seed", ["1", "2"])
def test_builds_do_not_depend_on_the_order_of_sets(seed):
    code = "import marshal; from gradcli.text import tables; print([*map(marshal.loads, tables.artefacts().values())])"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ, "PYTHONHASHSEED": seed}
    )
    assert run.stdout.strip() == str([*map(marshal.loads, tables.artefacts().values())])


def test_what_is_built_is_what_is_loaded():
    rows, rules, fixed, kinds, pattern = marshal.loads(tables.build())
    loaded = tables.load()
    assert (loaded.rows, loaded.rules, loaded.fixed, loaded.kinds) == (rows, rules, fixed, kinds)
    assert loaded.pattern.pattern == pattern
    assert tables.load() is loaded


def test_a_parse_imports_no_lark_no_numpy_and_no_sentences():
    tables.load()  # so that the tables are saved
    code = "import sys; from gradcli.text import parse; parse('mean(3*(x+2)**2)'); print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "gradcli.text.parser" in modules
    needless = {
        "lark",
        "numpy",
        "json",
        "dataclasses",
        "logging",
        "gradcli.text.hints",
        "gradcli.text.printing",
        "gradcli.text.mathematical_characters",
        "gradcli.text.mathematics",
    }
    assert not needless & {*modules}


def test_an_installed_package_needs_neither_the_checkout_nor_lark(tmp_path):
    source = os.path.dirname(artefact_cache.__file__)
    package = tmp_path / "gradcli"
    shutil.copytree(os.path.join(source, "text"), package / "text")
    for file in ("__init__.py", "errors.py", "artefact_cache.py"):
        shutil.copy(os.path.join(source, file), package)
    shutil.copytree(tables.grammar_folder(), package / "_grammar")
    for name, content in tables.artefacts().items():
        artefact_cache.save(str(package / "_saved"), name, content)
    code = """import sys; sys.modules["lark"] = None
from gradcli.text import parse, tables
print(type(parse("x**2").statements[0]).__name__)
print(tables.grammar_folder())"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert run.stdout.split("\n")[:2] == ["Binary", str(package / "_grammar")]

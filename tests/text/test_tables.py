"""Our loop over the saved tables against Lark's own lexer and parser: the same derivations, the same refusals."""

from __future__ import annotations

import marshal
import os
import shutil
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lark import Lark, Token
from lark.exceptions import UnexpectedInput

from gradcli import saved
from gradcli.errors import Problem
from gradcli.text import tables
from gradcli.text.parser import derive
from tests.text.corpus import CORPUS
from tests.text.strategies import expressions, programs, soups, tight_soups


class _Kinds(dict):
    """Actions that keep the derivation as it is."""

    def __missing__(self, kind: str) -> Any:
        return lambda span, *parts: (kind, parts)


def _ours(text: str) -> Any:
    try:
        return derive(text, _Kinds())
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


@settings(deadline=None, max_examples=400)
@given(text=st.one_of(soups, tight_soups, expressions, programs, st.text("xy1.+*()[],: \n'#")))
def test_derives_and_refuses_as_lark_does(lark, text):
    assert _ours(text) == _larks(lark, text)


def test_every_terminal_has_a_name_of_its_own(lark):
    with open(os.path.join(tables.grammar_folder(), "terminals.lark"), encoding="utf-8") as file:
        named = {line.split(":")[0] for line in file if line[0].isupper() or line[0] == "_"}
    assert {str(terminal.name) for terminal in lark.terminals} == named


@pytest.mark.parametrize("seed", ["1", "2"])
def test_builds_do_not_depend_on_the_order_of_sets(seed):
    code = "import marshal; from gradcli.text import tables; print(marshal.loads(tables.build()))"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ, "PYTHONHASHSEED": seed}
    )
    assert run.stdout.strip() == str(marshal.loads(tables.build()))


def test_what_is_built_is_what_is_loaded():
    rows, rules, starts, fixed, kinds, pattern = marshal.loads(tables.build())
    loaded = tables.load()
    assert (loaded.rows, loaded.rules, loaded.starts, loaded.fixed, loaded.kinds) == (rows, rules, starts, fixed, kinds)
    assert loaded.pattern.pattern == pattern
    assert tables.load() is loaded


def test_a_parse_imports_no_lark_no_numpy_and_no_sentences():
    tables.load()  # so that the tables are saved
    code = "import sys; from gradcli.text import parse; parse('mean(3*(x+2)**2)'); print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "gradcli.text.parser" in modules
    needless = {"lark", "numpy", "json", "dataclasses", "logging", "gradcli.text.hints", "gradcli.text.printing"}
    assert not needless & {*modules}


def test_an_installed_package_needs_neither_the_checkout_nor_lark(tmp_path):
    source = os.path.dirname(saved.__file__)
    package = tmp_path / "gradcli"
    shutil.copytree(os.path.join(source, "text"), package / "text")
    for file in ("__init__.py", "errors.py", "saved.py"):
        shutil.copy(os.path.join(source, file), package)
    shutil.copytree(tables.grammar_folder(), package / "_grammar")
    saved.save(str(package / "_saved"), tables.ARTEFACT, tables.build())
    code = """import sys; sys.modules["lark"] = None
from gradcli.text import parse, tables
print(type(parse("x**2").statements[0]).__name__, tables.grammar_folder(), sep="\\n")"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert run.stdout.split("\n")[:2] == ["Binary", str(package / "_grammar")]

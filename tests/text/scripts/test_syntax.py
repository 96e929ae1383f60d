"""Trees, places and refusals: CPython's own compiler says what every script means, and which ones mean nothing."""

from __future__ import annotations

import glob
import os

import pytest
from hypothesis import given, settings

import gradcli
from gradcli.errors import Problem
from gradcli.text import nodes, parse_script, phrases, statements
from tests.text.oracle import match
from tests.text.scripts import oracle
from tests.text.scripts.corpus import SCRIPTS
from tests.text.scripts.strategies import programs, spoilt

_FOLDER = os.path.dirname(gradcli.__file__)
_SOURCES = sorted(glob.glob("**/*.py", root_dir=_FOLDER, recursive=True))


def _agree(text: str, *, is_spoilt: bool = False) -> None:
    """Both refuse `text`, or both read the same tree."""
    expected = oracle.accepts(text, is_spoilt=is_spoilt)
    script = oracle.attempt(text)
    if expected is None:
        return
    assert isinstance(script, Problem) != expected, getattr(script, "message", "read, and should not be")
    if isinstance(script, statements.Script):
        assert match(oracle.ours(script)[2], oracle.pythons(text))


@pytest.mark.parametrize("title", SCRIPTS)
def test_reads_as_python_does(title):
    text = SCRIPTS[title]
    assert match(oracle.ours(parse_script(text))[2], oracle.pythons(text))


@pytest.mark.parametrize("path", _SOURCES)
def test_reads_its_own_sources_as_python_does(path):
    with open(os.path.join(_FOLDER, path), encoding="utf-8") as file:
        text = file.read()
    if oracle.accepts(text):
        assert match(oracle.ours(parse_script(text))[2], oracle.pythons(text))
    else:
        with pytest.raises(Problem, match="is not supported"):
            parse_script(text)


@settings(deadline=None, max_examples=250)
@given(programs)
def test_accepts_what_python_compiles_and_nothing_else(text):
    _agree(text)


@settings(deadline=None, max_examples=300)
@given(spoilt())
def test_refuses_spoilt_scripts_as_python_does(text):
    _agree(text, is_spoilt=True)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("title", ["layout", "f-strings", "strings", "loops"])
def test_lines_may_end_in_every_way(title, newline):
    text = SCRIPTS[title]
    assert nodes.same(parse_script(text.replace("\n", newline)), parse_script(text))
    assert nodes.same(parse_script(text.rstrip("\n").replace("\n", newline)), parse_script(text))


@pytest.mark.parametrize("text", [
    "\ufeffif x:\n    y\n", "\ufeff\n\nif x:\n    y", "\f\nif x:\n    y\n", "\f  \fif x:\n\f    y\n", "if x : y ;",
    "if x:\n  # c\n\n\n    y\n  # c", "if x:\n    y\n  \n\t\n", "if \\\n  x:\n    y", "if x:\n    \\\n  y\n",
    "\\\nif x:\n  y", "if x:\n\ty\n",
])  # fmt: skip
def test_layout_is_taken_as_it_comes(text):
    assert nodes.same(parse_script(text), parse_script("if x:\n    y"))


@pytest.mark.parametrize("text", ["", "\n", "  ", "# c", "\ufeff", "  # c\n\n\t", "\f", "\\\n\n"])
def test_an_empty_script_is_a_script(text):
    assert parse_script(text).statements == ()


def test_spans_count_characters_lines_and_columns():
    text = "é = 'ü'\r\nif x:\r\n\ty = f'{é}'  # c\r\n\tz\r\n"
    (_, branch) = parse_script(text).statements
    assert (branch.span.line, branch.span.column) == (2, 1)
    assert text[branch.span.start : branch.span.end] == text[text.index("if") : text.index("z") + 1]
    field = branch.body.statements[0].value.parts[0]
    assert (text[field.span.start : field.span.end], field.span.line, field.span.column) == ("{é}", 3, 8)


@pytest.mark.parametrize(("text", "value"), [
    (r"'\x41\101\u00e9\N{BULLET}\n'", "AAé•\n"), (r"'\d\.'", r"\d\."), (r"r'\n'", r"\n"), ("'a\\\nb'", "ab"),
    ("'''a\r\nb'''", "a\nb"), ("u'a' \"b\" '''c'''", "abc"), (r"b'\x41\n\u00e9'", b"A\n\\u00e9"),
    ("rb'\\x' b'y'", b"\\xy"), ("'''a\"'b''c'''", "a\"'b''c"),
])  # fmt: skip
def test_text_has_pythons_value(text, value):
    assert parse_script(text).statements[0].value.value == value


@pytest.mark.parametrize(("text", "parts"), [
    ("f''", ()), ("f'a' 'b' r'\\n'", ("ab\\n",)), (r"f'{{\x41}}\N{BULLET}'", ("{A}•",)), (r"rf'\n{{'", (r"\n{",)),
    ("f'''a\r\nb'''", ("a\nb",)), ("'{' f'}}'", ("{}",)),
])  # fmt: skip
def test_the_text_of_f_strings_has_pythons_value(text, parts):
    value = parse_script(text).statements[0].value
    assert isinstance(value, phrases.FString)
    assert value.parts == parts


def test_f_strings_may_hold_their_own_quotes_and_lines_as_since_python_3_12():
    (field,) = parse_script("f'{d['a']:{'>'}{\n1}}'").statements[0].value.parts
    assert field.value.index.value == "a"
    assert [type(part.value) for part in field.format.parts] == [nodes.String, nodes.Number]


def test_fields_keep_their_own_text_for_debugging():
    fields = parse_script("f'{x=}{ x + 1 = !s}{x=:>5}{x!a}'").statements[0].value.parts
    assert [field.text for field in fields] == ["x=", " x + 1 = ", "x=", None]
    assert [field.conversion for field in fields] == ["r", "s", None, "a"]


def test_names_are_normalized():
    assert nodes.same(parse_script("ﬁ = x.ª"), parse_script("fi = x.a"))


def test_children_are_all_nodes_below():
    script = parse_script("\n".join(SCRIPTS.values()).replace("from __future__", "from future"))
    met, waiting = set(), [script]
    while waiting:
        node = waiting.pop()
        met.add(type(node))
        for child in nodes.children(node):
            inside = node.span.start <= child.span.start <= child.span.end <= node.span.end
            assert inside or child in node.decorators
            waiting.append(child)
    kinds = {
        kind
        for module in (phrases, statements)
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, nodes.Node) and kind is not nodes.Node
    }
    assert met >= kinds


@pytest.mark.parametrize(("text", "word"), [
    ("await x", "await"),
    ("async def f(): pass", "async"), ("[x async for x in y]", "async"), ("match x:\n    case 1: pass", "match"),
    ("match (x):\n  case 1: y", "match"), ("match [x, y]:\n  case 1: y", "match"), ("match -x:\n  case 1: y", "match"),
    ("type X = int", "type"), ("try: x\nexcept* E: y", "except*"), ("x = 1j", "1j"), ("2.5e3J", "2.5e3J"),
    ("def f[T](x): pass", "type parameters"), ("class A[T]: pass", "type parameters"),
])  # fmt: skip
def test_what_scripts_do_not_have_is_refused_by_name(text, word):
    with pytest.raises(Problem, match=r"not supported|numbers are real") as caught:
        parse_script(text)
    assert word in caught.value.message
    assert caught.value.code == "syntax"

"""Scripts for hypothesis: made of what Python allows, and then spoilt."""

from __future__ import annotations

import re

from hypothesis import strategies as st

from tests.text.scripts.corpus import SCRIPTS

_names = st.sampled_from(["x", "y", "self", "print", "torch.nn", "θ", "match"])
_targets = st.sampled_from(["x", "y.grad", "z[0]", "a, b", "(a, *b)", "[c]", "*d, e", "f[1:, None].g", "x,"])
_binary = st.sampled_from(["+", "-", "*", "@", "//", "**", "|", "^", "&", "<<", ">>"])
_parameters = st.sampled_from(["", "x", "x, y=1", "*args", "x, /, y, *, z=2", "*, k", "**kw", "x=1, *a, k, **kw"])
_atoms = st.sampled_from([
    "x", "2", "0.5", "'s'", "b's'", "True", "None", "...", "()", "[]", "{}", "f(x)", "x[0]", "f'{x}'", "lambda: x",
    "f'a{x!r:>{y}}b'", "'s' f'{x=}'", "'''t\n'''", "r'\\d'",
])  # fmt: skip


def _grow(texts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Longer expressions from shorter ones."""
    clause = st.builds(" for {} in {}".format, st.sampled_from(["i", "i, j", "(k)"]), texts)
    clauses = clause | st.builds("{} if {}".format, clause, texts) | st.builds("{}{}".format, clause, clause)
    several = st.lists(texts | st.builds("*{}".format, texts), max_size=3).map(", ".join)
    call = st.sampled_from(["{}({})", "{}({}, k={})", "{}(*{}, **{})", "{}({}, *{})", "{}(x := {}, y={})"])
    return st.one_of(
        st.builds("{} {} {}".format, texts, _binary, texts),
        st.builds("{} {} {}".format, texts, st.sampled_from(["and", "or", "<", "not in", "is"]), texts),
        st.builds("{} if {} else {}".format, texts, texts, texts),
        st.builds("({})".format, texts),
        st.builds("-{}".format, texts),
        st.builds("not {}".format, texts),
        st.builds("({} := {})".format, st.sampled_from(["n", "m"]), texts),
        st.builds("lambda {}: {}".format, _parameters, texts),
        st.builds("(yield {})".format, texts),
        st.builds("(yield from {})".format, texts),
        st.builds("[{}]".format, several),
        st.builds("{{{}}}".format, several),
        st.builds("{{{}: {}, **{}}}".format, texts, texts, texts),
        st.builds("{}{}{}{}".format, st.sampled_from("[({"), texts, clauses, st.sampled_from("])}")),
        st.builds("{{{}: {}{}}}".format, texts, texts, clauses),
        st.builds("{}({}{})".format, _names, texts, clauses),
        st.builds(lambda form, *parts: form.format(*parts), call, _names, texts, texts),
        st.builds("({})[{}:{}, {}]".format, texts, texts, texts, texts),
        st.builds("({}).{}".format, texts, st.sampled_from(["T", "grad"])),
    )


_expressions = st.recursive(_atoms, _grow, max_leaves=4)
_simple = st.one_of(
    _expressions,
    st.builds("{} = {}".format, _targets, _expressions),
    st.builds("{} = {} = {}".format, _targets, _targets, _expressions),
    st.builds("{} {}= {}".format, _targets, _binary, _expressions),
    st.builds("{}: {} = {}".format, _targets, _atoms, _expressions),
    st.builds("{} {}".format, st.sampled_from(["return", "assert", "raise", "del"]), _expressions),
    st.builds("raise {} from {}".format, _expressions, _expressions),
    st.builds("{}; {}".format, _expressions, _expressions),
    st.builds("{} {}".format, st.sampled_from(["yield", "yield from", "x = yield", "y += yield"]), _expressions),
    st.sampled_from(["yield", "x = yield", "x = yield = y", "x: int = yield"]),
    st.sampled_from(["pass", "break", "continue", "return", "global x", "nonlocal y", "del x, y[0]", "import a.b as c",
                     "from .a import (b, c as d)", "from torch import *", "x: int", "raise", "# comment", ""]),
)  # fmt: skip
_heads = st.one_of(
    st.builds("if {}:".format, _expressions),
    st.builds("while {}:".format, _expressions),
    st.builds("for {} in {}:".format, _targets, _expressions),
    st.builds("with {}:".format, _expressions),
    st.builds("with {} as {}, ({}):".format, _expressions, _targets, _expressions),
    st.builds("with ({} as {}):".format, _expressions, _targets),
    st.builds("def {}({}):".format, st.sampled_from("fgx"), _parameters),
    st.builds("class A({}):".format, _expressions),
    st.just("try:"),
)
_tails = st.sampled_from(["", "else:", "elif x:", "except:", "except A as e:", "finally:"])


def _compound(blocks: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Statements with blocks, and a part that may fit them or not."""
    inner = st.lists(blocks, min_size=1, max_size=3).map("\n".join)
    indented = st.builds(
        lambda text, blank: re.sub(r"^", blank, text, flags=re.MULTILINE), inner, st.sampled_from(["    ", " ", "\t"])
    )
    whole = st.builds("{}\n{}".format, _heads, indented)
    return st.one_of(
        whole,
        st.builds("{} {}".format, _heads, _simple),
        st.builds("{}\n{}\n{}".format, whole, _tails, indented),
        st.builds("@{}\n{}".format, _expressions, whole),
    )


_bodies = st.lists(st.recursive(_simple, _compound, max_leaves=4), max_size=3).map("\n".join)
# Where every statement may stand, and where some may not.
_AROUND = "def outer(x, y):\n def f():\n  while a:\n   pass\n"
programs = _bodies | _bodies.map(lambda text: _AROUND + re.sub("^", "   ", text, flags=re.MULTILINE))

_TOKEN = re.compile(r"""\n[ \t]*|[ \t]+|\#[^\n]*|\w+|'[^'\n]*'|"[^"\n]*"|\*\*=?|//=?|->|:=|[-+*/%@&|^=<>!]=|\.{3}|.""",
                    re.DOTALL | re.VERBOSE)  # fmt: skip
_COMMON = """( ) [ ] { } , : ; . = == := += * ** / -> @ ~ - + ' " \\ # ! ... x 1 0x1 1. 'a' f'{x}'
if else elif for in while not is and or lambda def class return break continue pass try except finally yield
with as from import global nonlocal del assert raise None True"""
_WORDS = st.sampled_from([
    *_COMMON.split(), " ", "\n", "\n    ", "\n        ", "\n\t", "\f", "print x", "*a", "**k", "x for x in y", "/, ",
    "*, ", "x: int",
])  # fmt: skip


@st.composite
def spoilt(draw: st.DrawFn) -> str:
    """A few lines of a script of the corpus, with a word left out, put in, repeated, replaced or moved."""
    parts = re.split(r"\n(?=\S)", draw(st.sampled_from(list(SCRIPTS.values()))))
    start = draw(st.integers(0, len(parts) - 1))
    words = _TOKEN.findall("\n".join(parts[start : start + draw(st.sampled_from([1, 2, 4]))]) + "\n")
    for _ in range(draw(st.sampled_from([1, 1, 2, 3]))):
        at = draw(st.integers(0, max(0, len(words) - 1)))
        put = draw(st.just("") | _WORDS | st.sampled_from(words or [""]))
        words[at : at + draw(st.integers(0, 1))] = [put]
    return "".join(words)


# Nonsense, which has to be refused in the right place and for the right reason.
soups = st.one_of(
    st.text(),
    st.lists(_WORDS, max_size=12).map(" ".join),
    st.lists(_WORDS, max_size=12).map("".join),
    st.text("xy12.+-*/%@&|~<>=!()[]{},:;'\"\\#\n\r\t \0^²π√“jf\f\ufeffé", max_size=20),
)

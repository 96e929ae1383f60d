"""Texts and trees for hypothesis."""

from __future__ import annotations

from hypothesis import strategies as st

from gradcli.errors import Span
from gradcli.text import nodes

HERE = Span(0, 0, 1, 1)

_WORDS = """x y sum T 2 0.5 .5 1e3 's' "t" True None ... + - * / // % ** @ & | ~ < <= == != > not in is if else and or
( ) [ ] , : ; . = ( ) [ ] ( ) f( x[ ), x"""
_STRAYS = [" ", "\n", "#", "\\\n", "lambda", "^", "π", "'", "\0"]

# Any order of words: mostly nonsense, which has to be refused in the right place and for the right reason.
soups = st.lists(st.sampled_from(_WORDS.split()), max_size=12).map(" ".join)
tight_soups = st.lists(st.sampled_from([*_WORDS.split(), *_STRAYS]), max_size=12).map("".join)

_names = st.sampled_from(["x", "y", "sum", "torch", "a1", "_", "θ"])
_binary = st.sampled_from(["+", "-", "*", "/", "//", "%", "**", "@", "&", "|"])
_relation = st.sampled_from(["<", "<=", ">", ">=", "==", "!=", "in", "not in", "is", "is not"])


def _grow(texts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Longer texts from shorter ones; brackets that are needless in one place are needed in another."""
    callee = _names | st.builds("{}.{}".format, _names, _names)
    items = st.lists(texts, max_size=3).map(", ".join)
    return st.one_of(
        st.builds("{} {} {}".format, texts, _binary, texts),
        st.builds("{}{}{}".format, texts, _binary, texts),
        st.builds("{} {} {}".format, texts, _relation | st.sampled_from(["and", "or"]), texts),
        st.builds("{}{}".format, st.sampled_from(["-", "+", "~", "not "]), texts),
        st.builds("({})".format, texts),
        st.builds("({},)".format, texts),
        st.builds("[{}]".format, items),
        st.builds("{}({})".format, callee, items),
        st.builds("{}({}, dim={})".format, callee, texts, texts),
        st.builds("({})[{}:{}, ...]".format, texts, texts, texts),
        st.builds("({}).{}".format, texts, _names),
        st.builds("{} if {} else {}".format, texts, texts, texts),
    )


# Mostly valid, since only `not` and numbers before a dot can go wrong.
_atoms = st.sampled_from(["x", "y", "2", "0.5", "'s'", "True", "None", "...", "()", "[]", "f(x)", "x[0]"])
expressions = st.recursive(_atoms, _grow, max_leaves=12)
programs = st.lists(expressions | st.builds("y = {}".format, expressions), min_size=1, max_size=3).map("\n".join)


def _node(kind: type[nodes.Node], *fields: st.SearchStrategy[object]) -> st.SearchStrategy[nodes.Node]:
    return st.builds(kind, st.just(HERE), *fields)


def _tuples(items: st.SearchStrategy[nodes.Node], least: int = 0) -> st.SearchStrategy[tuple[nodes.Node, ...]]:
    return st.lists(items, min_size=least, max_size=3).map(tuple)


def _branches(trees: st.SearchStrategy[nodes.Node]) -> st.SearchStrategy[nodes.Node]:
    name = _node(nodes.Name, _names)
    part = st.none() | trees
    entry = trees | _node(nodes.Slice, part, part, part)
    callee = name | _node(nodes.Attribute, trees, _names) | _node(nodes.Index, trees, entry)
    keywords = st.lists(_names, unique=True, max_size=2).flatmap(
        lambda words: st.tuples(*(_node(nodes.Keyword, st.just(word), trees) for word in words))
    )
    comparison = _tuples(trees, 2).flatmap(
        lambda operands: _node(nodes.Compare, st.tuples(*[_relation] * (len(operands) - 1)), st.just(operands))
    )
    return st.one_of(
        _node(nodes.List, _tuples(trees)),
        _node(nodes.Tuple, _tuples(trees)),
        _node(nodes.Unary, st.sampled_from(["-", "+", "~", "not"]), trees),
        _node(nodes.Binary, _binary, trees, trees),
        comparison,
        _node(nodes.Logic, st.sampled_from(["and", "or"]), trees, trees),
        _node(nodes.Conditional, trees, trees, trees),
        _node(nodes.Call, callee, _tuples(trees), keywords),
        _node(nodes.Attribute, trees, _names),
        _node(nodes.Index, trees, entry | _node(nodes.Tuple, _tuples(entry, 1))),
    )


_numbers = st.integers(0) | st.floats(0, allow_nan=False)
_leaves = st.one_of(
    _node(nodes.Number, _numbers),
    _node(nodes.String, st.text()),
    _node(nodes.Constant, st.sampled_from([True, False, None, ...])),
    _node(nodes.Name, _names),
)
trees = st.recursive(_leaves, _branches, max_leaves=12)
_statements = st.one_of(
    trees,
    _node(nodes.Assign, _names.map(lambda name: (name,)), st.booleans(), trees),
    _node(nodes.Assign, st.lists(_names, min_size=2, max_size=3).map(tuple), st.just(True), trees),
)
program_trees = _node(nodes.Program, _tuples(_statements, 1))

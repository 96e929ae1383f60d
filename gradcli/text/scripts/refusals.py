"""Sentences about what Python reads and then refuses to compile: targets, places, parameters, declarations.

They open as Python's do, since people search for those, and the hint says what to write.
"""

from __future__ import annotations

from gradcli.errors import Problem
from gradcli.text.complaints import quote, syntax
from gradcli.text.nodes import (
    Binary,
    Call,
    Compare,
    Conditional,
    Constant,
    List,
    Logic,
    Node,
    Number,
    String,
    Tuple,
    Unary,
    make_span,
)
from gradcli.text.phrases import (
    Bytes,
    Comprehension,
    Dict,
    FString,
    Lambda,
    NamedExpression,
    Parameter,
    Set,
    Starred,
    Yield,
    YieldFrom,
)
from gradcli.text.scripts.complaints import lone_star
from gradcli.text.statements import Alias, Break, Continue, Handler, ImportFrom, Return

__all__ = ["lone_star"]  # and all that is defined here

# ---- targets

_KINDS = (
    ((Number, String, Bytes), "literal"), (Call, "function call"), ((Binary, Unary, Logic), "expression"),
    (Compare, "comparison"), (Conditional, "conditional expression"), (Lambda, "lambda"),
    (NamedExpression, "named expression"), (Dict, "dict literal"), (Set, "set display"),
    (FString, "f-string expression"), (Tuple, "tuple"), (List, "list"), (Starred, "starred"),
    ((Yield, YieldFrom), "yield expression"),
)  # fmt: skip


def _kind(node: Node) -> str:
    """What Python calls it."""
    if isinstance(node, Constant):
        return "ellipsis" if node.value is ... else repr(node.value)
    if isinstance(node, Comprehension):
        return "generator expression" if node.kind == "generator" else f"{node.kind} comprehension"
    return next(words for kinds, words in _KINDS if isinstance(node, kinds))


def bad_target(node: Node, alone: bool) -> Problem:
    """`f(x) = y`; `alone` where it stands before a single `=` that may be meant as `==`."""
    if isinstance(node, Starred):
        message = "starred assignment target must be in a list or tuple"
        return syntax(message, "a comma makes a tuple of it: *x, = y", node.span)
    if isinstance(node, Yield | YieldFrom) and not alone:
        return syntax("assignment to yield expression not possible", _ASSIGNABLE, node.span)
    keyword = isinstance(node, Constant) and node.value is not ...
    if alone and not keyword and not (isinstance(node, Comprehension) and node.kind == "generator"):
        message = f"cannot assign to {_kind(node)} here. Maybe you meant '==' instead of '='?"
        return syntax(message, f"use == to compare; {_ASSIGNABLE}", node.span)
    return syntax(f"cannot assign to {_kind(node)}", _ASSIGNABLE, node.span)


_ASSIGNABLE = "values go to a name, an attribute or an element: y, y.grad, y[0]"


def two_stars(star: Node) -> Problem:
    """`*a, *b = c`."""
    return syntax("multiple starred expressions in assignment", "leave one of the stars", star.span)


def debug_name(node: Node) -> Problem:
    """`__debug__ = 1`."""
    return syntax("cannot assign to __debug__", "choose another name", node.span)


def not_deletable(node: Node) -> Problem:
    """`del f(x)`."""
    return syntax(f"cannot delete {_kind(node)}", "delete a name, an attribute or an element: del y, y[0]", node.span)


def not_augmentable(node: Node) -> Problem:
    """`a, b += c`."""
    message = f"{quote(_kind(node))} is an illegal expression for augmented assignment"
    return syntax(message, "write += for one name, attribute or element at a time", node.span)


def not_annotatable(node: Node) -> Problem:
    """`a, b: int`."""
    kind = _kind(node)
    several = kind in ("tuple", "list")
    message = f"only single target (not {kind}) can be annotated" if several else "illegal target for annotation"
    return syntax(message, "annotate one name: x: int = 3", node.span)


# ---- parameters


def repeated_parameter(parameter: Parameter) -> Problem:
    """`def f(a, a)`."""
    message = f"duplicate argument {quote(parameter.name)} in function definition"
    return syntax(message, "give each parameter a name of its own", parameter.span)


def default_missing(parameter: Parameter) -> Problem:
    """`def f(a=1, b)`."""
    message = "parameter without a default follows parameter with a default"
    return syntax(message, f"give {quote(parameter.name)} a default, or put it first", parameter.span)


# ---- statements in the wrong place


def no_feature(feature: Alias) -> Problem:
    """`from __future__ import nothing`."""
    if feature.name == "braces":
        return syntax("not a chance", "blocks are made by indentation", feature.span)
    return syntax(f"future feature {feature.name} is not defined", "leave the import out", feature.span)


def late_future(node: ImportFrom) -> Problem:
    """`from __future__ import division` below other statements."""
    message = "from __future__ imports must occur at the beginning of the file"
    return syntax(message, "move it up, or leave it out", node.span)


def star_import(star: Alias) -> Problem:
    """`from math import *` in a function."""
    return syntax("import * only allowed at module level", "import the names that are needed", star.span)


def return_outside(node: Return) -> Problem:
    """`return` in no function."""
    return syntax("'return' outside function", "put it into a def, or print the value", node.span)


def yield_outside(node: Node) -> Problem:
    """`yield` in no function."""
    return syntax("'yield' outside function", "put it into a def, which is then a generator", node.span)


def yield_in_comprehension(node: Node, around: Comprehension) -> Problem:
    """`[(yield x) for x in y]`."""
    message = f"'yield' inside {_kind(around)}"
    return syntax(message, "yield in a for loop, in a statement of its own", node.span)


def jump_outside(node: Break | Continue) -> Problem:
    """`break` or `continue` in no loop."""
    message = "'break' outside loop" if isinstance(node, Break) else "'continue' not properly in loop"
    return syntax(message, "it belongs into the body of a for or while loop", node.span)


def early_default(handler: Handler) -> Problem:
    """A bare `except:` that others follow."""
    span = handler.span
    word = make_span(span.start, span.start + len("except"), span.line, span.column)
    return syntax("default 'except:' must be last", "move it below the others", word)


# ---- declarations


def parameter_declared(node: Node, word: str, name: str) -> Problem:
    """`def f(x): global x`."""
    return syntax(f"name {quote(name)} is parameter and {word}", "give one of them another name", node.span)


def used_before(node: Node, word: str, name: str) -> Problem:
    """`print(x); global x`."""
    return syntax(f"name {quote(name)} is used prior to {word} declaration", _FIRST, node.span)


def assigned_before(node: Node, word: str, name: str) -> Problem:
    """`x = 1; global x`."""
    return syntax(f"name {quote(name)} is assigned to before {word} declaration", _FIRST, node.span)


_FIRST = "move the declaration to the top of the function"


def annotated_declared(node: Node, word: str, name: str) -> Problem:
    """`global x; x: int`."""
    return syntax(f"annotated name {quote(name)} can't be {word}", "leave the annotation out", node.span)


def global_and_nonlocal(node: Node, name: str) -> Problem:
    """`global x; nonlocal x`."""
    return syntax(f"name {quote(name)} is nonlocal and global", "leave one of the declarations out", node.span)


def nonlocal_at_top(node: Node) -> Problem:
    """`nonlocal x` in no function."""
    return syntax("nonlocal declaration not allowed at module level", "leave it out", node.span)


def no_binding(node: Node, name: str) -> Problem:
    """`nonlocal x` where no function around has x."""
    hint = f"assign to {quote(name)} in the function around this one, or write global for a name of the script"
    return syntax(f"no binding for nonlocal {quote(name)} found", hint, node.span)


# ---- `:=` in comprehensions

_OUTSIDE = "compute the value in a statement of its own"


def walrus_in_iterable(node: Node) -> Problem:
    """`[x for x in (y := z)]`."""
    return syntax("assignment expression cannot be used in a comprehension iterable expression", _OUTSIDE, node.span)


def walrus_rebinds(node: Node) -> Problem:
    """`[x := 1 for x in y]`."""
    message = "assignment expression cannot rebind comprehension iteration variable"
    return syntax(message, "choose another name", node.span)


def iterated_after_walrus(node: Node) -> Problem:
    """`[0 for x in y if (z := x) for z in x]`."""
    message = "comprehension inner loop cannot rebind assignment expression target"
    return syntax(message, "choose another name", node.span)


def walrus_in_class(node: Node) -> Problem:
    """`class A: y = [z := x for x in y]`."""
    return syntax("assignment expression within a comprehension cannot be used in a class body", _OUTSIDE, node.span)

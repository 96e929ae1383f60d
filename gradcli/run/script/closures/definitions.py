"""Functions, lambdas and classes as closures that make them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradcli.errors import Problem
from gradcli.run.script import attributes
from gradcli.run.script.closures.rules import EXPRESSIONS, STATEMENTS, Evaluate, Run, block, expression
from gradcli.run.script.closures.targets import store
from gradcli.run.script.frames import Frame, Signal
from gradcli.run.script.functions import Function, Parameters
from gradcli.run.script.scopes import Scope, bindings
from gradcli.text import nodes as syntax
from gradcli.text import phrases
from gradcli.text import statements as st


def parameters(node: phrases.Parameters, scope: Scope) -> Callable[[Frame], Parameters]:
    """A closure that computes the defaults, which belong to the definition, and gives the parameters."""
    plain = (*node.positional, *node.plain)
    defaults = [
        (each.name, expression(each.default, scope)) for each in (*plain, *node.keyword_only) if each.default is not None
    ]
    names = tuple([each.name for each in plain])
    only_keyword = tuple([each.name for each in node.keyword_only])
    rest = node.star.name if node.star is not None else None
    words = node.double_star.name if node.double_star is not None else None

    def make(frame: Frame) -> Parameters:
        return Parameters(
            names, len(node.positional), only_keyword, rest, words, {name: value(frame) for name, value in defaults}
        )

    return make


def parameter_names(node: phrases.Parameters) -> list[str]:
    """All names that a function takes."""
    return [
        each.name
        for each in (*node.positional, *node.plain, node.star, *node.keyword_only, node.double_star)
        if each is not None
    ]


def _lambda(node: phrases.Lambda, scope: Scope) -> Evaluate:
    inner = bindings(Scope("function", scope, parameter_names(node.parameters)), [node.body])
    qualified = scope.qualified("<lambda>")
    inner.title = f"{qualified}.<locals>"
    body, taken = _lambda_body(node.body, inner), parameters(node.parameters, scope)
    return lambda frame: Function(qualified, taken(frame), body, frame, None)


def _lambda_body(node: Any, scope: Scope) -> Callable[[Frame], Signal]:
    if scope.yields:
        from gradcli.run.script.generators.statements import lambda_body  # few scripts have any

        return lambda_body(node, scope)
    value = expression(node, scope)
    return lambda frame: Signal(value(frame))


def _docstring(body: Any) -> str | None:
    first = body.statements[0]
    is_text = isinstance(first, st.ExpressionStatement) and isinstance(first.value, syntax.String)
    return first.value.value if is_text else None


def _decorated(node: Any, scope: Scope, make: Callable[[Frame], Any]) -> Run:
    decorators = [expression(each, scope) for each in node.decorators]
    put = store(syntax.Name(node.span, node.name), scope)

    def run(frame: Frame) -> None:
        applied = [each(frame) for each in decorators]
        value = make(frame)
        for decorate in reversed(applied):
            value = decorate(value)
        put(frame, value)

    return run


def _function(node: st.Function, scope: Scope) -> Run:
    inner = bindings(Scope("function", scope, parameter_names(node.parameters)), node.body.statements)
    qualified = scope.qualified(node.name)
    inner.title = f"{qualified}.<locals>"
    body, taken, doc = _function_body(node, inner), parameters(node.parameters, scope), _docstring(node.body)
    in_class = scope.kind == "class"

    def make(frame: Frame) -> Function:
        return Function(qualified, taken(frame), body, frame.parent or frame if in_class else frame, doc)

    return _decorated(node, scope, make)


def _function_body(node: st.Function, scope: Scope) -> Run:
    if scope.yields:
        from gradcli.run.script.generators.statements import function_body  # few scripts have any

        return function_body(node.name, node.body.statements, scope)
    return block(node.body.statements, scope)


def _class(node: st.Class, scope: Scope) -> Run:
    inner = bindings(Scope("class", scope), node.body.statements)
    inner.title = scope.qualified(node.name)
    body = block(node.body.statements, inner)
    bases = [expression(each, scope) for each in node.arguments]
    bases += [
        expression(each.value, scope) for each in node.keywords if isinstance(each, syntax.Keyword) and each.name == "metaclass"
    ]
    if len(bases) < len(node.arguments) + len(node.keywords):
        raise Problem("syntax", "a class takes no keyword but metaclass here", type="TypeError", span=node.span)
    doc = _docstring(node.body)

    def make(frame: Frame) -> type:
        below = Frame({}, frame.module, frame.context, frame)
        body(below)
        kinds = tuple([each(frame) for each in bases])
        made = attributes.make_class(node.name, kinds, {"__doc__": doc, "__qualname__": inner.title, **below.names})
        for value in below.names.values():
            plain = getattr(value, "__func__", None) or getattr(value, "fget", None) or value
            if isinstance(plain, Function):
                plain.owner = made
        return made

    return _decorated(node, scope, make)


EXPRESSIONS[phrases.Lambda] = _lambda
STATEMENTS.update(
    {
        st.Function: _function,
        st.Class: _class,
    }
)

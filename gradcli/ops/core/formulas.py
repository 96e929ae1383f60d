"""The derivative of an operation as text, taken from the source of its rule: what is shown is what is computed.

A rule is a lambda or a short function.  Its expression is read from the source file; its helpers are written out in
place, its local names are replaced by what they stand for, and rows go by PyTorch's names.  Used when the index of
operations is made, never when it is read.
"""

from __future__ import annotations

import ast
import inspect
import math
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any, Final

import numpy as np

from gradcli.graph.operation import Operation, rule_parameters

LONGEST: Final = 300  # characters; what is longer explains nothing

# What a reader should see instead of helpers that count, unwrap or move elements, by the names of these helpers;
# `$1` is the first argument.
WORDS: Final = {
    "restored": "$1",  # broadcasting is understood
    "reshaped": "reshape($1, $2)",
    "one_dim": "$1",
    "all_dims": "$1",
    "array_of": "$1",
    "count_of": "n",
    "how_many": "count($1)",
    "_others": "product_of_others($1)",
    "_slope_without_freedom": "inf",
    "_through_slices": "through_the_change(g)",
    "swapped": "$1.mT",
    "_at": "at($1, $2)",
    "_permutation": "$1",
    "_uncat": "split(g, lengths, dim)",
    "_unstack": "unbind(g, dim)",
    "_unrepeat": "sum_of_repeats(g)",
    "_weighing": "$1 * $2",
    "_hardsigmoid_rule": "where(abs($2) < 3, $1 / 6, 0)",
    "_times": "$1 * $2",
    "_scaled": "$1 * $2",
    "_all_but_channels": "all_but_channels",
    "standardised": "(standardised($1), 1 / sqrt(var($1, $2) + $3))",
    "standardised_moved": "($1 - mean($1, $3) - standardised($2) * mean($1 * standardised($2), $3)) / sqrt(var($2, $3) + $4)",
    "_without_sum": "$1 - exp($2) * sum($1, $3, keepdim=True)",
    "from_left": "mm($1.mT, $2)",
    "_by_channel": "(standardised($1), 1 / sqrt(var($1, all_but_channels) + $3))",
    "averaging": "$1 / (n if $2 == 'mean' else 1)",
    "wide": "$1",
    "backward_sums": "flip(cumsum(flip($1, $2), $2), $2)",
    "_many": "$1",
    "_paired": "view_as_complex($1)",
    "_hypot_slope": "$1 / hypot($1, $2)",
    "steady_sigmoid": "sigmoid($1)",
    "steady_tanh": "tanh($1)",
    "strictly_below": "minimum($1, $2)",
    "_bounded": "clamp($1, -$2, $2)",
    "_square_and_one": "sqrt($1 * $1 + 1)",
    "_one_over_leg": "1 / sqrt($1 * $1 - 1)",
    "_over_radius": "$1 / ($2 * $2 + $3 * $3)",
    "_exp2_slope": "exp2($1) * log(2)",
    "_sinc_slope": "where($1 == 0, 0, (cos(pi * $1) - sinc($1)) / $1)",
    "_within_unit": "$1",
    "_but_where": "$2",
    "_softmax_moved": "$2 * ($1 - sum($2 * $1, $3, keepdim=True))",
    "_is_flat": "$2 == 0",
    "where_nonzero": "where($1 == 0, 0, $2 / abs($1))",
    "real": "real($1)",
    "conj": "conj($1)",
    "_gelu_tanh_slope": "0.5 * (1 + tanh(0.7978845608028654 * ($1 + 0.044715 * $1**3))) + "
    "0.5 * $1 * (1 - tanh(0.7978845608028654 * ($1 + 0.044715 * $1**3))**2) * 0.7978845608028654 * (1 + 0.134145 * $1 * $1)",
    "_shares_before": "cumsum($1 * exp($2), $4) * exp(-$3)",
    "_shares_behind": "flip(cumsum(flip($1 * exp(-$3), $4), $4), $4) * exp($2)",
    "_off_target": "(sigmoid($1) - $2 if $3 is None else ($3 * $2 + 1 - $2) * sigmoid($1) - $3 * $2)",
    "ZERO": "0",
    "from_array": "$1",
    "array_size": "$1.numel()",
    "array_dtype": "$1.dtype",
    "float": "$1",
    "float64": "$1",
}
_DEEPEST: Final = 6  # helpers within helpers


# What rules of several statements come to, by row and operand; the results go by their usual letters: V, L, U, S.
NOT_IMPLEMENTED: Final = "not implemented, as in PyTorch"
OUTLINES: Final = {
    ("glu", "x"): "cat([g * sigmoid(b), g * a * sigmoid(b) * (1 - sigmoid(b))]) of the halves a, b of x",
    ("cumprod", "x"): "flip(cumsum(flip(g * out))) / x",
    ("linalg.cholesky", "A"): "(P + P.mT) / 2 with P = inv(L).mT @ tril(L.mT @ g, the diagonal halved) @ inv(L), L = out",
    ("cholesky", "x"): "(P + P.mT) / 2 with P = inv(L).mT @ tril(L.mT @ g, the diagonal halved) @ inv(L), L = out",
    ("cholesky_solve", "L"): "-(P + P.mT) @ L with P = cholesky_solve(g, L) @ out.mT",
    (
        "linalg.eig",
        "A",
    ): "solve(V.mH, (diag(g_L) + V.mH @ (g_V - V * real(sum(conj(V) * g_V, 0))) / conj(L[j] - L[i])) @ V.mH), "
    "the quotient where i != j",
    ("polar", "y"): "real(conj(g) * out * 1j)",
    ("linalg.eigh", "A"): "V @ (diag(g_L) + (V.mT @ g_V) / (L[j] - L[i])) @ V.mT, the quotient where i != j",
    ("linalg.qr", "A"): "(g_Q + Q @ symmetric(M)) @ inv(R).mT with the lower triangle of M = R @ g_R.mT - g_Q.mT @ Q",
    ("linalg.slogdet", "A"): "g_logabsdet * inv(A).mT",
    ("linalg.solve_triangular", "A"): "-outer(solve(A.mT, g), out) within the triangle",
    ("cdist", "x1"): "sum over the rows j of x2 of g[i, j] * (x1[i] - x2[j]) / out[i, j], for p = 2",
    ("cdist", "x2"): "sum over the rows i of x1 of g[i, j] * (x2[j] - x1[i]) / out[i, j], for p = 2",
    ("dist", "x"): "g * (x - y) / out, for p = 2",
    ("dist", "y"): "g * (y - x) / out, for p = 2",
    (
        "linalg.svd",
        "x",
    ): "U @ (diag(g_S) + E * skew(U.mT @ g_U) * S + S * (E * skew(V.mT @ g_V))) @ V.mT with "
    "skew(M) = M - M.mT and E = 1 / (S[j]**2 - S[i]**2)",
    ("linalg.pinv", "A"): "-out.mT @ g @ out.mT + (I - A @ out) @ g.mT @ out @ out.mT + out.mT @ out @ g.mT @ (I - out @ A)",
    ("linalg.vector_norm", "x"): "g * x / out for ord = 2; g * sign(x) for 1; g * sign(x) * abs(x / out)**(ord - 1) otherwise",
    ("igamma", "x"): "g * (integral of log(t) * t**(x - 1) * exp(-t) / gamma(x) for t from 0 to y - digamma(x) * out)",
    ("igammac", "x"): "g * (integral of log(t) * t**(x - 1) * exp(-t) / gamma(x) for t from y to inf - digamma(x) * out)",
    ("special.zeta", "x"): NOT_IMPLEMENTED,
    ("geqrf", "x"): NOT_IMPLEMENTED,
    ("mvlgamma", "x"): "g * sum of digamma(x - j / 2) for j from 0 to p - 1",
    ("linalg.det", "A"): "g * out * inv(A).mT",
    ("aminmax", "x"): "g_min where x == min, g_max where x == max, split evenly among the equal ones",
    ("std_mean", "x"): "g_std * (x - mean) / (std * (n - correction)) + g_mean / n",
    ("var_mean", "x"): "g_var * 2 * (x - mean) / (n - correction) + g_mean / n",
}


def outline(row: Operation, operand: str) -> str | None:
    """What is told of a rule that is no single formula."""
    return OUTLINES.get((row.name, operand))


def formula(rule: Callable[..., Any] | None) -> str | None:
    """What a rule computes from the cotangent `g`; None where there is no rule, or none short enough to be read."""
    if rule is None:
        return None
    rule = inspect.unwrap(rule)
    if isinstance(rule, partial):  # of a product
        return " * ".join(rule_parameters(rule))
    factor = _closure(rule).get("partial")  # an elementwise row states partials, and its rule multiplies by them
    expression = _expression(factor or rule, 0)
    if expression is None:
        return None
    if factor is not None:
        expression = _product(expression)
    text = ast.unparse(expression)
    has_helpers = any(isinstance(node, ast.Name) and node.id.startswith("_") for node in ast.walk(expression))
    return None if has_helpers or len(text) > LONGEST else text


def in_words(text: str | None) -> str | None:
    """A formula in which what depends on an option that may be left out is told in words: `a; with eps: b`."""
    if text is None or " is None" not in text:
        return text
    ways = _ways(ast.parse(text, mode="eval").body, {})
    return "; ".join([f"{'' if not given else 'with ' + ', '.join(given) + ': '}{ast.unparse(way)}" for given, way in ways])


def _ways(expression: ast.expr, known: Mapping[str, bool]) -> list[tuple[tuple[str, ...], ast.expr]]:
    """The formulas for each way to give the options, with the names of those that are given; the one without any first."""
    choice = next((node for node in ast.walk(expression) if isinstance(node, ast.IfExp) and _absent(node.test)), None)
    if choice is None:
        return [(tuple([name for name, given in known.items() if given]), expression)]
    option = _absent(choice.test)
    found: list[tuple[tuple[str, ...], ast.expr]] = []
    for given in (False, True):
        if known.get(option, given) == given:
            part = choice.orelse if given else choice.body
            text = ast.unparse(expression).replace(ast.unparse(choice), f"({ast.unparse(part)})")
            found += _ways(ast.parse(text, mode="eval").body, {**known, option: given})
    return found


def _absent(test: ast.expr) -> str:
    """The option that a test finds left out, or an empty text."""
    match test:
        case ast.Compare(left=ast.Name(id=name), ops=[ast.Is()], comparators=[ast.Constant(value=None)]):
            return name
    return ""


def is_program(rule: Callable[..., Any]) -> bool:
    """Whether no expression says what a rule computes: it, or a helper that it calls, takes several statements for it."""
    rule = inspect.unwrap(rule)
    function = _closure(rule).get("partial") or rule
    expression = _expression(function, 0)
    if expression is None:
        return True
    names = {node.func.id for node in ast.walk(expression) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    helpers = [function.__globals__.get(name) for name in names if name.startswith("_")]
    return any([hasattr(helper, "__code__") and _expression(helper, 0) is None for helper in helpers])


def _product(partial: ast.expr) -> ast.expr:
    is_one = isinstance(partial, ast.Constant) and partial.value == 1
    return ast.Name("g") if is_one else ast.BinOp(ast.Name("g"), ast.Mult(), partial)


def _closure(function: Any) -> dict[str, Any]:
    """The variables that a function took from the one around it."""
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    return {name: cell.cell_contents for name, cell in cells}


def _expression(function: Any, depth: int) -> ast.expr | None:
    """The value of a function as one expression of its parameters, or None."""
    if function.__name__ in WORDS:
        return _filled(WORDS[function.__name__], [ast.Name(each) for each in rule_parameters(function)])
    definition = _definition(function)
    if definition is None:
        return None
    if isinstance(definition, ast.Lambda):
        expression: ast.expr | None = _replaced(definition.body, {})
    else:
        expression = _returned(definition.body, {})
    if expression is None:
        return None
    names = {"float": float, **function.__globals__, **_closure(function)}
    for parameter in _parameters(definition):
        names.pop(parameter, None)
    return _Readable(names, depth).visit(expression)  # type: ignore[no-any-return]


def _definition(function: Any) -> ast.Lambda | ast.FunctionDef | None:
    """The syntax tree of a function; among lambdas on one line, the innermost one around all of the function's code."""
    code = function.__code__
    found = [
        node
        for node in _functions(code.co_filename).get(code.co_firstlineno, ())
        if getattr(node, "name", "<lambda>") == code.co_name and _parameters(node) == list(code.co_varnames[: code.co_argcount])
    ]
    if len(found) == 1:
        return found[0]
    places = [
        ((line, start), (end_line, end))
        for line, end_line, start, end in code.co_positions()
        if None not in (line, end_line, start, end) and (line, start) != (end_line, end)
    ]
    around = [node for node in found if places and all(_holds(node, *place) for place in places)]
    return max(around, key=lambda node: node.col_offset, default=None)


def _parameters(node: ast.Lambda | ast.FunctionDef) -> list[str]:
    return [each.arg for each in node.args.posonlyargs + node.args.args]


def _holds(node: ast.expr | ast.stmt, start: Any, end: Any) -> bool:
    return bool((node.lineno, node.col_offset) <= start and end <= (node.end_lineno, node.end_col_offset))


@cache
def _functions(path: str) -> dict[int, list[ast.Lambda | ast.FunctionDef]]:
    """The functions of a file by the line that they begin in."""
    with open(path, encoding="utf-8") as file:
        tree = ast.parse(file.read())
    found: dict[int, list[ast.Lambda | ast.FunctionDef]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Lambda | ast.FunctionDef):
            found.setdefault(node.lineno, []).append(node)
    return found


def _returned(body: list[ast.stmt], values: Mapping[str, ast.expr]) -> ast.expr | None:
    """What straight-line code returns: assignments are put in place, an early return becomes a conditional."""
    for position, statement in enumerate(body):
        match statement:
            case ast.Expr(value=ast.Constant()):
                continue  # a docstring
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                values = {**values, name: _replaced(value, values)}
            case ast.Return(value=ast.expr() as value):
                return _replaced(value, values)
            case ast.If(test=test, body=then, orelse=[]):
                early, rest = _returned(then, values), _returned(body[position + 1 :], values)
                return None if early is None or rest is None else ast.IfExp(_replaced(test, values), early, rest)
            case _:
                return None
    return None


def _replaced(expression: ast.expr, values: Mapping[str, ast.expr]) -> ast.expr:
    return _Put(values).visit(_copied(expression))  # type: ignore[no-any-return]


def _copied(expression: ast.expr) -> ast.expr:
    return ast.parse(ast.unparse(expression), mode="eval").body


class _Put(ast.NodeTransformer):
    """Puts expressions in the place of names."""

    def __init__(self, values: Mapping[str, ast.expr]) -> None:
        self.values = values

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.values.get(node.id, node)


class _Readable(ast.NodeTransformer):
    """Rewrites what a rule says into what a reader knows."""

    def __init__(self, names: Mapping[str, Any], depth: int) -> None:
        self.names = names
        self.depth = depth

    def visit_Name(self, node: ast.Name) -> ast.expr:
        value = self.names.get(node.id)
        if isinstance(value, Operation):
            return ast.Name(value.name)
        if node.id.endswith("_shape"):
            return ast.Attribute(ast.Name(node.id.removesuffix("_shape")), "shape")
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        whole = type(node.value) is float and node.value.is_integer()
        return ast.Constant(int(node.value)) if whole else node  # type: ignore[arg-type]

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        if isinstance(node.value, ast.Name) and self.names.get(node.value.id) in (math, np):
            return ast.Name(node.attr)
        return self.generic_visit(node)  # type: ignore[return-value]

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        """Of a pair that a helper gives, the one that is taken."""
        self.generic_visit(node)
        match node:
            case ast.Subscript(value=ast.Tuple(elts=entries), slice=ast.Constant(value=int(place))):
                return entries[place]
        return node

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        """Of two ways, for tensors and for bare arrays, the one for tensors; for complex and real numbers, that for real."""
        match node.test:
            case ast.Compare(left=ast.Attribute(attr="kind"), ops=[ast.Eq()], comparators=[ast.Constant("c")]):
                return self.visit(node.orelse)  # type: ignore[no-any-return]
            case ast.Compare(left=ast.Attribute(attr="kind"), ops=[ast.NotEq()], comparators=[ast.Constant("c")]):
                return self.visit(node.body)  # type: ignore[no-any-return]
            case ast.Call(func=ast.Name("isinstance"), args=[_, ast.Name("Tensor")]):
                return self.visit(node.body)  # type: ignore[no-any-return]
            case ast.UnaryOp(op=ast.Not(), operand=ast.Call(func=ast.Name("isinstance"), args=[_, ast.Name("Tensor")])):
                return self.visit(node.orelse)  # type: ignore[no-any-return]
        return self.generic_visit(node)  # type: ignore[return-value]

    def visit_Call(self, node: ast.Call) -> ast.expr:
        called = self._called(node.func)
        self.generic_visit(node)
        words = WORDS.get(getattr(called, "__name__", ""))
        if words is not None:
            return _filled(words, node.args)
        if isinstance(called, Operation):
            return _call(called, node) if called.function or called.method else self._inner_row(called, node)
        if hasattr(called, "__code__") and self.depth < _DEEPEST:
            return self._written_out(called, node) or node
        match node.func:
            case ast.Attribute(value=ast.Attribute(attr="dtype"), attr="type"):  # a number in the dtype of something
                return node.args[0]
            case ast.Attribute(value=value, attr="astype"):  # so are dtypes
                return value
        return node

    def _called(self, function: ast.expr) -> Any:
        match function:
            case ast.Name(id=name):
                return self.names.get(name)
            case ast.Attribute(value=ast.Name(id=name), attr=attribute) if self.names.get(name) is np:
                return getattr(np, attribute)
        return None

    def _inner_row(self, row: Operation, node: ast.Call) -> ast.expr:
        """A row that nobody calls by name, as what it computes where that is short."""
        has_source = hasattr(row.forward, "__code__") and not row.variadic and self.depth < _DEEPEST
        return (self._written_out(row.forward, node) if has_source else None) or _call(row, node)

    def _written_out(self, helper: Any, node: ast.Call) -> ast.expr | None:
        """A helper's own expression with this call's arguments."""
        inner = _expression(helper, self.depth + 1)
        if inner is None or node.keywords:
            return None
        names = helper.__code__.co_varnames[: helper.__code__.co_argcount]
        return _replaced(inner, dict(zip(names, node.args, strict=False)))


def _filled(words: str, args: list[ast.expr]) -> ast.expr:
    template = ast.parse(words.replace("$", "argument"), mode="eval").body
    put = _Put({f"argument{place}": each for place, each in enumerate(args, 1)})
    return put.visit(template)  # type: ignore[no-any-return]


def _call(row: Operation, node: ast.Call) -> ast.expr:
    """A call of a row with its flags by name, and without those that are as they are by default."""
    count = 1 if row.variadic else len(row.operands)
    args, flags = node.args[:count], []
    for parameter, value in zip(row.statics, node.args[count:], strict=False):
        if not isinstance(value, ast.Constant) or type(value.value) is int:
            args.append(value)
        elif value.value != parameter.default:
            flags.append(ast.keyword(parameter.name, value))
    return ast.Call(ast.Name(row.name), args, [*flags, *node.keywords])

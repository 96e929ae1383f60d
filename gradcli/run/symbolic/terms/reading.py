"""A syntax tree becomes a term: names by their shapes, operators and functions by what they mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

from gradcli.errors import Problem
from gradcli.run.symbolic.terms import matrices as m
from gradcli.run.symbolic.terms.algebra import add, divide, exponential, multiply, negate, ones, power, subtract
from gradcli.run.symbolic.terms.dimensions import Shape, broadcast, clash, without, written
from gradcli.run.symbolic.terms.functions import DEFINITIONS, PARTIALS
from gradcli.run.symbolic.terms.term import ONE, Term, number, size, symbol, value_of
from gradcli.text import nodes as syntax
from gradcli.text import parse

_PREFIXES: Final = frozenset({"torch", "F", "math", "linalg", "special", "nn", "functional"})
_ALIASES: Final = {
    "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arctan2": "atan2", "arcsinh": "asinh", "arccosh": "acosh",
    "arctanh": "atanh", "absolute": "abs", "negative": "neg", "subtract": "sub", "divide": "div", "expit": "sigmoid",
    "ln": "log", "inverse": "inv", "ger": "outer", "gammaln": "lgamma", "psi": "digamma", "vector_norm": "norm",
    "matrix_norm": "norm", "swish": "silu", "hadamard": "mul", "tr": "trace", "multi_dot": "chain_matmul", "adjoint": "mT",
}  # fmt: skip


class Reader:
    """Reads trees in an environment of names; what it cannot read raises Problem, at its place."""

    def __init__(self, names: Mapping[str, Term], text: str | None = None) -> None:
        """`text` is the user's own, in which problems have their place."""
        self.names = dict(names)
        self.text = text
        self.made: dict[str, Term] = {}  # by the user's own name, what statements gave

    def program(self, program: syntax.Program) -> Term:
        """The value of the last statement."""
        term = ONE
        for statement in program.statements:
            if isinstance(statement, syntax.Assign):
                term = self.term(statement.value)
                if statement.unpack or len(statement.targets) != 1:
                    raise no_formula("taking a tuple apart")
                self.names[statement.targets[0]] = self.made[statement.targets[0]] = term
            else:
                term = self.term(statement)
        return term

    def term(self, node: syntax.Node) -> Term:
        """A tree as a term."""
        try:
            return self._term(node)
        except Problem as problem:
            raise problem if self.text is None else problem.at(node.span, "expr", self.text) from None

    def _term(self, node: syntax.Node) -> Term:
        match node:
            case syntax.Number(value=value):
                return number(value)
            case syntax.Name(id=name):
                return self._name(name)
            case syntax.Unary(operator="-", operand=operand):
                return negate(self.term(operand))
            case syntax.Unary(operator="+", operand=operand):
                return self.term(operand)
            case syntax.Binary(operator=operator, left=left, right=right):
                return _operated(operator, self.term(left), self.term(right))
            case syntax.Compare(operators=(operator,), operands=(left, right)):
                one, two = self.term(left), self.term(right)
                return m.call("compare", one, two, shape=broadcast(one.shape, two.shape), options=(operator,))
            case syntax.Attribute():
                return self._attribute(node)
            case syntax.Index(object=inner, index=index):
                return self._index(self.term(inner), index)
            case syntax.Call():
                return self._call(node)
        raise no_formula("this")

    def _name(self, name: str) -> Term:
        if name in self.names:
            return self.names[name]
        if name == "pi":
            return m.call("pi", shape=())
        if name == "e":
            return m.call("exp", ONE)
        from gradcli.run.names import unknown

        problem = unknown(name, self.names, called=False)
        raise Problem(problem.code, problem.message, type="NameError", hint=problem.hint)

    def _attribute(self, node: syntax.Attribute) -> Term:
        if node.name in ("T", "mT", "H", "mH"):
            return m.transpose(self.term(node.object))
        if isinstance(node.object, syntax.Name) and node.object.id == "math":
            return self._name(node.name)
        raise no_formula(f".{node.name}")

    # --- calls ------------------------------------------------------------------------------------------------------

    def _call(self, node: syntax.Call) -> Term:
        name, first = _called(node.function)
        arguments: list[Any] = [] if first is None else [self.term(first)]
        arguments += [self._argument(each) for each in node.arguments]
        options = {each.name: self._argument(each.value) for each in node.keywords}  # type: ignore[attr-defined]
        options = {{"axis": "dim", "keepdims": "keepdim"}.get(each, each): value for each, value in options.items()}
        return applied(_ALIASES.get(name, name), arguments, options)

    def _argument(self, node: syntax.Node) -> Any:
        """An argument: a term, or for what is no tensor a plain value."""
        match node:
            case syntax.Constant(value=value) | syntax.String(value=value):
                return value
            case syntax.Tuple(items=items) | syntax.List(items=items):
                return tuple([self._argument(each) for each in items])
        return self.term(node)

    def _index(self, term: Term, index: syntax.Node) -> Term:
        items = index.items if isinstance(index, syntax.Tuple) else (index,)
        axis = 0
        for item in items:
            if isinstance(item, syntax.Constant) and item.value is None:
                term = m.unsqueeze(term, axis)
                axis += 1
                continue
            if axis >= term.ndim:
                raise Problem("index", f"too many indices for a tensor of shape {written(term.shape)}", type="IndexError")
            if isinstance(item, syntax.Slice):
                term = _sliced(term, axis, *[None if part is None else self._whole(part) for part in _bounds(item)])
                axis += 1
            else:
                term = selected(term, axis, self._whole(item))
        return term

    def _whole(self, node: syntax.Node) -> int:
        value = value_of(self.term(node))
        if value is None or value != value // 1:
            raise no_formula("an index that is no whole number")
        return int(value)


def no_formula(what: str) -> Problem:
    """The error of something that has no formula here."""
    return Problem(
        "no-formula",
        f"there is no closed formula for {what}",
        type="NotImplementedError",
        hint="with values, 'gradcli explain' derives the gradient step by step, and 'gradcli' computes it",
    )


def _called(function: syntax.Node) -> tuple[str, syntax.Node | None]:
    """The name of what is called, and the tensor whose method it is."""
    if isinstance(function, syntax.Name):
        return function.id, None
    if isinstance(function, syntax.Attribute):
        inner: syntax.Node = function.object
        while isinstance(inner, syntax.Attribute) and inner.name in _PREFIXES:
            inner = inner.object
        is_prefix = isinstance(inner, syntax.Name) and inner.id in _PREFIXES
        return function.name, None if is_prefix else function.object
    raise no_formula("this call")


def _operated(operator: str, one: Term, two: Term) -> Term:
    match operator:
        case "+":
            return add(one, two)
        case "-":
            return subtract(one, two)
        case "*":
            return multiply(one, two)
        case "/":
            return divide(one, two)
        case "**":
            return powered(one, two)
        case "@":
            return m.matmul(one, two)
    raise no_formula(f"the operator {operator}")


def powered(base: Term, exponent: Term) -> Term:
    """base ** exponent; of e it is exp."""
    if base.op == "call" and base.data[0] == "exp" and base.args[0] is ONE:
        return m.call("exp", exponent)
    return power(base, exponent)


# --- indexing -------------------------------------------------------------------------------------------------------


def _bounds(item: syntax.Slice) -> tuple[syntax.Node | None, syntax.Node | None]:
    if item.step is not None:
        raise no_formula("a slice with a step")
    return item.lower, item.upper


def selected(term: Term, axis: int, place: int) -> Term:
    """One entry along a dimension."""
    dim = term.shape[axis]
    if isinstance(dim, int):
        if not -dim <= place < dim:
            raise Problem("index", f"index {place} is out of bounds for dimension {axis} with size {dim}", type="IndexError")
        place %= dim
    shape = (*term.shape[:axis], *term.shape[axis + 1 :])
    return m.call("select", term, shape=shape, options=(axis, place))


def _sliced(term: Term, axis: int, low: int | None, high: int | None) -> Term:
    if low in (None, 0) and high is None:
        return term
    dim, low = term.shape[axis], low or 0
    before, behind = (low, 0) if high is None else (low, -high) if high < 0 else (low, None)
    if isinstance(dim, int):
        start, stop, _ = slice(low, high).indices(dim)
        fresh: Any = max(stop - start, 0)
        before, behind = start, dim - stop
    elif behind is None or before < 0:
        raise no_formula(f"a slice of {dim} entries whose length depends on it")
    else:
        base, taken = _split_dim(dim)
        fresh = f"{base}-{taken + before + behind}"
    shape = (*term.shape[:axis], fresh, *term.shape[axis + 1 :])
    return m.call("slice", term, shape=shape, options=(axis, before, behind))


def _split_dim(dim: str) -> tuple[str, int]:
    base, _, taken = dim.partition("-")
    return base, int(taken or 0)


# --- functions ------------------------------------------------------------------------------------------------------

Build = Callable[..., Term]


def applied(name: str, arguments: list[Any], options: dict[str, Any]) -> Term:
    """A function of terms.  Raises Problem."""
    if name in _BUILDERS:
        try:
            return _BUILDERS[name](*arguments, **options)
        except TypeError:
            raise no_formula(f"{name} with these arguments") from None
    if name in DEFINITIONS and not set(options) - {"reduction"}:
        return _reduced_loss(name, arguments, options)
    operands = [each for each in arguments if isinstance(each, Term)]
    if name in PARTIALS and len(operands) == len(arguments) == len(PARTIALS[name]) and not options:
        return elementwise(name, *operands)
    return _from_table(name, arguments, options)


def elementwise(name: str, *operands: Term) -> Term:
    """A function of each entry."""
    shape = broadcast(*[each.shape for each in operands])
    (one, *_) = operands
    if name == "exp":
        return exponential(one)
    if name == "log" and one.op == "call" and one.data[0] == "exp":
        return one.args[0]
    if name == "log" and one is ONE:
        return number(0)
    return m.call(name, *operands, shape=shape)


def _reduced_loss(name: str, arguments: list[Any], options: dict[str, Any]) -> Term:
    text = DEFINITIONS[name]
    reduction = options.get("reduction", "mean")
    if "reduction" in options:
        if not text.startswith("mean(") or reduction not in ("mean", "sum", "none"):
            raise no_formula(f"{name} with this reduction")
        text = {"mean": text, "sum": "sum" + text[4:], "none": text[4:]}[reduction]
    if not all([isinstance(each, Term) for each in arguments]) or len(arguments) != _arity(text):
        raise no_formula(f"{name} with these arguments")
    return filled(text, dict(zip("xyz", arguments)))


@lru_cache(maxsize=256)
def _arity(text: str) -> int:
    names = [each.id for each in _all(parsed(text)) if isinstance(each, syntax.Name)]
    return max([1 + "xyz".index(each) for each in names if each in ("x", "y", "z")], default=0)


def _all(node: syntax.Node) -> list[syntax.Node]:
    found = [node]
    for each in found:
        found += syntax.children(each)
    return found


@lru_cache(maxsize=256)
def parsed(text: str) -> syntax.Node:
    """A formula of ours as a tree."""
    return parse(text).statements[-1]


def filled(text: str, names: Mapping[str, Term]) -> Term:
    """A formula of ours with terms in the place of its names."""
    return Reader(names).term(parsed(text))


_DRAWN: Final = frozenset({"rand", "randn", "randint", "rand_like", "randn_like", "bernoulli", "normal", "dropout", "randperm"})


def _from_table(name: str, arguments: list[Any], options: dict[str, Any]) -> Term:
    """A function of each entry that only its row knows."""
    if name in _DRAWN:
        raise Problem(
            "no-formula",
            f"{name} draws random numbers, and a formula is of what stays the same",
            type="NotImplementedError",
            hint="draw them first, and give them a name",
        )
    if name.endswith("_") and not name.startswith("_"):
        raise Problem(
            "no-formula",
            f"{name} changes its tensor in place, and an expression changes nothing",
            type="NotImplementedError",
            hint=f"use {name.rstrip('_')}, which gives a new tensor",
        )
    from gradcli.run.symbolic.terms.rows import has_partials

    operands = [each for each in arguments if isinstance(each, Term)]
    if options or len(operands) != len(arguments) or not has_partials(name, len(operands)):
        from gradcli.run.names import lookup, unknown

        raise no_formula(name) if lookup(name) is not None else unknown(name, (), called=True)
    return m.call(name, *operands, shape=broadcast(*[each.shape for each in operands]))


def _axes(term: Term, dim: Any) -> tuple[int, ...]:
    if dim is None:
        return tuple(range(term.ndim))
    dims = [dim] if isinstance(dim, Term) else list(dim)
    return tuple(sorted({int(value_of(each) or 0) % max(term.ndim, 1) for each in dims}))


def _sum(x: Term, dim: Any = None, keepdim: bool = False) -> Term:
    return m.reduce_sum(x, _axes(x, dim), keepdim)


def mean(x: Term, dim: Any = None, keepdim: bool = False) -> Term:
    """The mean over some dimensions."""
    axes = _axes(x, dim)
    if not axes:
        return x
    whole = len(axes) == x.ndim and not keepdim
    return m.call("mean", x, shape=without(x.shape, axes, keepdim), options=((), False) if whole else (axes, keepdim))


def _variance(x: Term, dim: Any = None, keepdim: bool = False, correction: Any = ONE, unbiased: bool = True) -> Term:
    axes = _axes(x, dim)
    given = value_of(correction) if unbiased else 0
    if given is None or not axes:
        raise no_formula("a variance of this kind")
    whole = len(axes) == x.ndim and not keepdim
    options = ((), False) if whole else (axes, keepdim)
    return m.call("var", x, shape=without(x.shape, axes, keepdim), options=(*options, int(given)))


def _norm(x: Term, p: Any = None, dim: Any = None, keepdim: bool = False, ord: Any = None) -> Term:
    p = ord if ord is not None else p
    order = value_of(p) if isinstance(p, Term) else p
    if order == "nuc":
        return m.call("nuclear_norm", x, shape=())
    axes = _axes(x, dim)
    if order in (None, "fro", 2) and (dim is None or (x.ndim == 1 and not keepdim)):
        return absolute(x) if not x.ndim else m.call("norm", x, shape=())
    if order in (None, 2):
        return power(m.reduce_sum(power(x, number(2)), axes, keepdim), number(0.5))
    if order == 1 and (dim is not None or x.ndim < 2):
        return m.reduce_sum(absolute(x), axes, keepdim)
    if isinstance(order, str) or not isinstance(p, Term) or order in (float("inf"), 0) or (x.ndim == 2 and dim is None):
        raise no_formula("a norm of this order")
    return power(m.reduce_sum(power(absolute(x), p), axes, keepdim), power(p, number(-1)))


def absolute(x: Term) -> Term:
    """|x|."""
    return elementwise("abs", x)


def _along(name: str) -> Build:
    def build(x: Term, dim: Any = None, **rest: Any) -> Term:
        if rest or (dim is None and x.ndim > 1):
            raise no_formula(f"{name} without a dimension")
        (axis,) = _axes(x, number(0) if dim is None else dim) or (0,)
        return m.call(name, x, options=(axis,)) if x.ndim else elementwise("step", x)

    return build


def _logsumexp(x: Term, dim: Any, keepdim: bool = False) -> Term:
    axes = _axes(x, dim)
    return m.call("logsumexp", x, shape=without(x.shape, axes, keepdim), options=(axes, keepdim))


def cross_entropy(x: Term, target: Term, reduction: str = "mean") -> Term:
    """The cross entropy of logits with probabilities of classes, or with their numbers."""
    axis = min(1, x.ndim - 1)
    if target.shape != x.shape:
        if "integer" not in target.flags:
            raise Problem(
                "shape-mismatch",
                f"cross_entropy: the target has shape {written(target.shape)}, and the logits {written(x.shape)}",
                hint="give probabilities of that shape, or numbers of classes as in y:n,integer",
            )
        target = m.call("one_hot", target, shape=x.shape, options=(x.shape[axis],))
    total = negate(m.reduce_sum(multiply(target, m.call("log_softmax", x, options=(axis,))), range(x.ndim)))
    count = size(x.shape[0]) if x.ndim > 1 else ONE
    if reduction == "none":
        raise no_formula("cross_entropy without a reduction")
    return total if reduction == "sum" else divide(total, count)


def _layer_norm(x: Term, shape: Any, weight: Any = None, bias: Any = None, eps: Any = None) -> Term:
    dims = shape if isinstance(shape, tuple) else (shape,)
    lengths = tuple([value_of(each) for each in dims])
    if None in lengths or lengths != x.shape[-len(lengths) :]:
        raise no_formula("layer_norm of other dimensions than the last ones, as numbers")
    options = (tuple(map(int, lengths)), 1e-5 if eps is None else float(value_of(eps) or 0))  # type: ignore[arg-type]
    out = m.call("layer_norm", x, options=options)
    out = multiply(out, weight) if isinstance(weight, Term) else out
    return add(out, bias) if isinstance(bias, Term) else out


def _attention(q: Term, k: Term, v: Term) -> Term:
    scores = divide(m.matmul(q, m.transpose(k)), power(size(q.shape[-1]), number(0.5)))
    return m.matmul(m.call("softmax", scores, options=(scores.ndim - 1,)), v)


def where(test: Term, x: Term, y: Term) -> Term:
    """A choice, entry by entry."""
    shape = broadcast(test.shape, x.shape, y.shape)
    return x if x is y and x.shape == shape else m.call("where", test, x, y, shape=shape)


def _clamp(x: Term, low: Any = None, high: Any = None, **names: Any) -> Term:
    low, high = names.get("min", low), names.get("max", high)
    if isinstance(low, Term) and isinstance(high, Term) and not low.ndim and not high.ndim:
        return m.call("clamp", x, low, high)
    if isinstance(low, Term):
        x = elementwise("maximum", x, low)
    return elementwise("minimum", x, high) if isinstance(high, Term) else x


def _cosine(x: Term, y: Term, dim: Any = ONE) -> Term:
    return divide(_sum(multiply(x, y), dim), multiply(_norm(x, dim=dim), _norm(y, dim=dim)))


def _whole_reduction(name: str) -> Build:
    def build(x: Term, *rest: Any) -> Term:
        if len(rest) == 1 and isinstance(rest[0], Term) and value_of(rest[0]) is None:
            return elementwise(f"{name}imum", x, rest[0])
        if rest:
            raise no_formula(f"{name} along a dimension")
        return m.call(name, x, shape=()) if x.ndim else x

    return build


def _square(name: str, build: Build) -> Build:
    def checked(x: Term) -> Term:
        if x.ndim != 2 or x.shape[0] != x.shape[1]:
            raise clash(
                (x.shape[0], x.shape[1]) if x.ndim == 2 else (0, 0),
                f"{name}: A must be batches of square matrices, but it has the shape {written(x.shape)}",
                "both dimensions have to be the same: X:n,n",
            )
        return build(x)

    return checked


def _outer(x: Term, y: Term) -> Term:
    if x.ndim != 1 or y.ndim != 1:
        raise Problem("shape-mismatch", "outer: Expected 1-D arguments", hint="give vectors, as in x:n")
    return m.outer(x, y)


def _inner(x: Term, y: Term) -> Term:
    return m.matmul(x, m.transpose(y)) if x.ndim == 2 or y.ndim == 2 else m.matmul(x, y)


def _kron(x: Term, y: Term) -> Term:
    shape = tuple([_times_dim(a, b) for a, b in zip(x.shape, y.shape)])
    return m.call("kron", x, y, shape=shape)


def _times_dim(one: Any, two: Any) -> Any:
    return one * two if isinstance(one, int) and isinstance(two, int) else f"{one}*{two}"


def trace(x: Term) -> Term:
    """The trace; of a Kronecker product it is the product of the traces."""
    if x.op == "call" and x.data[0] == "kron":
        return multiply(*[m.trace(each) for each in x.args])
    return m.trace(x)


def einsum(spec: Any, *operands: Term) -> Term:
    """A sum of products by indices; what is a product of matrices becomes one."""
    given, arrow, out = str(spec).replace(" ", "").partition("->")
    parts = given.split(",")
    if not isinstance(spec, str) or not arrow or len(parts) != len(operands) or "." in spec:
        raise no_formula("an einsum without an arrow, or with dots")
    if any([len(part) != each.ndim or len(set(part)) != len(part) for part, each in zip(parts, operands)]):
        raise no_formula("an einsum that takes a diagonal")
    dims = {index: dim for part, each in zip(parts, operands) for index, dim in zip(part, each.shape)}
    if len(parts) == 2:
        product = _two(parts[0], parts[1], out, *operands)
        if product is not None:
            return product
    return m.call("einsum", *operands, shape=tuple([dims[index] for index in out]), options=(",".join(parts) + "->" + out,))


def _two(one: str, two: str, out: str, x: Term, y: Term) -> Term | None:
    """An einsum of two operands as a product of matrices or vectors."""
    if out == one + two and len(out) == 2:
        return m.outer(x, y)
    if one == two == out:
        return multiply(x, y)
    if max(len(one), len(two)) > 2 or len(set(one) & set(two)) != 1:
        return None
    (shared,) = set(one) & set(two)
    left = x if one[-1] == shared else m.transpose(x)
    right = y if two[0] == shared else m.transpose(y)
    rest = one.replace(shared, "") + two.replace(shared, "")
    if shared in out or sorted(rest) != sorted(out):
        return None
    product = m.matmul(left, right)
    return product if rest == out else m.transpose(product)


def _diag(x: Term) -> Term:
    return m.diag(x) if x.ndim == 1 else m.diagonal(x)


def _transposed(x: Term, *dims: Any) -> Term:
    if dims and (x.ndim != 2 or sorted([int(value_of(each) or 0) % 2 for each in dims]) != [0, 1]):
        raise no_formula("transpose of these dimensions")
    return m.transpose(x)


def _flatten(x: Term) -> Term:
    dim: Any = 1
    for each in x.shape:
        dim = each if dim == 1 else _times_dim(dim, each)
    return m.call("reshape", x, shape=(dim,), options=("flat",))


def _slogdet(x: Term) -> Term:
    raise no_formula("slogdet; logdet has one")


def _solve(a: Term, b: Term) -> Term:
    return m.matmul(m.inverse(a), b)


def _ones_like(x: Term) -> Term:
    return ones(x.shape)


def _zeros_like(x: Term) -> Term:
    return multiply(number(0), ones(x.shape))


def _unsqueeze(x: Term, dim: Term) -> Term:
    return m.unsqueeze(x, int(value_of(dim) or 0))


def _squeeze(x: Term, dim: Term) -> Term:
    return m.squeeze(x, int(value_of(dim) or 0))


def _eye(dim: Term) -> Term:
    if dim.op == "size":
        return m.eye(dim.data[0])
    value = value_of(dim)
    if dim.op == "symbol":
        return m.eye(dim.data[0])
    if value is None:
        raise no_formula("eye of this")
    return m.eye(int(value))


def _polygamma(order: Term, x: Term) -> Term:
    return m.call("polygamma", order, x, shape=x.shape)


_BUILDERS: Final[dict[str, Build]] = {
    "sum": _sum,
    "mean": mean,
    "var": _variance,
    "std": lambda *args, **options: power(_variance(*args, **options), number(0.5)),
    "norm": _norm,
    "nuclear_norm": lambda x: m.call("nuclear_norm", x, shape=()),
    "softmax": _along("softmax"),
    "log_softmax": _along("log_softmax"),
    "cumsum": _along("cumsum"),
    "logsumexp": _logsumexp,
    "cross_entropy": cross_entropy,
    "layer_norm": _layer_norm,
    "scaled_dot_product_attention": _attention,
    "where": where,
    "clamp": _clamp,
    "clip": _clamp,
    "max": _whole_reduction("max"),
    "min": _whole_reduction("min"),
    "amax": _whole_reduction("max"),
    "amin": _whole_reduction("min"),
    "cosine_similarity": _cosine,
    "prod": lambda x: m.call("prod", x, shape=()) if x.ndim else x,
    "inv": _square("linalg.inv", m.inverse),
    "det": _square("linalg.det", m.determinant),
    "logdet": _square("logdet", lambda x: m.call("logdet", x, shape=())),
    "slogdet": _slogdet,
    "trace": _square("trace", trace),
    "solve": _solve,
    "diag": _diag,
    "diagonal": m.diagonal,
    "diag_embed": m.diag,
    "outer": _outer,
    "inner": _inner,
    "kron": _kron,
    "t": _transposed,
    "mT": _transposed,
    "transpose": _transposed,
    "flatten": _flatten,
    "ravel": _flatten,
    "vec": _flatten,
    "unsqueeze": _unsqueeze,
    "squeeze": _squeeze,
    "ones_like": _ones_like,
    "zeros_like": _zeros_like,
    "eye": _eye,
    "einsum": einsum,
    "polygamma": _polygamma,
    "leaky_relu": lambda x, slope=None: where(_positive(x), x, multiply(number(0.01) if slope is None else slope, x)),
    "elu": lambda x, alpha=ONE: where(_positive(x), x, multiply(alpha, subtract(elementwise("exp", x), ONE))),
    "detach": lambda x: m.call("detach", x),
}


def _positive(x: Term) -> Term:
    return m.call("compare", x, number(0), options=(">",))


def read(
    program: syntax.Program,
    shapes: Mapping[str, tuple[Shape, frozenset[str]]],
    known: Mapping[str, Term] | None = None,
    text: str | None = None,
) -> tuple[Term, Reader]:
    """A program as a term, over symbols of these shapes and flags, and the reader that knows the names in it.

    known  names that stand for terms
    text   the program's own, in which problems have their place
    Raises Problem.
    """
    symbols = {name: symbol(name, shape, flags) for name, (shape, flags) in shapes.items()}
    reader = Reader({**symbols, **(known or {})}, text)
    return reader.program(program), reader

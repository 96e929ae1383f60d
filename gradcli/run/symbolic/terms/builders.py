"""Functions with options of their own, such as sum, norm and einsum, as terms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from gradcli.errors import Problem
from gradcli.run.symbolic.terms import matrices as m
from gradcli.run.symbolic.terms import square
from gradcli.run.symbolic.terms.algebra import add, divide, multiply, negate, ones, power, subtract
from gradcli.run.symbolic.terms.dimensions import broadcast, clash, without, written
from gradcli.run.symbolic.terms.entrywise import absolute, elementwise, no_formula
from gradcli.run.symbolic.terms.term import ONE, Term, number, size, value_of

_MOST_TIMES: Final = 8  # of a power of a matrix that is written out

Build = Callable[..., Term]


def _axes(term: Term, dim: Any) -> tuple[int, ...]:
    if dim is None:
        return tuple(range(term.ndim))
    dims = [int(value_of(each) or 0) for each in ([dim] if isinstance(dim, Term) else dim)]
    count = max(term.ndim, 1)
    beyond = [each for each in dims if not -count <= each < count]
    if beyond:
        words = f"Dimension out of range (expected to be in range of [{-count}, {count - 1}], but got {beyond[0]})"
        raise Problem("dimension", words, type="IndexError", hint=f"the shape is {written(term.shape)}")
    return tuple(sorted({each % count for each in dims}))


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
    if order in (None, "fro", 2) and dim is None and x.op == "call" and x.data[0] == "kron":
        return multiply(*[_norm(each) for each in x.args])
    if order in (None, "fro", 2) and (dim is None or (x.ndim == 1 and not keepdim)):
        return absolute(x) if not x.ndim else m.call("norm", x, shape=())
    if order in (float("inf"), -float("inf")) and len(axes) == x.ndim and not keepdim:
        return m.call("max" if order > 0 else "min", absolute(x), shape=())
    if order in (None, 2):
        return power(m.reduce_sum(power(x, number(2)), axes, keepdim), number(0.5))
    if order == 1 and (dim is not None or x.ndim < 2):
        return m.reduce_sum(absolute(x), axes, keepdim)
    if isinstance(order, str) or not isinstance(p, Term) or order in (float("inf"), 0) or (x.ndim == 2 and dim is None):
        raise no_formula("a norm of this order")
    return power(m.reduce_sum(power(absolute(x), p), axes, keepdim), power(p, number(-1)))


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
        if rest and not x.ndim:
            raise no_formula(f"{name} along a dimension", f"of two numbers it is {name}imum(x, y)")
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
    if x.ndim == y.ndim == 1:
        return _flatten(m.outer(x, y))
    if (x.ndim, y.ndim) != (2, 2):
        raise no_formula("kron of these")
    shape = tuple([_times_dim(a, b) for a, b in zip(x.shape, y.shape)])
    return m.call("kron", x, y, shape=shape)


def _times_dim(one: Any, two: Any) -> Any:
    return one * two if isinstance(one, int) and isinstance(two, int) else f"{one}*{two}"


def _matrix_power(x: Term, exponent: Term) -> Term:
    value = value_of(exponent)
    times = 0 if value is None or value != int(value) else int(value)
    if not 0 < abs(times) <= _MOST_TIMES:
        raise no_formula("a power of a matrix that is no small whole number")
    base = x if times > 0 else m.inverse(x)
    return m.matmul(*[base] * abs(times)) if abs(times) > 1 else base


def trace(x: Term) -> Term:
    """The trace; of a Kronecker product it is the product of the traces."""
    if x.op == "call" and x.data[0] == "kron":
        return multiply(*[square.trace(each) for each in x.args])
    return square.trace(x)


def einsum(spec: Any, *operands: Term) -> Term:
    """A sum of products by indices; what is a product of matrices becomes one."""
    given, arrow, out = str(spec).replace(" ", "").partition("->")
    parts = given.split(",")
    if not isinstance(spec, str) or not arrow or len(parts) != len(operands) or "." in spec:
        raise no_formula("an einsum without an arrow, or with dots")
    if any([len(part) != each.ndim or len(set(part)) != len(part) for part, each in zip(parts, operands)]):
        raise no_formula("an einsum that takes a diagonal")
    dims = {index: dim for part, each in zip(parts, operands) for index, dim in zip(part, each.shape)}
    for place, each in enumerate(operands):
        others = "".join([out, *parts[:place], *parts[place + 1 :]])
        alone = tuple([axis for axis, index in enumerate(parts[place]) if index not in others])
        if alone:
            kept = "".join([index for index in parts[place] if index in others])
            less = (*operands[:place], m.reduce_sum(each, alone, False), *operands[place + 1 :])
            return einsum(",".join([*parts[:place], kept, *parts[place + 1 :]]) + "->" + out, *less)
    if parts == [out]:
        return operands[0]
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


def _triangle(name: str) -> Build:
    def build(x: Term, diagonal: Any = None) -> Term:
        return m.call(name, x, options=(0 if diagonal is None else int(value_of(diagonal) or 0),))

    return build


def _cdist(x: Term, y: Term) -> Term:
    """The distances between the rows of two matrices."""
    if (x.ndim, y.ndim) != (2, 2):
        raise no_formula("cdist of batches")
    return _norm(subtract(m.unsqueeze(x, 1), m.unsqueeze(y, 0)), dim=number(2))


def _diag(x: Term) -> Term:
    return square.diag(x) if x.ndim == 1 else square.diagonal(x)


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


BUILDERS: Final[dict[str, Build]] = {
    "sum": _sum,
    "mean": mean,
    "var": _variance,
    "std": lambda *args, **options: power(_variance(*args, **options), number(0.5)),
    "norm": _norm,
    "nuclear_norm": lambda x: m.call("nuclear_norm", x, shape=()),
    "softmax": _along("softmax"),
    "log_softmax": _along("log_softmax"),
    "cumsum": _along("cumsum"),
    "flip": _along("flip"),
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
    "matrix_power": lambda x, n: _matrix_power(x, n),
    "prod": lambda x: m.call("prod", x, shape=()) if x.ndim else x,
    "inv": _square("linalg.inv", m.inverse),
    "det": _square("linalg.det", square.determinant),
    "logdet": _square("logdet", lambda x: m.call("logdet", x, shape=())),
    "slogdet": _slogdet,
    "trace": _square("trace", trace),
    "solve": _solve,
    "tril": _triangle("tril"),
    "triu": _triangle("triu"),
    "cdist": _cdist,
    "diag": _diag,
    "diagonal": square.diagonal,
    "diag_embed": square.diag,
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

"""What names stand for: NAME:SHAPE as it is typed, and the shapes of names that have none, from how they are used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from gradcli.errors import Problem, Record, did_you_mean
from gradcli.run.symbolic.terms.dimensions import Clash, Dim, Shape
from gradcli.run.symbolic.terms.reading import Reader, read
from gradcli.run.symbolic.terms.term import Term
from gradcli.text import nodes as syntax
from gradcli.text import parse

FLAGS: Final = ("symmetric", "positive", "integer")
_VECTORS: Final = frozenset({"norm", "softmax", "log_softmax", "logsumexp", "sum", "mean", "var", "std", "prod",
                             "cumsum", "dot", "outer", "max", "min", "amax", "amin", "diag",
                             "cosine_similarity", "mse_loss"})  # fmt: skip
_MATRICES: Final = frozenset({"inv", "det", "logdet", "trace", "kron", "inverse", "solve"})
CONSTANTS: Final = ("pi", "e", "inf")
_MAKERS: Final = frozenset({"eye", "inv", "outer", "diag", "kron", "tril", "triu"})
_NAMES: Final = "mnkpqrsabcdijlt"
_MOST_TRIES: Final = 40

Shapes = dict[str, tuple[Shape, frozenset[str]]]


class Declared(Record):
    """A name with its shape; `flags` are among FLAGS."""

    __slots__ = ("name", "shape", "flags")
    name: str
    shape: Shape
    flags: frozenset[str]


def declared(word: str) -> Declared:
    """`A:m,n`, `X:3,3`, `S:n,n,symmetric`, `p:n,positive`, `x:` (a number).  Raises Problem."""
    name, _, text = word.partition(":")
    parts = [part.strip() for part in text.split(",") if part.strip()]
    flags = frozenset([part for part in parts if part in FLAGS])
    dims: list[Dim] = []
    for part in parts:
        if part in flags:
            continue
        if part.isdecimal() and int(part) > 0:
            dims.append(int(part))
        elif part.isidentifier():
            near = [flag for flag in FLAGS if len(part) > 2 and (flag.startswith(part) or did_you_mean(part, [flag]))]
            if near:
                raise _refused(word, f"'{part}' is no property of an array", f"did you mean '{near[0]}'?")
            dims.append(part)
        else:
            raise _refused(word, f"'{part}' is no dimension", "a dimension is a name or a whole number: A:m,n or X:3,3")
    if "symmetric" in flags and (len(dims) != 2 or dims[0] != dims[1]):
        raise _refused(word, f"{name} cannot be symmetric, since it is not square", f"write {name}:n,n,symmetric")
    return Declared(name.strip(), tuple(dims), flags)


def _refused(word: str, message: str, hint: str) -> Problem:
    return Problem("shape-mismatch", message, type="ValueError", hint=hint, source="NAME:SHAPE", text=word)


def free_names(expr: str) -> set[str]:
    """The names of an expression that it does not give a value itself.  Raises Problem."""
    return set(_guessed(parse(expr), (), False))


def settled(
    program: syntax.Program, given: Mapping[str, Declared], known: Mapping[str, Term], text: str
) -> tuple[Term, Reader, Shapes]:
    """A program as a term, with the shapes of all its names: those given, and for the others what fits.

    known  names that have a value, as terms
    Raises Problem where shapes do not fit.
    """
    guessed = _guessed(program, {*given, *known}, bool(given))
    taken = {str(dim) for each in given.values() for dim in each.shape}
    fresh = iter([each for each in _NAMES if each not in taken] + [f"n{count}" for count in range(1, 99)])
    shapes: Shapes = {name: (each.shape, each.flags) for name, each in given.items()}
    shapes |= {name: (tuple([next(fresh) for _ in range(ndim)]), frozenset()) for name, ndim in guessed.items()}
    own = {dim for name in guessed for dim in shapes[name][0]}
    for _ in range(_MOST_TRIES):
        try:
            term, reader = read(program, shapes, known, text)
            return term, reader, shapes
        except Clash as problem:
            one, two = problem.dims
            loser, winner = (two, one) if two in own else (one, two)
            if loser not in own or loser == winner:
                raise
            shapes = {
                name: (tuple([winner if dim == loser else dim for dim in shape]), flags)
                for name, (shape, flags) in shapes.items()
            }
    return (*read(program, shapes, known, text), shapes)


def _guessed(program: syntax.Program, named: Iterable[str], sparing: bool) -> dict[str, int]:
    """How many dimensions the names without a shape have: capitals within products are matrices, small letters vectors.

    sparing  whether shapes have been given: then only operands of @, and what is added to products, are no numbers
    """
    named = set(named)
    assigned: set[str] = set()
    known: dict[syntax.Node, bool] = {}  # whether a tree gives an array, for what has been looked at
    found: dict[str, int] = {}
    for statement in program.statements:
        tree = statement.value if isinstance(statement, syntax.Assign) else statement
        _look(tree, False, found, named | assigned, known, sparing)
        assigned |= set(statement.targets) if isinstance(statement, syntax.Assign) else set()
    return found


def _look(
    node: syntax.Node,
    inside: bool,
    found: dict[str, int],
    named: set[str],
    known: dict[syntax.Node, bool],
    sparing: bool,
) -> None:
    """Note the names of a tree; `inside` where they are operands of products of matrices, or of reductions."""
    match node:
        case syntax.Name(id=name):
            if name not in named and name not in CONSTANTS:
                ndim = 0 if not inside else 2 if name[0].isupper() else 1
                found[name] = max(found.get(name, 0), ndim)
        case syntax.Binary(operator="@", left=left, right=right):
            _look(left, True, found, named, known, sparing)
            _look(right, True, found, named, known, sparing)
        case syntax.Binary(operator=operator, left=left, right=right):
            arrays = operator in ("+", "-") or (operator == "*" and not sparing)
            inside = inside or (arrays and any([_has_product(each, known) for each in (left, right)]))
            scales = operator in ("*", "/", "**")
            for each, other in ((left, right), (right, left)):
                is_matrix = _has_product(other, known) or _is_matrix(other)
                is_scale = scales and isinstance(each, syntax.Name) and each.id[0].islower() and is_matrix
                exponent = operator == "**" and each is right
                _look(each, inside and not is_scale and not exponent, found, named, known, sparing)
        case syntax.Call(function=function, arguments=arguments):
            word = function.id if isinstance(function, syntax.Name) else getattr(function, "name", "")
            deeper = inside or word in _MATRICES or (word in _VECTORS and not sparing)
            if isinstance(function, syntax.Attribute) and not (
                isinstance(function.object, syntax.Name) and function.object.id in ("torch", "F", "linalg", "math", "special")
            ):
                _look(function.object, deeper, found, named, known, sparing)
            for each in arguments:
                _look(each, deeper, found, named, known, sparing)
        case syntax.Attribute(name=word, object=inner):
            _look(inner, inside or word not in ("real", "imag"), found, named, known, sparing)
        case syntax.Index(object=inner):
            _look(inner, True, found, named, known, sparing)
        case _:
            for each in syntax.children(node):
                _look(each, inside, found, named, known, sparing)


def _is_matrix(node: syntax.Node) -> bool:
    """Whether a tree is a matrix by its name: a capital, or a function that makes one."""
    if isinstance(node, syntax.Call) and isinstance(node.function, syntax.Name):
        return node.function.id in _MAKERS
    return isinstance(node, syntax.Name) and node.id[0].isupper()


def _has_product(node: syntax.Node, known: dict[syntax.Node, bool]) -> bool:
    """Whether a tree gives an array by its own signs: a product of matrices, or what is made of one entry by entry."""
    if node not in known:
        known[node] = _shows_product(node, known)
    return known[node]


def _shows_product(node: syntax.Node, known: dict[syntax.Node, bool]) -> bool:
    match node:
        case syntax.Binary(operator="@"):
            return True
        case syntax.Binary(left=left, right=right):
            return _has_product(left, known) or _has_product(right, known)
        case syntax.Unary(operand=inner):
            return _has_product(inner, known)
        case syntax.Attribute(name="T"):
            return True
        case syntax.Call(function=syntax.Name(id=word), arguments=arguments):
            return word not in _VECTORS and word not in _MATRICES and any([_has_product(each, known) for each in arguments])
    return False

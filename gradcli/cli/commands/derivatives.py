"""Commands for derivatives beyond one backward pass."""

from __future__ import annotations

from gradcli.cli import options as o
from gradcli.cli.commands.record import BINDINGS, EXPRESSION, REPORTS, Command

TYPE_CHECKING = False  # type checkers know the name; to import typing for it takes 5 ms
if TYPE_CHECKING:
    from typing import Final

_MATRIX_OPTIONS = (
    o.EXPR,
    o.EXPR_FILE,
    o.MATH,
    o.CONST,
    o.WRT,
    o.MODE,
    o.DTYPE,
    o.SEED,
    o.NOTES,
    o.PRECISION,
    o.JSON,
    o.GET,
    o.MATRIX_FORMAT,
    *REPORTS,
)

_PRODUCT_OPTIONS = (
    o.EXPR,
    o.EXPR_FILE,
    o.MATH,
    o.CONST,
    o.TANGENT,
    o.WRT,
    o.DTYPE,
    o.SEED,
    o.NOTES,
    o.PRECISION,
    o.JSON,
    o.GET,
    o.FORMAT,
    *REPORTS,
)

JACOBIAN: Final = Command(
    "jacobian",
    "All first derivatives of an output by the leaves",
    "Gives a block for each leaf (and each output, where EXPR gives a tuple), in the shape of the output followed by that of "
    "the leaf.  Many rows are computed in one sweep; all of them, where each depends on one element of the leaf alone.",
    (EXPRESSION, BINDINGS),
    _MATRIX_OPTIONS,
    (
        ("gradcli jacobian 'A @ x' 'A=[[1, 2], [3, 4]]' 'x=[5, 6]'", "a block by A, and one by x"),
        ("gradcli jacobian 'exp(x)' 'x=linspace(0, 1, 1000)' --format coo", "what is not zero"),
        ("gradcli jacobian 'cat([x, x**2])' x=@data.npy --mode forward --json", "forward mode; JSON for programs"),
    ),
    "gradcli.cli.derivatives:jacobian",
)

HESSIAN: Final = Command(
    "hessian",
    "All second derivatives of an output of one element",
    "Gives a block for each pair of leaves, in the shape of the first followed by that of the second.",
    (EXPRESSION, BINDINGS),
    _MATRIX_OPTIONS,
    (
        ("gradcli hessian 'sum(x**3)' 'x=[1, 2]'", "a matrix of two by two"),
        ("gradcli hessian 'x**2 * y' x=3 y=2", "four blocks"),
        ("gradcli hessian 'x**2 * y' x=3 y=2 --wrt x", "one of them"),
    ),
    "gradcli.cli.derivatives:hessian",
)

JVP: Final = Command(
    "jvp",
    "The derivative along a direction (Jacobian times vector)",
    "Pushes tangents forward, from the leaves to the output, and gives what the output changes by.",
    (EXPRESSION, BINDINGS),
    _PRODUCT_OPTIONS,
    (
        ("gradcli jvp 'sin(x)*y' x=1 y=2 -t x=1", "x moves, and y stays"),
        ("gradcli jvp 'x**2' 'x=[1, 2, 3]' -t 'x=[0, 0, 1]'", "a column of the Jacobian"),
    ),
    "gradcli.cli.derivatives:jvp",
)

HVP: Final = Command(
    "hvp",
    "The Hessian times a vector, without the Hessian",
    "Pushes tangents through the gradient of an output of one element, and gives what each leaf's gradient changes by.",
    (EXPRESSION, BINDINGS),
    _PRODUCT_OPTIONS,
    (("gradcli hvp 'sum(x**3)' 'x=[1, 2]' -t 'x=[1, 0]'", "a column of the Hessian"),),
    "gradcli.cli.derivatives:hvp",
)

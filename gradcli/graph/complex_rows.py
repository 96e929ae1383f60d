"""Operations on complex operands: what stands in a row's place there, made from the row itself when it is first asked for.

Cotangents are PyTorch's: of a real L by z = x + iy, dL/dx + i dL/dy, the conjugate Wirtinger derivative (times two).  So a
holomorphic f sends g to g * conj(f'(z)) = conj(conj(g) * f'(z)), which is the rule for real numbers between two
conjugations; that holds of products of matrices and their inverses as well.  A tangent goes on as that of real numbers does.
Where an operand is real, the sweep keeps the real part of its cotangent, as it casts to every dtype.
Real operands never come here, and pay nothing.

https://docs.pytorch.org/docs/stable/notes/autograd.html#autograd-for-complex-numbers
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import TYPE_CHECKING, Any

from gradcli.errors import Problem
from gradcli.graph.operation import SAME, Operation, Rule, rule_parameters
from gradcli.graph.operators import OPERATORS
from gradcli.graph.types import Cotangent, Operand

if TYPE_CHECKING:
    import numpy as np

_WORDS = {"complex64": "ComplexFloat", "complex128": "ComplexDouble"}


def over_complex(operation: Operation, dtype: np.dtype[Any]) -> Operation:
    """The operation on operands of a complex dtype.  Raises Problem where it has none, in PyTorch's words."""
    found = operation.complex_row
    if found is None:
        if operation.complex is None or isinstance(operation.complex, tuple):
            raise _refused(operation, dtype)
        found = operation.complex_row = _made(operation)
    return found


def _made(operation: Operation) -> Operation:
    if operation.complex == SAME:
        return operation
    row = copy(operation)
    row.kinks, row.lossy = tuple([kink.in_plane() for kink in operation.kinks]), None
    if isinstance(operation.complex, Mapping):
        for field, value in operation.complex.items():
            setattr(row, field, value)
        row.note_what_rules_name()
    else:
        row.vjps = tuple([rule and conjugated(rule) for rule in operation.vjps])
    row.complex_row = row
    return row


def no_kernel(name: str) -> tuple[str, str]:
    """What a row says that PyTorch refuses for want of a kernel, of this name; {} stands for the dtype's."""
    return f"\"{name}\" not implemented for '{{}}'", "NotImplementedError"


def _refused(operation: Operation, dtype: np.dtype[Any]) -> Problem:
    kernel = f"{operation.name.rpartition('.')[2].lstrip('_')}_cpu"
    words, type = operation.complex or no_kernel(kernel)
    words = words.replace("{}", _WORDS.get(dtype.name, dtype.name))
    return Problem(
        "dtype",
        words,
        type=type,
        hint=f"{operation.name} is a function of real numbers: take the real part, imag(x), abs(x) or angle(x) first",
    )


def conjugated(rule: Rule) -> Rule:
    """A rule between two conjugations: that of a holomorphic function; or as it says itself, in its `conjugated`."""
    stated = getattr(rule, "conjugated", None)
    if stated is not None:
        return stated  # type: ignore[no-any-return]

    def between(g: Cotangent, *values: Operand) -> Any:
        return conjugate(rule(conjugate(g), *values))

    between.named = rule_parameters(rule)  # type: ignore[attr-defined]
    return between


def conjugate(x: Any) -> Any:
    """The complex conjugate of an array or tensor, or of each of several; what is real stays itself, and so does None."""
    if isinstance(x, (list, tuple)):
        return [conjugate(each) for each in x]
    if isinstance(x, (int, float, complex)):
        return x.conjugate()
    if x is None or hasattr(type(x), "mapped"):  # the cotangents of several outputs
        return x and x.mapped(conjugate)
    return OPERATORS["conj"](x)

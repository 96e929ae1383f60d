"""What a name stands for when the user has not bound it: a function, a dtype, a constant, a module of PyTorch's."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from gradcli.errors import Problem, Record, did_you_mean
from gradcli.graph.operation import Operation
from gradcli.graph.tensor import Outputs, Tensor
from gradcli.ops.catalogue import ATTRIBUTES, FUNCTIONS, METHODS
from gradcli.ops.core import dtypes
from gradcli.ops.core.binding import kind_of

CONSTANTS = {"pi": math.pi, "e": math.e, "inf": math.inf, "nan": math.nan, "tau": math.tau}
NAMESPACES = frozenset(
    {
        "torch",
        "torch.linalg",
        "torch.special",
        "torch.nn",
        "torch.nn.functional",
        "torch.autograd",
        "torch.Tensor",
        "F",
        "math",
        "linalg",
        "special",
        "nn",
        "nn.functional",
        "autograd",
    }
)

# What other languages, and JSON, call the constants.
_ELSEWHERE = {
    "infinity": "inf",
    "inf": "inf",
    "nan": "nan",
    "true": "True",
    "false": "False",
    "none": "None",
    "null": "None",
    "ln": "log",
}
# What calculators and other libraries have as functions, in the words of this language.
_WRITTEN_OUT = {
    "sec": "1/cos(x)",
    "csc": "1/sin(x)",
    "cot": "1/tan(x)",
    "sech": "1/cosh(x)",
    "csch": "1/sinh(x)",
    "coth": "1/tanh(x)",
    "cbrt": "sign(x)*abs(x)**(1/3)",
    "factorial": "exp(lgamma(x + 1)), for x > -1",
    "gamma": "exp(lgamma(x)), for x > 0",
    "tgamma": "exp(lgamma(x)), for x > 0",
    "derivative": "grad(y, x)",
    "np": "sin(x), and PyTorch's other names, without a prefix",
    "numpy": "sin(x), and PyTorch's other names, without a prefix",
}
# What a script does with a tensor and an expression has no use for.
_OF_SCRIPTS = {
    "backward": "gradients are computed by themselves; --no-grad leaves them out",
    "grad": "gradients are reported by themselves; within an expression, write grad(y, x)",
    "grad_fn": "the report names the grad_fn of every node",
    "retain_grad": "name the value, y = ..., and ask for it with --retain-grad y",
    "requires_grad_": "NAME=VALUE makes a leaf that requires grad, -c NAME=VALUE a constant",
}


class Function(Record):
    """A function by name, and its overloads; `bound` holds the tensor of a method."""

    __slots__ = ("name", "rows", "bound")
    called = "a function"  # in messages
    name: str
    rows: tuple[Operation, ...]
    bound: tuple[Any, ...]


class Namespace(Record):
    """A module of PyTorch's, as a prefix."""

    __slots__ = ("name",)
    called = "a module"
    name: str


# Functions whose results are derivatives: `grad(y, x)` and the like.
DERIVATIVES = frozenset({"grad", "jacobian", "hessian", "jvp", "hvp"})


class Derivative(Record):
    """One of DERIVATIVES by name; PyTorch's own grad, `torch.autograd.grad`, always gives a tuple."""

    __slots__ = ("name", "always_tuple")
    called = "a function"
    name: str
    always_tuple: bool


def unknown(name: str, bound: Iterable[str], *, called: bool) -> Problem:
    """The error of a name that means nothing, with the nearest one that does; `called` where it stands for a function."""
    hint = _unknown_hint(name, bound, called)
    return Problem("unknown-name", f"name '{name}' is not defined", type="NameError", hint=hint)


def _unknown_hint(name: str, bound: Iterable[str], called: bool) -> str:
    if name.lower() in _ELSEWHERE:
        return f"did you mean '{_ELSEWHERE[name.lower()]}'?"
    near = _function_hint(name, [*bound, *CONSTANTS, *DERIVATIVES])
    return near or ("'gradcli ops' lists every function" if called else f"bind it: {name}=VALUE")


def _function_hint(name: str, others: Iterable[str] = ()) -> str | None:
    """How to write a function that is none here, or which name is meant; None where nobody knows."""
    return f"write {_WRITTEN_OUT[name]}" if name in _WRITTEN_OUT else did_you_mean(name, [*others, *FUNCTIONS])


def lookup(name: str) -> Any:
    """What `name` means by itself, or None."""
    if name in CONSTANTS:  # before the functions: an unknown name costs the catalogue a look into its list
        return CONSTANTS[name]
    if name in FUNCTIONS:
        return Function(name, tuple(FUNCTIONS[name]), ())
    if name in DERIVATIVES:
        return Derivative(name, False)
    if name in dtypes.NAMES:
        return dtypes.NAMES[name]
    if name in NAMESPACES:
        return Namespace(name)
    if name in METHODS:  # a method called as a function, where no function has its name: item(x)
        return Function(name, tuple(METHODS[name]), ())
    return None


def member(value: Any, name: str) -> Any:
    """`value.name`.  Raises Problem."""
    if isinstance(value, Namespace):
        return _in_namespace(value.name, name)
    if isinstance(value, Outputs) and name in value.fields:
        return value[value.fields.index(name)]
    if not isinstance(value, Tensor):
        raise Problem(
            "attribute",
            f"{kind_of(value)} has no attribute '{name}'",
            type="AttributeError",
            hint="a method needs a tensor before the dot" if name in METHODS or name in ATTRIBUTES else None,
        )
    if name in ATTRIBUTES:
        return ATTRIBUTES[name].call(value)
    if name in METHODS:
        return Function(name, tuple(METHODS[name]), (value,))
    raise Problem("attribute", f"'Tensor' object has no attribute '{name}'", type="AttributeError", hint=_member_hint(name))


def _member_hint(name: str) -> str | None:
    if name in _OF_SCRIPTS:
        return _OF_SCRIPTS[name]
    if name.endswith("_") and name.rstrip("_") in METHODS:
        return f"an expression changes nothing in place; use .{name.rstrip('_')}()"
    if name in FUNCTIONS:
        return f"'{name}' is a function: write {name}(x)"
    return did_you_mean(name, [*METHODS, *ATTRIBUTES])


def _in_namespace(namespace: str, name: str) -> Any:
    full = f"{namespace}.{name}"
    if full in NAMESPACES:
        return Namespace(full)
    if full.endswith("autograd.grad"):
        return Derivative("grad", True)
    tail = namespace.rpartition(".")[2]
    found = lookup(f"{tail}.{name}") if tail in ("linalg", "special") else None
    if found is None:
        found = lookup(name)
    if found is None or isinstance(found, Namespace):
        raise Problem(
            "unknown-name",
            f"module '{namespace}' has no attribute '{name}'",
            type="AttributeError",
            hint=_function_hint(name) or "gradcli ops lists every function",
        )
    return found

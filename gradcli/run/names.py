"""What a name stands for when the user has not bound it: a function, a dtype, a constant, a module of PyTorch's."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from typing import Any

from gradcli.errors import Problem, Record, did_you_mean
from gradcli.graph.operation import Operation
from gradcli.graph.tensor import Outputs, Tensor
from gradcli.ops.catalogue import ATTRIBUTES, FUNCTIONS, METHODS
from gradcli.ops.core import dtypes
from gradcli.ops.core.binding import kind_of

CONSTANTS = {"pi": math.pi, "e": math.e, "inf": math.inf, "nan": math.nan, "tau": math.tau}
_TORCHS = frozenset(
    {
        "torch",
        "torch.linalg",
        "torch.special",
        "torch.fft",
        "torch.nn",
        "torch.nn.functional",
        "torch.autograd",
        "torch.Tensor",
        "F",
        "math",
        "linalg",
        "special",
        "fft",
        "nn",
        "nn.functional",
        "autograd",
    }
)

# Modules of other libraries: their functions, where the table has them.
FOREIGN = frozenset({
    "np", "np.linalg", "np.random", "np.fft", "numpy", "numpy.linalg", "numpy.random", "numpy.fft", "cupy", "autograd.numpy",
    "jnp", "jnp.linalg", "jnp.fft", "jax", "jax.numpy", "jax.nn", "jax.lax", "jax.scipy", "jax.scipy.special",
    "jax.scipy.linalg", "tf", "tf.math", "tf.nn", "tf.linalg", "tensorflow", "tensorflow.math", "tensorflow.nn", "tf.keras",
    "tf.keras.activations", "keras", "keras.activations", "keras.ops", "sympy", "mpmath", "Math", "cmath", "statistics",
    "scipy", "scipy.special", "scipy.linalg", "scipy.stats", "stats",
})  # fmt: skip
NAMESPACES = _TORCHS | FOREIGN

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
    "complex32": "complex64: NumPy has no complex numbers of 16 bits",
    "chalf": "cfloat: NumPy has no complex numbers of 16 bits",
    "derivative": "grad(y, x)",
    "lg": "log10(x)",
    "lb": "log2(x)",
    "ld": "log2(x)",
    "tgamma": "gamma(x)",
    "choose": "comb(n, k)",
    "binomial": "comb(n, k)",
    "nCr": "comb(n, k)",
    "ncr": "comb(n, k)",
    "nPr": "perm(n, k)",
    "npr": "perm(n, k)",
    "sumprod": "dot(x, y)",
    "mod": "x % y",
    "divmod": "x // y and x % y",
    "print": "the expression alone: its value is printed",
    "Derivative": "grad(y, x)",
    "differentiate": "grad(y, x)",
    "norm.cdf": "special.ndtr(x)",
    "norm.pdf": "exp(-x**2/2)/sqrt(2*pi)",
}
# What a script does with a tensor and an expression has no use for.
_OF_SCRIPTS = {
    "backward": "gradients are computed by themselves; --no-grad leaves them out",
    "grad": "gradients are reported by themselves; within an expression, write grad(y, x)",
    "grad_fn": "the report names the grad_fn of every node",
    "retain_grad": "name the value, y = ..., and ask for it with --retain-grad y",
    **dict.fromkeys(("numpy", "tolist", "cpu", "cuda"), "values are printed by themselves: leave it out"),
    "requires_grad_": "NAME=VALUE makes a leaf that requires grad, -c NAME=VALUE a constant",
}


# What functions are called there, and those that compute something else there.
_RENAMED = {
    "array": "tensor", "asarray": "tensor", "constant": "tensor", "average": "mean", "fmean": "mean", "concat": "cat",
    "expand_dims": "unsqueeze", "power": "pow", "mod": "remainder", "modulus": "remainder", "ln": "log", "Abs": "abs",
    "PI": "pi", "E": "e", "inverse": "inv", "stdev": "std", "variance": "var",
}  # fmt: skip
_OTHERWISE = {
    "std": ("divides by n, and std here by n - 1", "std(x, correction=0)"),
    "var": ("divides by n, and var here by n - 1", "var(x, correction=0)"),
    "median": ("averages the two in the middle, and median here is the lower one", "quantile(x, 0.5)"),
}


class RowFunction(Record):
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
    if re.fullmatch(r"d|[d∂]\w", name):
        return "a derivative is written grad(y, x), or d/dx y with -m"
    if name in ("i", "j"):
        return f"the imaginary unit is written 1j; another {name} is bound: {name}=VALUE"
    if name.lower() in _ELSEWHERE:
        return f"did you mean '{_ELSEWHERE[name.lower()]}'?"
    bound = [*bound]
    if len(name) > 1 and not called and {*name} <= {*bound}:
        return f"write {'*'.join(name)}"
    for place in range(2, len(name)):  # sinx
        if name[:place] in FUNCTIONS and name[place:] in bound:
            return f"write {name[:place]}({name[place:]})"
    near = _function_hint(name, [*bound, *CONSTANTS, *DERIVATIVES])
    return near or ("'gradcli ops' lists every function" if called else f"bind it: {name}=VALUE")


def _function_hint(name: str, others: Iterable[str] = ()) -> str | None:
    """How to write a function that is none here, or which name is meant; None where nobody knows."""
    if name in _WRITTEN_OUT:
        return f"write {_WRITTEN_OUT[name]}"
    reduction = name.removeprefix("reduce_")  # as TensorFlow has them
    return f"write {reduction}" if reduction != name and reduction in FUNCTIONS else _near(name, [*others, *FUNCTIONS])


def _near(name: str, known: Iterable[str]) -> str | None:
    """The suggestion of a name that is a slip away: a letter more or less, another one, or two exchanged; two in long names.

    A name that is farther off is another function, and worse than no suggestion.
    """
    word, most = name.lower(), 1 if len(name) < 8 else 2
    letters = {*word}

    def may_be(other: str) -> bool:
        """Whether so few letters are in one word only: tells quickly what is far apart."""
        theirs = {*other}
        return len(letters - theirs) <= most and len(theirs - letters) <= most and abs(len(word) - len(other)) <= most

    return did_you_mean(name, [each for each in known if may_be(each.lower()) and _slips(word, each.lower()) <= most])


def _slips(one: str, other: str) -> int:
    """How many letters differ: the distance of Damerau and Levenshtein (optimal string alignment)."""
    rows: list[list[int]] = [[*range(len(other) + 1)]]
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, there in enumerate(other, 1):
            cost = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (letter != there))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == there:
                cost = min(cost, rows[-2][j - 2] + 1)
            row.append(cost)
        rows.append(row)
    return rows[-1][-1]


def lookup(name: str) -> Any:
    """What `name` means by itself, or None."""
    if name in CONSTANTS:  # before the functions: an unknown name costs the catalogue a look into its list
        return CONSTANTS[name]
    if name in FUNCTIONS:
        return RowFunction(name, tuple(_overloads(FUNCTIONS[name], _pythons(name))), ())
    if name in DERIVATIVES:
        return Derivative(name, False)
    if name in dtypes.NAMES:
        return dtypes.NAMES[name]
    if name in NAMESPACES:
        return Namespace(name)
    if name == "Γ":
        return lookup("gamma")
    if name in METHODS:  # a method called as a function, where no function has its name: item(x)
        return RowFunction(name, tuple(METHODS[name]), ())
    return None


def _pythons(name: str) -> Sequence[Operation]:
    """The ways to call a function that Python's `math` has and PyTorch has not."""
    full = f"math.{name}"
    return FUNCTIONS.get(full, ())


def _overloads(first: Sequence[Operation], then: Sequence[Operation]) -> list[Operation]:
    """Rows in the order in which they are tried."""
    return [*first, *[row for row in then if all([row is not each for each in first])]]


def member(value: Any, name: str) -> Any:
    """`value.name`.  Raises Problem."""
    if isinstance(value, Namespace):
        return _in_namespace(value.name, name)
    if isinstance(value, RowFunction) and value.name in NAMESPACES:  # fft is both
        return _in_namespace(value.name, name)
    if isinstance(value, Outputs) and name in value.fields:
        return value[value.fields.index(name)]
    if not isinstance(value, Tensor):
        raise Problem(
            "attribute",
            f"{kind_of(value)} has no attribute '{name}'",
            type="AttributeError",
            hint=_attribute_hint(value, name),
        )
    if name in ATTRIBUTES:
        return ATTRIBUTES[name].call(value)
    if name in METHODS:
        return RowFunction(name, tuple(METHODS[name]), (value,))
    raise Problem("attribute", f"'Tensor' object has no attribute '{name}'", type="AttributeError", hint=_member_hint(name))


def _attribute_hint(value: Any, name: str) -> str | None:
    written = _WRITTEN_OUT.get(f"{value.name}.{name}") if isinstance(value, RowFunction) else None
    if written is not None:
        return f"write {written}"
    return "a method needs a tensor before the dot" if name in METHODS or name in ATTRIBUTES else None


def _member_hint(name: str) -> str | None:
    if name in _OF_SCRIPTS:
        return _OF_SCRIPTS[name]
    if name.endswith("_") and name.rstrip("_") in METHODS:
        return f"an expression changes nothing in place; use .{name.rstrip('_')}()"
    if name.removeprefix("reduce_") != name and name.removeprefix("reduce_") in METHODS:  # as TensorFlow has them
        return f"write .{name.removeprefix('reduce_')}()"
    if name in FUNCTIONS:
        return f"'{name}' is a function: write {name}(x)"
    return _near(name, [*METHODS, *ATTRIBUTES])


def _in_namespace(namespace: str, name: str) -> Any:
    full = f"{namespace}.{name}"
    if full in NAMESPACES:
        return Namespace(full)
    if full.endswith("autograd.grad"):
        return Derivative("grad", True)
    tail = namespace.rpartition(".")[2]
    found = lookup(f"{tail}.{name}") if tail in ("linalg", "special", "fft") else None
    if tail == "math" and _pythons(name):
        found = RowFunction(name, tuple(_overloads(_pythons(name), FUNCTIONS[name])), ())
    if found is None:
        found = lookup(name)
    if namespace in FOREIGN:
        plain = name.removeprefix("reduce_")
        if plain in _OTHERWISE and (plain == "median" or namespace != "statistics"):
            what, written = _OTHERWISE[plain]
            raise Problem("unknown-name", f"{full} {what}", type="AttributeError", hint=f"write {written}")
        found = lookup(_RENAMED.get(name, plain)) if found is None else found
    if found is None or isinstance(found, Namespace):
        raise Problem(
            "unknown-name",
            f"module '{namespace}' has no attribute '{name}'",
            type="AttributeError",
            hint=_function_hint(name) or "gradcli ops lists every function",
        )
    return found

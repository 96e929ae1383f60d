"""A tensor's attributes and methods by name: `read(x, "grad")`, `write(x, "grad", None)`, `METHODS["sum"](x, 0)`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import MethodType
from typing import Any
from weakref import ref

from gradcli.engine import tensors as engine
from gradcli.errors import Problem, did_you_mean
from gradcli.graph.node import function_of
from gradcli.graph.tensor import Tensor
from gradcli.ops import table
from gradcli.ops.properties import Size
from gradcli.run.script import mutation, tensor_methods
from gradcli.run.script.calls import method
from gradcli.run.script.classes import type_of
from gradcli.run.script.dtypes import CPU, STRIDED, of
from gradcli.run.script.exposed import no_attribute, read_only
from gradcli.run.script.warnings import warn, warn_once

_NOT_A_LEAF = (
    "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. It stays None in a backward pass, "
    "unless .retain_grad() was called before; gradients are kept in the leaves, such as the parameters"
)


def read(x: Tensor, name: str) -> Any:
    """An attribute of a tensor, or a method bound to it.  Raises Problem (AttributeError)."""
    getter = ATTRIBUTES.get(name)
    if getter is not None:
        return getter(x)
    found = METHODS.get(name)
    if found is not None:
        return MethodType(found, x)
    own = _own.get(id(x))
    if own is not None and name in own.values:
        return own.values[name]
    raise no_attribute("'Tensor' object", name, names())


def write(x: Tensor, name: str, value: Any) -> None:
    """Set an attribute of a tensor.  Raises Problem."""
    setter = _SETTERS.get(name)
    if setter is None:
        if name in ATTRIBUTES or METHODS.get(name) is not None:
            raise read_only("torch._C.TensorBase", name)
        _write_own(x, name, value)
    else:
        setter(x, value)


def delete(x: Tensor, name: str) -> None:
    """`del x.grad`, or of an attribute that the script added.  Raises Problem."""
    own = _own.get(id(x))
    if name == "grad":
        x.grad = None
    elif own is not None and name in own.values:
        del own.values[name]
    elif name in ATTRIBUTES:
        raise read_only("torch._C.TensorBase", name)
    else:
        raise no_attribute("'Tensor' object", name, names())


class _Own:
    """Attributes that a script has put on one tensor; they go with the tensor, whose id may come again."""

    __slots__ = ("tensor", "values")

    def __init__(self, x: Tensor) -> None:
        self.values: dict[str, Any] = {}
        self.tensor = ref(x, partial(_own.pop, id(x)))


_own: dict[int, _Own] = {}  # by the id of the tensor: few have any


def _write_own(x: Tensor, name: str, value: Any) -> None:
    meant = did_you_mean(name, _SETTERS)
    if meant:
        warn(f"'{name}' is no attribute that tensors have, so nothing follows from setting it; {meant}")
    own = _own.get(id(x))
    if own is None:
        own = _own[id(x)] = _Own(x)
    own.values[name] = value


def own_attributes(x: Tensor) -> dict[str, Any]:
    """What a script has put on a tensor."""
    own = _own.get(id(x))
    return own.values if own is not None else {}


def names(x: Any = None) -> list[str]:
    """Every attribute and method, for completion: the same for all tensors."""
    return sorted({*ATTRIBUTES, *table.METHODS, *tensor_methods.METHODS, *mutation.names()})


class _Methods(dict[str, Any]):
    """Methods by name, as functions of the tensor, found when first asked for; None where there is none."""

    def get(self, name: str, default: Any = None) -> Any:
        """The method, or `default`."""
        found = self[name]
        return default if found is None else found

    def __missing__(self, name: str) -> Any:
        found: Any = tensor_methods.METHODS.get(name) or mutation.method(name)
        if found is None and name in table.METHODS:
            found = method(name)
        self[name] = found
        return found


METHODS: dict[str, Any] = _Methods()


# --- attributes -----------------------------------------------------------------------------------------------------


def _grad(x: Tensor) -> Tensor | None:
    if x.grad is None and x.requires_grad and not x.is_leaf and not engine.retains_grad(x):
        warn(_NOT_A_LEAF)
    return x.grad


def _transposed(x: Tensor) -> Any:
    if x.ndim == 0:
        warn_once("Tensor.T is deprecated on 0-D tensors. This function is the identity in these cases.")
    elif x.ndim != 2:
        warn_once(
            "The use of `x.T` on tensors of dimension other than 2 to reverse their shape is deprecated and it will "
            "throw an error in a future release. For a batch of matrices there is x.mT, and x.permute for the rest"
        )
    return table.ATTRIBUTES["T"].call(x)


def _adjoint(x: Tensor) -> Any:
    if x.ndim not in (0, 2):
        raise Problem(
            "dimension",
            f"tensor.H is only supported on matrices (2-D tensors). Got {x.ndim}-D tensor.",
            hint="use x.mT for batches of matrices",
        )
    return table.ATTRIBUTES["T"].call(x)


def _matrices_transposed(x: Tensor) -> Any:
    if x.ndim == 0:
        warn_once("Tensor.mT is deprecated on 0-D tensors. This function is the identity in these cases.")
    return table.ATTRIBUTES["mT"].call(x)


def _imaginary(x: Tensor) -> Any:
    raise Problem("dtype", "imag is not implemented for tensors with non-complex dtypes.")


ATTRIBUTES: dict[str, Callable[[Tensor], Any]] = {
    "H": _adjoint, "T": _transposed, "__class__": type_of, "_base": mutation.base, "_version": engine.version,
    "data": engine.data_of, "device": lambda x: CPU, "dtype": lambda x: of(x.array.dtype), "grad": _grad,
    "grad_fn": lambda x: x.grad_fn, "imag": _imaginary, "is_cuda": lambda x: False, "is_leaf": lambda x: x.is_leaf,
    "is_meta": lambda x: False, "is_mps": lambda x: False, "is_quantized": lambda x: False,
    "is_sparse": lambda x: False, "itemsize": lambda x: x.array.itemsize, "layout": lambda x: STRIDED,
    "mH": _matrices_transposed, "mT": _matrices_transposed, "name": lambda x: None,
    "nbytes": lambda x: x.array.nbytes, "ndim": lambda x: x.array.ndim,
    "output_nr": lambda x: function_of(x.node)[1] if x.node else 0, "real": lambda x: x,
    "requires_grad": lambda x: x.requires_grad, "retains_grad": engine.retains_grad,
    "shape": lambda x: Size(x.array.shape),
}  # fmt: skip


# --- assignments ----------------------------------------------------------------------------------------------------


def _set_requires_grad(x: Tensor, value: Any) -> None:
    if not isinstance(value, bool):
        raise Problem("type", "requires_grad must be a bool")
    if value and x.is_leaf and x.dtype.kind != "f":
        clause = "only Tensors of floating point and complex dtype can require gradients"
        raise Problem(
            "dtype",
            f"{clause}, and this one is {x.dtype.name}",
            hint="convert it first, as in x.double()",
            theirs=clause,
        )
    engine.requires_grad_(x, value)


_SETTERS: dict[str, Callable[[Tensor, Any], Any]] = {
    "data": engine.set_data,
    "grad": engine.set_grad,
    "requires_grad": _set_requires_grad,
}

"""Attributes of `torch.Tensor`: what may be read, set and deleted, and what refuses to be."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from operator import attrgetter
from typing import Any

from gradcli.engine import tensors as engine
from gradcli.errors import Problem
from gradcli.graph.node import function_of
from gradcli.graph.symbolic import Unstrided
from gradcli.graph.tensor import Tensor
from gradcli.ops.catalogue import ATTRIBUTES
from gradcli.ops.movement.properties import size_of
from gradcli.torch._boundary import exception, guarded
from gradcli.torch._dtypes import CPU, LAYOUTS, SPARSE_COO, SPARSE_CSR, STRIDED, layout, of
from gradcli.torch._nodes import shown
from gradcli.torch._warnings import warn, warn_once

_NOT_A_LEAF = (
    "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. It stays None in a backward pass, "
    "unless .retain_grad() was called before; gradients are kept in the leaves, such as the parameters"
)


def _grad(self: Tensor) -> Tensor | None:
    if self._grad is None and self._requires_grad and self.node is not None and not engine.retains_grad(self):
        warn(_NOT_A_LEAF)
    return self._grad


def _delete_grad(self: Tensor) -> None:
    self._grad = None


@guarded
def _set_requires_grad(self: Tensor, value: Any) -> None:
    if not isinstance(value, bool):
        raise Problem("type", "requires_grad must be a bool")
    if value and self.is_leaf and self.ndarray.dtype.kind not in "fc":
        clause = "only Tensors of floating point and complex dtype can require gradients"
        raise Problem(
            "dtype",
            f"{clause}, and this one is {self.ndarray.dtype.name}",
            hint="convert it first, as in x.double()",
            theirs=clause,
        )
    engine.requires_grad_(self, value)


def _keep_requires_grad(self: Tensor) -> None:
    raise RuntimeError("requires_grad must be a bool")


@guarded
def _transposed(self: Tensor) -> Any:
    if self.ndim == 0:
        warn_once("Tensor.T is deprecated on 0-D tensors. This function is the identity in these cases.")
    elif self.ndim != 2:
        warn_once(
            "The use of `x.T` on tensors of dimension other than 2 to reverse their shape is deprecated and it will "
            "throw an error in a future release. For a batch of matrices there is x.mT, and x.permute for the rest"
        )
    return ATTRIBUTES["T"].call(self)


def _attribute(name: str) -> Callable[[Tensor], Any]:
    """An attribute as the table has it."""

    @guarded
    def read(self: Tensor) -> Any:
        return ATTRIBUTES[name].call(self)

    return read


@guarded
def _matrices_transposed(self: Tensor) -> Any:
    if self.ndim == 0:
        warn_once("Tensor.mT is deprecated on 0-D tensors. This function is the identity in these cases.")
    return ATTRIBUTES["mT"].call(self)


@guarded
def _set_data(self: Tensor, value: Tensor) -> None:
    engine.set_data(self, value)


def _delete_data(self: Tensor) -> None:
    raise RuntimeError("Deleting tensor data is not allowed. Delete tensor instead!")


def _set_names(self: Tensor, value: Any) -> None:
    raise exception(Problem("argument", "named tensors are not there", type="NotImplementedError"))


def _delete_names(self: Tensor) -> None:
    raise AttributeError("'Tensor' object has no attribute 'names'")


def _volatile(self: Tensor) -> bool:
    warn("volatile was removed (Variable.volatile is always False)")
    return False


def _set_volatile(self: Tensor, value: Any = None) -> None:
    warn("volatile was removed and now has no effect. Use `with torch.no_grad():` instead.")


def _set_grad_fn(self: Tensor, value: Any) -> None:
    if value is not None:
        raise RuntimeError("_grad_fn can be only set to None")
    engine.detach_(self)


def _keep(message: str) -> Callable[[Tensor], None]:
    def refuse(self: Tensor) -> None:
        raise RuntimeError(message)

    return refuse


def _read_only(name: str) -> Callable[..., None]:
    def refuse(self: Tensor, value: Any = None) -> None:
        raise AttributeError(f"attribute '{name}' of 'torch._C.TensorBase' objects is not writable")

    return refuse


def _backward_hooks(self: Tensor) -> Any:
    return self.__dict__.get("_backward_hooks")


@guarded
def _set_backward_hooks(self: Tensor, value: dict[Any, Callable[[Any], Any]] | None) -> None:
    """Let the gradient of a tensor, if it gets one, pass through all hooks that the dictionary has by then."""
    self.__dict__["_backward_hooks"] = value
    if value is not None and self._requires_grad:
        engine.register_hook(self, partial(_through_all, value))


def _through_all(table: dict[Any, Callable[[Any], Any]], g: Any) -> Any:
    for hook in [*table.values()]:
        changed = hook(g)
        g = g if changed is None else changed
    return g


@guarded
def _grad_fn(self: Tensor) -> Any:
    return None if self.node is None else shown(self.node.grad_fn)


def _layout(self: Tensor) -> layout:
    return LAYOUTS[self.ndarray.layout] if isinstance(self.ndarray, Unstrided) else STRIDED


_READ: dict[str, Callable[[Tensor], Any]] = {
    "H": _attribute("H"), "T": _transposed, "_base": lambda self: None if self._view is None else self._view.base,
    "_version": guarded(engine.version), "device": lambda self: CPU, "dtype": lambda self: of(self.ndarray.dtype),
    "grad_fn": _grad_fn, "imag": _attribute("imag"), "is_cpu": lambda self: True, "is_cuda": lambda self: False,
    "is_leaf": guarded(Tensor.is_leaf.fget), "is_meta": lambda self: False,  # type: ignore[attr-defined]
    "is_mps": lambda self: False, "is_nested": lambda self: False, "is_quantized": lambda self: False,
    "is_sparse": lambda self: _layout(self) is SPARSE_COO, "is_sparse_csr": lambda self: _layout(self) is SPARSE_CSR,
    "is_xpu": lambda self: False, "itemsize": attrgetter("ndarray.itemsize"),
    "layout": _layout,
    "mH": _attribute("mH"), "mT": _matrices_transposed, "name": lambda self: None,
    "nbytes": attrgetter("ndarray.nbytes"), "ndim": attrgetter("ndarray.ndim"),
    "output_nr": lambda self: function_of(self.node)[1] if self.node else 0, "real": _attribute("real"),
    "retains_grad": engine.retains_grad, "shape": lambda self: size_of(self.ndarray.shape),
}  # fmt: skip


def attributes() -> dict[str, Any]:
    """All of them, as properties."""
    found: dict[str, Any] = {name: property(read, _read_only(name), _read_only(name)) for name, read in _READ.items()}
    found["grad"] = property(_grad, guarded(engine.set_grad), _delete_grad)
    found["data"] = property(guarded(engine.data_of), _set_data, _delete_data)
    found["requires_grad"] = property(attrgetter("_requires_grad"), _set_requires_grad, _keep_requires_grad)
    found["names"] = property(lambda self: (None,) * self.ndarray.ndim, _set_names, _delete_names)
    found["volatile"] = property(_volatile, _set_volatile, _set_volatile)
    kept = _keep("Deletion of _grad_fn not allowed. Detach tensor instead!")
    found["_grad_fn"] = property(_grad_fn, guarded(_set_grad_fn), kept)
    kept = _keep("Deletion of _backwards_hooks not allowed!")
    found["_backward_hooks"] = property(_backward_hooks, _set_backward_hooks, kept)
    return found

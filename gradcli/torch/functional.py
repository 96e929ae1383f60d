"""Functions of `torch` that are no rows of the table: questions about tensors, dtypes in general, defaults."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.tape import broadcast_problem
from gradcli.graph.tensor import Tensor
from gradcli.ops.core import dtypes
from gradcli.ops.movement.properties import Size
from gradcli.torch import _rows, _tensor_methods
from gradcli.torch._boundary import guarded
from gradcli.torch._construction import TensorType, legacy_classes
from gradcli.torch._dtypes import CPU, check_device, device, dtype, kind_of, legacy_name, of
from gradcli.torch._warnings import warn_once

_deterministic = False
_ROWS = frozenset({
    "atleast_1d", "atleast_2d", "atleast_3d", "block_diag", "broadcast_tensors", "cartesian_prod", "cdist", "chain_matmul",
    "einsum", "istft", "lu", "norm", "pca_lowrank", "split", "stft", "svd_lowrank", "tensordot", "unique",
    "unique_consecutive", "unravel_index",
})  # fmt: skip


def __getattr__(name: str) -> Any:
    """What PyTorch defines in this module, and the table has a row of."""
    if name not in _ROWS:
        raise AttributeError(f"module 'torch.functional' has no attribute '{name}'", name=name)
    return getattr(import_module("gradcli.torch"), name)


# --- questions ------------------------------------------------------------------------------------------------------


def _of_tensor(name: str, doc: str, method: Callable[..., Any]) -> Callable[..., Any]:
    """A method of tensors as a function, which wants a tensor."""

    @guarded
    def call(input: Any, *args: Any, **keywords: Any) -> Any:
        if not isinstance(input, Tensor):
            message = f"{name}(): argument 'input' (position 1) must be Tensor, not {type(input).__name__}"
            raise Problem("type", message, type="TypeError")
        return method(input, *args, **keywords)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = doc
    return call


_METHODS = _tensor_methods.METHODS
equal = _of_tensor("equal", "Whether two tensors have one shape and the same elements.", _METHODS["equal"])
is_complex = _of_tensor("is_complex", "Whether the elements are complex numbers.", _METHODS["is_complex"])
is_floating_point = _of_tensor(
    "is_floating_point", "Whether the elements are floating-point numbers.", _METHODS["is_floating_point"]
)
is_nonzero = _of_tensor("is_nonzero", "Whether the one element is not zero.", _METHODS["is_nonzero"])
is_same_size = _of_tensor("is_same_size", "Whether two tensors have one shape.", _METHODS["is_same_size"])
is_inference = _of_tensor("is_inference", "Whether it was made in inference mode.", _METHODS["is_inference"])
numel = _of_tensor("numel", "How many elements.", lambda x: x.ndarray.size)


def is_tensor(obj: Any) -> bool:
    """Whether it is a tensor."""
    return isinstance(obj, Tensor)


def typename(obj: Any) -> str:
    """What kind of thing it is: "torch.FloatTensor", or the name of its class."""
    if isinstance(obj, Tensor):
        return legacy_name(obj.ndarray.dtype)
    kind = type(obj)
    return kind.__name__ if kind.__module__ in ("builtins", "__main__") else f"{kind.__module__}.{kind.__qualname__}"


@guarded
def meshgrid(*tensors: Any, indexing: str | None = None) -> Any:
    """The grid of vectors given one by one, or in a list: a tuple of tensors of all their lengths together."""
    if indexing is None:
        warn_once("torch.meshgrid: in an upcoming release, it will be required to pass the indexing argument.")
    listed = tensors[0] if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)) else list(tensors)
    return _rows.function("meshgrid")(listed, indexing=indexing or "ij")  # of a family that few programs need


def chain_matmul(*matrices: Any) -> Any:
    """The product of several matrices, in the order that takes the fewest multiplications; an old name for multi_dot."""
    warn_once("torch.chain_matmul is deprecated and will be removed in a future PyTorch release: use torch.linalg.multi_dot")
    return _rows.function("linalg.multi_dot")(list(matrices))


@guarded
def lobpcg(
    A: Any,
    k: int | None = None,
    B: Any = None,
    X: Any = None,
    n: int | None = None,
    iK: Any = None,
    *_: Any,
    largest: Any = True,
    **__: Any,
) -> tuple[Any, Any]:
    """The k largest (or smallest) eigenvalues of symmetric A, shape (..., m, m), and their vectors, shape (..., m, k).

    B   a positive-definite matrix: A x = d B x.  X tells k where nothing else does; what says how PyTorch is to iterate is
        left out, since all eigenvalues are computed.
    Raises ValueError where k is more than a third of m.
    """
    linalg: Any = import_module("gradcli.torch.linalg")  # which stands beside this
    count = k if k is not None else 1 if X is None else X.shape[-1]
    if A.shape[-1] < 3 * count:
        raise Problem(
            "argument",
            f"LOBPCG algorithm is not applicable when the number of A rows (={A.shape[-1]}) is smaller than 3 x the number of "
            f"requested eigenpairs (={count})",
            type="ValueError",
            hint="torch.linalg.eigh gives all of them",
        )
    A = (A + A.mT) / 2  # eigh looks at one triangle, and the gradient is to go to both
    root = None if B is None else linalg.cholesky(B)
    if root is not None:  # with B = L L^T, the eigenvalues are those of L^-1 A L^-T, and y = L^T x
        half = linalg.solve_triangular(root, A, upper=False)
        A = linalg.solve_triangular(root, half.mT, upper=False)
    values, vectors = linalg.eigh(A)
    if largest is None or largest:
        values, vectors = values.flip(-1), vectors.flip(-1)
    values, vectors = values[..., :count], vectors[..., :count]
    return values, vectors if root is None else linalg.solve_triangular(root.mT, vectors, upper=True)


@guarded
def broadcast_shapes(*shapes: Any) -> Size:
    """The shape that tensors of these shapes broadcast to."""
    listed = [(shape,) if isinstance(shape, int) else tuple(shape) for shape in shapes]
    problem = broadcast_problem([np.broadcast_to(np.empty(()), shape) for shape in listed])
    if problem is not None:
        raise problem
    return Size(np.broadcast_shapes(*listed))


# --- dtypes ---------------------------------------------------------------------------------------------------------


@guarded
def result_type(tensor1: Any, tensor2: Any) -> dtype:
    """The dtype in which an operation on these tensors or numbers computes."""
    return of(dtypes.promoted([each.ndarray if isinstance(each, Tensor) else each for each in (tensor1, tensor2)]))


@guarded
def promote_types(type1: dtype, type2: dtype) -> dtype:
    """The smallest dtype that both convert to."""
    return of(dtypes.promoted([np.empty(1, kind_of(type1)), np.empty(1, kind_of(type2))]))


def can_cast(from_: dtype, to: dtype) -> bool:
    """Whether values of one dtype may be put into the other: floats not into whole numbers, nor numbers into masks."""
    return promote_types(from_, to).kind.kind == to.kind.kind


def get_default_dtype() -> dtype:
    """What Python's floats become."""
    return of(dtypes.default_dtype())


@guarded
def set_default_dtype(d: Any) -> None:
    """Let Python's floats become another floating-point dtype."""
    if not isinstance(d, dtype) or not d.is_floating_point:
        raise Problem(
            "dtype",
            "only floating-point types are supported as the default type",
            type="TypeError",
            hint="torch.float32, torch.float64 or torch.float16",
        )
    dtypes.set_default_dtype(d.kind)


@guarded
def set_default_tensor_type(t: Any) -> None:
    """The old way to set the default dtype: by a class of tensors, or its name."""
    warn_once(
        "torch.set_default_tensor_type() is deprecated as of PyTorch 2.1, please use torch.set_default_dtype() and "
        "torch.set_default_device() as alternatives."
    )
    named = legacy_classes().get(t.removeprefix("torch.")) if isinstance(t, str) else t
    if not isinstance(named, TensorType) or named.kind.kind != "f":
        raise Problem(
            "dtype",
            "only floating-point types are supported as the default type",
            type="TypeError",
            hint="torch.FloatTensor or torch.DoubleTensor",
        )
    dtypes.set_default_dtype(named.kind)


# --- the machine ----------------------------------------------------------------------------------------------------


def get_default_device() -> device:
    """Where new tensors are."""
    return CPU


@guarded
def set_default_device(device: Any) -> None:
    """Accepts the CPU."""
    check_device(device)


def get_num_threads() -> int:
    """How many threads an operation uses."""
    return 1


def set_num_threads(int: int) -> None:
    """Nothing follows from it."""


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Nothing follows from it, except what `are_deterministic_algorithms_enabled` says: all algorithms are."""
    global _deterministic
    _deterministic = bool(mode)


def are_deterministic_algorithms_enabled() -> bool:
    """What `use_deterministic_algorithms` was last given, in all the process."""
    return _deterministic


def compile(model: Any = None, **_: Any) -> Any:
    """The function or module itself, which runs as it is; also as a decorator with options."""
    return model if model is not None else lambda each: each


# --- precision ------------------------------------------------------------------------------------------------------

_PRECISIONS = ("highest", "high", "medium")
_precision = "highest"


def set_float32_matmul_precision(precision: str) -> None:
    """Remember the word; products of matrices are as exact as float32 allows.  Raises RuntimeError."""
    global _precision
    if precision not in _PRECISIONS:
        raise RuntimeError(f"{precision} is not one of 'highest', 'high', or 'medium'")
    _precision = precision


def get_float32_matmul_precision() -> str:
    """The word that was set."""
    return _precision

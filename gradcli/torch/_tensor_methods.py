"""Methods of tensors that are no operations: memory, kinds of numbers, backward, hooks, conversions, copies."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

from gradcli.engine import inplace
from gradcli.engine import tensors as engine
from gradcli.errors import Problem
from gradcli.graph import conjugates, hooks
from gradcli.graph.context import current
from gradcli.graph.symbolic import Unstrided
from gradcli.graph.tape import grad_enabled
from gradcli.graph.tensor import Tensor, from_array
from gradcli.ops.core import dtypes
from gradcli.ops.core.renaming import renamed
from gradcli.ops.elementwise.arithmetic import neg
from gradcli.ops.elementwise.conversion import CONVERSIONS
from gradcli.ops.elementwise.conversion import to as in_dtype
from gradcli.ops.movement import shapes
from gradcli.torch import _construction, _nonfinite, _rows, _storage, random
from gradcli.torch._boundary import guarded
from gradcli.torch._dtypes import check_device, device, dtype, kind_of, kind_of_legacy, legacy_name, of
from gradcli.torch._hooks import GraphHandle
from gradcli.torch._transforming import refuse_inside
from gradcli.torch._warnings import warn_once

# --- conversions ----------------------------------------------------------------------------------------------------


@guarded
def to(self: Tensor, *args: Any, **options: Any) -> Tensor:
    """The tensor in the dtype, on the device, or as the tensor given; itself, if it is so already.

    Options are dtype, device, other, non_blocking, copy, memory_format.
    """
    wanted, place, other = options.get("dtype"), options.get("device"), options.get("other")
    for each in args:
        if isinstance(each, dtype) or each in (float, int, bool, complex):
            wanted = each
        elif isinstance(each, Tensor):
            other = each
        elif isinstance(each, (str, device)) or (isinstance(each, int) and not isinstance(each, bool)):
            place = each
    if check_device(place):
        from gradcli.torch._meta import placed

        return placed(_construction.as_subclass(self, Tensor))  # type: ignore[no-any-return]
    own = self.ndarray.dtype
    kind = kind_of(wanted) if wanted is not None else other.ndarray.dtype if isinstance(other, Tensor) else own
    copied = options.get("copy", False) or True in [each for each in args if isinstance(each, bool)][1:]
    order = options.get("memory_format")
    moved = order is not None and not _storage.has_format(self, order)
    same = kind == own and (copied or moved)
    made = renamed(shapes.clone(self), "ToCopyBackward0") if same else converted(self, kind)
    return _storage.in_format(made, order) if moved else made


def converted(tensor: Tensor, kind: np.dtype[Any]) -> Tensor:
    """The tensor in another dtype, with PyTorch's warning where a part of its numbers goes; a mask asks whether they are 0."""
    if tensor.ndarray.dtype.kind == "c" and kind.kind not in "cb":
        warn_once("Casting complex values to real discards the imaginary part")
    return in_dtype(tensor, kind)


def _conversion(name: str, kind: np.dtype[Any]) -> Callable[..., Any]:
    @guarded
    def convert(self: Tensor, memory_format: Any = None) -> Tensor:
        return converted(self, kind) if memory_format is None else to(self, of(kind), memory_format=memory_format)

    convert.__name__ = convert.__qualname__ = name
    return convert


@guarded
def type_(self: Tensor, dtype: Any = None, non_blocking: bool = False, **_: Any) -> Any:
    """The name of the tensor's class; or the tensor in another's, given by name, class or dtype."""
    if dtype is None:
        name = legacy_name(self.ndarray.dtype)
        return name.replace(".", ".sparse.") if isinstance(self.ndarray, Unstrided) else name
    kind = getattr(dtype, "kind", None)
    if dtype is Tensor:
        kind = self.ndarray.dtype
    return converted(self, kind_of_legacy(getattr(dtype, "__name__", str(dtype))) if kind is None else kind)


def on_cpu(self: Tensor, *_: Any, **__: Any) -> Tensor:
    """The tensor, which is where it should be."""
    return self


@guarded
def on_cuda(self: Tensor, device: Any = "cuda", **_: Any) -> Tensor:
    """Raises AssertionError: there is no such device."""
    check_device("cuda")
    return self


@guarded
def numpy(self: Tensor, *, force: bool = False) -> Any:
    """The values as an array on the same memory.  Raises RuntimeError for a tensor that requires grad."""
    if isinstance(self.ndarray, Unstrided):
        kind = "SparseCsr" if self.ndarray.layout == "sparse_csr" else "Sparse"
        clause = f"can't convert {kind} layout tensor to numpy."
        raise Problem("layout", f"{clause} Use Tensor.to_dense() first.", type="TypeError", hint="x.to_dense().numpy()")
    if self._requires_grad and grad_enabled() and not force:
        message = "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead."
        raise Problem("no-grad", message, hint="with y.detach().numpy(), gradients stop at the array")
    if not self.ndarray.dtype.isnative:
        raise Problem("dtype", "Got unsupported ScalarType BFloat16", type="TypeError", hint="x.float().numpy()")
    return self.ndarray[...] if self.ndarray.base is None else self.ndarray


@guarded
def neg_view(self: Tensor) -> Tensor:
    """The negatives, which have the negative bit."""
    out: Tensor = renamed(neg(self), "NegViewBackward0")
    conjugates.negated(out.ndarray, self.ndarray)
    return out


@guarded
def item(self: Tensor) -> Any:
    """The number in a tensor of one."""
    array = self.ndarray
    _nonfinite.look_at(array)
    if array.size != 1:
        raise Problem(
            "not-scalar",
            f"a Tensor with {array.size} elements cannot be converted to Scalar",
            hint="reduce it first, or index it",
        )
    return array.item()


# --- questions ------------------------------------------------------------------------------------------------------


@guarded
def equal(self: Tensor, other: Any) -> bool:
    """Whether two tensors have one shape and the same elements."""
    if not isinstance(other, Tensor):
        message = f"equal(): argument 'other' (position 2) must be Tensor, not {type(other).__name__}"
        raise Problem("type", message, type="TypeError")
    return self.ndarray.shape == other.ndarray.shape and bool((self.ndarray == other.ndarray).all())


def is_set_to(self: Tensor, other: Tensor) -> bool:
    """Whether two tensors look at the same memory in the same way."""
    one, two = self.ndarray, other.ndarray
    return one.shape == two.shape and one.strides == two.strides and _storage.address(one) == _storage.address(two)


# --- the graph ------------------------------------------------------------------------------------------------------


def backward(
    self: Tensor, gradient: Any = None, retain_graph: Any = None, create_graph: bool = False, inputs: Any = None
) -> None:
    """Accumulate gradients into the leaves that this tensor was computed from."""
    from gradcli.torch import autograd

    autograd.backward(self, gradient, retain_graph, create_graph, inputs=inputs)


@guarded
def detach(self: Tensor) -> Tensor:
    """The same values in the same memory, outside the graph."""
    if current().interceptor is not None:
        return shapes.detach(self)  # type: ignore[no-any-return]
    made = from_array(self.ndarray)
    made._inference = self._inference
    return made


@guarded
def register_hook(self: Tensor, hook: Callable[[Tensor], Any]) -> GraphHandle:
    """Call `hook(gradient)` when the gradient is known; a tensor that it returns takes the gradient's place."""
    return GraphHandle(hooks.register(self, hook))


@guarded
def register_post_accumulate_grad_hook(self: Tensor, hook: Callable[[Tensor], Any]) -> GraphHandle:
    """Call `hook(x)` when `x.grad` has its gradient."""
    return GraphHandle(hooks.register_accumulated(self, hook))


@guarded
def retain_grad(self: Tensor) -> None:
    """Keep the gradient of a tensor that is no leaf."""
    refuse_inside("retain_grad")
    hooks.retain_grad(self)


@guarded
def requires_grad_(self: Tensor, requires_grad: bool = True) -> Tensor:
    """Let a leaf want a gradient, or no longer."""
    refuse_inside("requires_grad_")
    return engine.requires_grad_(self, bool(requires_grad))


def module_load(self: Tensor, other: Tensor, assign: bool = False) -> Any:
    """What a module that loads a state with `other` in the place of this tensor swaps it with; classes may say otherwise."""
    return other.detach() if assign else self.copy_(other).detach()  # type: ignore[attr-defined]


# --- changes in place -----------------------------------------------------------------------------------------------


@guarded
def fill_diagonal_(self: Tensor, fill_value: Any, wrap: bool = False) -> Tensor:
    """Write a number over the diagonal of a matrix."""
    if self.ndim != 2 or wrap:
        raise Problem("dimension", "fill_diagonal_ takes a matrix here, and does not wrap around", hint="use x.diagonal()")
    inplace.change("fill_", _rows.function("diagonal")(self), fill_value)
    return self


@guarded
def index_put_(self: Tensor, indices: Any, values: Any, accumulate: bool = False) -> Tensor:
    """Put values at the places that a tuple of index tensors names, or add them there."""
    return inplace.assign_index(self, tuple(indices), values, bool(accumulate))


# --- copies ---------------------------------------------------------------------------------------------------------


def shallow_copy(self: Tensor) -> Tensor:
    """`copy.copy`: a tensor on the same memory, and with the same attributes of the program's."""
    made = _construction.as_subclass(self, type(self))
    made.__dict__.update(self.__dict__)
    return made  # type: ignore[no-any-return]


def deep_copy(self: Tensor, memo: dict[int, Any]) -> Any:
    """`copy.deepcopy`: memory, gradient and attributes of its own.  Raises RuntimeError for what is no leaf."""
    from copy import deepcopy

    if id(self) in memo:
        return memo[id(self)]
    if not self.is_leaf:
        raise RuntimeError(
            "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the moment.  "
            "If you were attempting to deepcopy a module, this may be because of a torch.nn.utils.weight_norm usage"
        )
    made = _construction.as_subclass(from_array(self.ndarray.copy(order="K"), self._requires_grad), type(self))
    memo[id(self)] = made
    made._grad = deepcopy(self._grad, memo)
    made.__dict__.update(deepcopy(self.__dict__, memo))
    return made


def reduce_ex(self: Tensor, protocol: Any) -> Any:
    """What pickling keeps: the values, whether it requires grad, and the program's attributes."""
    kind = None if type(self) is Tensor else type(self)
    array = self.ndarray if isinstance(self.ndarray, Unstrided) else np.asarray(self.ndarray, order="C")
    return rebuild, (array, self._requires_grad, kind, self.__dict__ or None)


def rebuild(array: Any, requires_grad: bool, kind: type[Tensor] | None, attributes: dict[str, Any] | None) -> Tensor:
    """A tensor from what `reduce_ex` kept."""
    made = from_array(array, requires_grad)
    if kind is not None:
        made = _construction.as_subclass(made, kind)
    made.__dict__.update(attributes or {})
    return made


_SPARSE = (
    "_coalesced_", "_indices", "_nnz", "_values", "coalesce", "col_indices", "crow_indices", "dense_dim", "indices",
    "is_coalesced", "sparse_dim", "sparse_mask", "to_dense", "to_sparse", "to_sparse_coo", "to_sparse_csr", "values",
)  # fmt: skip

_OTHER_LAYOUTS = ("bsc", "bsr", "csc")


def _of_sparse(name: str) -> Callable[..., Any]:
    """A method that stands with those of sparse tensors, which few programs need."""

    def call(self: Tensor, *args: Any, **options: Any) -> Any:
        return getattr(import_module("gradcli.torch.sparse.methods"), name)(self, *args, **options)

    call.__name__ = call.__qualname__ = name
    return call


def _of_layout(words: str, hint: str) -> Callable[..., Any]:
    @guarded
    def refuse(self: Tensor, *_: Any, **__: Any) -> None:
        raise Problem("not-supported", words, type="NotImplementedError", hint=hint)

    return refuse


def _compared(name: str) -> Callable[..., Any]:
    @guarded
    def change(self: Tensor, other: Any) -> Tensor:
        return inplace.change("copy_", self, _rows.function(name)(self, other))

    change.__name__ = change.__qualname__ = f"{name}_"
    return change


METHODS: dict[str, Callable[..., Any]] = {
    "__array_wrap__": lambda self, array, *_: from_array(np.asarray(array)), "_neg_view": neg_view,
    "__dlpack__": lambda self, **options: self.numpy().__dlpack__(**options), "__dlpack_device__": lambda self: (1, 0),
    "_make_subclass": staticmethod(guarded(_construction.make_subclass)),
    "_make_wrapper_subclass": staticmethod(guarded(_construction.make_wrapper_subclass)),
    "as_subclass": guarded(_construction.alias), "backward": backward,
    "bernoulli": random.bernoulli, "clone": _storage.clone, "contiguous": _storage.contiguous, "cpu": on_cpu, "cuda": on_cuda,
    "data_ptr": guarded(lambda self: _storage.address(self.ndarray)), "detach": detach, "detach_": guarded(engine.detach_),
    "element_size": lambda self: of(self.ndarray.dtype).itemsize, "equal": equal, "fill_diagonal_": fill_diagonal_,
    "get_device": lambda self: -1, "index_put_": index_put_, "is_contiguous": _storage.is_contiguous,
    "is_complex": lambda self: self.ndarray.dtype.kind == "c",
    "is_floating_point": lambda self: self.ndarray.dtype.kind == "f", "is_inference": lambda self: self._inference,
    "is_nonzero": lambda self: bool(self), "is_pinned": lambda self: False, "_is_view": lambda self: self._view is not None,
    "is_same_size": lambda self, other: self.shape == other.shape, "is_set_to": is_set_to, "is_shared": lambda self: False,
    "is_signed": lambda self: self.ndarray.dtype.kind in "fic", "item": item, "module_load": module_load,
    "multinomial": random.multinomial, "new": _construction.new, "new_empty": _construction.new_filled("new_empty", 0),
    "new_empty_strided": _storage.new_empty_strided, "new_full": _construction.new_full,
    "new_ones": _construction.new_filled("new_ones", 1),
    "new_tensor": _construction.new_tensor, "new_zeros": _construction.new_filled("new_zeros", 0), "numpy": numpy,
    "pin_memory": on_cpu, "register_hook": register_hook,
    "register_post_accumulate_grad_hook": register_post_accumulate_grad_hook, "requires_grad_": requires_grad_,
    "resize_": _storage.resize_, "resize_as_": _storage.resize_as_, "retain_grad": retain_grad,
    "set_": _storage.set_, "share_memory_": on_cpu, "storage": _storage.storage,
    "storage_offset": _storage.storage_offset, "stride": _storage.stride, "to": to, "type": type_, "view": _storage.view,
    **{name: _of_sparse(name) for name in _SPARSE},
    **{f"to_sparse_{name}": _of_layout(f"there is no layout {name} here", "x.to_sparse_csr()") for name in _OTHER_LAYOUTS},
    "to_mkldnn": _of_layout("the layout of MKL-DNN is not part of gradcli", "leave it out"),
    **{f"{name}_": _compared(name) for name in ("eq", "ge", "gt", "le", "lt", "ne")},
    **{f"{name}_": _compared(name) for name in ("greater", "greater_equal", "less", "less_equal", "not_equal")},
    "untyped_storage": _storage.untyped_storage, "_view_func": _storage.view_func, "xpu": on_cuda,
    **{name: _conversion(name, dtypes.NAMES[kind]) for name, kind in CONVERSIONS.items()},
}  # fmt: skip

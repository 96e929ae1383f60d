"""Methods of tensors that are no operations: memory, kinds of numbers, backward, hooks, conversions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph import hooks, versions
from gradcli.graph.tensor import Tensor
from gradcli.ops import shapes
from gradcli.run.script import constructors, random
from gradcli.run.script.arrays import Array
from gradcli.run.script.autograd import backward_of
from gradcli.run.script.calls import method
from gradcli.run.script.context import look_at
from gradcli.run.script.dtypes import Device, DType, check_device, kind_of, kind_of_legacy, legacy_name
from gradcli.run.script.exposed import Exposed

# --- conversions ----------------------------------------------------------------------------------------------------


def to(
    x: Tensor,
    *args: Any,
    dtype: Any = None,
    device: Any = None,
    other: Any = None,
    non_blocking: Any = False,
    copy: Any = False,
    memory_format: Any = None,
) -> Tensor:
    """The tensor in the dtype, on the device, or as the tensor given; itself, if it is so already.  Raises Problem."""
    for each in (*args, other):
        if isinstance(each, DType):
            dtype = each
        elif type(each) is Tensor:
            other = each
        elif isinstance(each, (str, Device)) or (isinstance(each, int) and not isinstance(each, bool)):
            device = each
    check_device(device)
    kind = kind_of(dtype) if dtype is not None else other.dtype if type(other) is Tensor else x.dtype
    return shapes.clone(x) if copy and kind == x.dtype else shapes.to(x, kind)


def type_(x: Tensor, dtype: Any = None, non_blocking: Any = False) -> Any:
    """The name of the tensor's class; or the tensor in another's, given by name, class or dtype.  Raises Problem."""
    if dtype is None:
        return legacy_name(x.dtype)
    if isinstance(dtype, constructors.TensorClass):
        kind = x.dtype if dtype.kind is None else dtype.kind
    else:
        kind = dtype.kind if isinstance(dtype, DType) else kind_of_legacy(str(dtype))
    return shapes.to(x, kind)


def on_cpu(x: Tensor, *_: Any, **__: Any) -> Tensor:
    """The tensor, which is where it should be."""
    return x


def on_cuda(x: Tensor, device: Any = "cuda", **_: Any) -> Tensor:
    """Refuse.  Raises Problem."""
    check_device("cuda")
    return x


def numpy(x: Tensor, *, force: bool = False) -> Array:
    """The values as an array that shares their memory.  Raises Problem for a tensor that requires grad."""
    if x.requires_grad and not force:
        raise Problem("no-grad", "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")
    return Array(x.array)


# --- memory ---------------------------------------------------------------------------------------------------------


def _address(array: Any) -> int:
    return int(array.__array_interface__["data"][0])


def stride(x: Tensor, dim: int | None = None) -> Any:
    """How many elements apart neighbours are in memory, along each dimension or along one.  Raises Problem."""
    strides = tuple([step // x.array.itemsize for step in x.array.strides])
    if dim is None:
        return strides
    from gradcli.ops.dims import one_dim

    return strides[one_dim(dim, x.ndim)]


def storage_offset(x: Tensor) -> int:
    """How many elements into its memory the tensor begins."""
    return (_address(x.array) - _address(versions.root_of(x.array))) // int(x.array.itemsize)


class Storage(Exposed):
    """The memory that a tensor and its views share: where it is, and how large."""

    __slots__ = ("root",)
    public = frozenset({"data_ptr", "nbytes", "size"})
    title = "torch.storage.UntypedStorage"

    def __init__(self, x: Tensor) -> None:
        self.root = versions.root_of(x.array)

    def data_ptr(self) -> int:
        """Its address."""
        return _address(self.root)

    def nbytes(self) -> int:
        """Its size in bytes."""
        return int(self.root.nbytes)

    def size(self) -> int:
        """Its size in bytes."""
        return self.nbytes()

    def __len__(self) -> int:
        return self.nbytes()

    def __repr__(self) -> str:
        return f"[{self.title}(device=cpu) of size {self.nbytes()}]"


# --- questions ------------------------------------------------------------------------------------------------------


def is_nonzero(x: Tensor) -> bool:
    """Whether the one element is not zero.  Raises Problem."""
    return bool(x)


def equal(x: Tensor, other: Any) -> bool:
    """Whether two tensors have one shape and the same elements.  Raises Problem."""
    if type(other) is not Tensor:
        raise Problem(
            "type",
            f"equal(): argument 'other' (position 2) must be Tensor, not {type(other).__name__}",
            type="TypeError",
        )
    return x.shape == other.shape and bool((x.array == other.array).all())


def isclose(x: Tensor, other: Tensor, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Tensor:
    """Where two tensors agree up to `atol + rtol * abs(other)`."""
    return Tensor(np.asarray(np.isclose(x.array, other.array, rtol, atol, equal_nan)))


# --- the graph ------------------------------------------------------------------------------------------------------


def register_hook(x: Tensor, hook: Any) -> Removable:
    """Call `hook(gradient)` when the gradient is known.  Raises Problem."""
    return Removable(hooks.register(x, hook_of(hook)))


def register_post_accumulate_grad_hook(x: Tensor, hook: Any) -> Removable:
    """Call `hook(x)` when `x.grad` has its gradient.  Raises Problem."""
    return Removable(hooks.register_after(x, hook_of(hook)))


def hook_of(hook: Any) -> Any:
    """A hook, which must be something to call.  Raises Problem (TypeError)."""
    if not callable(hook):
        raise Problem(
            "type",
            f"'{type(hook).__name__}' object is not callable",
            type="TypeError",
            hint="a hook is a function of the gradient",
        )
    return hook


class Removable(Exposed):
    """What `register_hook` gives: `handle.remove()` takes the hook away; so does the end of a `with` block."""

    __slots__ = ("handle",)
    public = frozenset({"remove"})
    title = "torch.utils.hooks.RemovableHandle"

    def __init__(self, handle: Any) -> None:  # something that can be removed
        self.handle = handle

    def remove(self) -> None:
        """Take the hook away."""
        self.handle.remove()

    def __enter__(self) -> Removable:
        return self

    def __exit__(self, *_: Any) -> None:
        self.remove()

    def __repr__(self) -> str:
        return f"<{self.title} object at {id(self):#x}>"


_ITEM = method("item")


def item(x: Tensor) -> Any:
    """The number in a tensor of one.  Raises Problem."""
    look_at(x.array)
    return _ITEM(x)


METHODS: dict[str, Callable[..., Any]] = {
    "backward": backward_of, "bernoulli": random.bernoulli, "cpu": on_cpu, "cuda": on_cuda,
    "data_ptr": lambda x: _address(x.array), "element_size": lambda x: x.array.itemsize, "equal": equal,
    "get_device": lambda x: -1, "item": item, "is_complex": lambda x: False, "isclose": isclose,
    "is_floating_point": lambda x: x.array.dtype.kind == "f", "is_inference": lambda x: False,
    "is_nonzero": is_nonzero, "is_pinned": lambda x: False, "is_same_size": lambda x, other: x.shape == other.shape,
    "is_set_to": lambda x,
    other: stride(x) == stride(other) and x.shape == other.shape and _address(x.array) == _address(other.array),
    "is_shared": lambda x: False, "is_signed": lambda x: x.array.dtype.kind in "fi",
    "multinomial": random.multinomial, "new": constructors.new, "new_empty": constructors.new_filled("new_empty", 0),
    "new_full": constructors.new_full, "new_ones": constructors.new_filled("new_ones", 1),
    "new_tensor": constructors.new_tensor, "new_zeros": constructors.new_filled("new_zeros", 0), "numpy": numpy,
    "pin_memory": on_cpu, "register_hook": register_hook,
    "register_post_accumulate_grad_hook": register_post_accumulate_grad_hook, "retain_grad": hooks.retain_grad,
    "share_memory_": on_cpu, "storage": Storage, "storage_offset": storage_offset, "stride": stride, "to": to, "type": type_,
    "untyped_storage": Storage, "xpu": on_cuda, "type_as": lambda x, other: shapes.to(x, other.dtype),
}  # fmt: skip

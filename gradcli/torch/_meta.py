"""The device "meta": tensors that have a shape and a dtype, and no values.

    placed(tensor)    the tensor on that device
    DeviceMode()      a mode in which what makes tensors makes them there: `with torch.device("meta")`

Functions compute with zeros in the place of values, so that shapes and dtypes come out as they do elsewhere, and what they
give is on that device again.  Changes in place, such as random fillings, leave everything as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradcli.graph.tensor import Outputs, Tensor
from gradcli.ops.core.dtypes import default_dtype
from gradcli.torch import _dispatch
from gradcli.torch._boundary import failure
from gradcli.torch._dtypes import CPU, META, of, wants_meta

# Changes of a tensor that are none of its values.
_OF_METADATA = frozenset(
    {"detach_", "requires_grad_", "rename_", "resize_", "set_", "squeeze_", "t_", "transpose_", "unsqueeze_"}
)
_FACTORIES = frozenset({
    "arange", "empty", "empty_like", "eye", "full", "full_like", "linspace", "logspace", "ones", "ones_like", "rand",
    "rand_like", "randint", "randn", "randn_like", "randperm", "zeros", "zeros_like",
})  # fmt: skip


def _keep_none(self: Tensor, other: Any) -> None:
    """Refuse values.  Raises RuntimeError."""
    raise failure(
        "RuntimeError",
        "Attempted to call `variable.set_data(tensor)`, but `variable` and `tensor` have incompatible tensor type.",
        hint="module.to_empty(device='cpu') gives a module memory",
    )


class MetaTensor(Tensor):
    """A tensor without values."""

    device = property(lambda self: META, doc="Where it is.")
    is_meta = True
    data = property(lambda self: self.detach(), _keep_none)

    @classmethod
    def __torch_function__(
        cls, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        name, words = getattr(func, "__name__", ""), kwargs or {}
        if name == "module_load":
            with _dispatch.disabled():
                return func(*args, **words)
        _check_devices(name, (*args, *words.values()))
        if name == "copy_" and not isinstance(args[0], MetaTensor):
            raise NotImplementedError("Cannot copy out of meta tensor; no data!")
        if name.endswith("_") and not name.endswith("__") and name not in _OF_METADATA:
            return args[0]
        if name in _FACTORIES and words.get("device") is not None:
            with _dispatch.disabled():
                return func(*args, **words)
        with _dispatch.disabled():
            return placed(func(*args, **words))

    def to(self, *args: Any, **options: Any) -> Any:
        """The same in another dtype.  Raises NotImplementedError for another device."""
        place = options.pop("device", None)
        if any(each == CPU or (isinstance(each, str) and not wants_meta(each)) for each in (*args, place)):
            raise NotImplementedError(
                "Cannot copy out of meta tensor; no data! Please use torch.nn.Module.to_empty() instead of "
                "torch.nn.Module.to() when moving module from meta to a different device."
            )
        with _dispatch.disabled():
            return placed(Tensor.to(self, *[each for each in args if not wants_meta(each)], **options))  # type: ignore[attr-defined]

    def item(self) -> Any:
        """Raises RuntimeError: it has none."""
        if self.ndarray.size != 1:
            raise RuntimeError(f"a Tensor with {self.ndarray.size} elements cannot be converted to Scalar")
        raise RuntimeError("Tensor.item() cannot be called on meta tensors")

    def tolist(self) -> Any:
        """Raises NotImplementedError: it has no values."""
        raise NotImplementedError("Cannot copy out of meta tensor; no data!")

    cpu = tolist

    def numpy(self) -> Any:
        """Raises TypeError: it has no values."""
        raise TypeError(
            "can't convert meta device type tensor to numpy. Use Tensor.cpu() to copy the tensor to host memory first."
        )

    def __bool__(self) -> bool:
        raise RuntimeError("Tensor.item() cannot be called on meta tensors")

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        made = placed(self.detach().requires_grad_(self.requires_grad))  # type: ignore[attr-defined]
        made.__dict__.update(self.__dict__)
        return memo.setdefault(id(self), made)

    def __repr__(self, **_: Any) -> str:
        parts = ["...", "device='meta'", f"size={tuple(self.shape)}"]
        if self.ndarray.dtype != default_dtype():
            parts.append(f"dtype={of(self.ndarray.dtype)}")
        if self.node is not None:
            parts.append(f"grad_fn=<{self.grad_fn.title}>")
        elif self.requires_grad:
            parts.append("requires_grad=True")
        return f"{'Parameter containing:' + chr(10) if getattr(self, '_is_param', False) else ''}tensor({', '.join(parts)})"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(repr(self), spec)


# Functions that take tensors of two devices: indices of any, and copies.
_OF_TWO_DEVICES = frozenset(
    {"__getitem__", "__setitem__", "cat", "copy_", "embedding", "gather", "index_put_", "index_select", "take", "to", "type_as"}
)


def _check_devices(name: str, values: Any) -> None:
    """Refuse tensors of two devices in one call, but for those of no dimensions.  Raises RuntimeError."""
    if name in _OF_TWO_DEVICES:
        return
    places = [each.device for each in values if isinstance(each, Tensor) and each.ndarray.ndim]  # type: ignore[attr-defined]
    other = next((place for place in places if place != places[0]), None)
    if other is not None:
        raise failure(
            "RuntimeError",
            f"Tensor on device {other} is not on the expected device {places[0]}!",
            hint="module.to_empty(device='cpu') gives a module memory",
        )


MetaTensor.__name__ = MetaTensor.__qualname__ = "Tensor"
MetaTensor.__module__ = "torch"


def placed(result: Any) -> Any:
    """What a function gave, with its tensors on the device "meta"."""
    if isinstance(result, Tensor):
        if not isinstance(result, MetaTensor):
            result.__class__ = MetaTensor
        return result
    if isinstance(result, Outputs):
        return Outputs(tuple([placed(each) for each in result]), result.fields, result.name)
    if type(result) in (tuple, list):
        return type(result)([placed(each) for each in result])
    return result


class DeviceMode:
    """The mode that a device enters in a `with` block: what makes tensors makes them there, unless told otherwise."""

    without_values = True

    def __torch_function__(self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: Any = None) -> Any:
        words = dict(kwargs or {})
        if getattr(func, "__name__", "") in _FACTORIES and words.get("device") is None:
            words["device"] = META
        if any([isinstance(each, MetaTensor) for each in args]):
            return MetaTensor.__torch_function__(func, types, args, words)
        return func(*args, **words)


__all__ = ["DeviceMode", "MetaTensor", "placed"]

"""Dtypes and devices as scripts see them: `torch.float32`, `device(type='cpu')`, and back to what operations take."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.ops import dtypes
from gradcli.run.script.exposed import Exposed

_LEGACY = {
    "float64": "DoubleTensor", "float32": "FloatTensor", "float16": "HalfTensor", "int64": "LongTensor",
    "int32": "IntTensor", "int16": "ShortTensor", "int8": "CharTensor", "uint8": "ByteTensor", "bool": "BoolTensor",
}  # fmt: skip


class DType(Exposed):
    """A dtype of PyTorch's; `kind` is NumPy's.  There is one object for each, so `is` and `==` agree."""

    __slots__ = ("is_floating_point", "is_signed", "itemsize", "kind")
    public = frozenset({"is_complex", "is_floating_point", "is_signed", "itemsize"})
    title = "torch.dtype"
    is_complex = False

    def __init__(self, kind: np.dtype[Any]) -> None:
        self.kind = kind
        self.is_floating_point = kind.kind == "f"
        self.is_signed = kind.kind in "fi"
        self.itemsize = kind.itemsize

    def __repr__(self) -> str:
        return f"torch.{self.kind.name}"


_OF = {kind: DType(kind) for kind in set(dtypes.NAMES.values())}
DTYPES: dict[str, DType] = {name: _OF[kind] for name, kind in dtypes.NAMES.items()}
LEGACY: dict[str, DType] = {_LEGACY[kind.name]: dtype for kind, dtype in _OF.items()}  # by class name: FloatTensor


def of(kind: np.dtype[Any]) -> DType:
    """PyTorch's dtype for NumPy's."""
    return _OF[kind]


def kind_of(dtype: Any) -> np.dtype[Any]:
    """NumPy's dtype for PyTorch's, and for nothing else: NumPy would make one of many things.  Raises Problem (TypeError)."""
    if not isinstance(dtype, DType):
        raise Problem(
            "dtype",
            f"argument 'dtype' must be torch.dtype, not {type(dtype).__name__}",
            type="TypeError",
            hint="such as torch.float64",
        )
    return dtype.kind


def legacy_name(kind: np.dtype[Any]) -> str:
    """What `x.type()` says: "torch.FloatTensor"."""
    return f"torch.{_LEGACY[kind.name]}"


def kind_of_legacy(name: str) -> np.dtype[Any]:
    """NumPy's dtype for "torch.DoubleTensor".  Raises Problem (ValueError)."""
    dtype = LEGACY.get(name.removeprefix("torch."))
    if dtype is None:
        raise Problem("dtype", f"invalid type: '{name}'", type="ValueError", hint=f"one of {', '.join(sorted(LEGACY))}")
    return dtype.kind


class Device(Exposed):
    """The one device that there is."""

    __slots__ = ("index", "type")
    public = frozenset({"index", "type"})
    title = "torch.device"

    def __init__(self, type: str, index: int | None = None) -> None:
        self.type = type
        self.index = index

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Device) and (self.type, self.index) == (other.type, other.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __repr__(self) -> str:
        return f"device(type='{self.type}'{'' if self.index is None else f', index={self.index}'})"


CPU = Device("cpu")
_KINDS = ("cpu", "cuda", "mps", "xpu", "meta")


def device(type: Any, index: int | None = None) -> Device:
    """`torch.device("cpu")`; other kinds can be named, and refuse tensors.  Raises Problem."""
    if isinstance(type, Device):
        return type
    if not isinstance(type, str):
        raise Problem("device", "Cannot access accelerator device when none is available.", hint="the only device is 'cpu'")
    kind, colon, number = type.partition(":")
    if kind not in _KINDS or (colon and not number.isdecimal()):
        raise Problem(
            "device",
            f"Expected one of {', '.join(_KINDS)} device type at start of device string: {type}",
            hint="the only device here is 'cpu'",
        )
    return Device(kind, int(number) if colon else index)


def check_device(value: Any) -> None:
    """Refuse to put a tensor anywhere but on the CPU.  Raises Problem."""
    wanted = CPU if value is None else device(value)
    if wanted.type == "cuda":
        raise Problem(
            "device",
            "Torch not compiled with CUDA enabled",
            type="AssertionError",
            hint="the only device here is 'cpu'; use device='cuda' if torch.cuda.is_available() else 'cpu'",
        )
    if wanted.type != "cpu":
        raise Problem("device", f"there is no {wanted.type} device here", hint="the only device is 'cpu'")


class Layout(Exposed):
    """The one layout that there is."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "torch.strided"


STRIDED = Layout()


class FloatInfo(Exposed):
    """`torch.finfo(dtype)`: the limits of a floating-point dtype."""

    __slots__ = ("bits", "dtype", "eps", "max", "min", "resolution", "smallest_normal", "tiny")
    public = frozenset(__slots__)
    title = "torch.finfo"

    def __init__(self, type: DType | None = None) -> None:
        kind = dtypes.default_dtype() if type is None else kind_of(type)
        if kind.kind != "f":
            raise Problem(
                "dtype",
                "torch.finfo() requires a floating point input type. Use torch.iinfo to handle whole numbers",
                type="TypeError",
            )
        limits = np.finfo(kind)
        self.bits, self.dtype = limits.bits, kind.name
        self.eps, self.max, self.min = float(limits.eps), float(limits.max), float(limits.min)
        self.tiny = self.smallest_normal = float(limits.tiny)
        self.resolution = float(str(limits.resolution))

    def __repr__(self) -> str:
        words = [f"{name}={getattr(self, name):g}" for name in ("resolution", "min", "max", "eps", "smallest_normal", "tiny")]
        return f"finfo({', '.join(words)}, dtype={self.dtype})"


class WholeInfo(Exposed):
    """`torch.iinfo(dtype)`: the limits of a dtype of whole numbers."""

    __slots__ = ("bits", "dtype", "max", "min")
    public = frozenset(__slots__)
    title = "torch.iinfo"

    def __init__(self, type: DType) -> None:
        kind = kind_of(type)
        if kind.kind not in "iu":
            raise Problem(
                "dtype",
                "torch.iinfo() requires an integer input type. Use torch.finfo to handle floats",
                type="TypeError",
            )
        limits = np.iinfo(kind)
        self.bits, self.dtype, self.max, self.min = limits.bits, kind.name, int(limits.max), int(limits.min)

    def __repr__(self) -> str:
        return f"iinfo(min={self.min:g}, max={self.max:g}, dtype={self.dtype})"

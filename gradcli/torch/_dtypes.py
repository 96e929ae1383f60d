"""`torch.dtype`, `torch.device` and their like, and the way between PyTorch's dtypes and NumPy's.

of(kind)       the torch.dtype of a NumPy dtype
kind_of(dtype) NumPy's dtype of a torch.dtype
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.context import settings
from gradcli.graph.half_precision import name_of, precision_of
from gradcli.ops.core import dtypes
from gradcli.torch._boundary import guarded

_LEGACY = {
    "float64": "DoubleTensor", "float32": "FloatTensor", "float16": "HalfTensor", "bfloat16": "BFloat16Tensor",
    "int64": "LongTensor", "int32": "IntTensor", "int16": "ShortTensor", "int8": "CharTensor", "uint8": "ByteTensor",
    "bool": "BoolTensor", "complex64": "ComplexFloatTensor", "complex128": "ComplexDoubleTensor",
}  # fmt: skip


class dtype:
    """A dtype of PyTorch's.  There is one object for each, so that `is` and `==` agree."""

    __slots__ = ("is_complex", "is_floating_point", "is_signed", "itemsize", "kind")
    __module__ = "torch"

    def __init__(self, kind: np.dtype[Any]) -> None:
        self.kind = kind  # NumPy's
        self.is_floating_point = kind.kind == "f"
        self.is_complex = kind.kind == "c"
        self.is_signed = kind.kind in "fic"
        self.itemsize = kind.itemsize if kind.isnative else 2

    def to_real(self) -> dtype:
        """The dtype of the real part."""
        return of(np.empty(0, self.kind).real.dtype)

    def to_complex(self) -> dtype:
        """The complex dtype whose parts are of this one."""
        return of(np.result_type(self.kind, np.complex64))

    def __reduce__(self) -> Any:
        return _named, (name_of(self.kind),)

    def __repr__(self) -> str:
        return f"torch.{name_of(self.kind)}"


_OF = {kind: dtype(kind) for kind in set(dtypes.NAMES.values())}
DTYPES: dict[str, dtype] = {name: _OF[kind] for name, kind in dtypes.NAMES.items()}
LEGACY: dict[str, dtype] = {_LEGACY[name_of(kind)]: each for kind, each in _OF.items() if name_of(kind) in _LEGACY}


_FROM_NUMPY = (
    "float64, float32, float16, complex64, complex128, int64, int32, int16, int8, uint64, uint32, uint16, uint8, and bool"
)


def of(kind: np.dtype[Any]) -> dtype:
    """PyTorch's dtype for NumPy's.  Raises Problem (TypeError) where it has none."""
    found = _OF.get(kind)
    if found is None:
        message = f"can't convert np.ndarray of type numpy.{kind.type.__name__}. The only supported types are: {_FROM_NUMPY}."
        raise Problem("dtype", message, type="TypeError")
    return found


def kind_of(dtype_: Any) -> np.dtype[Any]:
    """NumPy's dtype for PyTorch's, and for Python's float, int, bool and complex.  Raises Problem (TypeError)."""
    if isinstance(dtype_, dtype):
        return dtype_.kind
    if dtype_ in _PYTHON:
        made: np.dtype[Any] = np.dtype(dtype_)
        return made
    raise Problem(
        "dtype",
        f"argument 'dtype' must be torch.dtype, not {type(dtype_).__name__}",
        type="TypeError",
        hint="such as torch.float64",
    )


_PYTHON = (int, bool, complex, float)


def _named(name: str) -> dtype:
    return DTYPES[name]


def legacy_name(kind: np.dtype[Any]) -> str:
    """What `x.type()` says: "torch.FloatTensor"."""
    return f"torch.{_LEGACY[name_of(kind)]}"


def kind_of_legacy(name: str) -> np.dtype[Any]:
    """NumPy's dtype for "torch.DoubleTensor".  Raises Problem (ValueError)."""
    found = LEGACY.get(name.removeprefix("torch.").removeprefix("sparse."))
    if found is None:
        raise Problem("dtype", f"invalid type: '{name}'", type="ValueError", hint=f"one of {', '.join(sorted(LEGACY))}")
    return found.kind


# --- where tensors are ----------------------------------------------------------------------------------------------

_KINDS = (  # that can be named, in the order in which PyTorch names them
    *("cpu", "cuda", "ipu", "xpu", "mkldnn", "opengl", "opencl", "ideep", "hip", "ve", "fpga", "maia", "xla", "lazy", "vulkan"),
    *("mps", "meta", "hpu", "mtia", "privateuseone"),
)
_DEVICE = re.compile(r"[A-Za-z_]+(:\d+)?")


class device:
    """`torch.device("cpu")`, or "meta"; other kinds can be named, and refuse tensors."""

    __slots__ = ("index", "type")
    __module__ = "torch"
    type: str
    index: int | None

    @guarded
    def __init__(self, type: Any, index: int | None = None) -> None:
        if isinstance(type, device):
            self.type, self.index = type.type, type.index
            return
        if not isinstance(type, str):
            message = "Cannot access accelerator device when none is available."
            raise Problem("device", message, hint="the only device is 'cpu'")
        if not _DEVICE.fullmatch(type):
            raise Problem("device", f"Invalid device string: '{type}'", hint="the only device here is 'cpu'")
        kind, colon, number = type.partition(":")
        if kind not in _KINDS:
            raise Problem(
                "device",
                f"Expected one of {', '.join(_KINDS)} device type at start of device string: {kind}",
                hint="the only device here is 'cpu'",
            )
        self.type, self.index = kind, int(number) if colon else index

    def __eq__(self, other: object) -> bool:
        return isinstance(other, device) and (self.type, self.index) == (other.type, other.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))

    def __enter__(self) -> device:
        if not check_device(self):
            return self
        from gradcli.torch import _dispatch, _meta

        _dispatch.enter_mode(_meta.DeviceMode())
        return self

    def __exit__(self, *_: Any) -> None:
        if self.type == "meta":
            from gradcli.torch import _dispatch

            _dispatch.exit_mode()

    def __reduce__(self) -> Any:
        return device, (self.type, self.index)

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __repr__(self) -> str:
        return f"device(type='{self.type}'{'' if self.index is None else f', index={self.index}'})"


CPU, META = device("cpu"), device("meta")


def wants_meta(value: Any) -> bool:
    """Whether a value names the device "meta", on which tensors have no values."""
    return value == META or (isinstance(value, str) and value == "meta")


_UNLINKED = {  # what a build without these devices says
    "mps": ("PyTorch is not linked with support for mps devices", "RuntimeError"),
    "xpu": ("Torch not compiled with XPU enabled", "AssertionError"),
}


def check_device(value: Any) -> bool:
    """Refuse to put a tensor anywhere but on the CPU, or on no device at all ("meta", which gives True).  Raises Problem."""
    wanted = CPU if value is None else value if isinstance(value, device) else device(value)
    if wanted.type == "cuda":
        raise Problem(
            "device",
            "Torch not compiled with CUDA enabled",
            type="AssertionError",
            hint="the only device here is 'cpu'; use device='cuda' if torch.cuda.is_available() else 'cpu'",
        )
    if wanted.type in _UNLINKED:
        words, kind = _UNLINKED[wanted.type]
        raise Problem("device", words, type=kind, hint="the only device is 'cpu'")
    if wanted.type not in ("cpu", "meta"):
        raise Problem("device", f"there is no {wanted.type} device here", hint="the only device is 'cpu'")
    return wanted.type == "meta"


class _Constant:
    """A value that is only named: a layout, a memory format."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __reduce__(self) -> Any:
        return _constant, (self.name,)

    def __repr__(self) -> str:
        return f"torch.{self.name}"


class layout(_Constant):
    """How memory is laid out: `torch.strided`, `torch.sparse_coo` or `torch.sparse_csr`."""

    __slots__ = ()
    __module__ = "torch"


class memory_format(_Constant):
    """In which order memory is laid out."""

    __slots__ = ()
    __module__ = "torch"


STRIDED, SPARSE_COO, SPARSE_CSR = layout("strided"), layout("sparse_coo"), layout("sparse_csr")
LAYOUTS = {each.name: each for each in (STRIDED, SPARSE_COO, SPARSE_CSR)}
MEMORY_FORMATS = {
    name: memory_format(name) for name in ("contiguous_format", "preserve_format", "channels_last", "channels_last_3d")
}


CHANNELS_LAST = {"channels_last": 4, "channels_last_3d": 5}  # the dimensions of tensors that may have their channels last


def in_format(x: Any, memory_format: Any) -> Any:
    """A new tensor with its elements in the order of a memory format, if it has one.  Raises Problem."""
    name = getattr(memory_format, "name", None)
    if name in CHANNELS_LAST:
        if x.ndim != CHANNELS_LAST[name]:
            raise Problem("dimension", f"required rank {CHANNELS_LAST[name]} tensor to use {name} format")
        x.ndarray = np.moveaxis(np.ascontiguousarray(np.moveaxis(x.ndarray, 1, -1)), -1, 1)
    elif name == "contiguous_format":
        x.ndarray = np.ascontiguousarray(x.ndarray)
    return x


def _constant(name: str) -> _Constant:
    return LAYOUTS.get(name) or MEMORY_FORMATS[name]


# --- limits of numbers ----------------------------------------------------------------------------------------------


class finfo:
    """The limits of a floating-point dtype: bits, eps, max, min, tiny, smallest_normal, resolution, dtype."""

    __module__ = "torch"

    @guarded
    def __init__(self, type: dtype | None = None) -> None:
        kind = dtypes.default_dtype() if type is None else kind_of(type)
        if kind.kind not in "fc":
            message = "torch.finfo() requires a floating point input type. Use torch.iinfo to handle whole numbers"
            raise Problem("dtype", message, type="TypeError")
        if not kind.isnative:
            self.bits, self.dtype, self.eps, self.resolution = 16, "bfloat16", precision_of("bfloat16"), 0.01
            self.max, self.min = 3.3895313892515355e38, -3.3895313892515355e38
            self.tiny = self.smallest_normal = 2.0**-126
            return
        limits = np.finfo(kind)
        self.bits, self.dtype = limits.bits, kind.name
        self.eps, self.max, self.min = float(limits.eps), float(limits.max), float(limits.min)
        self.tiny = self.smallest_normal = float(limits.tiny)
        self.resolution = float(str(limits.resolution))

    def __repr__(self) -> str:
        words = [f"{name}={getattr(self, name):g}" for name in ("resolution", "min", "max", "eps", "smallest_normal", "tiny")]
        return f"finfo({', '.join(words)}, dtype={self.dtype})"


class iinfo:
    """The limits of a dtype of whole numbers: bits, max, min, dtype."""

    __module__ = "torch"

    @guarded
    def __init__(self, type: dtype) -> None:
        kind = kind_of(type)
        if kind.kind not in "iu":
            message = "torch.iinfo() requires an integer input type. Use torch.finfo to handle floats"
            raise Problem("dtype", message, type="TypeError")
        limits = np.iinfo(kind)
        self.bits, self.dtype, self.max, self.min = limits.bits, kind.name, int(limits.max), int(limits.min)

    def __repr__(self) -> str:
        return f"iinfo(min={self.min:g}, max={self.max:g}, dtype={self.dtype})"


def start() -> None:
    """Let Python's floats become float32, and gradients be sparse where that is asked for, as it is where programs begin."""
    dtypes.set_default_dtype(np.dtype(np.float32))
    settings().sparse_gradients = True

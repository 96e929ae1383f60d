"""`torch.save` and `torch.load`, in PyTorch's own file format: what either writes the other reads.

A file is a zip archive with a pickle, `data.pkl`, in which tensors name storages by number, and a member `data/N` with the
bytes of each.  By default only what such files need is unpickled (`weights_only`): no code of the file's choice runs.
"""

from __future__ import annotations

import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from io import BytesIO
from types import FunctionType
from typing import Any, ClassVar

import numpy as np

from gradcli.graph import versions
from gradcli.graph.tensor import Tensor, from_array, is_unstrided
from gradcli.ops.movement.properties import Size
from gradcli.torch._dtypes import DTYPES, LAYOUTS, LEGACY, SPARSE_COO, SPARSE_CSR, device, dtype, layout

__all__ = ["add_safe_globals", "clear_safe_globals", "get_safe_globals", "load", "safe_globals", "save"]

_OURS = "gradcli.torch"
_STORAGES = {f"{name.removesuffix('Tensor')}Storage": each.kind for name, each in LEGACY.items()}
_STORAGE_OF = {kind: name for name, kind in _STORAGES.items()}
_UNTRUSTED = (
    "Weights only load failed. The file can be read with `weights_only=False`, which lets it run code of its own choice: do so "
    "only if you trust its source.\n\tWeightsUnpickler error: Unsupported global: GLOBAL {0} was not an allowed global by "
    "default. Please use `torch.serialization.add_safe_globals([{0}])` or the `torch.serialization.safe_globals([{0}])` "
    "context manager to allowlist this global if you trust this class/function."
)
_safe: list[Any] = []


class _Storage:
    """Stands for the class of a storage where files name it."""

    def __init__(self, name: str) -> None:
        self.name = name


# --- writing --------------------------------------------------------------------------------------------------------


def save(
    obj: Any,
    f: Any,
    pickle_module: Any = None,
    pickle_protocol: int = 2,
    _use_new_zipfile_serialization: bool = True,
) -> None:
    """Write an object with tensors in it to a path or a binary file; tensors that share memory go on doing so."""
    text = BytesIO()
    pickler = _Pickler(text, 2)
    pickler.dump(obj)
    with zipfile.ZipFile(f, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("archive/data.pkl", text.getvalue())
        archive.writestr("archive/byteorder", "little")
        for number, array in enumerate(pickler.storages):
            archive.writestr(f"archive/data/{number}", np.ascontiguousarray(array).tobytes())
        archive.writestr("archive/version", "3\n")


_InPython: Any = pickle._Pickler  # whose way of naming things can be changed


class _Pickler(_InPython):  # type: ignore[misc]
    """Writes tensors as PyTorch does, and names of this package as PyTorch's."""

    def __init__(self, file: Any, protocol: int) -> None:
        super().__init__(file, protocol)
        self.storages: list[Any] = []
        self._numbers: dict[int, int] = {}

    def reducer_override(self, obj: Any) -> Any:
        """Tensors, dtypes and devices in PyTorch's form."""
        if isinstance(obj, Tensor):
            return self._reduced(obj)
        if isinstance(obj, layout):
            return _get_layout, (repr(obj),)
        return (device, (str(obj),)) if isinstance(obj, device) else NotImplemented

    def persistent_id(self, obj: Any) -> Any:
        """Where a storage stands in the archive."""
        if type(obj) is not _Whole:
            return None
        root = obj.root
        number = self._numbers.setdefault(id(root), len(self.storages))
        if number == len(self.storages):
            self.storages.append(root)
        return "storage", _Storage(_STORAGE_OF[root.dtype]), str(number), "cpu", int(root.size)

    def save(self, obj: Any, save_persistent_id: bool = True) -> Any:
        """Names of dtypes and storages are no calls."""
        if isinstance(obj, dtype):
            return self._global("torch", obj.kind.name)
        if type(obj) is _Storage:
            return self._global("torch", obj.name)
        return super().save(obj, save_persistent_id)

    def save_global(self, obj: Any, name: str | None = None) -> None:
        """Write the name of a class or function."""
        if obj in _NAMES:
            self._global(*_NAMES[obj])
            return
        module = getattr(obj, "__module__", None) or ""
        if module == _OURS or module.startswith(f"{_OURS}."):
            self._global("torch" + module.removeprefix(_OURS), name or obj.__qualname__)
        else:
            super().save_global(obj, name)

    dispatch: ClassVar[dict[type, Any]] = {**_InPython.dispatch, FunctionType: save_global}

    def _global(self, module: str, name: str) -> None:
        self.write(b"c" + f"{module}\n{name}\n".encode())

    def _reduced(self, x: Tensor) -> Any:
        from gradcli.torch.nn.parameter import Parameter

        if isinstance(x, Parameter) and type(x) is not Tensor:
            return _rebuild_parameter, (from_array(x.ndarray), x._requires_grad, OrderedDict())
        if is_unstrided(x):
            array = x.ndarray
            places: tuple[Any, ...] = (array.indices,)
            if array.layout == SPARSE_CSR.name:
                places = array.crow_indices(), array.indices[1].copy()
            known = (array.is_coalesced,) if array.layout == SPARSE_COO.name else ()
            parts = (*map(from_array, (*places, array.values)), Size(array.shape), *known)
            return _rebuild_sparse_tensor, (LAYOUTS[array.layout], parts)
        root, offset, strides = _placed(x.ndarray)
        return _rebuild_tensor_v2, (_Whole(root), offset, tuple(x.ndarray.shape), strides, x.requires_grad, OrderedDict())


class _Whole:
    """A storage: all memory that a root array owns."""

    def __init__(self, root: Any) -> None:
        self.root = root


def _placed(array: Any) -> tuple[Any, int, tuple[int, ...]]:
    """The array that owns the memory, and where in it the elements of this one lie; a copy where that cannot be said."""
    root, size = versions.root_of(array), array.itemsize
    steps = [divmod(stride, size) for stride in array.strides]
    plain = root.dtype == array.dtype and root.flags.c_contiguous and all([step >= 0 and not rest for step, rest in steps])
    if not plain:
        root = np.ascontiguousarray(array)
        return root, 0, tuple([stride // size for stride in root.strides])
    first = array.__array_interface__["data"][0] - root.__array_interface__["data"][0]
    return root, first // size, tuple([step for step, _ in steps])


# --- reading --------------------------------------------------------------------------------------------------------


def load(
    f: Any,
    map_location: Any = None,
    pickle_module: Any = None,
    *,
    weights_only: bool | None = None,
    mmap: bool | None = None,
    **pickle_load_args: Any,
) -> Any:
    """Read what `save` has written, from a path or a binary file.

    weights_only  False lets the file name any class or function, and thereby run code
    Raises pickle.UnpicklingError for what is not allowed, RuntimeError for what is no such file.
    """
    try:
        archive = zipfile.ZipFile(f)
    except zipfile.BadZipFile:
        raise RuntimeError("PytorchStreamReader failed reading zip archive: torch.save has not written it") from None
    with archive:
        name = next((each for each in archive.namelist() if each.endswith("data.pkl")), None)
        if name is None:
            raise RuntimeError("PytorchStreamReader failed locating file data.pkl: file not found")
        reader = _Unpickler(BytesIO(archive.read(name)), archive, name.removesuffix("data.pkl"), weights_only is not False)
        return reader.load()


class _Unpickler(pickle.Unpickler):
    """Reads the pickle of an archive; names of PyTorch's are this package's."""

    def __init__(self, file: Any, archive: zipfile.ZipFile, folder: str, weights_only: bool) -> None:
        super().__init__(file)
        self._archive, self._folder, self._weights_only = archive, folder, weights_only
        self._storages: dict[str, Any] = {}

    def persistent_load(self, saved: Any) -> Any:
        """The array of a storage."""
        _, kind, number, _, count = saved
        if number not in self._storages:
            data = bytearray(self._archive.read(f"{self._folder}data/{number}"))
            self._storages[number] = np.frombuffer(data, _STORAGES[kind.name], count)
        return self._storages[number]

    def find_class(self, module: str, name: str) -> Any:
        """What a name stands for.  Raises UnpicklingError where it is not among those that are allowed."""
        if (module, name) in _KNOWN:
            return _KNOWN[module, name]
        if module == "torch" and name in _STORAGES:
            return _Storage(name)
        if module == "torch" and name in DTYPES:
            return DTYPES[name]
        allowed = next((each for each in _safe if (each.__module__, each.__qualname__) == (module, name)), None)
        if allowed is not None:
            return allowed
        if self._weights_only:
            raise pickle.UnpicklingError(_UNTRUSTED.format(f"{module}.{name}"))
        if module == "torch" or module.startswith("torch."):
            module = _OURS + module.removeprefix("torch")
        found = import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
        return found


def _rebuild_tensor_v2(
    storage: Any, storage_offset: int, size: Any, stride: Any, requires_grad: bool, backward_hooks: Any, metadata: Any = None
) -> Tensor:
    """A tensor that looks at a storage.  Raises RuntimeError where it would look beyond it."""
    last = storage_offset + sum([(length - 1) * step for length, step in zip(size, stride)])
    if 0 not in size and not 0 <= last < storage.size:
        raise RuntimeError("the file is damaged: a tensor reaches beyond its storage")
    steps = [step * storage.itemsize for step in stride]
    array = np.lib.stride_tricks.as_strided(storage[storage_offset:], tuple(size), steps)
    return from_array(array, bool(requires_grad))


def _get_layout(name: str) -> layout:
    return LAYOUTS[name.removeprefix("torch.")]


def _rebuild_sparse_tensor(layout: layout, data: Any) -> Any:
    """A sparse tensor of its indices, values, size, and whether it is coalesced.  Raises RuntimeError where they do not fit."""
    from gradcli.torch.sparse.construction import sparse_coo_tensor, sparse_csr_tensor

    if layout is SPARSE_CSR:
        return sparse_csr_tensor(*data)
    indices, values, size, *known = data
    return sparse_coo_tensor(indices, values, size, is_coalesced=bool(known and known[0]))


def _rebuild_parameter(data: Tensor, requires_grad: bool, backward_hooks: Any) -> Any:
    from gradcli.torch.nn.parameter import Parameter

    return Parameter(data, requires_grad)


_NAMES: dict[Any, tuple[str, str]] = {
    _rebuild_tensor_v2: ("torch._utils", "_rebuild_tensor_v2"),
    _rebuild_parameter: ("torch._utils", "_rebuild_parameter"),
    _rebuild_sparse_tensor: ("torch._utils", "_rebuild_sparse_tensor"),
    _get_layout: ("torch.serialization", "_get_layout"),
    device: ("torch", "device"),
    Size: ("torch", "Size"),
}
_KNOWN: dict[tuple[str, str], Callable[..., Any]] = {
    **{place: value for value, place in _NAMES.items()},
    ("collections", "OrderedDict"): OrderedDict,
    ("builtins", "set"): set,
    ("__builtin__", "set"): set,
    ("builtins", "complex"): complex,
    ("builtins", "bytearray"): bytearray,
    ("__builtin__", "bytearray"): bytearray,
}


# --- what may be read besides ---------------------------------------------------------------------------------------


def add_safe_globals(safe_globals: list[Any]) -> None:
    """Let files name these classes and functions, too."""
    _safe.extend(safe_globals)


def get_safe_globals() -> list[Any]:
    """The classes and functions that were allowed."""
    return list(_safe)


def clear_safe_globals() -> None:
    """Allow none of them any more."""
    _safe.clear()


@contextmanager
def safe_globals(safe_globals: list[Any]) -> Iterator[None]:
    """Allow these classes and functions inside the block."""
    before = list(_safe)
    add_safe_globals(safe_globals)
    try:
        yield
    finally:
        _safe[:] = before

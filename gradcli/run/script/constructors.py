"""The classes that make tensors: `torch.Tensor([1.])`, `torch.FloatTensor(2, 3)`, `nn.Parameter(x)`, `Variable(x)`."""

from __future__ import annotations

from typing import Any
from weakref import WeakValueDictionary

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor
from gradcli.ops import dtypes
from gradcli.ops.literals import literal
from gradcli.ops.properties import Size
from gradcli.run.script.arrays import Array
from gradcli.run.script.calls import TableFunction, function, only_places, plain
from gradcli.run.script.dtypes import LEGACY, kind_of
from gradcli.run.script.exposed import Exposed
from gradcli.run.script.warnings import warn

_MOST_NESTED = 64  # dimensions; a list may hold itself
_COPY = (
    "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or "
    "sourceTensor.detach().clone().requires_grad_(True), rather than {}(sourceTensor)."
)


class Class(Exposed):
    """A class of PyTorch's: called to make a value, named in `isinstance`, printed as `<class 'torch.Tensor'>`."""

    __slots__ = ("__name__", "module")
    public = frozenset({"__doc__", "__module__", "__name__", "__qualname__"})
    title = "type"

    def __init__(self, name: str, module: str = "torch") -> None:
        self.__name__ = name
        self.module = module

    def __instancecheck__(self, value: Any) -> bool:
        raise NotImplementedError

    def read(self, name: str) -> Any:
        """The names of the class.  Raises Problem."""
        if name == "__module__":
            return self.module
        return self.__name__ if name == "__qualname__" else super().read(name)

    def __repr__(self) -> str:
        return f"<class '{self.module}.{self.__name__}'>" if self.module else f"<class '{self.__name__}'>"


class TensorClass(Class):
    """`torch.Tensor`, and the legacy classes of one dtype each; `kind` None is the default dtype."""

    __slots__ = ("kind",)

    def __init__(self, name: str, kind: np.dtype[Any] | None = None) -> None:
        super().__init__(name)
        self.kind = kind

    def __instancecheck__(self, value: Any) -> bool:
        return type(value) is Tensor and (self.kind is None or value.dtype == self.kind)

    def __call__(self, *args: Any, **places: Any) -> Tensor:
        """A tensor of a size (all zeros), of numbers in nested lists, or on another's memory.  Raises Problem."""
        only_places("new", places)
        data = args[0] if len(args) == 1 else args
        if type(data) is Tensor:
            return self._of_tensor(data)
        kind = dtypes.default_dtype() if self.kind is None else self.kind
        if all([type(each) is int for each in args]) or isinstance(data, Size):
            return Tensor(np.zeros(sizes("new", args), kind)) if args else Tensor(np.zeros(0, kind))
        if isinstance(data, str):
            _check_data(data)
        if len(args) > 1 or not isinstance(data, (list, tuple, range, Array)):
            raise Problem(
                "type",
                f"new(): data must be a sequence (got {type(data).__name__})",
                type="TypeError",
                hint=f"write torch.{self.__name__}([1, 2]) for numbers, torch.{self.__name__}(2, 3) for a size",
            )
        return Tensor(np.array(literal(plain(data), kind)))

    def _of_tensor(self, data: Tensor) -> Tensor:
        if self.kind is not None and data.dtype != self.kind:
            raise Problem(
                "dtype",
                f"expected a tensor of {self.kind.name} (got {data.dtype.name})",
                type="TypeError",
                hint=f"convert it: x.to(torch.{self.kind.name})",
            )
        alias: Tensor = data[...]
        return alias

    def read(self, name: str) -> Any:
        """A method, as a function of the tensor: `torch.Tensor.add`; or a name of the class.  Raises Problem."""
        from gradcli.run.script.tensors import METHODS

        if name in self.public:
            return super().read(name)
        found = METHODS.get(name)
        if found is None:
            raise Problem("attribute", f"type object '{self.__name__}' has no attribute '{name}'", type="AttributeError")
        return found


def sizes(name: str, args: tuple[Any, ...]) -> tuple[int, ...]:
    """A size given as so many numbers or as one list.  Raises Problem."""
    from gradcli.graph import memory

    lengths = tuple(args[0]) if len(args) == 1 and isinstance(args[0], (list, tuple)) else args
    total = 1
    for each in lengths:
        if not isinstance(each, int):
            raise Problem("type", f"{name}(): a size is made of whole numbers, not {type(each).__name__}", type="TypeError")
        if each < 0:
            raise Problem("shape", f"Trying to create tensor with negative dimension {each}: {list(lengths)}")
        total *= each
    memory.reserve(total, name)
    return lengths


TENSOR = TensorClass("Tensor")
CLASSES = {"Tensor": TENSOR, **{name: TensorClass(name, dtype.kind) for name, dtype in LEGACY.items()}}


def class_named(name: str) -> TensorClass | None:
    """The class of "torch.FloatTensor" or "FloatTensor", or None."""
    return CLASSES.get(name.removeprefix("torch."))


_parameters: WeakValueDictionary[int, Tensor] = WeakValueDictionary()  # by identity: tensors are compared element by element


def is_parameter(value: Any) -> bool:
    """Whether `nn.Parameter` made this tensor."""
    return type(value) is Tensor and _parameters.get(id(value)) is value


class ParameterClass(Class):
    """`torch.nn.Parameter`: a leaf that requires grad, on the memory of another tensor."""

    __slots__ = ()

    def __call__(self, data: Any = None, requires_grad: bool = True) -> Tensor:
        """The parameter.  Raises Problem."""
        if data is not None and type(data) is not Tensor:
            raise Problem(
                "type",
                f"'{type(data).__name__}' object has no attribute 'detach'",
                type="AttributeError",
                hint="nn.Parameter takes a tensor: nn.Parameter(torch.tensor(...))",
            )
        made = Tensor(np.zeros(0, dtypes.default_dtype())) if data is None else data.detach()
        _parameters[id(made)] = made
        return made.require_grad() if requires_grad else made

    def __instancecheck__(self, value: Any) -> bool:
        return is_parameter(value)


class VariableClass(Class):
    """`torch.autograd.Variable`, which has long been another name for a tensor."""

    __slots__ = ()

    def __call__(self, data: Any, requires_grad: bool = False, volatile: bool = False) -> Tensor:
        """The same memory as a leaf of its own.  Raises Problem."""
        if type(data) is not Tensor:
            raise Problem(
                "type",
                f"Variable data has to be a tensor, but got {type(data).__name__}",
                type="TypeError",
                hint="make it one first: torch.tensor(...)",
            )
        if volatile:
            warn("volatile was removed and now has no effect. Use `with torch.no_grad():` instead.")
        made = data.detach()
        return made.require_grad() if requires_grad else made

    def __instancecheck__(self, value: Any) -> bool:
        return type(value) is Tensor


PARAMETER = ParameterClass("Parameter", "torch.nn.parameter")
VARIABLE = VariableClass("Variable", "torch.autograd.variable")


class _Tensor(TableFunction):
    """`torch.tensor`, which copies, and warns where that copies a tensor."""

    __slots__ = ()

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        if args or "data" in keywords:
            data = args[0] if args else keywords["data"]
            if type(data) is Tensor:
                warn(_COPY.format("torch.tensor"))
            _check_data(data)
        return super().__call__(*args, **keywords)


def tensor() -> TableFunction:
    """The function `torch.tensor`."""
    return _Tensor("tensor", function("tensor").rows)


def _check_data(data: Any) -> None:
    """Refuse what holds no numbers, in PyTorch's words."""
    if isinstance(data, str):
        raise Problem("type", "new(): invalid data type 'str'", type="TypeError", hint="a tensor is made of numbers")
    first = data
    for _ in range(_MOST_NESTED):
        if not (isinstance(first, (list, tuple)) and first):
            break
        first = first[0]
    if first is None or isinstance(first, (set, dict)):
        raise Problem("type", f"Could not infer dtype of {type(first).__name__}", hint="a tensor is made of numbers")


def from_numpy(array: Any) -> Tensor:
    """A tensor on the memory of what `x.numpy()` gave.  Raises Problem."""
    if not isinstance(array, Array):
        raise Problem(
            "type",
            f"expected np.ndarray (got {type(array).__name__})",
            type="TypeError",
            hint="torch.tensor(...) takes nested lists and numbers",
        )
    return Tensor(np.asarray(array.values))


def new_tensor(x: Tensor, data: Any, *, dtype: Any = None, requires_grad: bool = False, **places: Any) -> Tensor:
    """Numbers as a tensor of the dtype of x."""
    only_places("new_tensor", places)
    if type(data) is Tensor:
        warn(_COPY.format("tensor.new_tensor"))
    _check_data(data)
    made = Tensor(np.array(literal(plain(data), x.dtype if dtype is None else kind_of(dtype))))
    return made.require_grad() if requires_grad else made


def new_filled(name: str, value: Any) -> Any:
    """The method `x.new_zeros(2, 3)` (or ones, or empty): a tensor of the dtype of x, of that size."""

    def new(
        x: Tensor, *lengths: Any, size: Any = None, dtype: Any = None, requires_grad: bool = False, **places: Any
    ) -> Tensor:
        only_places(name, places)
        made = Tensor(
            np.full(sizes(name, lengths if size is None else (size,)), value, x.dtype if dtype is None else kind_of(dtype))
        )
        return made.require_grad() if requires_grad else made

    return new


def new_full(x: Tensor, size: Any, fill_value: Any, *, dtype: Any = None, requires_grad: bool = False, **places: Any) -> Tensor:
    """A tensor of a size, filled with one number in the dtype of x."""
    only_places("new_full", places)
    kind = x.dtype if dtype is None else kind_of(dtype)
    made = Tensor(np.full(sizes("new_full", (size,)), dtypes.fitting(fill_value, kind), kind))
    return made.require_grad() if requires_grad else made


def new(x: Tensor, *args: Any) -> Tensor:
    """The old way: a tensor of the dtype of x, of a size or of numbers."""
    return TensorClass("Tensor", x.dtype)(*args)

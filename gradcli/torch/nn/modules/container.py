"""Modules that hold others: in a row, in lists and dictionaries; and such lists of parameters."""

from __future__ import annotations

import operator
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import gradcli.torch as torch
from gradcli.torch._warnings import warn
from gradcli.torch.nn.modules.module import Module, indented
from gradcli.torch.nn.modules.named import Named
from gradcli.torch.nn.parameter import Parameter


class Container(Module):
    """Of old: a module that is given its children by name."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__()
        warn(
            "`nn.Container` is deprecated. All of its functionality is now implemented in `nn.Module`. Subclass that instead.",
            FutureWarning,
        )
        for name, module in kwargs.items():
            self.add_module(name, module)


class _Row(Module):
    """Modules by number, as a list has them."""

    def _key(self, idx: Any) -> str:
        """The name of the module at a place, which may count from the end.  Raises IndexError."""
        place, length = operator.index(idx), len(self)
        if not -length <= place < length:
            raise IndexError(f"index {place} is out of range")
        return str(place % length)

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._modules.values())

    def __setitem__(self, idx: Any, module: Any) -> None:
        setattr(self, self._key(idx), module)

    def _renumber(self, modules: Iterable[Any]) -> None:
        self._modules = OrderedDict((str(place), module) for place, module in enumerate(modules))

    def append(self, module: Any) -> Any:
        """Add a module at the end."""
        self.add_module(str(len(self)), module)
        return self

    def pop(self, key: int | slice) -> Any:
        """Remove a module, and give it."""
        found = self[key]  # type: ignore[index]
        del self[key]
        return found


class Sequential(_Row):
    """Modules one behind the other: each gets what the one before gave.  Made of modules, or of an OrderedDict of them."""

    def __init__(self, *args: Any) -> None:
        super().__init__()
        if len(args) == 1 and isinstance(args[0], OrderedDict):
            for name, module in args[0].items():
                self.add_module(name, module)
        else:
            for place, module in enumerate(args):
                self.add_module(str(place), module)

    def _key(self, idx: Any) -> str:
        return next(islice(self._modules, int(super()._key(idx)), None))

    def __getitem__(self, idx: Any) -> Any:
        if isinstance(idx, slice):
            return type(self)(OrderedDict([*self._modules.items()][idx]))
        return self._modules[self._key(idx)]

    def __delitem__(self, idx: Any) -> None:
        for key in [*self._modules][idx] if isinstance(idx, slice) else [self._key(idx)]:
            delattr(self, key)
        self._renumber(self)

    def __add__(self, other: Any) -> Sequential:
        if not isinstance(other, Sequential):
            raise ValueError(f"add operator supports only objects of Sequential class, but {type(other)} is given.")
        return Sequential(*self, *other)

    def __iadd__(self, other: Any) -> Sequential:
        if not isinstance(other, Sequential):
            raise ValueError(f"add operator supports only objects of Sequential class, but {type(other)} is given.")
        return self.extend(other)

    def __mul__(self, other: int) -> Sequential:
        if not isinstance(other, int):
            raise TypeError(f"unsupported operand type(s) for *: {type(self)} and {type(other)}")
        if other <= 0:
            raise ValueError(f"Non-positive multiplication factor {other} for {type(self)}")
        return Sequential(*[*self] * other)

    __rmul__ = __mul__

    def insert(self, index: int, module: Any) -> Sequential:
        """Put a module before the one at a place."""
        if not isinstance(module, Module):
            raise AssertionError(f"module should be of type: {Module}")
        if not -len(self) <= index <= len(self):
            raise IndexError(f"Index out of range: {index}")
        modules = [*self]
        modules.insert(index if index >= 0 else index + len(self), module)
        self._renumber(modules)
        return self

    def extend(self, sequential: Iterable[Any]) -> Sequential:
        """Add modules at the end."""
        for module in [*sequential]:
            self.append(module)
        return self

    def forward(self, input: Any) -> Any:
        """The input through all modules in their order."""
        for module in self:
            input = module(input)
        return input


class ModuleList(_Row):
    """A list of modules, whose parameters are those of the module that has it."""

    def __init__(self, modules: Iterable[Any] | None = None) -> None:
        super().__init__()
        if modules is not None:
            self.extend(modules)

    def __getitem__(self, idx: Any) -> Any:
        if isinstance(idx, slice):
            return type(self)([*self][idx])
        return self._modules[self._key(idx)]

    def __delitem__(self, idx: Any) -> None:
        for key in [*self._modules][idx] if isinstance(idx, slice) else [self._key(idx)]:
            delattr(self, key)
        self._renumber(self)

    def __add__(self, other: Iterable[Any]) -> ModuleList:
        return type(self)([*self, *other])

    def __iadd__(self, modules: Iterable[Any]) -> ModuleList:
        return self.extend(modules)

    def __dir__(self) -> list[str]:
        return [name for name in super().__dir__() if not name.isdigit()]

    def insert(self, index: int, module: Any) -> None:
        """Put a module before the one at a place."""
        modules = [*self]
        modules.insert(index, module)
        self._renumber(modules)

    def extend(self, modules: Iterable[Any]) -> ModuleList:
        """Add modules at the end.  Raises TypeError for what is no iterable."""
        if not isinstance(modules, Iterable):
            raise TypeError(f"ModuleList.extend should be called with an iterable, but got {type(modules).__name__}")
        for module in [*modules]:
            self.append(module)
        return self

    def __repr__(self) -> str:
        """Equal neighbours are shown once, with how many there are."""
        shown = [repr(module) for module in self]
        if not shown:
            return f"{self._get_name()}()"
        runs: list[list[Any]] = []
        for place, text in enumerate(shown):
            if runs and runs[-1][2] == text:
                runs[-1][1] = place
            else:
                runs.append([place, place, text])
        lines = [
            f"({first}): {text}" if first == last else f"({first}-{last}): {last - first + 1} x {text}"
            for first, last, text in runs
        ]
        return "\n  ".join([f"{self._get_name()}(", *[indented(line) for line in lines]]) + "\n)"


class ModuleDict(Named, Module):
    """A dictionary of modules, whose parameters are those of the module that has it."""

    def __init__(self, modules: Any = None) -> None:
        Module.__init__(self)
        if modules is not None:
            self.update(modules)

    def keys(self) -> Any:
        """The names."""
        return self._modules.keys()

    def values(self) -> Any:
        """The modules."""
        return self._modules.values()

    def items(self) -> Any:
        """Pairs of both."""
        return self._modules.items()

    def __getitem__(self, key: str) -> Any:
        return self._modules[key]

    def __setitem__(self, key: str, module: Any) -> None:
        self.add_module(key, module)

    def __delitem__(self, key: str) -> None:
        del self._modules[key]


class ParameterList(Module):
    """A list of tensors that are made parameters, and of anything else."""

    def __init__(self, values: Iterable[Any] | None = None) -> None:
        super().__init__()
        self._size = 0
        if values is not None:
            self.extend(values)

    def __call__(self, *inputs: Any, **named: Any) -> Any:
        """Nothing that could be called.  Raises RuntimeError."""
        raise RuntimeError("ParameterList should not be called.")

    def _key(self, idx: int) -> str:
        place = operator.index(idx)
        if not -len(self) <= place < len(self):
            raise IndexError(f"index {place} is out of range")
        return str(place % len(self))

    def __getitem__(self, idx: Any) -> Any:
        if isinstance(idx, slice):
            return type(self)([self[place] for place in range(len(self))[idx]])
        return getattr(self, self._key(idx))

    def __setitem__(self, idx: int, value: Any) -> None:
        setattr(self, self._key(idx), _as_parameter(value))

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Any]:
        return iter([self[place] for place in range(len(self))])

    def __iadd__(self, values: Iterable[Any]) -> ParameterList:
        return self.extend(values)

    def append(self, value: Any) -> ParameterList:
        """Add a value at the end."""
        self._size += 1
        self[self._size - 1] = value
        return self

    def extend(self, values: Iterable[Any]) -> ParameterList:
        """Add values at the end.  Raises TypeError for what is no iterable."""
        if not isinstance(values, Iterable) or isinstance(values, torch.Tensor):
            raise TypeError(f"ParameterList.extend should be called with an iterable, but got {type(values).__name__}")
        for value in values:
            self.append(value)
        return self

    def extra_repr(self) -> str:
        """A line each."""
        return "\n".join([f"  ({place}): {_described(value, 'dtype')}" for place, value in enumerate(self)])


class ParameterDict(Named, Module):
    """A dictionary of tensors that are made parameters, and of anything else."""

    def __init__(self, parameters: Any = None) -> None:
        Module.__init__(self)
        self._keys: dict[str, None] = {}
        if parameters is not None:
            self.update(parameters)

    def __call__(self, *inputs: Any, **named: Any) -> Any:
        """Nothing that could be called.  Raises RuntimeError."""
        raise RuntimeError("ParameterDict should not be called.")

    def keys(self) -> Any:
        """The names."""
        return self._keys.keys()

    def __getitem__(self, key: str) -> Any:
        return getattr(self, str(key))

    def __setitem__(self, key: str, value: Any) -> None:
        self._keys[key] = None
        setattr(self, str(key), _as_parameter(value))

    def __delitem__(self, key: str) -> None:
        del self._keys[key]
        delattr(self, str(key))

    def get(self, key: str, default: Any = None) -> Any:
        """The parameter of a name, or the default."""
        return getattr(self, str(key)) if key in self else default

    def setdefault(self, key: str, default: Any = None) -> Any:
        """The parameter of a name, which is set first where it is missing."""
        if key not in self:
            self[key] = default
        return self[key]

    def copy(self) -> ParameterDict:
        """Another dictionary of the same parameters."""
        return ParameterDict({key: self[key] for key in self})

    def popitem(self) -> tuple[str, Any]:
        """Remove the last name, and give it with what it named."""
        key = [*self._keys][-1]
        return key, self.pop(key)

    def fromkeys(self, keys: Iterable[str], default: Any = None) -> ParameterDict:
        """A dictionary with one value for all names."""
        return ParameterDict(dict.fromkeys(keys, default))

    def __reversed__(self) -> Iterator[str]:
        return reversed(self._keys)

    def __or__(self, other: ParameterDict) -> ParameterDict:
        joined = self.copy()
        joined.update(other)
        return joined

    def __ror__(self, other: ParameterDict) -> ParameterDict:
        joined = other.copy()
        joined.update(self)
        return joined

    def __ior__(self, other: ParameterDict) -> ParameterDict:
        self.update(other)
        return self

    def extra_repr(self) -> str:
        """A line each."""
        return "\n".join([f"  ({key}): {_described(value)}" for key, value in self.items()])


def _as_parameter(value: Any) -> Any:
    return Parameter(value) if isinstance(value, torch.Tensor) and not isinstance(value, Parameter) else value


def _described(value: Any, by: str = "typename") -> str:
    if not isinstance(value, torch.Tensor):
        return f"Object of type: {type(value).__name__}"
    sizes = "x".join(str(size) for size in value.size())
    kind = "Parameter" if isinstance(value, Parameter) else "Tensor"
    shown = value.dtype if by == "dtype" else torch.typename(value)
    return f"{kind} containing: [{shown} of size {sizes}]"

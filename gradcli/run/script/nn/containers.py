"""Modules that hold others, or parameters, in order or by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from gradcli.graph.tensor import Tensor
from gradcli.run.script.classes import type_name
from gradcli.run.script.constructors import PARAMETER, is_parameter
from gradcli.run.script.dtypes import of
from gradcli.run.script.guards import collect, index
from gradcli.run.script.nn.module import Module, bracketed, deeper, indented


class _InOrder(Module):
    """What the containers by place have in common; `_held` are their values."""

    def _held(self) -> dict[str, Any]:
        return self._modules  # type: ignore[no-any-return]

    def _name_at(self, place: Any) -> str:
        names: list[str] = list(self._held())
        number: int = index(place)
        if not -len(names) <= number < len(names):
            raise IndexError(f"index {number} is out of range")
        return names[number]

    def __len__(self) -> int:
        return len(self._held())

    def __iter__(self) -> Iterator[Any]:
        return iter([*self._held().values()])

    def __contains__(self, value: Any) -> bool:
        return any(each is value for each in self._held().values())

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            return type(self)(*self._remade([*self._held().values()][place]))
        return self._held()[self._name_at(place)]

    def _remade(self, values: list[Any]) -> list[Any]:
        """The arguments that make a container of these values."""
        return [values]

    def __setitem__(self, place: Any, value: Any) -> None:
        setattr(self, self._name_at(place), value)

    def append(self, value: Any) -> Any:
        """One more, at the end."""
        setattr(self, str(len(self)), value)
        return self

    def extend(self, values: Iterable[Any]) -> Any:
        """More of them, at the end."""
        for value in collect(values):
            self.append(value)
        return self


class Sequential(_InOrder):
    """Modules one after the other: each is called with what the one before gave."""

    __module__ = "torch.nn.modules.container"

    def __init__(self, *modules: Any) -> None:
        super().__init__()
        named = modules[0].items() if len(modules) == 1 and isinstance(modules[0], dict) else enumerate(modules)
        for name, module in named:
            self.add_module(str(name), module)

    def _remade(self, values: list[Any]) -> list[Any]:
        return values

    def __delitem__(self, place: Any) -> None:
        del self._modules[self._name_at(place)]

    def forward(self, input: Any) -> Any:
        """What the last module gives."""
        for module in self._modules.values():
            input = module(input)
        return input


class ModuleList(_InOrder):
    """Modules by their places."""

    __module__ = "torch.nn.modules.container"

    def __init__(self, modules: Any = None) -> None:
        super().__init__()
        if modules is not None:
            self.extend(modules)

    def insert(self, place: int, module: Any) -> None:
        """Put a module before the one at a place."""
        modules = [*self]
        modules.insert(index(place), module)
        self._modules.clear()
        self.extend(modules)

    def __repr__(self) -> str:
        """Equal neighbours stand in one line."""
        lines, start = [], 0
        for shown, equal in groupby([deeper(repr, each) for each in self]):
            end = start + len([*equal])
            lines.append(f"({start}): {shown}" if end - start == 1 else f"({start}-{end - 1}): {end - start} x {shown}")
            start = end
        return bracketed(self._get_name(), [*map(indented, lines)]) if lines else f"{self._get_name()}()"


class ModuleDict(Module):
    """Modules by names."""

    __module__ = "torch.nn.modules.container"

    def __init__(self, modules: Any = None) -> None:
        super().__init__()
        if modules is not None:
            self.update(modules)

    def update(self, modules: Any) -> None:
        """Enter modules by their names: a dictionary, or pairs."""
        for name, module in dict(modules).items():
            self.add_module(name, module)

    def __getitem__(self, name: str) -> Any:
        return self._modules[name]

    def __setitem__(self, name: str, module: Any) -> None:
        self.add_module(name, module)

    def __delitem__(self, name: str) -> None:
        del self._modules[name]

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[str]:
        return iter([*self._modules])

    def __contains__(self, name: Any) -> bool:
        return name in self._modules

    def keys(self) -> Any:
        """The names."""
        return self._modules.keys()

    def values(self) -> Any:
        """The modules."""
        return self._modules.values()

    def items(self) -> Any:
        """Both."""
        return self._modules.items()


class ParameterList(_InOrder):
    """Parameters by their places; tensors become parameters."""

    __module__ = "torch.nn.modules.container"

    def __init__(self, values: Any = None) -> None:
        super().__init__()
        if values is not None:
            self.extend(values)

    def _held(self) -> dict[str, Any]:
        return self._parameters  # type: ignore[no-any-return]

    def append(self, value: Any) -> Any:
        """One more, at the end."""
        return super().append(PARAMETER(value) if type(value) is Tensor and not is_parameter(value) else value)

    def extra_repr(self) -> str:
        """A line for each."""
        return "\n".join([f"  ({place}): {_shown(value)}" for place, value in enumerate(self)])


def _shown(value: Any) -> str:
    if type(value) is not Tensor:
        return f"Object of type: {type_name(value)}"
    size = "x".join(map(str, value.shape))
    return f"{'Parameter' if is_parameter(value) else 'Tensor'} containing: [{of(value.dtype)} of size {size}]"

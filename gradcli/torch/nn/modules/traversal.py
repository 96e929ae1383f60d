"""Going through a module: the modules, parameters and buffers in it, with their dotted names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any


class Traversal:
    """What a module is made of, for whoever wants all of it."""

    _parameters: dict[str, Any]
    _buffers: dict[str, Any]
    _modules: dict[str, Any]

    def _get_name(self) -> str:
        return type(self).__name__

    def named_modules(
        self, memo: set[Any] | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Any]]:
        """Itself and all modules in it with their dotted names, parents first; each once, unless told otherwise."""
        memo = set() if memo is None else memo
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        yield prefix, self
        for name, module in self._modules.items():
            if module is not None:
                yield from module.named_modules(memo, f"{prefix}.{name}" if prefix else name, remove_duplicate)

    def modules(self, remove_duplicate: bool = True) -> Iterator[Any]:
        """Itself and all modules in it."""
        return (module for _, module in self.named_modules(remove_duplicate=remove_duplicate))

    def named_children(self) -> Iterator[tuple[str, Any]]:
        """The modules directly in it, each once, with their names."""
        seen: set[Any] = set()
        for name, module in self._modules.items():
            if module is not None and module not in seen:
                seen.add(module)
                yield name, module

    def children(self) -> Iterator[Any]:
        """The modules directly in it."""
        return (module for _, module in self.named_children())

    def _named_members(
        self,
        members: Callable[[Any], Any],
        prefix: str = "",
        recurse: bool = True,
        remove_duplicate: bool = True,
    ) -> Iterator[tuple[str, Any]]:
        modules = self.named_modules(prefix=prefix, remove_duplicate=remove_duplicate) if recurse else [(prefix, self)]
        seen: set[Any] = set()
        for path, module in modules:
            for name, value in members(module):
                if value is None or value in seen:
                    continue
                if remove_duplicate:
                    seen.add(value)
                yield f"{path}.{name}" if path else name, value

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Any]]:
        """Parameters with their dotted names, each once, unless told otherwise."""
        return self._named_members(lambda module: module._parameters.items(), prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[Any]:
        """Its parameters, and with `recurse` those of the modules in it."""
        return (param for _, param in self.named_parameters(recurse=recurse))

    def named_buffers(self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True) -> Iterator[tuple[str, Any]]:
        """Buffers with their dotted names."""
        return self._named_members(lambda module: module._buffers.items(), prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Any]:
        """Its buffers."""
        return (buffer for _, buffer in self.named_buffers(recurse=recurse))

    def get_submodule(self, target: str) -> Any:
        """The module of a dotted name; "" is this one.  Raises AttributeError."""
        found: Any = self
        for name in target.split(".") if target else ():
            if not hasattr(found, name):
                raise AttributeError(f"{found._get_name()} has no attribute `{name}`")
            found = getattr(found, name)
            if not isinstance(found, Traversal):
                raise AttributeError(f"`{name}` is not an nn.Module")
        return found

    def set_submodule(self, target: str, module: Any, strict: bool = False) -> None:
        """Put another module in the place of a dotted name.  Raises ValueError, AttributeError."""
        if not target:
            raise ValueError("Cannot set the submodule without a target name!")
        parent, _, name = target.rpartition(".")
        inside = self.get_submodule(parent)
        if strict and not hasattr(inside, name):
            raise AttributeError(f"{inside._get_name()} has no attribute `{name}`")
        setattr(inside, name, module)

    def _get_tensor(self, target: str, kind: str, store: str) -> Any:
        path, _, name = target.rpartition(".")
        inside = self.get_submodule(path)
        if not hasattr(inside, name):
            raise AttributeError(f"{inside._get_name()} has no attribute `{name}`")
        if name not in getattr(inside, store):
            raise AttributeError(f"`{name}` is not {kind}")
        return getattr(inside, store)[name]

    def get_parameter(self, target: str) -> Any:
        """The parameter of a dotted name.  Raises AttributeError."""
        return self._get_tensor(target, "an nn.Parameter", "_parameters")

    def get_buffer(self, target: str) -> Any:
        """The buffer of a dotted name.  Raises AttributeError."""
        return self._get_tensor(target, "a buffer", "_buffers")

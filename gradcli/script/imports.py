"""`import torch` gives `gradcli.torch`, and so on for every module inside: the same objects under both names.

A module of ours is executed under PyTorch's name, so that whatever is defined in it says `torch.nn.modules.linear` of its
home: in what programs print, and in what they pickle.  Programs that import `gradcli.torch` without this finder see its own.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType

_OURS, _THEIRS = "gradcli.torch", "torch"
_ABSENT = {
    "torchvision": "its data sets and models are not part of gradcli",
    "torchaudio": "it is not part of gradcli",
    "torchtext": "it is not part of gradcli",
}


class TorchFinder(MetaPathFinder, Loader):
    """Finds `torch` and the modules in it."""

    def __init__(self, begin: Callable[[], None]) -> None:
        self._begin = begin  # to be called when torch has been imported
        self._own: dict[str, ModuleSpec | None] = {}  # the specs that modules had before they were found as torch's

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """A spec that this object loads, for what it knows; else None."""
        head = fullname.partition(".")[0]
        if head in _ABSENT:
            raise ModuleNotFoundError(f"No module named '{fullname}': {_ABSENT[head]}", name=fullname)
        if head == _THEIRS:
            return ModuleSpec(fullname, self, is_package=True)
        return _spec_of_ours(fullname, path, self._begin) if _is_ours(fullname) else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """The module of ours.  Raises ModuleNotFoundError."""
        name = _OURS + spec.name.removeprefix(_THEIRS)
        try:
            module = import_module(name)
        except ModuleNotFoundError as error:
            if error.name is None or not _is_ours(error.name):
                raise
            found = _stand_in(name)
            if found is None:
                from gradcli.torch._beyond import reason_for_import  # torch itself is there by now

                why = reason_for_import(spec.name)
                raise ModuleNotFoundError(
                    f"No module named '{spec.name}'" + (f": {why}" if why else ""), name=spec.name
                ) from None
            module = found
        self._own[spec.name] = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """It has run already; its spec, which the import system has just replaced, is put back."""
        module.__spec__ = self._own.pop(module.__spec__.name) if module.__spec__ is not None else None


class _UnderTheirName(SourceFileLoader):
    """Executes the file of a module as PyTorch's module of that place; `begin` is called when that is torch itself."""

    def __init__(self, loader: SourceFileLoader, begin: Callable[[], None]) -> None:
        super().__init__(loader.name, loader.path)
        self._begin = begin

    def exec_module(self, module: ModuleType) -> None:
        """Raises what the module raises."""
        name = module.__name__ = _THEIRS + self.name.removeprefix(_OURS)
        sys.modules[name] = module
        try:
            exec(self.get_code(self.name), module.__dict__)  # type: ignore[arg-type]
        except BaseException:
            del sys.modules[name]
            raise
        if name == _THEIRS:
            self._begin()


def _spec_of_ours(name: str, path: Sequence[str] | None, begin: Callable[[], None]) -> ModuleSpec | None:
    spec = PathFinder.find_spec(name, path)
    if spec is not None and type(spec.loader) is SourceFileLoader:
        spec.loader = _UnderTheirName(spec.loader, begin)
    return spec


def _is_ours(name: str) -> bool:
    return name == _OURS or name.startswith(f"{_OURS}.")


def _stand_in(name: str) -> ModuleType | None:
    """The module that stands, as an attribute of its package, for one that is no file of ours."""
    package, _, last = name.rpartition(".")
    found = getattr(sys.modules.get(package), last, None)
    return found if isinstance(found, ModuleType) and found.__spec__ is not None and _is_ours(found.__spec__.name) else None


def install(begin: Callable[[], None] = lambda: None) -> None:
    """Let `import torch` find ours, whether or not a PyTorch is installed; `begin` is called when it has been imported."""
    if not any([isinstance(each, TorchFinder) for each in sys.meta_path]):
        sys.meta_path.insert(0, TorchFinder(begin))

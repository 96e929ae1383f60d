"""`import torch` gives `gradcli.torch`, and so on for every module inside: the same objects under both names."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

_OURS = "gradcli.torch"
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
        return ModuleSpec(fullname, self, is_package=True) if head == "torch" else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """The module of ours.  Raises ModuleNotFoundError."""
        name = _OURS + spec.name.removeprefix("torch")
        try:
            module = import_module(name)
        except ModuleNotFoundError as error:
            if error.name is None or not error.name.startswith(_OURS):
                raise
            found = _stand_in(name)
            if found is None:
                raise ModuleNotFoundError(f"No module named '{spec.name}'", name=spec.name) from None
            module = found
        self._own[spec.name] = module.__spec__
        if spec.name == "torch":
            self._begin()
        return module

    def exec_module(self, module: ModuleType) -> None:
        """It has run already; its spec, which the import system has just replaced, is put back."""
        module.__spec__ = self._own.pop(module.__spec__.name) if module.__spec__ is not None else None


def _stand_in(name: str) -> ModuleType | None:
    """The module that stands, as an attribute of its package, for one that is no file of ours."""
    package, _, last = name.rpartition(".")
    found = getattr(sys.modules.get(package), last, None)
    return found if isinstance(found, ModuleType) and found.__name__.startswith(_OURS) else None


def install(begin: Callable[[], None] = lambda: None) -> None:
    """Let `import torch` find ours, whether or not a PyTorch is installed; `begin` is called when it has been imported."""
    if not any([isinstance(each, TorchFinder) for each in sys.meta_path]):
        sys.meta_path.insert(0, TorchFinder(begin))

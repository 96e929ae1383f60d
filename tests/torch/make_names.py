"""Makes `names.json`, the names of modules of PyTorch 2.13.0 that gradcli.torch has: `python -m tests.torch.make_names`."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from types import ModuleType

MODULES = (
    "torch.nn",
    "torch.nn.init",
    "torch.nn.utils",
    "torch.nn.utils.parametrizations",
    "torch.nn.utils.parametrize",
    "torch.nn.utils.prune",
    "torch.nn.utils.rnn",
    "torch.optim",
    "torch.optim.lr_scheduler",
    "torch.optim.swa_utils",
    "torch.func",
    "torch.utils.data",
    "torch.utils.checkpoint",
    "torch.distributions",
)


def public(name: str) -> list[str]:
    """The classes and functions of a module that were defined in that part of PyTorch."""
    module = import_module(name)
    listed = getattr(module, "__all__", None) or [each for each in dir(module) if not each.startswith("_")]
    home = ".".join(name.split(".")[:2])
    found = []
    for each in sorted(set(listed)):
        value = getattr(module, each, None)
        if callable(value) and not isinstance(value, ModuleType) and str(getattr(value, "__module__", "")).startswith(home):
            found.append(each)
    if name == "torch.nn":
        found = sorted(each for each in dir(module) if isinstance(getattr(module, each), type))
    return found


if __name__ == "__main__":
    names = {name: public(name) for name in MODULES}
    Path(__file__).with_name("names.json").write_text(json.dumps(names, indent=1) + "\n")

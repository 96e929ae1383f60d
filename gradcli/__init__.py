"""gradcli: differentiate an expression from the command line, with PyTorch's names, rules and habits.

The command is the product.  The few names below are there for programs that want its answers as data; they are imported
when first asked for, so that `import gradcli` costs nothing to the command itself.
"""

from __future__ import annotations

__version__ = "0.1.0"
__all__ = ["Limits", "Problem", "Request", "Result", "evaluate"]

_HOMES = {
    "Limits": "gradcli.run.limits",
    "Problem": "gradcli.errors",
    "Request": "gradcli.run.request",
    "Result": "gradcli.run.result",
    "evaluate": "gradcli.run.evaluate",
}

TYPE_CHECKING = False  # type checkers take it for true; importing `typing` for it would cost 4 ms
if TYPE_CHECKING:
    from gradcli.errors import Problem
    from gradcli.run.evaluate import evaluate
    from gradcli.run.limits import Limits
    from gradcli.run.request import Request
    from gradcli.run.result import Result


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'gradcli' has no attribute '{name}'")
    import importlib

    return getattr(importlib.import_module(_HOMES[name]), name)

"""gradcli: differentiate an expression from the command line, with PyTorch's names, rules and habits.

The command is the product.  The names below are there for programs that want its answers as arrays or as data; they are
imported when first asked for, so that `import gradcli` costs nothing to the command itself and changes nothing in the
program that imports it.
"""

from __future__ import annotations

__version__ = "0.1.0"
__all__ = [
    "Limits",
    "Problem",
    "Request",
    "Result",
    "compile",
    "evaluate",
    "grad",
    "hessian",
    "jacobian",
    "value_and_grad",
]

_HOMES = {
    "Limits": "gradcli.run.limits",
    "Problem": "gradcli.errors",
    "Request": "gradcli.run.request",
    "Result": "gradcli.run.result",
    "compile": "gradcli.run.functions",
    "evaluate": "gradcli.run.functions",
    "grad": "gradcli.run.functions",
    "hessian": "gradcli.run.functions",
    "jacobian": "gradcli.run.functions",
    "value_and_grad": "gradcli.run.functions",
}

TYPE_CHECKING = False  # type checkers take it for true; importing `typing` for it would cost 4 ms
if TYPE_CHECKING:
    from gradcli.errors import Problem
    from gradcli.run.functions import compile, evaluate, grad, hessian, jacobian, value_and_grad
    from gradcli.run.limits import Limits
    from gradcli.run.request import Request
    from gradcli.run.result import Result


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'gradcli' has no attribute '{name}'")
    import importlib

    value = globals()[name] = getattr(importlib.import_module(_HOMES[name]), name)
    return value

"""What stands in `torch.func`."""

from __future__ import annotations

from gradcli.run.script.modules import Deferred

_HOMES = {
    "transforms": ("grad", "grad_and_value", "hessian", "jacfwd", "jacrev", "jvp", "vjp"),
    "modules": ("functional_call", "stack_module_state"),
    "vmap": ("vmap",),
}


def members() -> dict[str, Deferred]:
    """The names of the module."""
    return {name: Deferred(f"func.{home}", name) for home, names in _HOMES.items() for name in names}

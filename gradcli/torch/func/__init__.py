"""`torch.func`: transforms of functions, and functions mapped over batches."""

from __future__ import annotations

from gradcli.torch.utils.lazy import getattr_of

__getattr__, __dir__, __all__ = getattr_of(
    __name__,
    {
        "transforms": ("grad", "grad_and_value", "jvp", "vjp", "linearize", "functionalize"),
        "jacobians": ("hessian", "jacfwd", "jacrev"),
        "batched": ("debug_unwrap",),
        "_functional_call": ("functional_call", "replace_all_batch_norm_modules_", "stack_module_state"),
        "mapping": ("vmap",),
    },
)

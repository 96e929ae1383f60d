"""How tensors are printed: `repr(x)`, `torch.set_printoptions`."""

from __future__ import annotations

from typing import Any

from gradcli.engine import dual
from gradcli.errors import Problem
from gradcli.graph.printing import DEFAULT, PrintOptions, format_tensor
from gradcli.graph.symbolic import Unstrided
from gradcli.graph.tensor import Tensor
from gradcli.ops.core.dtypes import default_dtype
from gradcli.torch import _nonfinite
from gradcli.torch._boundary import guarded

_options: PrintOptions = DEFAULT


@guarded
def set_printoptions(*args: Any, **options: Any) -> None:
    """Print tensors with these options: precision, threshold, edgeitems, linewidth, profile, sci_mode.

    Raises ValueError for a value that no tensor could be printed with.
    """
    global _options
    _options = _options.changed(*args, **options)


def get_printoptions() -> dict[str, Any]:
    """The options in force."""
    return {name: getattr(_options, name) for name in PrintOptions.__slots__}


class printoptions:
    """Other print options inside a `with` block."""

    def __init__(self, **options: Any) -> None:
        self._given = options

    def __enter__(self) -> None:
        self._before = _options
        set_printoptions(**self._given)

    def __exit__(self, *_: Any) -> None:
        global _options
        _options = self._before


@guarded
def tensor_str(x: Tensor) -> str:
    """The text of `repr(x)`."""
    _nonfinite.look_at(x.ndarray)
    kind = type(x)
    try:
        grad_fn = None if x.node is None else x.node.grad_fn
        title = None if grad_fn is None else grad_fn.title
    except Problem:  # a view that was overtaken by a change, which no longer says what made it
        title = "Invalid"
    opening = "tensor(" if kind is Tensor else getattr(kind, "_opening", f"{kind.__name__}(")
    if isinstance(x.ndarray, Unstrided):
        from gradcli.graph.sparse_printing import format_sparse  # few programs have sparse tensors

        return format_sparse(
            x.ndarray,
            [f"grad_fn=<{title}>"] if title else ["requires_grad=True"] * x._requires_grad,
            default_dtype=str(default_dtype()),
            options=_options,
            prefix=opening,
        )
    tangent = dual.tangent_of(x)
    return format_tensor(
        x.ndarray,
        grad_fn=title,
        requires_grad=x._requires_grad,
        default_dtype=str(default_dtype()),
        options=_options,
        prefix=opening,
        tangent=None if tangent is None else f"{tangent}",
    )

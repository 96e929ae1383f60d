"""How sparse tensors are printed: their places and values, each as a tensor, then what they stand for."""

from __future__ import annotations

from typing import Any

from gradcli.graph.half_precision import name_of
from gradcli.graph.printing import PrintOptions, closed, format_tensor


def format_sparse(array: Any, suffixes: list[str], *, default_dtype: str, options: PrintOptions, prefix: str) -> str:
    """The text of `repr(x)` for a sparse tensor.

    array     a CooArray
    suffixes  what follows the layout: the grad_fn, or requires_grad=True
    """
    margin = len(prefix) - prefix.rfind("\n") - 1
    shown: dict[str, Any] = {"default_dtype": default_dtype, "options": options}
    places = {"indices": array.indices}
    if array.layout == "sparse_csr":
        places = {"crow_indices": array.crow_indices(), "col_indices": array.indices[1]}
    whole = {**shown, "default_dtype": "int64"}
    parts = [_part(f"{name}=tensor(", each, margin, whole) for name, each in places.items()]
    values = _part("values=tensor(", array.values, margin, {**shown, "default_dtype": name_of(array.dtype)})
    text = prefix + f",\n{' ' * margin}".join([*parts, values])
    dtype = name_of(array.dtype)
    usual = (default_dtype, "int64", "bool", "complex128" if default_dtype == "float64" else "complex64")
    named = [] if dtype in usual else [f"dtype=torch.{dtype}"]
    told = [f"size={tuple(array.shape)}", f"nnz={array.indices.shape[1]}", *named, f"layout=torch.{array.layout}", *suffixes]
    return closed(text, told, margin, options.linewidth, breaks="indices" in places)


def _part(opening: str, array: Any, margin: int, shown: dict[str, Any]) -> str:
    """An array as a tensor of its own, without the margin of its first line."""
    if not array.size:
        return f"{opening}[], size={tuple(array.shape)})"
    return format_tensor(array, prefix=" " * margin + opening, **shown)[margin:]

"""Names that programs see: of classes, and of functions of the graph that PyTorch has where several stand together here."""

from __future__ import annotations

from gradcli.ops.core.renaming import renamed as renamed


def module_name(ours: str, theirs: str) -> str:
    """The `__module__` of a class that PyTorch has elsewhere: `theirs`, where this package is imported as `torch`."""
    return theirs if ours.startswith("torch.") else ours

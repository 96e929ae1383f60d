"""Names that programs see: of classes, and of functions of the graph that PyTorch has where several stand together here."""

from __future__ import annotations

import sys

from gradcli.ops.core.renaming import renamed as renamed


def module_name(ours: str, theirs: str = "") -> str:
    """The `__module__` of a class: PyTorch's where `import torch` gives this package, else the one it can be imported from.

    ours    where it is defined
    theirs  where PyTorch has it, if that is elsewhere
    """
    if not ours.startswith("gradcli.") or sys.modules.get("torch") is not sys.modules["gradcli.torch"]:
        return ours
    return theirs or ours.removeprefix("gradcli.")

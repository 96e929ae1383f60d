"""`torch.nn`: layers, losses and what networks are built from.  Modules load when one of their names is first asked for."""

from __future__ import annotations

from gradcli.torch.nn.modules import HOMES
from gradcli.torch.utils.lazy import getattr_of

__getattr__, __dir__, __all__ = getattr_of(
    __name__,
    {
        **{f"modules.{home}": names for home, names in HOMES.items()},
        "parameter": ("Parameter", "Buffer", "UninitializedParameter", "UninitializedBuffer"),
        "parallel": ("DataParallel",),
        "attention": (),
        "common_types": (),
        "functional": (),
        "grad": (),
        "init": (),
        "utils": (),
    },
)

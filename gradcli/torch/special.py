"""`torch.special`: special functions, most of which stand in `torch`, too."""

from __future__ import annotations

from gradcli.ops.catalogue import FUNCTIONS
from gradcli.torch._namespaces import namespace

_ALSO = frozenset({  # without the module's name in the table
    "digamma", "erf", "erfc", "erfinv", "exp2", "expit", "expm1", "gammaln", "i0", "log1p", "log_softmax", "logit",
    "logsumexp", "polygamma", "psi", "round", "sinc", "softmax", "xlog1py", "xlogy",
})  # fmt: skip


def _key(name: str) -> str | None:
    return f"special.{name}" if f"special.{name}" in FUNCTIONS else name if name in _ALSO else None


__getattr__, __dir__ = namespace("torch.special", globals(), _key)

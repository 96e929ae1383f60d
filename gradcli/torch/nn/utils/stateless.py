"""`functional_call`, where it stood before `torch.func` had it."""

from __future__ import annotations

from gradcli.torch.func._functional_call import functional_call as functional_call

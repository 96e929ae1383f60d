"""What programs set of PyTorch's compiler, and ask it: functions run as they are."""

from __future__ import annotations

from types import SimpleNamespace

from gradcli.torch.compiler import allow_in_graph, disable, is_compiling, reset

__all__ = ["allow_in_graph", "config", "disable", "is_compiling", "reset"]
config = SimpleNamespace(suppress_errors=False, verbose=False, cache_size_limit=8)

"""What PyTorch's compiled module knows of backward passes and of saved tensors."""

from __future__ import annotations

from gradcli.graph.sweep import running
from gradcli.torch._saved_tensor import SavedTensor
from gradcli.torch._saved_tensor import made_of as _make_saved_tensor
from gradcli.torch.autograd.graph import saved_tensors_hooks_is_enabled as _saved_tensors_hooks_is_enabled

__all__ = [
    "SavedTensor",
    "_get_current_graph_task_keep_graph",
    "_make_saved_tensor",
    "_saved_tensors_hooks_is_enabled",
]


def _get_current_graph_task_keep_graph() -> bool:
    """Whether the pass that runs here keeps its graph; True where none does."""
    run = running()
    return run is None or run.keeps

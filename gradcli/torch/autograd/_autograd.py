"""What PyTorch's compiled module knows of backward passes and of saved tensors."""

from __future__ import annotations

from collections.abc import Sequence

from gradcli.graph import versions
from gradcli.graph.sweep import running
from gradcli.graph.tensor import Tensor
from gradcli.torch._saved_tensor import SavedTensor
from gradcli.torch._saved_tensor import made_of as _make_saved_tensor
from gradcli.torch.autograd.graph import saved_tensors_hooks_is_enabled as _saved_tensors_hooks_is_enabled

__all__ = [
    "SavedTensor",
    "_get_current_graph_task_keep_graph",
    "_make_saved_tensor",
    "_saved_tensors_hooks_is_enabled",
    "_unsafe_set_version_counter",
]


def _get_current_graph_task_keep_graph() -> bool:
    """Whether the pass that runs here keeps its graph; True where none does."""
    run = running()
    return run is None or run.keeps


def _unsafe_set_version_counter(tensors: Sequence[Tensor], counts: Sequence[int]) -> None:
    """Let tensors be at these versions.  Raises RuntimeError for one below zero."""
    for tensor, count in zip(tensors, counts):
        if count < 0:
            raise RuntimeError("Cannot set a version_counter < 0")
        versions.rewind(tensor.ndarray, count)

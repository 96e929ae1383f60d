"""Tensors of classes that say themselves what operations do with them, found again by their arrays.

    note(tensor)      remember of which class the tensor of an array is, and what attributes it has
    restored(tensor)  a new tensor of such an array, as what it stands for
    known             is empty as long as no tensor is remembered: then nobody needs to ask

The graph keeps arrays.  Where a class has its values elsewhere, as one that wraps other tensors does, the array is only a
shape and a dtype, and a rule that reads what its node saved must get the very thing that the class knows how to compute with.
"""

from __future__ import annotations

from typing import Any
from weakref import ref

from gradcli.graph.tensor import Tensor

known: dict[int, tuple[ref[Any], type[Tensor], dict[str, Any]]] = {}  # by the id of the array, while that is there


def note(tensor: Tensor) -> None:
    """Remember the class and the attributes of a tensor by its array."""
    array, key = tensor.ndarray, id(tensor.ndarray)

    def forget(gone: ref[Any]) -> None:
        if key in known and known[key][0] is gone:
            del known[key]

    known[key] = ref(array, forget), type(tensor), tensor.__dict__


def restored(tensor: Tensor) -> Tensor:
    """A tensor that was made of a remembered array becomes one of that class, with those attributes; others stay."""
    found = known.get(id(tensor.ndarray))
    if found is not None:
        tensor.__class__, tensor.__dict__ = found[1:]  # one dictionary: it is the same thing, with a place in the graph
    return tensor

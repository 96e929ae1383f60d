"""`allow_mutation_on_saved_tensors`: a backward pass finds saved tensors as they were, whatever has changed them since.

In the block a function of the graph keeps a handle for each tensor that it saves.  The handle stands for the tensor itself,
until that is about to be changed in place: then a copy is made once, for all that look at the same memory.
"""

from __future__ import annotations

from weakref import WeakKeyDictionary, WeakValueDictionary

from gradcli.graph import versions
from gradcli.graph.tensor import Tensor, from_array

_Version = tuple[int, int]  # of a memory: the id of the array that owns it, and how often it was changed
_Which = tuple[int, int, int]  # the same behind the id of a tensor


class _Handle:
    """Stands for a saved tensor of one version, as long as something keeps it."""

    __slots__ = ("__weakref__",)


class Mutations:
    """What is known in a block; the names are those of PyTorch's object, which its tests look at.

    original            by handle, tensors that are as they were saved
    cloned              by handle, copies of tensors that were changed since
    tid_to_weakhandle   by tensor and version, the handle
    """

    def __init__(self) -> None:
        self.original: WeakKeyDictionary[_Handle, Tensor] = WeakKeyDictionary()
        self.cloned: WeakKeyDictionary[_Handle, Tensor] = WeakKeyDictionary()
        self.tid_to_weakhandle: WeakValueDictionary[_Which, _Handle] = WeakValueDictionary()
        self._saved: dict[_Version, set[_Which]] = {}

    def pack(self, x: Tensor) -> _Handle:
        """The handle that stands for a tensor."""
        memory = _version_of(x)
        which = (id(x), *memory)
        handle = self.tid_to_weakhandle.get(which)
        if handle is None:
            handle = self.tid_to_weakhandle[which] = _Handle()
            # A result without its graph: its function, which keeps the handle, would hold itself.
            self.original[handle] = x if x.is_leaf else from_array(x.ndarray[...])
            self._saved.setdefault(memory, set()).add(which)
        return handle

    def unpack(self, handle: _Handle) -> Tensor:
        """The tensor as it was.  Raises AssertionError once the block is over."""
        found = self.cloned.get(handle)
        if found is None:
            found = self.original.get(handle)
        if found is None:
            raise AssertionError(
                "Trying to backward outside of the 'allow_mutation_on_saved_tensors' contextin which the graph was originally "
                "recorded."
            )
        return found

    def preserve(self, x: Tensor) -> None:
        """Copy what was saved of the memory of a tensor that is about to be changed."""
        for which in self._saved.pop(_version_of(x), ()):
            handle = self.tid_to_weakhandle.get(which)
            if handle is not None and handle in self.original:
                self.cloned[handle] = from_array(self.original.pop(handle).ndarray.copy())

    def clear(self) -> None:
        """Forget everything."""
        for each in (self.original, self.cloned, self.tid_to_weakhandle, self._saved):
            each.clear()


def _version_of(x: Tensor) -> _Version:
    return id(versions.root_of(x.ndarray)), versions.version(x.ndarray)

"""Versions: how often memory was changed in place, and when last.

What a node saved must still be what it was when a backward pass reads it.  PyTorch gives every tensor a counter for that;
here nothing is counted until something is changed.  The record of changes belongs to the memory itself, that is to the root
array that owns it, so that views and detached tensors share it without being told.  When a change happened is told by the
same clock that numbers the nodes of the tape: what was changed after its node was made is stale.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from itertools import zip_longest
from typing import Any
from weakref import ref

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.half_precision import name_of
from gradcli.graph.node import Node, function_of, next_order, stored
from gradcli.graph.operation import NoGradView
from gradcli.graph.symbolic import Unstrided
from gradcli.graph.types import Array

ANOMALY = (  # the end of PyTorch's message
    "Hint: enable anomaly detection to find the operation that failed to compute its gradient, with "
    "torch.autograd.set_detect_anomaly(True, check_nan=False)."
)
_REMEMBERED = 64  # changes of one memory whose times are kept; older ones are only counted

_memories: dict[int, Memory] = {}  # by the id of the root array, for as long as that lives
_lost: dict[int, list[Loss]] = {}  # by the id of an array, which several tensors may have
_latest = -1  # the time of the last change anywhere

Place = Callable[[], str]
Description = Callable[[Node, Any], tuple[str | None, str | None]]


class Memory:
    """What is known of the memory that one root array owns.

    changes  how many in-place changes there were: PyTorch's `_version`
    times    of the last of them
    place    tells where the last of them stands, in the user's words; or None
    views    the live tensors that are views into it, weakly held
    """

    __slots__ = ("_room", "changes", "others", "place", "root", "times", "views")

    def __init__(self, root: Array) -> None:
        self.root = ref(root, partial(_memories.pop, id(root)))  # forgotten with the array, whose id may come again
        self.others: list[ref[Any]] = []  # roots whose changes are counted here, too
        self.changes = 0
        self.times: deque[int] = deque(maxlen=_REMEMBERED)
        self.place: Place | None = None
        self.views: list[ref[Any]] = []
        self._room = 8

    def add_view(self, tensor: Any) -> None:
        """Remember a view; those that died are dropped as the list grows, so that a loop does not fill it."""
        if len(self.views) >= self._room:
            self.views = [each for each in self.views if each() is not None]
            self._room = 2 * len(self.views) + 8
        self.views.append(ref(tensor))

    def live_views(self) -> list[Any]:
        """The views that somebody still holds."""
        return [tensor for each in self.views if (tensor := each()) is not None]


def _forget(number: int, _: Any) -> None:
    """What was known of an array that is gone, whose id may come again."""
    _lost.pop(number, None)


class Loss:
    """When and how the tensor of an array lost its place in the graph; see `lost`."""

    __slots__ = ("ndarray", "node", "problem", "time")

    def __init__(self, array: Array, node: Node, problem: Problem, time: int) -> None:
        self.ndarray = ref(array, partial(_forget, id(array)))
        self.node = ref(node)  # for the graph is not to live as long as the array
        self.problem = problem
        self.time = time

    def check(self, holder: Node) -> None:
        """Refuse to go back through a node that took the tensor for an operand before that."""
        if self.time > holder.order and self.node() in [edge for edge in holder.edges if isinstance(edge, Node)]:
            raise self.problem


def root_of(array: Array) -> Any:
    """The array that owns the memory, or the nearest that NumPy knows."""
    base = array.base
    while isinstance(base, np.ndarray):
        array, base = base, base.base
    return array


def owner_of(array: Array) -> Any:
    """The array that owns the memory, whoever counts the changes."""
    root = root_of(array)
    return root.base.owner if type(root.base) is _Apart else root


def memory_of(array: Array) -> Memory:
    """The record of an array's memory, made now if there is none."""
    root = root_of(array)
    found = _memories.get(id(root))
    if found is None:
        found = _memories[id(root)] = Memory(root)
    return found


def known(array: Array) -> Memory | None:
    """The record of an array's memory, if it has ever been changed or viewed."""
    return _memories.get(id(root_of(array)))


def version(array: Array) -> int:
    """How often the memory of an array was changed in place."""
    memory = known(array)
    return 0 if memory is None else memory.changes


def changed(array: Array, placed: bool = True) -> Memory:
    """Note that the memory of an array was changed just now; `placed` tells whether by a line of the user's own."""
    global _latest
    memory = _memories.get(id(array) if array.base is None else id(root_of(array))) or memory_of(array)
    memory.changes += 1
    _latest = next_order()
    memory.times.append(_latest)
    memory.place = _place() if placed else None
    return memory


def rewind(array: Array, count: int) -> None:
    """Let the memory of an array be at an earlier version again."""
    memory = memory_of(array)
    for _ in range(min(memory.changes - count, len(memory.times))):
        memory.times.pop()
    memory.changes = count


def latest() -> int:
    """The time of the last change anywhere; whatever was recorded after it cannot be stale."""
    return _latest


class _Apart:
    """Memory that NumPy takes for that of a stranger."""

    __slots__ = ("__array_interface__", "owner")

    def __init__(self, array: Array) -> None:
        self.__array_interface__ = array.__array_interface__
        self.owner = owner_of(array)  # no chain, however often `.data` is taken


def uncounted_view(array: Array) -> Any:
    """The same values in the same memory, with a record of changes of their own: PyTorch's `.data`."""
    if isinstance(array, Unstrided):
        return array[...]
    return np.asarray(_Apart(array))


def count_together(array: Array, other: Array) -> None:
    """Let the memory of an array, of which nothing is known yet, have the record of another's: changes count for both."""
    root, memory = root_of(array), memory_of(other)
    _memories[id(root)] = memory
    alive = [each for each in memory.others if each() is not None]
    memory.others = [*alive, ref(root, partial(_memories.pop, id(root)))]


def detached_in_place(array: Array, node: Node, problem: Problem) -> None:
    """Note that the tensor of an array, which `node` had made, has just now lost its place in the graph.

    What was saved of it as an operand is of no use from here on, for the reason that `problem` tells.
    """
    global _latest
    _latest = next_order()
    _lost.setdefault(id(array), []).append(Loss(array, node, problem, _latest))


def _nameless(node: Node, array: Array) -> tuple[None, None]:
    return None, None


_described: Description
_place: Callable[[], Place | None]


def describe_with(described: Description = _nameless, place: Callable[[], Place | None] = lambda: None) -> None:
    """Let errors name what they speak of, in the user's words: `place()()` is where a change happens now.  Of an array that
    a node saved, `described(node, array)` gives the user's word and PyTorch's, each of them None if there is none.
    """
    global _described, _place
    _described, _place = described, place


describe_with()


def check(node: Node) -> None:
    """Refuse to go back through a node when something that it saved was changed since.  Raises Problem."""
    for holder, array in _saved(node):
        for loss in _lost.get(id(array), ()):
            loss.check(holder)
        memory = known(array)
        if memory is not None and memory.times and memory.times[-1] > holder.order:
            raise _stale(holder, array, memory)


def _saved(node: Node) -> Iterator[tuple[Node, Any]]:
    """Every array that a node saved, be it within an index or within the node of a changed view."""
    stack: list[tuple[Node, Any]] = [(node, _kept(node))]
    while stack:
        holder, value = stack.pop()
        if isinstance(value, np.ndarray):
            yield holder, value
        elif isinstance(value, (tuple, list)):
            stack.extend([(holder, each) for each in value if each is not None])
        elif isinstance(value, Node):
            stack.append((value, _kept(value)))


def _kept(node: Node) -> Any:
    """What a node saved; of several operands, PyTorch saves nothing for those to which no gradient leads."""
    operations = [edge.operation for edge in node.edges if isinstance(edge, Node)]
    if len(node.edges) == 1 or not any([isinstance(each, NoGradView) for each in operations]):
        return stored(node)
    return [
        values for values, edge in zip_longest(stored(node), node.edges) if edge is None or function_of(edge)[0] is not None
    ]


def _stale(node: Node, array: Array, memory: Memory) -> Problem:
    since = sum([time > node.order for time in memory.times])
    before = f"; expected version {memory.changes - since} instead" if since < _REMEMBERED else ""
    now, place = f" is at version {memory.changes}{before}", f" (changed in {memory.place()})" if memory.place else ""
    name, theirs = _described(node, array)
    clause = "one of the variables needed for gradient computation has been modified by an inplace operation: "
    return Problem(
        "stale",
        f"{clause}{name + ', ' if name else ''}a {name_of(array.dtype)} tensor of shape {list(array.shape)} "
        f"that {node.name()} saved,{now}{place}",
        hint="change a copy, as in x.clone(), or make a new tensor: x = x + 1 in place of x += 1",
        theirs=theirs and f"{clause}{theirs}{now}. {ANOMALY}",
    )

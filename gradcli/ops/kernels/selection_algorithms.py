"""Which of equal elements a selection finds: the algorithms that PyTorch uses on the CPU, step by step.

Among elements without ties any algorithm finds the same places.  Among equal ones the answer depends on how it moves
elements around: for topk on `nth_element`, `sort` and `partial_sort` of the GNU C++ library, for kthvalue on PyTorch's own
quickselect.  Each function here takes a list of places, and `before(i, j)`: whether the element at place i comes before that
at place j; lists are changed in their place.
"""

from __future__ import annotations

from collections.abc import Callable

Before = Callable[[int, int], bool]

LONGEST = 1 << 16  # elements along a line: what is longer takes too long, and a stable order has to do
_FEW = 16  # elements, which std::sort leaves to insertion sort


def top_places(count: int, k: int, before: Before, is_sorted: bool) -> list[int]:
    """The places of the first k of so many elements, in the order in which torch.topk gives them."""
    places = list(range(count))
    if k * 64 <= count:
        _heap_select(places, 0, k, count, before)
        _sort_heap(places, 0, k, before)
    elif k:
        _nth_element(places, k - 1, before)
        if is_sorted:
            _sort(places, k - 1, before)
    return places[:k]


def kth_place(count: int, k: int, after: Before) -> int:
    """The place of the element that has k before it, as torch.kthvalue finds it; `after` is the reverse of `before`."""
    places, left, right = list(range(count)), 0, count - 1
    while right > left + 1:
        _swap(places, (left + right) >> 1, left + 1)
        for one, other in ((left + 1, right), (left, right), (left + 1, left)):
            if after(places[one], places[other]):
                _swap(places, one, other)
        i, j, pivot = left + 1, right, places[left]
        while True:
            i += 1
            while after(pivot, places[i]):
                i += 1
            j -= 1
            while after(places[j], pivot):
                j -= 1
            if j < i:
                break
            _swap(places, i, j)
        _swap(places, left, j)
        left, right = (i if j <= k else left), (j - 1 if j >= k else right)
    if right == left + 1 and after(places[left], places[right]):
        _swap(places, left, right)
    return places[k]


def sorted_places(count: int, before: Before) -> list[int]:
    """All places in the order of `sort`, which torch.mode goes through."""
    places = list(range(count))
    _sort(places, count, before)
    return places


def _swap(places: list[int], i: int, j: int) -> None:
    places[i], places[j] = places[j], places[i]


# --- std::nth_element and std::sort ---------------------------------------------------------------------------------


def _nth_element(places: list[int], nth: int, before: Before) -> None:
    first, last = 0, len(places)
    depth = 2 * (last.bit_length() - 1)
    while last - first > 3:
        if not depth:
            _heap_select(places, first, nth + 1, last, before)
            _swap(places, first, nth)
            return
        depth -= 1
        cut = _partition(places, first, last, before)
        first, last = (cut, last) if cut <= nth else (first, cut)
    _insertion_sort(places, first, last, before)


def _sort(places: list[int], last: int, before: Before) -> None:
    if last:
        _introsort(places, 0, last, 2 * (last.bit_length() - 1), before)
        _insertion_sort(places, 0, last, before)


def _introsort(places: list[int], first: int, last: int, depth: int, before: Before) -> None:
    while last - first > _FEW:
        if not depth:
            _heap_select(places, first, last, last, before)
            _sort_heap(places, first, last, before)
            return
        depth -= 1
        cut = _partition(places, first, last, before)
        _introsort(places, cut, last, depth, before)
        last = cut


def _partition(places: list[int], first: int, last: int, before: Before) -> int:
    """Elements before a median of three to the left, others to the right; gives where those begin."""
    _median_to_front(places, first, first + 1, first + (last - first) // 2, last - 1, before)
    i, j = first + 1, last
    while True:
        while before(places[i], places[first]):
            i += 1
        j -= 1
        while before(places[first], places[j]):
            j -= 1
        if i >= j:
            return i
        _swap(places, i, j)
        i += 1


def _median_to_front(places: list[int], front: int, a: int, b: int, c: int, before: Before) -> None:
    x, y, z = places[a], places[b], places[c]
    if before(x, y):
        median = b if before(y, z) else c if before(x, z) else a
    else:
        median = a if before(x, z) else c if before(y, z) else b
    _swap(places, front, median)


def _insertion_sort(places: list[int], first: int, last: int, before: Before) -> None:
    for i in range(first + 1, last):
        moving, j = places[i], i
        to_front = before(moving, places[first])  # whatever is between: where there are nans, that differs
        while j > first and (to_front or before(moving, places[j - 1])):
            places[j] = places[j - 1]
            j -= 1
        places[j] = moving


# --- heaps: std::partial_sort --------------------------------------------------------------------------------------


def _heap_select(places: list[int], first: int, middle: int, last: int, before: Before) -> None:
    """The first elements of all to the front, as a heap with the last of them on top."""
    size = middle - first
    for hole in range(size // 2 - 1, -1, -1):
        _adjust(places, first, hole, size, places[first + hole], before)
    for i in range(middle, last):
        if before(places[i], places[first]):
            moving, places[i] = places[i], places[first]
            _adjust(places, first, 0, size, moving, before)


def _sort_heap(places: list[int], first: int, last: int, before: Before) -> None:
    for end in range(last - 1, first, -1):
        moving, places[end] = places[end], places[first]
        _adjust(places, first, 0, end - first, moving, before)


def _adjust(places: list[int], first: int, hole: int, size: int, moving: int, before: Before) -> None:
    """Let a hole sink to the bottom of a heap of such a size, then the element rise from there to its place."""
    top, child = hole, hole
    while child < (size - 1) // 2:
        child = 2 * child + 2
        if before(places[first + child], places[first + child - 1]):
            child -= 1
        places[first + hole] = places[first + child]
        hole = child
    if size % 2 == 0 and child == (size - 2) // 2:
        child = 2 * child + 1
        places[first + hole] = places[first + child]
        hole = child
    while hole > top and before(places[first + (hole - 1) // 2], moving):
        places[first + hole] = places[first + (hole - 1) // 2]
        hole = (hole - 1) // 2
    places[first + hole] = moving

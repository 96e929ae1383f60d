"""The Mersenne Twister MT19937: a seed goes in, a stream of 32-bit words comes out.

Every random number of PyTorch's CPU generator is made of these words, in the order in which they are drawn.  The first
words of a stream are twisted here, in numpy alone, because importing `numpy.random` takes as long as a quarter of a
million of them; once a stream turns out to be longer, numpy's own twister, ten times as fast, carries it on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:  # numpy.typing costs a millisecond
    from numpy.typing import NDArray

    Array = NDArray[np.uint32]

SIZE: Final = 624  # words of state
SHIFT: Final = 397  # how far ahead the word is that a new one is mixed with
STRIDE: Final = SIZE - SHIFT  # so many new words depend on old ones alone
LONG: Final = 1 << 18  # words after which numpy.random has earned its import

_TOP: Final = np.uint32(0x80000000)
_LOW: Final = np.uint32(0x7FFFFFFF)
_ONE: Final = np.uint32(1)
_MATRIX: Final = np.uint32(0x9908B0DF)


class Words:
    """The stream of words that belongs to `seed`, of which only the lower 32 bits count, as in PyTorch.

    drawn  how many it has given
    """

    __slots__ = ("_block", "_numpy", "_position", "_state", "drawn")

    def __init__(self, seed: int) -> None:
        self._state = _seeded(seed)
        self._block = self._state
        self._position = SIZE  # nothing left in the block
        self.drawn = 0
        self._numpy: Any = None

    def take(self, count: int) -> Array:
        """The next `count` words."""
        self.drawn += count
        if self.drawn > LONG:
            return self._take_from_numpy(count)
        pieces = []
        while count:
            piece = self._rest(count)
            pieces.append(piece)
            count -= piece.size
        return np.concatenate(pieces) if pieces else np.empty(0, np.uint32)

    def _rest(self, count: int) -> Array:
        """At most `count` words, from one block: the words that a state of 624 words gives before the next twist."""
        if self._position == SIZE:
            self._state = _twisted(self._state)
            self._block = _tempered(self._state)
            self._position = 0
        start, self._position = self._position, min(self._position + count, SIZE)
        return self._block[start : self._position]

    def _take_from_numpy(self, count: int) -> Array:
        if self._numpy is None:
            from numpy.random import RandomState  # 12 ms that a one-liner does not have

            self._numpy = RandomState()
            self._numpy.set_state(("MT19937", self._state, self._position))
        words: Array = self._numpy.randint(0, 1 << 32, count, np.uint32)
        return words


def _seeded(seed: int) -> Array:
    """The state that grows from a seed by Knuth's linear congruence."""
    word = seed & 0xFFFFFFFF
    state = [word]
    for index in range(1, SIZE):
        word = (1812433253 * (word ^ word >> 30) + index) & 0xFFFFFFFF
        state.append(word)
    return np.array(state, np.uint32)


def _twisted(old: Array) -> Array:
    """The next state: each word is mixed of the old word, the one after it, and the one 397 ahead (around the end)."""
    new = np.empty_like(old)
    mixed = _mixed(old[:-1], old[1:])
    np.bitwise_xor(old[SHIFT:], mixed[:STRIDE], out=new[:STRIDE])
    for start in range(STRIDE, SIZE - 1, STRIDE):  # a stretch at a time, since it builds on the stretch before
        stop = min(start + STRIDE, SIZE - 1)
        np.bitwise_xor(new[start - STRIDE : stop - STRIDE], mixed[start:stop], out=new[start:stop])
    new[-1:] = new[SHIFT - 1 : SHIFT] ^ _mixed(old[-1:], new[:1])
    return new


def _mixed(word: Array, following: Array) -> Array:
    joined = (word & _TOP) | (following & _LOW)
    return (joined >> _ONE) ^ ((joined & _ONE) * _MATRIX)


def _tempered(state: Array) -> Array:
    words = state ^ (state >> np.uint32(11))
    words ^= (words << 7) & np.uint32(0x9D2C5680)
    words ^= (words << 15) & np.uint32(0xEFC60000)
    words ^= words >> 18
    return words

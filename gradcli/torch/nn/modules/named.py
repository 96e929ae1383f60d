"""What dictionaries of modules and of parameters share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any


class Named:
    """A dictionary, of whatever `keys` and the items of a derived class say."""

    def __len__(self) -> int:
        return len(self.keys())

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def __contains__(self, key: object) -> bool:
        return key in self.keys()

    def keys(self) -> Any:
        """The names."""
        raise NotImplementedError

    def values(self) -> Iterable[Any]:
        """What is named."""
        return [self[key] for key in self]  # type: ignore[index]

    def items(self) -> Iterable[tuple[str, Any]]:
        """Pairs of both."""
        return [(key, self[key]) for key in self]  # type: ignore[index]

    def pop(self, key: str) -> Any:
        """Remove a name, and give what it named."""
        found = self[key]  # type: ignore[index]
        del self[key]  # type: ignore[attr-defined]
        return found

    def clear(self) -> None:
        """Remove all."""
        for key in [*self]:
            del self[key]  # type: ignore[attr-defined]

    def update(self, other: Any) -> None:
        """Add, or replace, from a dictionary or pairs.  Raises TypeError."""
        kind = type(self).__name__
        if not isinstance(other, Iterable):
            called = "ParametersDict" if kind == "ParameterDict" else kind
            raise TypeError(
                f"{called}.update should be called with an iterable of key/value pairs, but got {type(other).__name__}"
            )
        for place, pair in enumerate(other.items() if isinstance(other, (Mapping, Named)) else other):
            if not isinstance(pair, Iterable):
                words = f"{kind} update sequence element #{place} should be Iterable"
                raise TypeError(f"{words}; is{type(pair).__name__}")
            key, *value = pair
            if len(value) != 1:
                words = f"{kind} update sequence element #{place} has length {len(value) + 1}"
                raise ValueError(f"{words}; 2 is required")
            self[key] = value[0]  # type: ignore[index]

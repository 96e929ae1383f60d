"""`torch.torch_version`: the version, a text that compares as versions do."""

from __future__ import annotations

from typing import Any

from gradcli.torch.version import __version__ as _version


class TorchVersion(str):
    """A version as text; compared with another, or with numbers, part by part."""

    def _parts(self, other: Any) -> tuple[list[int], list[int]]:
        return _numbers(self), _numbers(other)

    def __lt__(self, other: Any) -> bool:
        mine, theirs = self._parts(other)
        return mine < theirs

    def __le__(self, other: Any) -> bool:
        mine, theirs = self._parts(other)
        return mine <= theirs

    def __gt__(self, other: Any) -> bool:
        mine, theirs = self._parts(other)
        return mine > theirs

    def __ge__(self, other: Any) -> bool:
        mine, theirs = self._parts(other)
        return mine >= theirs

    def __eq__(self, other: Any) -> bool:
        return _numbers(self) == _numbers(other) if isinstance(other, (str, tuple, list)) else NotImplemented

    def __hash__(self) -> int:
        return str.__hash__(self)


def _numbers(version: Any) -> list[int]:
    parts = version.partition("+")[0].split(".") if isinstance(version, str) else version
    numbers = [int("".join([c for c in str(part) if c.isdigit()]) or 0) for part in parts]
    while numbers and not numbers[-1]:
        numbers.pop()  # 2.13 is 2.13.0
    return numbers


__version__ = TorchVersion(_version)

"""Many documents of one structure: the text around the numbers is made once, the numbers of all of them column by column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from gradcli.report.document import encoded
from gradcli.report.trees import Numbers, Raw, split
from gradcli.run.digits import shortest
from gradcli.run.plans import Place

ID: Final = -1  # the number of the slot in which the record's own id goes
BARE_ID: Final = -2  # the same without quotes


class Template:
    """The text of a tree whose arrays are Places of a plan; `slots` are the numbers of these, or ID, in order."""

    __slots__ = ("_pattern", "slots")

    def __init__(self, trees: Sequence[Any], between: str = "\t", bare: bool = False) -> None:
        """The texts of some trees with `between` between them; `bare` leaves out the quotes of those that are words."""
        self.slots: list[int] = []
        parts = []
        for tree in trees:
            if bare and isinstance(tree, str):
                parts.append(_escaped(tree))
                continue
            if bare and isinstance(tree, Numbers) and tree.ndarray.number == ID:
                tree = Numbers(Place(BARE_ID), "id")
            texts, found = split(tree)
            parts.append("%s".join(map(_escaped, texts)))
            self.slots += [_number(each) for each in found]
        self._pattern = between.join(parts)

    def filled(self, columns: dict[int, list[str]], count: int) -> list[str]:
        """The text of each of so many records, from the texts of the numbers in each slot."""
        pattern = self._pattern
        if not self.slots:
            return [pattern % ()] * count
        if len(self.slots) == 1:
            column = columns[self.slots[0]]
            return column if pattern == "%s" else [pattern % (each,) for each in column]
        return [pattern % row for row in zip(*[columns[slot] for slot in self.slots])]


def column(values: Any) -> list[str]:
    """The JSON of each row of an array whose numbers are finite."""
    array = np.asarray(values)
    if array.dtype.kind != "f":
        return [encoded(each) for each in array.tolist()]
    # Python spells floats, and lists of them, as JSON does.
    return list(map(repr, shortest(array).tolist()))


def _number(each: Numbers | Raw) -> int:
    if isinstance(each, Raw):
        raise TypeError("text of its own has no place in a template")
    number: int = each.ndarray.number
    return number


def _escaped(text: str) -> str:
    return text.replace("%", "%%")

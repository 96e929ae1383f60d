"""`collections.OrderedDict`, which is what the state of a module is."""

from __future__ import annotations

import collections
from typing import Any

from gradcli.run.script import methods
from gradcli.run.script.classes import Kind, add_kind
from gradcli.run.script.guards import bounded


class OrderedDict(collections.OrderedDict[Any, Any]):
    """A dictionary that prints alike under every version of Python."""

    def __repr__(self) -> str:
        return f"OrderedDict({[*self.items()]})" if self else "OrderedDict()"


methods.allow(collections.OrderedDict, "clear copy items keys move_to_end pop popitem setdefault update values")
KIND = add_kind(
    Kind("collections.OrderedDict", OrderedDict, lambda *args, **words: OrderedDict(*map(bounded, args), **words), open=True)
)

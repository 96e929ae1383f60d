"""Calls in the order of arguments that PyTorch had before version 1.5, and takes still: `p.add_(-lr, grad)`.

Numbers stood where they stand in the formula, before the tensors that they multiply; now they have names.
"""

from __future__ import annotations

from typing import Any

from gradcli.graph.tensor import Tensor
from gradcli.torch._warnings import warn_once

_NUMBERS = {
    **dict.fromkeys(("add", "sub"), ("alpha",)),
    **dict.fromkeys(("addcdiv", "addcmul"), ("value",)),
    **dict.fromkeys(("addbmm", "addmm", "addmv", "addr", "baddbmm"), ("beta", "alpha")),
}  # by functions: the names of these numbers, in their order
_NOTICE = "This overload of {} is deprecated: give its numbers by name, behind the tensors, as in {}({}, {})"


def by_names(name: str, args: tuple[Any, ...]) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
    """The arguments of such a call in today's order, and its numbers by name; None if it is no such call.  Warns once."""
    names = _NUMBERS.get(name.removesuffix("_"), ())
    tensors = tuple([each for each in args if isinstance(each, Tensor)])
    numbers = [each for each in args if isinstance(each, (int, float, complex)) and not isinstance(each, bool)]
    if not numbers or len(numbers) > len(names) or len(numbers) + len(tensors) != len(args) or isinstance(args[-1], float):
        return None
    named = dict(zip(names, numbers))
    shown = ", ".join([f"{each}={value}" for each, value in named.items()])
    warn_once(_NOTICE.format(name, name, ", ".join(["Tensor"] * len(tensors)), shown))
    return tensors, named

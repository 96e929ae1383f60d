"""Leaves without a gradient for a reason that is easily overlooked: they gave another leaf its value.

`u=3 'x=2*u'` computes x before there is a graph, and x is then a leaf as u is: no gradient goes on from it to u.
"""

from __future__ import annotations

from contextlib import suppress

from gradcli.errors import Problem
from gradcli.run.forward import Forward
from gradcli.run.free_names import names_read
from gradcli.run.request import Request
from gradcli.run.result import Pass, Warning


def severed(request: Request, computed: Forward, passes: tuple[Pass, ...]) -> tuple[Warning, ...]:
    """A warning for each leaf that the passes have left without a gradient, and from which other leaves were computed."""
    if not passes or len(computed.leaves) < 2:
        return ()
    without = [name for name, gradient in passes[-1].grads.items() if gradient is None and name in (request.wrt or (name,))]
    return tuple(
        [_warning(name, readers, request, computed) for name in without if (readers := _readers(name, request, computed))]
    )


def _readers(name: str, request: Request, computed: Forward) -> list[tuple[str, str]]:
    """The leaves whose values are expressions that use a name, with these expressions."""
    found: list[tuple[str, str]] = []
    for other, value in request.texts.items():
        if other in computed.leaves and other != name and not value.lstrip().startswith("@"):
            with suppress(Problem):
                if name in names_read(value):
                    found.append((other, value))
    return found


def _warning(name: str, readers: list[tuple[str, str]], request: Request, computed: Forward) -> Warning:
    leaves = " and ".join([other for other, _ in readers])
    is_one = len(readers) == 1
    return Warning(
        "severed-leaf",
        f"{name}.grad is None: {leaves} {'was' if is_one else 'were'} computed from {name} before the graph began, and "
        f"{'is a leaf' if is_one else 'are leaves'} like it",
        computed.recorder.number(computed.leaves[name]),
        None,
        "; ".join([*[f"{other} = {value.strip()}" for other, value in readers], request.expr]),
    )

"""A script's syntax tree as closures over frames: no exec, no eval, and each node is looked at once.

`expression`, `statement` and `block` are the doors; the modules hold the rules, a file for each kind of syntax.
"""

from __future__ import annotations

from gradcli.run.script.closures import (  # noqa: F401  (enters the rules)
    access,
    blocks,
    comprehensions,
    definitions,
    displays,
    handling,
    names,
    operators,
    simple,
)
from gradcli.run.script.closures.rules import block, expression, statement

__all__ = ["block", "expression", "statement"]

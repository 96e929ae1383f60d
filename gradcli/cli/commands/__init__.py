"""The commands, one frozen record each, and the program itself as the record that has no name.

An `action` is named by text and imported when its command runs, so that no command pays for another's imports.
"""

from __future__ import annotations

from gradcli.cli import options as o
from gradcli.cli.commands.answers import FIT, MINIMIZE, PLOT, PROPAGATE, SOLVE, TABLE, TOTAL
from gradcli.cli.commands.derivatives import HESSIAN, HVP, JACOBIAN, JVP
from gradcli.cli.commands.evaluation import BATCH, CHECK, EVAL, EXPLAIN, FORMULA, GRAPH
from gradcli.cli.commands.program import COMPLETION, HELP, OPS, REPL, RUN, SCHEMA
from gradcli.cli.commands.record import Argument, Command

TYPE_CHECKING = False  # type checkers know the name; to import typing for it takes 5 ms
if TYPE_CHECKING:
    from typing import Final

__all__ = ["COMMANDS", "EVAL", "PROGRAM", "SPELT", "Argument", "Command", "shells"]

_ALL = (
    EVAL,
    BATCH,
    RUN,
    REPL,
    JACOBIAN,
    HESSIAN,
    JVP,
    HVP,
    CHECK,
    FORMULA,
    EXPLAIN,
    GRAPH,
    TABLE,
    PLOT,
    PROPAGATE,
    FIT,
    MINIMIZE,
    SOLVE,
    TOTAL,
    OPS,
    SCHEMA,
    HELP,
    COMPLETION,
)
COMMANDS: Final = {command.name: command for command in _ALL}

PROGRAM: Final = Command(
    "",
    "",
    "Differentiates expressions, with PyTorch's names, rules and habits.\n\n"
    "A first word that is a command's name is that command; anything else is an expression, and the same as "
    "'gradcli eval EXPR ...' ('gradcli eval --help' has its options).",
    (),
    (o.VERSION,),
    (
        ("gradcli 'x**2' x=3", "value and gradient"),
        ("gradcli 'mean(3*(x+2)**2)' 'x=ones(2,2)'", "tensors"),
        ("gradcli 'x @ w' x=@data.csv 'w=[1, 2]' -w ones --json", "files in, JSON out"),
        ("gradcli -e '-x**2' x=2", "an expression that begins with '-'"),
    ),
    "",
)

# Every command's options together: enough to tell an option's value from a word before the command is known.
SPELT: Final = {spelling: option for command in (PROGRAM, *COMMANDS.values()) for spelling, option in command.spelt().items()}


def shells() -> list[str]:
    """The shells that have completion."""
    return ["bash", "zsh", "fish"]

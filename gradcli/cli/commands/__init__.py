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

__all__ = ["COMMANDS", "ENVIRONMENT", "EVAL", "EXIT_CODES", "PROGRAM", "SPELT", "Argument", "Command", "shells"]

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

EXIT_CODES: Final = (
    ("0", "done"),
    ("1", "understood, but it cannot be done: an unknown name, shapes, a file, a limit; an error that a script does not catch"),
    ("2", "not understood: options, syntax"),
    ("3", "check found a wrong derivative or could not settle one, or --nonfinite error met a number that is not finite"),
    ("70", "a bug in gradcli, which says how to report it"),
    ("130", "interrupted"),
)

ENVIRONMENT: Final = (
    ("NO_COLOR", "no colour, whatever its value; nor where TERM is dumb"),
    ("COLUMNS, LINES", "the size of the terminal, where it is not to be asked"),
    ("OPENBLAS_NUM_THREADS", "how many threads multiply matrices (1 unless given); so OMP_NUM_THREADS"),
    ("GRADCLI_HISTORY", "where repl keeps its history ($XDG_STATE_HOME/gradcli/history unless given)"),
    ("GRADCLI_TRACEBACK", "1 shows Python's traceback of a bug"),
)

# Every command's options together: enough to tell an option's value from a word before the command is known.
SPELT: Final = {spelling: option for command in (PROGRAM, *COMMANDS.values()) for spelling, option in command.spelt().items()}


def shells() -> list[str]:
    """The shells that have completion."""
    return ["bash", "zsh", "fish"]

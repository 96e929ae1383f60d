"""What a command is: one frozen record, from which the readers, help and completion derive; and parts that several share."""

from __future__ import annotations

from gradcli.cli import options as o
from gradcli.cli.option import Option
from gradcli.cli.options import by_spelling
from gradcli.errors import Record


class Argument(Record):
    """A word of a command that is no option.

    name, metavar, many, help   as for an option; none is required, since `-e` may take the expression's place
    kind     "text"; "placed" where its place among the other words counts; "rest" for all that follows, options too
    names    what completion offers: "expression" for operations within one, or "module:function" that gives the words
    """

    __slots__ = ("name", "metavar", "kind", "many", "names", "help")
    name: str
    metavar: str
    kind: str
    many: bool
    names: str
    help: str


class Command(Record):
    """One command.

    name         its word, "" for the program itself
    summary      one line for the list of commands
    description  paragraphs that open its help page
    examples     (command line, what it shows) pairs that end the page
    action       "module:function", a function of {name: value} that gives the exit code
    """

    __slots__ = ("name", "summary", "description", "arguments", "options", "examples", "action")
    name: str
    summary: str
    description: str
    arguments: tuple[Argument, ...]
    options: tuple[Option, ...]
    examples: tuple[tuple[str, str], ...]
    action: str

    def spelt(self) -> dict[str, Option]:
        """Its options, help among them, by each way to write them."""
        return by_spelling((*self.options, o.HELP))


EXPRESSION = Argument(
    "expression", "[EXPR]", "placed", False, "expression", "What to differentiate, in Python's syntax with PyTorch's names."
)

BINDINGS = Argument(
    "words",
    "[NAME=VALUE]...",
    "placed",
    True,
    "expression",
    "A leaf that gets a gradient; VALUE is an expression, or @PATH to read a file (@- is standard input).",
)

REPORTS = (o.NONFINITE, o.COLOR, o.MAX_MEMORY, o.MAX_TIME)

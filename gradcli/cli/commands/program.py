"""Commands that run scripts, and those that say what the program is."""

from __future__ import annotations

from gradcli.cli import options as o
from gradcli.cli.commands.record import Argument, Command

TYPE_CHECKING = False  # type checkers know the name; to import typing for it takes 5 ms
if TYPE_CHECKING:
    from typing import Final

OPS: Final = Command(
    "ops",
    "Every function: signature, grad_fn, derivative, domain",
    "Lists every operation, or shows one: its signatures, the grad_fn it leaves in the graph, its derivative, where it "
    "is defined, what happens at its kinks, and an example.  A NAME that no operation has lists the family of that name, such "
    "as elementwise, trigonometric, activations, reductions, linear algebra, losses, shapes, indexing or random, and those "
    "with it in their names.",
    (Argument("name", "[NAME]", "text", False, "gradcli.ops.index:names", "Show this operation, or those of this part."),),
    (o.SEARCH, o.JSON, o.FORMAT, o.COLOR),
    (
        ("gradcli ops", "the whole table"),
        ("gradcli ops softmax", "one operation"),
        ("gradcli ops trig", "the family of trigonometric functions"),
        ("gradcli ops --search 'largest'", "those that speak of it"),
        ("gradcli ops --json", "the table as JSON"),
    ),
    "gradcli.cli.ops:act",
)

SCHEMA: Final = Command(
    "schema",
    "The JSON Schema of what --json prints",
    "Prints the JSON Schema of a document that gradcli prints, such as eval or error; without NAME, of them all.",
    (Argument("name", "[NAME]", "text", False, "gradcli.report.schema:names", "Only this document's schema."),),
    (o.COLOR,),
    (
        ("gradcli schema eval", "what 'gradcli eval --json' prints"),
        ("gradcli schema error", "what an error looks like with --json"),
    ),
    "gradcli.cli.schema:act",
)

RUN: Final = Command(
    "run",
    "A PyTorch script, run by Python without PyTorch",
    "Runs FILE as 'python FILE ARG...' does, with one difference: 'import torch' gives gradcli's own package of that name, "
    "gradcli.torch, which prints what PyTorch prints.  Whatever stands behind FILE is for the script.\n\n"
    "A script is a program: it runs with your rights, and may read and write whatever you may, as under python.\n\n"
    "An error that it does not catch shows its line, the values there and a way out, and ends with exit code 1.",
    (
        Argument("file", "[FILE]", "text", False, "", "The script; '-' is standard input."),
        Argument("arguments", "[ARG]...", "rest", True, "", "What the script finds in sys.argv."),
    ),
    (o.CODE, o.TRACEBACK, o.COLOR, o.MAX_MEMORY, o.MAX_TIME),
    (
        ("gradcli run script.py", "what 'python script.py' prints where PyTorch is installed"),
        ("gradcli run train.py --lr 0.1 data.csv", "arguments for the script"),
        ("gradcli run - < script.py", "a script from standard input"),
        ("gradcli run -c 'import torch; print(torch.arange(3))'", "a script from the command line"),
        ("gradcli run --max-time 10s script.py", "stops it after ten seconds"),
    ),
    "gradcli.cli.run:act",
)

REPL: Final = Command(
    "repl",
    "The language of 'run', line by line",
    "A prompt for the language of 'gradcli run': torch is imported, the value of an expression is shown, names stay, an error "
    "shows its place and the session goes on.  Lines that begin with ':' are commands (:help lists them), TAB completes names "
    "and attributes, Ctrl-C stops what is running, Ctrl-D ends the session.\n\n"
    "Without a terminal it reads statements from standard input, and shows values without prompts; the exit code is 1 if one "
    "of them failed.  The history is in $XDG_STATE_HOME/gradcli/history, or in the file that $GRADCLI_HISTORY names.",
    (),
    (o.COLOR, o.MAX_MEMORY, o.MAX_TIME),
    (
        ("gradcli repl", "a prompt"),
        ("gradcli repl < statements.txt", "the values of many statements"),
        ("gradcli repl --max-time 10s", "no statement runs for longer than ten seconds"),
    ),
    "gradcli.cli.repl:act",
)

HELP: Final = Command(
    "help",
    "The page of a command or of a topic",
    "Shows what 'gradcli COMMAND --help' shows, or the page of a topic, such as language or files; without a name "
    "the first page.",
    (Argument("name", "[NAME]", "text", False, "gradcli.cli.about:names", "The command or topic."),),
    (o.COLOR,),
    (("gradcli help fit", "the page of fit"), ("gradcli help language", "what an expression may hold")),
    "gradcli.cli.about:help",
)

COMPLETION: Final = Command(
    "completion",
    "The completion script of a shell",
    "Prints the script by which bash, zsh or fish completes commands, options, functions and files.",
    (Argument("shell", "[SHELL]", "text", False, "gradcli.cli.commands:shells", "bash, zsh or fish (yours unless given)."),),
    (o.COLOR,),
    (("gradcli completion bash >> ~/.bashrc", "from the next shell on"), ("source <(gradcli completion zsh)", "now")),
    "gradcli.cli.about:completion",
)

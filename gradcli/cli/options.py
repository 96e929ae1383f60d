"""The options, one frozen record each.  Typer's parameters, the quick reader, help and completion all derive from them.

A record's `kind` names the reader that turns the text of a value into the value; `READERS` holds them.
"""

from __future__ import annotations

from gradcli.errors import Record

TYPE_CHECKING = False  # type checkers know the name; to import typing for it takes 5 ms
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, Final


class Option(Record):
    """One option.

    name     the long name with underscores, also the key of its value: "retain_graph" is `--retain-graph`
    short    the single letter, or None
    kind     "flag", or which of `READERS` reads the value
    metavar  what stands for the value on a help page; None lets Typer write one (the choices)
    choices  the only values of a "choice"; empty for other kinds
    many     may be given more than once; the value is then a list, in order
    default  the value when the option is not given; a `many` option's is an empty list
    panel    the heading that it stands under on a help page
    help     one sentence
    """

    __slots__ = ("name", "short", "kind", "metavar", "choices", "many", "default", "panel", "help")
    name: str
    short: str | None
    kind: str
    metavar: str | None
    choices: tuple[str, ...]
    many: bool
    default: Any
    panel: str
    help: str

    @property
    def long(self) -> str:
        """How it is written: `--retain-graph`."""
        return "--" + self.name.replace("_", "-")

    @property
    def spellings(self) -> tuple[str, ...]:
        """Every way to write it."""
        return (f"-{self.short}", self.long) if self.short else (self.long,)

    def initial(self) -> Any:
        """The value of an option that is not given; a new list each time for one that may be given many times."""
        return [] if self.many else self.default

    def read(self, text: str) -> Any:
        """The value that `text` stands for; raises ValueError with a sentence where it stands for none."""
        if self.choices and text not in self.choices:
            raise ValueError(f"'{text}' is not one of {', '.join(self.choices)}")
        return READERS[self.kind](text)


def _count(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if not 1 <= number < 2**63:
        raise ValueError(f"'{text}' is not a whole number from 1 up")
    return number


def _digits(text: str) -> int:
    """As many digits as tell any two floats apart, at most."""
    number = int(text) if text.isdecimal() and len(text) < 3 else -1
    if not 0 <= number <= 17:
        raise ValueError(f"'{text}' is not a whole number from 0 to 17")
    return number


def _seed(text: str) -> int:
    """A whole number in the range of PyTorch's `manual_seed`."""
    digits = text[1:] if text[:1] in ("-", "+") else text
    number = int(text) if digits.isdecimal() and len(digits) <= 20 else 2**64
    if not -(2**63) <= number < 2**64:
        raise ValueError(f"'{text}' is not a whole number from -2**63 to 2**64 - 1")
    return number


_SIZES: Final = {"": 1, "b": 1} | {
    unit: base**power
    for power, letter in enumerate("kmgt", 1)
    for unit, base in ((letter, 1000), (letter + "b", 1000), (letter + "ib", 1024))
}
_TIMES: Final = {"": 1.0, "s": 1.0, "ms": 1e-3, "m": 60.0, "min": 60.0, "h": 3600.0}


def _size(text: str) -> int:
    return max(1, int(_measure(text, _SIZES, "a size such as 2GB, 512MiB or 1e9 (bytes)")))


def _seconds(text: str) -> float:
    return _measure(text, _TIMES, "a time such as 30 (seconds), 500ms, 2m or 1h")


def _measure(text: str, units: dict[str, Any], kind: str) -> float:
    """A positive finite number followed by one of `units`, in the base unit."""
    number = text.rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
    unit = text[len(number) :].lower()
    try:
        value: float = float(number) * units[unit]
    except (ValueError, KeyError):
        value = 0.0
    if not 0.0 < value < float("inf"):
        raise ValueError(f"'{text}' is not {kind}")
    return value


def _tolerance(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0.0 <= value < 1.0:
        raise ValueError(f"'{text}' is not a number from 0 up to 1, such as 1e-3")
    return value


def _names(text: str) -> list[str]:
    """Names separated by commas."""
    return [name for name in (part.strip() for part in text.split(",")) if name]


def _points(text: str) -> int:
    """How many random points; 0 for the point given alone."""
    if text == "given":
        return 0
    kind, colon, number = text.partition(":")
    if kind != "random" or not colon:
        raise ValueError(f"'{text}' is neither random:N, such as random:100, nor given")
    return _count(number)


def _number(text: str) -> float:
    """A positive number."""
    return _measure(text, {"": 1.0}, "a positive number")


READERS: Final[dict[str, Callable[[str], Any]]] = {
    "text": str,
    "expression": str,
    "file": str,
    "choice": str,
    "names": _names,
    "count": _count,
    "digits": _digits,
    "points": _points,
    "number": _number,
    "seed": _seed,
    "tolerance": _tolerance,
    "size": _size,
    "seconds": _seconds,
    "placed": str,  # a NAME=VALUE whose order among the other words counts: readers pair it with its place in argv
}


def _flag(name: str, panel: str, help: str, short: str | None = None) -> Option:
    return Option(name, short, "flag", None, (), False, False, panel, help)


def _value(
    name: str, kind: str, metavar: str, panel: str, help: str, short: str | None = None, many: bool = False, default: Any = None
) -> Option:
    return Option(name, short, kind, metavar, (), many, default, panel, help)


def _choice(name: str, choices: tuple[str, ...], default: str, panel: str, help: str) -> Option:
    return Option(name, None, "choice", None, choices, False, default, panel, help)


INPUT: Final = "Input"
PASSES: Final = "Backward passes"
CHECKS: Final = "Checks"
DERIVATIVES: Final = "Derivatives"
NUMBERS: Final = "Numbers"
OUTPUT: Final = "Output"
LIMITS: Final = "Limits"
OTHER: Final = "Options"

EXPR = _value(
    "expr", "expression", "EXPR", INPUT, "The expression, where it begins with '-'; every word is then NAME=VALUE.", short="e"
)
EXPR_FILE = _value("file", "file", "FILE", INPUT, "Read the expression from this file; - is standard input.", short="f")
MATH = _flag(
    "math", INPUT, "Read mathematics as people write it: x^2 + 2x, sin x, sin^2(x), 5!, 30°, |x|, f(x) = x^2; f(3).", short="m"
)
CONST = _value(
    "const",
    "placed",
    "NAME=VALUE",
    INPUT,
    "Bind a constant: it needs no gradient and keeps its own dtype.",
    short="c",
    many=True,
)
CODE = _value("code", "text", "CODE", INPUT, "The script itself, in place of FILE.", short="c")
CSV = _flag("csv", INPUT, "Read a table with a header, and write it back with columns out and d_NAME added.")

WEIGHTS = _value(
    "weights",
    "expression",
    "VALUE",
    PASSES,
    "The vector of the vector-Jacobian product, in the output's shape, once for each pass; 'ones' is short for all ones.",
    short="w",
    many=True,
)
PASS_COUNT = _value("passes", "count", "N", PASSES, "Repeat the passes N times.", default=1)
RETAIN_GRAPH = _flag("retain_graph", PASSES, "Keep what the graph saved, so that a further pass can go through it.")
ZERO_GRAD = _flag("zero_grad", PASSES, "Zero the gradients between passes instead of accumulating them.")
WRT = _value("wrt", "names", "NAME,...", PASSES, "Only these leaves get a gradient.", many=True)
RETAIN_GRAD = _value(
    "retain_grad", "names", "NAME,...", PASSES, "Also keep the gradient of these intermediate values.", many=True
)
NO_GRAD = _flag("no_grad", PASSES, "Run forward only.")
ALSO = _value("also", "names", "NAME,...", PASSES, "Also give the jacobian, the hessian, or both.", many=True)

TANGENT = _value(
    "tangent",
    "text",
    "NAME=VALUE",
    DERIVATIVES,
    "The direction in which a leaf moves, in its shape; 'ones' is short for all ones.  Other leaves stay where they are.",
    short="t",
    many=True,
)
MODE = _choice(
    "mode",
    ("auto", "reverse", "forward"),
    "auto",
    DERIVATIVES,
    "From the outputs back, from the leaves on, or whichever takes less.",
)

UNCERTAINTY: Final = "Uncertainties"
CORR = _value("corr", "text", "A,B=R", UNCERTAINTY, "The correlation of two inputs, such as m,h=0.5.", many=True)
COV = _value("cov", "file", "FILE", UNCERTAINTY, "Covariances of inputs: what 'fit --json' prints, or a table with a header.")
PROPAGATION_ORDER = _value("order", "count", "N", UNCERTAINTY, "2 adds the bias and the variance of second order.", default=1)
SAMPLES = _value("samples", "count", "N", UNCERTAINTY, "Beside it, Monte Carlo with N normal inputs.", default=0)
COVERAGE = _value(
    "coverage", "number", "K", UNCERTAINTY, "Also give the expanded uncertainty, K times the standard one.", short="k"
)

ZIP = _flag("zip", INPUT, "Pair the ranges instead of making a grid of them.")
TABLE_ORDER = _value("order", "count", "N", DERIVATIVES, "2 adds the second derivatives.", default=1)
TABLE_CSV = _flag("csv", OUTPUT, "Comma-separated values with a header, every number in full.")
TSV = _flag("tsv", OUTPUT, "The same, separated by tabs.")

DATA_FILES = _value(
    "data",
    "file",
    "FILE...",
    INPUT,
    "Tables, or globs of them: csv, tsv, ndjson (also .gz, .zst), npy, parquet, arrow; - is stdin.",
    many=True,
)
PARTS = _value(
    "output", "file", "DIR", OUTPUT, "With --data: write a part file for each piece of the data into this folder.", short="o"
)
RESUME = _flag("resume", OUTPUT, "With --data: keep the parts that are there, and go on.")
MEAN = _flag("mean", NUMBERS, "Means instead of sums.")
BY = _value("by", "text", "COLUMN", INPUT, "A sum for each value of this column.")
SKIP_BAD = _flag(
    "skip_bad", INPUT, "Leave out rows that lack a number, and files that cannot be read; they are told at the end."
)
TOTAL_ALSO = _value(
    "also", "names", "NAME,...", DERIVATIVES, "Also sum the hessian, or squares (g g^T of each row).", many=True
)
BATCH_JOBS = _value("jobs", "count", "N", LIMITS, "How many processes (default: 1, and with --data one for each processor).")
JOBS = _value("jobs", "count", "N", LIMITS, "How many processes (default: one for each processor).")
DASK = _value(
    "dask", "text", "[ADDRESS]", LIMITS, "Compute on a Dask cluster: that of an address, tcp://HOST:8786, or one started here."
)
PLOT_EXPR = _value(
    "expr",
    "expression",
    "EXPR",
    INPUT,
    "An expression to draw, once for each; words are then NAME=VALUE.",
    short="e",
    many=True,
)
PLOT_ORDER = _value("order", "count", "N", DERIVATIVES, "2 draws the second derivative, too.", default=1)
PLOT_OUTPUT = _value("output", "file", "FILE", OUTPUT, "Draw into this file: .svg, .png or .pdf.", short="o")

SOLVING: Final = "Search"
SIGNIFICANT = _value("precision", "digits", "N", OUTPUT, "Significant digits of values in text (8 unless given).")
OBSERVED = _value(
    "y", "expression", "NAME", INPUT, "What the model is to meet: a column, or an expression over columns (y unless given)."
)
SIGMA = _value(
    "sigma", "expression", "NAME", INPUT, "Standard deviations of the observations: a column, a number, an expression."
)
ABSOLUTE = _flag("absolute", SOLVING, "Take --sigma at its word; else the spread of the residuals scales it.")
BOUNDS = _value(
    "bounds", "text", "NAME=FROM:TO", SOLVING, "Keep an unknown between two values; either may be left out.", many=True
)
FIX = _value("fix", "names", "NAME,...", SOLVING, "Hold these parameters where they start.", many=True)
LOSS = _choice(
    "loss",
    ("linear", "huber", "soft_l1", "cauchy"),
    "linear",
    SOLVING,
    "How much a large residual counts: its square, or less for outliers.",
)
LOG = _flag("log", SOLVING, "Compare the logarithms of model and data.")
FIT_PLOT = _flag("plot", OUTPUT, "Draw the data and the model below the report, in the terminal (gradcli[plot]).")
RESIDUALS = _value("residuals", "file", "FILE", OUTPUT, "Write observed, model and residual of each row to this file.")
MAXIMIZE = _flag("max", SOLVING, "Seek the greatest value.")
SUBJECT = _value(
    "subject", "expression", "COMPARISON", SOLVING, "A constraint, such as 'x[0] + x[1] <= 1'; once for each.", many=True
)
METHOD = _choice(
    "method", ("auto", "bfgs", "newton", "trust"), "auto", SOLVING, "How to search; auto goes by size, bounds and constraints."
)
STARTS = _value("starts", "count", "N", SOLVING, "Search from N points, within --bounds where they are given.", default=1)
TRACE = _value("trace", "file", "FILE", OUTPUT, "Write each step's value, gradient and unknowns to this file.")
GIVEN = _value("wrt", "names", "NAME,...", DERIVATIVES, "Also give the derivative of the answer by these constants.", many=True)
EQUATIONS = _value(
    "eq", "expression", "A=B", INPUT, "An equation, once for each; the words are then all NAME=VALUE.", many=True
)
ALL_ROOTS = _flag("all", SOLVING, "All roots between the two ends of the unknown's range, x=FROM:TO.")

DTYPE = _choice("dtype", ("float32", "float64"), "float64", NUMBERS, "The dtype of values that have none of their own.")
SEED = _value("seed", "seed", "N", NUMBERS, "Seed rand, randn and the like: the numbers are PyTorch's for that seed.")

THREADS = _value("threads", "count", "N", NUMBERS, "Compute large arrays on N threads (all processors unless given).")
PLAN = _flag("plan", OUTPUT, "Print the straight-line program that computes it, or why there is none, and nothing else.")
SEARCH = _value(
    "search", "text", "WORDS", OUTPUT, "List the operations that speak of these words: in names, in what they do, at kinks."
)
VALUES = _flag("values", OUTPUT, "Report the value of every node.")
ORDER = _choice("order", ("1", "2"), "1", CHECKS, "Up to which order; 2 checks second derivatives as well.")
CLAIM = _value(
    "claim",
    "text",
    "NAME=FORMULA",
    CHECKS,
    "Compare your own formula for the derivative by NAME; as many as there are leaves.",
    many=True,
)
RTOL = _value(
    "rtol", "tolerance", "R", CHECKS, "How far off a formula of --claim may be, relatively.  [default: 1e-6]", default=1e-6
)
AT = _value(
    "at",
    "points",
    "random:N",
    CHECKS,
    "Check at N random points inside the domain, whose shapes the values tell; or 'given', at the point given alone.",
)

PRECISION = _value(
    "precision",
    "digits",
    "N",
    OUTPUT,
    "Digits after the point in text (JSON always gives all of them).  [default: 4]",
    default=4,
)
NOTES = _flag("notes", OUTPUT, "Tell where a gradient used a convention, as that of abs at 0 (JSON always does).")
JSON = _flag("json", OUTPUT, "One JSON document instead of text; short for --format json.")
NO_NODES = _flag("no_nodes", OUTPUT, "Leave the graph out of JSON documents.")
GET = _value(
    "get",
    "names",
    "PATH,...",
    OUTPUT,
    "Only these values of the JSON document, bare, with tabs between them, such as out.value,grads.x.",
    many=True,
)
FORMAT = _choice("format", ("text", "json"), "text", OUTPUT, "How to report.")
RECORD_FORMAT = _choice(
    "format", ("auto", "json"), "auto", OUTPUT, "Answers are JSON, or a table with --csv; json has its errors as JSON, too."
)
MATRIX_FORMAT = _choice("format", ("text", "json", "coo"), "text", OUTPUT, "How to report; coo gives what is not zero alone.")
EXPLAIN_FORMAT = _choice(
    "format",
    ("auto", "text", "markdown", "latex", "json"),
    "auto",
    OUTPUT,
    "How to report: auto goes by the ending of --output (.md, .tex, .json), and is text without it; latex is a fragment for "
    "amsmath.",
)
EXPLAIN_OUTPUT = _value("output", "file", "FILE", OUTPUT, "Write the derivation to this file, whole or not at all.", short="o")
FORMULA_FORMAT = _choice(
    "format",
    ("auto", "text", "latex", "json", "numpy", "torch", "jax"),
    "auto",
    OUTPUT,
    "How to write: numpy, torch and jax are functions that run; auto goes by the ending of --output (.tex, .json, .py), and is "
    "text without it.",
)
FORMULA_OUTPUT = _value("output", "file", "FILE", OUTPUT, "Write to this file, whole or not at all.", short="o")
FORMULA_ORDER = _choice("order", ("1", "2"), "1", DERIVATIVES, "2 gives second derivatives.")
GRAPH_FORMAT = _choice(
    "format",
    ("auto", "tree", "dot", "mermaid", "svg", "json"),
    "auto",
    OUTPUT,
    "How to draw: auto goes by the ending of --output (.dot, .mmd, .svg, .json), and is a tree without it.",
)
GRAPH_OUTPUT = _value("output", "file", "FILE", OUTPUT, "Write the graph to this file, whole or not at all.", short="o")
NONFINITE = _choice(
    "nonfinite",
    ("string", "null", "error"),
    "string",
    OUTPUT,
    "How JSON gives NaN and infinities: as strings, as null, or as an error (exit code 3).",
)
SAVE_GRADS = _value("save_grads", "file", "FILE", OUTPUT, "Write the gradients to a .npz, .npy or .json file as well.")
COLOR = _choice("color", ("auto", "always", "never"), "auto", OUTPUT, "Colour: auto is on a terminal only.")

TRACEBACK = _flag("traceback", OUTPUT, "Show Python's own traceback of an error that the script does not catch.")

MAX_MEMORY = _value(
    "max_memory",
    "size",
    "SIZE",
    LIMITS,
    "Refuse what would take more memory, e.g. 2GB or 512MiB (default: half of what is free).",
)
MAX_TIME = _value("max_time", "seconds", "TIME", LIMITS, "Stop after this long, e.g. 30 (seconds), 500ms or 2m.")

VERSION = _flag("version", OTHER, "Show the version and exit.", short="V")
HELP = _flag("help", OTHER, "Show this message and exit.", short="h")

# What a batch record may say for itself, in eval's long names; `expr` and the bindings have keys of their own there.
PER_RECORD: Final = (WEIGHTS, PASS_COUNT, RETAIN_GRAPH, ZERO_GRAD, WRT, RETAIN_GRAD, NO_GRAD, ALSO, DTYPE, SEED, VALUES)


def by_spelling(options: Iterable[Option]) -> dict[str, Option]:
    """The options by each way to write them: {"-w": ..., "--weights": ...}."""
    return {spelling: option for option in options for spelling in option.spellings}

"""The options of all commands.  Typer's parameters, the quick reader, help and completion all derive from them."""

from __future__ import annotations

from gradcli.cli.option import Option, choice, flag, value

TYPE_CHECKING = False  # type checkers know the name; to import typing for it takes 5 ms
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Final

INPUT: Final = "Input"
PASSES: Final = "Backward passes"
CHECKS: Final = "Checks"
DERIVATIVES: Final = "Derivatives"
NUMBERS: Final = "Numbers"
OUTPUT: Final = "Output"
LIMITS: Final = "Limits"
OTHER: Final = "Options"

EXPR = value(
    "expr", "expression", "EXPR", INPUT, "The expression, where it begins with '-'; every word is then NAME=VALUE.", short="e"
)
EXPR_FILE = value("file", "file", "FILE", INPUT, "Read the expression from this file; - is standard input.", short="f")
MATH = flag(
    "math",
    INPUT,
    "Read mathematics as people write it: x^2 + 2x, sin x, sin^2(x), 5!, 30°, |x|, log_2 x, f(x) = x^2; f'(3), or LaTeX.",
    short="m",
)
CONST = value(
    "const",
    "placed",
    "NAME=VALUE",
    INPUT,
    "Bind a constant: it needs no gradient and keeps its own dtype.",
    short="c",
    many=True,
)
CODE = value("code", "text", "CODE", INPUT, "The script itself, in place of FILE.", short="c")
CSV = flag("csv", INPUT, "Read a table with a header, and write it back with columns out and d_NAME added.")

WEIGHTS = value(
    "weights",
    "expression",
    "VALUE",
    PASSES,
    "The vector of the vector-Jacobian product, in the output's shape, once for each pass; 'ones' is short for all ones.",
    short="w",
    many=True,
)
PASS_COUNT = value("passes", "count", "N", PASSES, "Repeat the passes N times.", default=1)
RETAIN_GRAPH = flag("retain_graph", PASSES, "Keep what the graph saved, so that a further pass can go through it.")
ZERO_GRAD = flag("zero_grad", PASSES, "Zero the gradients between passes instead of accumulating them.")
WRT = value("wrt", "names", "NAME,...", PASSES, "Only these leaves get a gradient.", many=True)
RETAIN_GRAD = value(
    "retain_grad", "names", "NAME,...", PASSES, "Also keep the gradient of these intermediate values.", many=True
)
NO_GRAD = flag("no_grad", PASSES, "Run forward only.")
ALSO = value("also", "names", "NAME,...", PASSES, "Also give the jacobian, the hessian, or both.", many=True)

TANGENT = value(
    "tangent",
    "text",
    "NAME=VALUE",
    DERIVATIVES,
    "The direction in which a leaf moves, in its shape; 'ones' is short for all ones.  Other leaves stay where they are.",
    short="t",
    many=True,
)
MODE = choice(
    "mode",
    ("auto", "reverse", "forward"),
    "auto",
    DERIVATIVES,
    "From the outputs back, from the leaves on, or whichever takes less.",
)

UNCERTAINTY: Final = "Uncertainties"
CORR = value("corr", "text", "A,B=R", UNCERTAINTY, "The correlation of two inputs, such as m,h=0.5.", many=True)
COV = value("cov", "file", "FILE", UNCERTAINTY, "Covariances of inputs: what 'fit --json' prints, or a table with a header.")
PROPAGATION_ORDER = value("order", "count", "N", UNCERTAINTY, "2 adds the bias and the variance of second order.", default=1)
SAMPLES = value("samples", "count", "N", UNCERTAINTY, "Beside it, Monte Carlo with N normal inputs.", default=0)
COVERAGE = value(
    "coverage", "number", "K", UNCERTAINTY, "Also give the expanded uncertainty, K times the standard one.", short="k"
)

ZIP = flag("zip", INPUT, "Pair the ranges instead of making a grid of them.")
TABLE_ORDER = value("order", "count", "N", DERIVATIVES, "2 adds the second derivatives.", default=1)
TABLE_CSV = flag("csv", OUTPUT, "Comma-separated values with a header, every number in full.")
TSV = flag("tsv", OUTPUT, "The same, separated by tabs.")

DATA_FILES = value(
    "data",
    "file",
    "FILE...",
    INPUT,
    "Tables, or globs of them: csv, tsv, ndjson (also .gz, .zst), npy, parquet, arrow; - is stdin.",
    many=True,
)
PARTS = value(
    "output", "file", "DIR", OUTPUT, "With --data: write a part file for each piece of the data into this folder.", short="o"
)
RESUME = flag("resume", OUTPUT, "With --data: keep the parts that are there, and go on.")
MEAN = flag("mean", NUMBERS, "Means instead of sums.")
BY = value("by", "text", "COLUMN", INPUT, "A sum for each value of this column.")
SKIP_BAD = flag(
    "skip_bad", INPUT, "Leave out rows that lack a number, and files that cannot be read; they are told at the end."
)
TOTAL_ALSO = value("also", "names", "NAME,...", DERIVATIVES, "Also sum the hessian, or squares (g g^T of each row).", many=True)
BATCH_JOBS = value("jobs", "count", "N", LIMITS, "How many processes (default: 1, and with --data one for each processor).")
JOBS = value("jobs", "count", "N", LIMITS, "How many processes (default: one for each processor).")
DASK = value(
    "dask", "text", "[ADDRESS]", LIMITS, "Compute on a Dask cluster: that of an address, tcp://HOST:8786, or one started here."
)
PLOT_EXPR = value(
    "expr",
    "expression",
    "EXPR",
    INPUT,
    "An expression to draw, once for each; words are then NAME=VALUE.",
    short="e",
    many=True,
)
PLOT_ORDER = value("order", "count", "N", DERIVATIVES, "2 draws the second derivative, too.", default=1)
PLOT_OUTPUT = value("output", "file", "FILE", OUTPUT, "Draw into this file: .svg, .png or .pdf.", short="o")

SOLVING: Final = "Search"
DIGITS = value("precision", "digits", "N", OUTPUT, "Digits of numbers in text (JSON always gives all of them).")
SIGNIFICANT = value("precision", "digits", "N", OUTPUT, "Significant digits of values in text (8 unless given).")
OBSERVED = value(
    "y", "expression", "NAME", INPUT, "What the model is to meet: a column, or an expression over columns (y unless given)."
)
SIGMA = value(
    "sigma", "expression", "NAME", INPUT, "Standard deviations of the observations: a column, a number, an expression."
)
ABSOLUTE = flag("absolute", SOLVING, "Take --sigma at its word; else the spread of the residuals scales it.")
BOUNDS = value(
    "bounds", "text", "NAME=FROM:TO", SOLVING, "Keep an unknown between two values; either may be left out.", many=True
)
FIX = value("fix", "names", "NAME,...", SOLVING, "Hold these parameters where they start.", many=True)
LOSS = choice(
    "loss",
    ("linear", "huber", "soft_l1", "cauchy"),
    "linear",
    SOLVING,
    "How much a large residual counts: its square, or less for outliers.",
)
LOG = flag("log", SOLVING, "Compare the logarithms of model and data.")
FIT_PLOT = flag("plot", OUTPUT, "Draw the data and the model below the report, in the terminal (gradcli[plot]).")
RESIDUALS = value("residuals", "file", "FILE", OUTPUT, "Write observed, model and residual of each row to this file.")
MAXIMIZE = flag("max", SOLVING, "Seek the greatest value.")
SUBJECT = value(
    "subject", "expression", "COMPARISON", SOLVING, "A constraint, such as 'x[0] + x[1] <= 1'; once for each.", many=True
)
METHOD = choice(
    "method", ("auto", "bfgs", "newton", "trust"), "auto", SOLVING, "How to search; auto goes by size, bounds and constraints."
)
STARTS = value("starts", "count", "N", SOLVING, "Search from N points, within --bounds where they are given.", default=1)
TRACE = value("trace", "file", "FILE", OUTPUT, "Write each step's value, gradient and unknowns to this file.")
GIVEN = value("wrt", "names", "NAME,...", DERIVATIVES, "Also give the derivative of the answer by these constants.", many=True)
EQUATIONS = value("eq", "expression", "A=B", INPUT, "An equation, once for each; the words are then all NAME=VALUE.", many=True)
ALL_ROOTS = flag("all", SOLVING, "All roots between the two ends of the unknown's range, x=FROM:TO.")

_DTYPES = ("float32", "float64", "float16", "bfloat16", "complex64", "complex128")
DTYPE = choice("dtype", _DTYPES, "float64", NUMBERS, "The dtype of leaves that have none of their own.")
SEED = value("seed", "seed", "N", NUMBERS, "Seed rand, randn and the like: the numbers are PyTorch's for that seed.")

THREADS = value("threads", "count", "N", NUMBERS, "Compute large arrays on N threads (all processors unless given).")
PLAN = flag("plan", OUTPUT, "Print the straight-line program that computes it, or why there is none, and nothing else.")
SEARCH = value(
    "search", "text", "WORDS", OUTPUT, "List the operations that speak of these words: in names, in what they do, at kinks."
)
VALUES = flag("values", OUTPUT, "Report the value of every node.")
ORDER = choice("order", ("1", "2"), "1", CHECKS, "Up to which order; 2 checks second derivatives as well.")
CLAIM = value(
    "claim",
    "text",
    "NAME=FORMULA",
    CHECKS,
    "Compare your own formula for the derivative by NAME; as many as there are leaves.",
    many=True,
)
RTOL = value(
    "rtol", "tolerance", "R", CHECKS, "How far off a formula of --claim may be, relatively.  [default: 1e-6]", default=1e-6
)
AT = value(
    "at",
    "points",
    "random:N",
    CHECKS,
    "Check at N random points inside the domain, whose shapes the values tell; or 'given', at the point given alone.",
)

PRECISION = value(
    "precision",
    "digits",
    "N",
    OUTPUT,
    "Digits after the point in text (JSON always gives all of them).  [default: 4]",
    default=4,
)
NOTES = flag("notes", OUTPUT, "Tell where a gradient used a convention, as that of abs at 0 (JSON always does).")
JSON = flag("json", OUTPUT, "One JSON document instead of text; short for --format json.")
NO_NODES = flag("no_nodes", OUTPUT, "Leave the graph out of JSON documents.")
GET = value(
    "get",
    "names",
    "PATH,...",
    OUTPUT,
    "Only these values of the JSON document, bare, with tabs between them, such as out.value,grads.x.",
    many=True,
)
FORMAT = choice("format", ("text", "json"), "text", OUTPUT, "How to report.")
RECORD_FORMAT = choice(
    "format", ("auto", "json"), "auto", OUTPUT, "Answers are JSON, or a table with --csv; json has its errors as JSON, too."
)
MATRIX_FORMAT = choice("format", ("text", "json", "coo"), "text", OUTPUT, "How to report; coo gives what is not zero alone.")
EXPLAIN_FORMAT = choice(
    "format",
    ("auto", "text", "markdown", "latex", "json"),
    "auto",
    OUTPUT,
    "How to report: auto goes by the ending of --output (.md, .tex, .json), and is text without it; latex is a fragment for "
    "amsmath.",
)
EXPLAIN_OUTPUT = value("output", "file", "FILE", OUTPUT, "Write the derivation to this file, whole or not at all.", short="o")
FORMULA_FORMAT = choice(
    "format",
    ("auto", "text", "latex", "json", "numpy", "torch", "jax"),
    "auto",
    OUTPUT,
    "How to write: numpy, torch and jax are functions that run; auto goes by the ending of --output (.tex, .json, .py), and is "
    "text without it.",
)
FORMULA_OUTPUT = value("output", "file", "FILE", OUTPUT, "Write to this file, whole or not at all.", short="o")
FORMULA_ORDER = choice("order", ("1", "2"), "1", DERIVATIVES, "2 gives second derivatives.")
GRAPH_FORMAT = choice(
    "format",
    ("auto", "tree", "dot", "mermaid", "svg", "json"),
    "auto",
    OUTPUT,
    "How to draw: auto goes by the ending of --output (.dot, .mmd, .svg, .json), and is a tree without it.",
)
EVERY = flag("all", OUTPUT, "Draw every function, also of chains that repeat (JSON always has them).")
OPEN = flag("open", OUTPUT, "Show the picture in a browser; an SVG, and a temporary file where there is no --output.")
GRAPH_OUTPUT = value("output", "file", "FILE", OUTPUT, "Write the graph to this file, whole or not at all.", short="o")
NONFINITE = choice(
    "nonfinite",
    ("string", "null", "error"),
    "string",
    OUTPUT,
    "How JSON gives NaN and infinities: as strings, as null, or as an error (exit code 3).",
)
SAVE_GRADS = value("save_grads", "file", "FILE", OUTPUT, "Write the gradients to a .npz, .npy or .json file as well.")
COLOR = choice("color", ("auto", "always", "never"), "auto", OUTPUT, "Colour: auto is on a terminal only.")

TRACEBACK = flag("traceback", OUTPUT, "Show Python's own traceback of an error that the script does not catch.")

MAX_MEMORY = value(
    "max_memory",
    "size",
    "SIZE",
    LIMITS,
    "Refuse what would take more memory, e.g. 2GB or 512MiB (default: half of what is free).",
)
MAX_TIME = value("max_time", "seconds", "TIME", LIMITS, "Stop after this long, e.g. 30 (seconds), 500ms or 2m.")

VERSION = flag("version", OTHER, "Show the version and exit.", short="V")
HELP = flag("help", OTHER, "Show this message and exit.", short="h")

# What a batch record may say for itself, in eval's long names; `expr` and the bindings have keys of their own there.
PER_RECORD: Final = (WEIGHTS, PASS_COUNT, RETAIN_GRAPH, ZERO_GRAD, WRT, RETAIN_GRAD, NO_GRAD, ALSO, DTYPE, SEED, VALUES)


def by_spelling(options: Iterable[Option]) -> dict[str, Option]:
    """The options by each way to write them: {"-w": ..., "--weights": ...}."""
    return {spelling: option for option in options for spelling in option.spellings}

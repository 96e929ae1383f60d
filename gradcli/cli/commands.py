"""The commands, one frozen record each, and the program itself as the record that has no name.

An `action` is named by text and imported when its command runs, so that no command pays for another's imports.
"""

from __future__ import annotations

from gradcli.cli import options as o
from gradcli.cli.options import Option, by_spelling
from gradcli.errors import Record

TYPE_CHECKING = False  # type checkers know the name; to import typing for it takes 5 ms
if TYPE_CHECKING:
    from typing import Final


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


_EXPRESSION = Argument(
    "expression", "[EXPR]", "placed", False, "expression", "What to differentiate, in Python's syntax with PyTorch's names."
)
_BINDINGS = Argument(
    "words",
    "[NAME=VALUE]...",
    "placed",
    True,
    "expression",
    "A leaf that gets a gradient; VALUE is an expression, or @PATH to read a file (@- is standard input).",
)

_TYPED = Argument(
    "typed",
    "[NAME:SHAPE]...",
    "placed",
    True,
    "",
    "What a name stands for: A:m,n (a matrix, dimensions by name), x:n, X:3,3, S:n,n,symmetric, p:n,positive; or NAME=VALUE.",
)

EVAL: Final = Command(
    "eval",
    "Value, graph and gradients of an expression",
    "Evaluates EXPR forward, runs the backward passes, and reports the value, the grad_fn of every node and the "
    "gradient of every leaf.  'gradcli EXPR ...' is short for it.\n\n"
    "Statements may come first, split by ';'.  Names bound earlier may be used by later values.",
    (_EXPRESSION, _BINDINGS),
    (
        o.EXPR,
        o.MATH,
        o.CONST,
        o.WEIGHTS,
        o.PASS_COUNT,
        o.RETAIN_GRAPH,
        o.ZERO_GRAD,
        o.WRT,
        o.RETAIN_GRAD,
        o.NO_GRAD,
        o.ALSO,
        o.DTYPE,
        o.SEED,
        o.THREADS,
        o.VALUES,
        o.NOTES,
        o.PLAN,
        o.PRECISION,
        o.JSON,
        o.NO_NODES,
        o.GET,
        o.FORMAT,
        o.NONFINITE,
        o.SAVE_GRADS,
        o.COLOR,
        o.MAX_MEMORY,
        o.MAX_TIME,
    ),
    (
        ("gradcli 'x**2' x=3", "the value 9 and the gradient 6"),
        ("gradcli 'y = x + 2; z = y*y*3; z.mean()' 'x=ones(2,2)'", "named steps"),
        ("gradcli 'x @ w' x=@data.npy 'w=[1, 2]' -w ones", "files, and weights for an output with many elements"),
        ("gradcli 'sin(x)' x=1 --precision 12", "more digits"),
        ("gradcli 'a*x' x=3 -c a=2 --json", "a constant; JSON for programs"),
        ("gradcli 'x**2' x=3 --get out.value,grads.x", "bare values for a shell: 9.0 and 6.0"),
        ("gradcli -e '-x**2' x=2", "an expression that begins with '-'"),
    ),
    "gradcli.cli.eval:act",
)

BATCH: Final = Command(
    "batch",
    "One JSON record a line in, one a line out",
    "Reads one JSON object a line from standard input and writes one line for each, in order: the document of "
    "'gradcli eval --json' with the record's own id, or the error.  A bad line never stops the run; the exit code is 1 "
    "if any line failed.\n\n"
    'A record is {"id": 7, "expr": "sum(x**2)", "vars": {"x": [1, 2]}, "const": {"k": 3}}; other keys are options of '
    'eval by their long names, such as retain_graph.  One with "check": true is answered by the document of \'gradcli check '
    "--json', and the exit code is 3 if a check does not pass.  With EXPR each line is the object of vars alone; what EXPR "
    "does not read, such as an id or a label, is no variable.  Options given here hold for every record that does not say "
    "otherwise.",
    (_EXPRESSION,),
    (
        o.EXPR,
        o.MATH,
        o.CSV,
        o.DATA_FILES,
        o.CONST,
        o.WEIGHTS,
        o.PASS_COUNT,
        o.RETAIN_GRAPH,
        o.ZERO_GRAD,
        o.WRT,
        o.RETAIN_GRAD,
        o.NO_GRAD,
        o.ALSO,
        o.DTYPE,
        o.SEED,
        o.VALUES,
        o.JSON,
        o.NO_NODES,
        o.GET,
        o.RECORD_FORMAT,
        o.NONFINITE,
        o.COLOR,
        o.PARTS,
        o.RESUME,
        o.BATCH_JOBS,
        o.MAX_MEMORY,
        o.MAX_TIME,
    ),
    (
        ("gradcli batch < records.jsonl > answers.jsonl", "each record has its own expression"),
        ("gradcli batch 'sin(x)*y' < points.jsonl", 'one expression, a line of {"x": ..., "y": ...} each'),
        ("gradcli batch 'sin(x)' --get out.value,grads.x < points.jsonl", "two values a line, and no more"),
        ("gradcli batch 'x*y' --data 'logs/*.csv' -o parts", "a part file for each piece of data of any size"),
        ("gradcli batch 'x**2' --csv < table.csv", "adds the columns out and d_x"),
    ),
    "gradcli.cli.batch:act",
)

CHECK: Final = Command(
    "check",
    "Is this derivative right?",
    "Compares every derivative that autograd gives with finite differences in double precision, from both sides where the "
    "function bends, and with your own formulas.  An output of many elements is checked entry by entry where its Jacobian is "
    "small, else in a sum with random weights, or those of -w.  What holds at one point may hold by accident: it is tested at "
    "ten others of the domain, too.\n\n"
    "The exit code is 3 if something differs, or cannot be settled, and 0 if not.",
    (_EXPRESSION, _BINDINGS),
    (
        o.EXPR,
        o.MATH,
        o.CONST,
        o.ORDER,
        o.CLAIM,
        o.RTOL,
        o.AT,
        o.WEIGHTS,
        o.WRT,
        o.SEED,
        o.JSON,
        o.GET,
        o.FORMAT,
        o.COLOR,
        o.MAX_MEMORY,
        o.MAX_TIME,
    ),
    (
        ("gradcli check 'mean(3*(x+2)**2)' 'x=ones(2,2)'", "autograd against finite differences"),
        ("gradcli check 'mean(3*(x+2)**2)' 'x=ones(2,2)' --claim 'x=6*(x+2)/4'", "a formula of your own"),
        ("gradcli check 'x**3' 'x=[1, 2]' -c 'g=[3., 4.]' -w g --claim 'x=3*x**2*g'", "g is what comes in"),
        ("gradcli check 'log(x)/y' 'x=ones(3)' y=1 --at random:100", "at a hundred points of the domain"),
        ("gradcli check 'x**3' x=2 --order 2 --claim 'x=6*x'", "second derivatives"),
    ),
    "gradcli.cli.check:act",
)

FORMULA: Final = Command(
    "formula",
    "The derivative as a formula, without values",
    "Derives the gradient of EXPR by every name in it as a formula, for numbers, arrays and matrices, as short as a textbook "
    "would have it.  A name without a shape is a number, or stands for each entry; beside @ and within reductions a small "
    "letter is a vector and a capital a matrix, unless a shape says otherwise.\n\n"
    "Each formula is an expression that gradcli reads, and has been evaluated against autograd at random points, with several "
    "lengths of every dimension, before it is shown.  For an output that is no number it is the Jacobian where that is short, "
    "else the product with the incoming gradient g.",
    (_EXPRESSION, _TYPED),
    (
        o.EXPR,
        o.MATH,
        o.CONST,
        o.WRT,
        o.FORMULA_ORDER,
        o.JSON,
        o.FORMULA_FORMAT,
        o.FORMULA_OUTPUT,
        o.COLOR,
        o.MAX_MEMORY,
        o.MAX_TIME,
    ),
    (
        ("gradcli formula 'sin(x**2)'", "2*x*cos(x**2)"),
        ("gradcli formula 'x @ A @ x' x:n A:n,n", "(A + A.T) @ x, and outer(x, x)"),
        ("gradcli formula 'norm(A @ x - b)**2' --wrt x --order 2", "2*A.T @ A"),
        ("gradcli formula 'a*x**2' a=3", "a value for a name"),
        ("gradcli formula 'sum((X @ W - Y)**2)' --format torch -o loss.py", "a function that runs"),
    ),
    "gradcli.cli.formula:act",
)

EXPLAIN: Final = Command(
    "explain",
    "The chain rule, step by step, with the numbers",
    "Derives the gradients by hand, as it were: every step forward with its value, then every step back, with the local "
    "derivative as a formula and as numbers, times the gradient that came in; sums where a broadcast is undone, additions "
    "where paths meet, and at the end each leaf's gradient, as one formula where that is short.\n\n"
    "Formulas are those of 'gradcli ops', with your own expressions in them, and have been evaluated before they are shown.  "
    "Without values, or with shapes (x:n), the derivation is in formulas alone.",
    (_EXPRESSION, _TYPED),
    (
        o.EXPR,
        o.MATH,
        o.CONST,
        o.WEIGHTS,
        o.WRT,
        o.DTYPE,
        o.SEED,
        o.JSON,
        o.EXPLAIN_FORMAT,
        o.EXPLAIN_OUTPUT,
        o.NONFINITE,
        o.COLOR,
        o.MAX_MEMORY,
        o.MAX_TIME,
    ),
    (
        ("gradcli explain 'mean(3*(x+2)**2)' 'x=ones(2,2)'", "the whole derivation"),
        ("gradcli explain 'y = x + 2; z = y*y*3; z.mean()' 'x=ones(2,2)'", "with names for the steps"),
        ("gradcli explain 'softmax(x, 0)' 'x=[1, 2, 3]' -w '[1, 0, 0]'", "of one entry of the output"),
        ("gradcli explain 'x @ A @ x' x:n A:n,n", "in formulas, without values"),
        ("gradcli explain 'sin(x**2)' x=2 --format latex", "for a paper"),
        ("gradcli explain 'sin(x**2)' x=2 -o derivation.md", "into a file, as Markdown"),
    ),
    "gradcli.cli.explain:act",
)

GRAPH: Final = Command(
    "graph",
    "A picture of the backward graph: tree, dot, mermaid, svg, json",
    "Draws the graph that a backward pass goes through, as it stands after the passes: every function by PyTorch's name "
    "and your own words, with shape, value, the gradient that arrived and the tensors saved for it, down to the leaves.  "
    "Where several ways meet, each edge tells what it brought.\n\n"
    "SVG needs no other program; DOT is the language of Graphviz, and Mermaid is drawn by many sites within Markdown.",
    (_EXPRESSION, _BINDINGS),
    (
        o.EXPR,
        o.MATH,
        o.CONST,
        o.WEIGHTS,
        o.PASS_COUNT,
        o.RETAIN_GRAPH,
        o.ZERO_GRAD,
        o.WRT,
        o.RETAIN_GRAD,
        o.NO_GRAD,
        o.DTYPE,
        o.SEED,
        o.VALUES,
        o.JSON,
        o.GRAPH_FORMAT,
        o.GRAPH_OUTPUT,
        o.NONFINITE,
        o.COLOR,
        o.MAX_MEMORY,
        o.MAX_TIME,
    ),
    (
        ("gradcli graph 'y = x + 2; z = y*y*3; z.mean()' 'x=ones(2,2)'", "a tree"),
        ("gradcli graph '(a + b)*(b + c)' a=2 b=3 c=4 -o graph.svg", "a picture"),
        ("gradcli graph 'x @ w' 'x=[1, 2]' 'w=[3, 4]' --no-grad", "before any pass"),
        ("gradcli graph 'x*y + x' x=2 y=3 --format dot | dot -Tpdf -o graph.pdf", "with Graphviz"),
    ),
    "gradcli.cli.graph:act",
)

_REPORTS = (o.NONFINITE, o.COLOR, o.MAX_MEMORY, o.MAX_TIME)
_MATRIX_OPTIONS = (
    o.EXPR,
    o.MATH,
    o.CONST,
    o.WRT,
    o.MODE,
    o.DTYPE,
    o.SEED,
    o.NOTES,
    o.PRECISION,
    o.JSON,
    o.GET,
    o.MATRIX_FORMAT,
    *_REPORTS,
)
_PRODUCT_OPTIONS = (
    o.EXPR,
    o.MATH,
    o.CONST,
    o.TANGENT,
    o.WRT,
    o.DTYPE,
    o.SEED,
    o.NOTES,
    o.PRECISION,
    o.JSON,
    o.GET,
    o.FORMAT,
    *_REPORTS,
)

JACOBIAN: Final = Command(
    "jacobian",
    "All first derivatives of an output by the leaves",
    "Gives a block for each leaf (and each output, where EXPR gives a tuple), in the shape of the output followed by that of "
    "the leaf.  Many rows are computed in one sweep; all of them, where each depends on one element of the leaf alone.",
    (_EXPRESSION, _BINDINGS),
    _MATRIX_OPTIONS,
    (
        ("gradcli jacobian 'A @ x' 'A=[[1, 2], [3, 4]]' 'x=[5, 6]'", "a block by A, and one by x"),
        ("gradcli jacobian 'exp(x)' 'x=linspace(0, 1, 1000)' --format coo", "what is not zero"),
        ("gradcli jacobian 'cat([x, x**2])' x=@data.npy --mode forward --json", "forward mode; JSON for programs"),
    ),
    "gradcli.cli.derivatives:jacobian",
)

HESSIAN: Final = Command(
    "hessian",
    "All second derivatives of an output of one element",
    "Gives a block for each pair of leaves, in the shape of the first followed by that of the second.",
    (_EXPRESSION, _BINDINGS),
    _MATRIX_OPTIONS,
    (
        ("gradcli hessian 'sum(x**3)' 'x=[1, 2]'", "a matrix of two by two"),
        ("gradcli hessian 'x**2 * y' x=3 y=2", "four blocks"),
        ("gradcli hessian 'x**2 * y' x=3 y=2 --wrt x", "one of them"),
    ),
    "gradcli.cli.derivatives:hessian",
)

JVP: Final = Command(
    "jvp",
    "The derivative along a direction (Jacobian times vector)",
    "Pushes tangents forward, from the leaves to the output, and gives what the output changes by.",
    (_EXPRESSION, _BINDINGS),
    _PRODUCT_OPTIONS,
    (
        ("gradcli jvp 'sin(x)*y' x=1 y=2 -t x=1", "x moves, and y stays"),
        ("gradcli jvp 'x**2' 'x=[1, 2, 3]' -t 'x=[0, 0, 1]'", "a column of the Jacobian"),
    ),
    "gradcli.cli.derivatives:jvp",
)

HVP: Final = Command(
    "hvp",
    "The Hessian times a vector, without the Hessian",
    "Pushes tangents through the gradient of an output of one element, and gives what each leaf's gradient changes by.",
    (_EXPRESSION, _BINDINGS),
    _PRODUCT_OPTIONS,
    (("gradcli hvp 'sum(x**3)' 'x=[1, 2]' -t 'x=[1, 0]'", "a column of the Hessian"),),
    "gradcli.cli.derivatives:hvp",
)

_SOLVING_OPTIONS = (o.SEED, o.SIGNIFICANT, o.JSON, o.GET, o.FORMAT, *_REPORTS)

TABLE: Final = Command(
    "table",
    "Values and derivatives over a range or a grid",
    "Computes EXPR and its derivatives for every value of a range: FROM:TO:STEP (TO included), FROM:TO in steps of 1, or any "
    "one-dimensional value.  Several ranges make a grid, the first name slowest, unless they are paired.\n\n"
    "Columns are aligned for reading; the other formats give every number in full, and stream.",
    (_EXPRESSION, _BINDINGS),
    (
        o.EXPR,
        o.MATH,
        o.CONST,
        o.ZIP,
        o.WRT,
        o.TABLE_ORDER,
        o.NO_GRAD,
        o.SEED,
        o.SIGNIFICANT,
        o.TABLE_CSV,
        o.TSV,
        o.JSON,
        o.FORMAT,
        *_REPORTS,
    ),
    (
        ("gradcli table 'sin(x)' x=0:6:0.5", "x, sin(x) and its derivative"),
        ("gradcli table 'x**2*y' x=0:2 y='[1, 10]' --csv", "a grid, as CSV"),
        ("gradcli table 'x**3' x=-1:1:0.25 --order 2", "second derivatives, too"),
        ("gradcli table 'a*x' x=@points.csv#x -c a=2 --json", "a column of a file; a JSON object a line"),
    ),
    "gradcli.cli.table:act",
)

PLOT: Final = Command(
    "plot",
    "A function and its derivatives as a picture",
    "Draws EXPR and its derivative over a range, x=FROM:TO, as curves in the terminal, or into a file.  Several expressions, "
    "split by ';;', share one picture.  Two ranges give contours with the directions of the gradient.\n\n"
    "Jumps, poles and gaps are left open.  Pictures in the terminal need plotext, in files matplotlib: "
    "pip install 'gradcli[plot]'.",
    (_EXPRESSION, _BINDINGS),
    (o.PLOT_EXPR, o.MATH, o.CONST, o.WRT, o.PLOT_ORDER, o.NO_GRAD, o.SEED, o.PLOT_OUTPUT, o.COLOR, o.MAX_MEMORY, o.MAX_TIME),
    (
        ("gradcli plot 'sin(x)*exp(-x**2/8)' x=-6:6", "a curve and its derivative"),
        ("gradcli plot 'tan(x)' x=-4:4 -o tan.svg", "a picture in a file"),
        ("gradcli plot 'sin(x) ;; cos(x)' x=0:6 --no-grad", "two functions"),
        ("gradcli plot '(1 - x)**2 + 5*(y - x**2)**2' x=-2:2 y=-1:3", "contours"),
    ),
    "gradcli.cli.plot:act",
)

PROPAGATE: Final = Command(
    "propagate",
    "The uncertainty of a result from those of its inputs",
    "Propagates the standard uncertainties of inputs, NAME=VALUE±ERROR (or +-, or 1.50(2), or ±5%), through EXPR by its exact "
    "derivatives.  The budget tells what each input contributes.  An input without an uncertainty is exact.",
    (_EXPRESSION, _BINDINGS),
    (
        o.EXPR,
        o.MATH,
        o.CONST,
        o.CORR,
        o.COV,
        o.PROPAGATION_ORDER,
        o.SAMPLES,
        o.COVERAGE,
        *_SOLVING_OPTIONS,
    ),
    (
        ("gradcli propagate 'm*g*h' m=2.0±0.1 g=9.81 h=1.5±0.02", "29.43 ± 1.52, most of it from m"),
        ("gradcli propagate 'V/I' V=4.9990±0.0032 I=19.661e-3±0.0095e-3 --corr V,I=-0.36", "correlated inputs"),
        ("gradcli propagate 'x.mean()' 'x=[1.1, 0.9, 1.0]±0.1'", "an array"),
        ("gradcli propagate 'a*exp(-b*2)' a=1 b=1 --cov fit.json", "with the covariance that a fit wrote"),
        ("gradcli propagate 'x**2' x=0.1±0.2 --order 2 --samples 100000", "where first order is not enough"),
    ),
    "gradcli.cli.propagate:act",
)

FIT: Final = Command(
    "fit",
    "Least squares: the parameters that bring a model nearest to data",
    "Fits EXPR, a model over the columns of a table, to one of them.  NAME=VALUE words are parameters with their starting "
    "values, -c words constants.  Every derivative is exact, of the second order too.\n\n"
    "The report gives each parameter with its standard error, their correlations, the residual sum of squares, and why the "
    "search stopped; the exit code is 1 where it did not converge.",
    (_EXPRESSION, _BINDINGS),
    (
        o.EXPR,
        o.MATH,
        o.CONST,
        o.DATA_FILES,
        o.OBSERVED,
        o.SIGMA,
        o.ABSOLUTE,
        o.BOUNDS,
        o.FIX,
        o.LOSS,
        o.LOG,
        o.RESIDUALS,
        o.JOBS,
        *_SOLVING_OPTIONS,
    ),
    (
        ("gradcli fit 'a*exp(-b*x)' --data points.csv a=1 b=0.1", "y of the table, by its column x"),
        ("gradcli fit 'v = a*exp(-t/c)' --data v.tsv a=1 c=2 --bounds c=0:", "another column, and a bound"),
        ("gradcli fit 'a + b*x' --data points.csv --sigma s a=0 b=1 --json", "weighted; JSON for programs"),
        ("gradcli fit 'a + b*x' --data points.csv a=0 b=1 --loss huber", "outliers count less"),
    ),
    "gradcli.cli.solving:fit",
)

MINIMIZE: Final = Command(
    "minimize",
    "The least value of an expression, and where it is",
    "Varies the NAME=VALUE words, from their values on, until EXPR is least.  Gradients and Hessians are exact; the report "
    "tells the gradient's size, the Hessian's eigenvalues and what kind of point it is, and the exit code is 1 where the "
    "search did not converge.",
    (_EXPRESSION, _BINDINGS),
    (
        o.EXPR,
        o.MATH,
        o.CONST,
        o.DATA_FILES,
        o.MEAN,
        o.MAXIMIZE,
        o.BOUNDS,
        o.SUBJECT,
        o.METHOD,
        o.STARTS,
        o.GIVEN,
        o.TRACE,
        o.JOBS,
        *_SOLVING_OPTIONS,
    ),
    (
        ("gradcli minimize '(1 - x[0])**2 + 100*(x[1] - x[0]**2)**2' 'x=[-1.2, 1]'", "Rosenbrock's valley"),
        ("gradcli minimize 'x*exp(-x)' x=0.5 --max", "the greatest value"),
        ("gradcli minimize 'sum(x**2)' 'x=[2, 1]' --subject 'x[0] + x[1] >= 1'", "with a constraint"),
        ("gradcli minimize 'x**4 - a*x**2' x=1 -c a=3 --wrt a", "how the place moves with a constant"),
        ("gradcli minimize 'log(1 + exp(-y*(w*x)))' --data points.csv w=0", "a sum over the rows of data"),
        ("gradcli minimize 'sin(3*x) + x**2/9' x=2 --bounds x=-5:5 --starts 20", "the least of several minima"),
    ),
    "gradcli.cli.solving:minimize",
)

SOLVE: Final = Command(
    "solve",
    "Roots: where an expression is zero, or equations hold",
    "Finds values of the NAME=VALUE words for which EXPR is zero: one number, an array, a tuple of equations, or A = B.  "
    "Newton's method with the exact Jacobian doubles the digits with each step.  A range x=FROM:TO is a bracket, in which "
    "all roots can be listed.  The exit code is 1 where there is none.",
    (_EXPRESSION, _BINDINGS),
    (o.EXPR, o.MATH, o.EQUATIONS, o.CONST, o.ALL_ROOTS, o.GIVEN, *_SOLVING_OPTIONS),
    (
        ("gradcli solve 'x**3 - 2' x=1", "the cube root of two"),
        ("gradcli solve 'cos(x) = x' x=0:1", "between two numbers"),
        ("gradcli solve 'sin(x)' x=0:10 --all", "all roots of an interval"),
        ("gradcli solve --eq 'x + y = 3' --eq 'x*y = 2' x=0 y=5", "two equations"),
        ("gradcli solve 'x**2 - a' x=1 -c a=2 --wrt a", "and dx/da"),
    ),
    "gradcli.cli.solving:solve",
)

TOTAL: Final = Command(
    "total",
    "An expression and its gradient, summed over data of any size",
    "Sums EXPR over all rows of the data, and its gradient by the NAME=VALUE words: a loss over a data set, a likelihood over "
    "a survey.  Columns are known in EXPR by their names.\n\n"
    "Data are read piece by piece, on all processors, in little memory.  The sums are the same to the last digit "
    "however many workers there are.  The exit code is 1 where files were left out.",
    (_EXPRESSION, _BINDINGS),
    (
        o.EXPR,
        o.MATH,
        o.CONST,
        o.DATA_FILES,
        o.BY,
        o.SKIP_BAD,
        o.NO_GRAD,
        o.TOTAL_ALSO,
        o.MEAN,
        o.SEED,
        o.SIGNIFICANT,
        o.JSON,
        o.GET,
        o.FORMAT,
        o.NONFINITE,
        o.COLOR,
        o.JOBS,
        o.DASK,
        o.MAX_MEMORY,
        o.MAX_TIME,
    ),
    (
        ("gradcli total '(y - a*x - b)**2' --data points.csv a=1 b=0", "a sum of squares and its gradient"),
        ("gradcli total 'log(1 + exp(-y*(w*x)))' --data 'logs/*.csv.gz' w=0.5 --mean", "a loss over many files"),
        ("gradcli total '(y - a*x)**2' --data points.csv a=1 --by sensor", "a sum for each group"),
        ("gradcli total '(y - a*x)**2' --data big.parquet a=1 --dask tcp://host:8786", "on a cluster"),
    ),
    "gradcli.cli.total:act",
)

OPS: Final = Command(
    "ops",
    "Every function: signature, grad_fn, derivative, domain",
    "Lists every operation, or shows one: its signatures, the grad_fn it leaves in the graph, its derivative, where it "
    "is defined and what happens at its kinks.  A NAME that no operation has lists those with it in their names, or the "
    "family that it names.",
    (Argument("name", "[NAME]", "text", False, "gradcli.ops.index:names", "Show this operation, or those of this part."),),
    (o.JSON, o.FORMAT, o.COLOR),
    (
        ("gradcli ops", "the whole table"),
        ("gradcli ops softmax", "one operation"),
        ("gradcli ops loss", "those with 'loss' in their names"),
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


def shells() -> list[str]:
    """The shells that have completion."""
    return ["bash", "zsh", "fish"]


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

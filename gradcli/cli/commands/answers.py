"""Commands for what derivatives are wanted for: tables, pictures, errors, fits, minima, roots, sums over data."""

from __future__ import annotations

from gradcli.cli import options as o
from gradcli.cli.commands.record import BINDINGS, EXPRESSION, REPORTS, Command

TYPE_CHECKING = False  # type checkers know the name; to import typing for it takes 5 ms
if TYPE_CHECKING:
    from typing import Final

_SOLVING_OPTIONS = (o.SEED, o.SIGNIFICANT, o.JSON, o.GET, o.FORMAT, *REPORTS)

TABLE: Final = Command(
    "table",
    "Values and derivatives over a range or a grid",
    "Computes EXPR and its derivatives for every value of a range: FROM:TO:STEP (TO included), FROM:TO in steps of 1, or any "
    "one-dimensional value.  Several ranges make a grid, the first name slowest, unless they are paired.\n\n"
    "Columns are aligned for reading; the other formats give every number in full, and stream.",
    (EXPRESSION, BINDINGS),
    (
        o.EXPR,
        o.EXPR_FILE,
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
        *REPORTS,
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
    (EXPRESSION, BINDINGS),
    (
        o.PLOT_EXPR,
        o.EXPR_FILE,
        o.MATH,
        o.CONST,
        o.WRT,
        o.PLOT_ORDER,
        o.NO_GRAD,
        o.SEED,
        o.DIGITS,
        o.PLOT_OUTPUT,
        o.COLOR,
        o.MAX_MEMORY,
        o.MAX_TIME,
    ),
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
    (EXPRESSION, BINDINGS),
    (
        o.EXPR,
        o.EXPR_FILE,
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
    (EXPRESSION, BINDINGS),
    (
        o.EXPR,
        o.EXPR_FILE,
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
        o.FIT_PLOT,
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
    (EXPRESSION, BINDINGS),
    (
        o.EXPR,
        o.EXPR_FILE,
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
    (EXPRESSION, BINDINGS),
    (o.EXPR, o.EXPR_FILE, o.MATH, o.EQUATIONS, o.CONST, o.ALL_ROOTS, o.GIVEN, *_SOLVING_OPTIONS),
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
    (EXPRESSION, BINDINGS),
    (
        o.EXPR,
        o.EXPR_FILE,
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

"""Commands that evaluate an expression, check it, and show how it is differentiated."""

from __future__ import annotations

from gradcli.cli import options as o
from gradcli.cli.commands.record import BINDINGS, EXPRESSION, Argument, Command

TYPE_CHECKING = False  # type checkers know the name; to import typing for it takes 5 ms
if TYPE_CHECKING:
    from typing import Final

_TYPED = Argument(
    "typed",
    "[NAME:SHAPE]...",
    "placed",
    True,
    "",
    "What a name stands for: A:m,n (a matrix, dimensions by name), x:n, X:3,3, S:n,n,symmetric, p:n,positive; or NAME=VALUE.",
)

# What the backward passes of a request are told by.
_PASSES = (o.CONST, o.WEIGHTS, o.PASS_COUNT, o.RETAIN_GRAPH, o.ZERO_GRAD, o.WRT, o.RETAIN_GRAD, o.NO_GRAD)

EVAL: Final = Command(
    "eval",
    "Value, graph and gradients of an expression",
    "Evaluates EXPR forward, runs the backward passes, and reports the value, the grad_fn of every node and the "
    "gradient of every leaf.  'gradcli EXPR ...' is short for it.\n\n"
    "Statements may come first, split by ';'.  Names bound earlier may be used by later values.",
    (EXPRESSION, BINDINGS),
    (
        o.EXPR,
        o.EXPR_FILE,
        o.MATH,
        *_PASSES,
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
    (EXPRESSION,),
    (
        o.EXPR,
        o.EXPR_FILE,
        o.MATH,
        o.CSV,
        o.DATA_FILES,
        *_PASSES,
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
    (EXPRESSION, BINDINGS),
    (
        o.EXPR,
        o.EXPR_FILE,
        o.MATH,
        o.CONST,
        o.ORDER,
        o.CLAIM,
        o.RTOL,
        o.AT,
        o.WEIGHTS,
        o.WRT,
        o.SEED,
        o.DIGITS,
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
    (EXPRESSION, _TYPED),
    (
        o.EXPR,
        o.EXPR_FILE,
        o.MATH,
        o.CONST,
        o.WRT,
        o.FORMULA_ORDER,
        o.DIGITS,
        o.JSON,
        o.GET,
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
    (EXPRESSION, _TYPED),
    (
        o.EXPR,
        o.EXPR_FILE,
        o.MATH,
        o.CONST,
        o.WEIGHTS,
        o.WRT,
        o.DTYPE,
        o.SEED,
        o.DIGITS,
        o.JSON,
        o.GET,
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
    (EXPRESSION, BINDINGS),
    (
        o.EXPR,
        o.EXPR_FILE,
        o.MATH,
        *_PASSES,
        o.DTYPE,
        o.SEED,
        o.VALUES,
        o.DIGITS,
        o.JSON,
        o.GET,
        o.GRAPH_FORMAT,
        o.GRAPH_OUTPUT,
        o.OPEN,
        o.EVERY,
        o.NONFINITE,
        o.COLOR,
        o.MAX_MEMORY,
        o.MAX_TIME,
    ),
    (
        ("gradcli graph 'y = x + 2; z = y*y*3; z.mean()' 'x=ones(2,2)'", "a tree"),
        ("gradcli graph '(a + b)*(b + c)' a=2 b=3 c=4 -o graph.svg", "a picture (.png and .pdf with gradcli[plot])"),
        ("gradcli graph '(a + b)*(b + c)' a=2 b=3 c=4 --open", "in a browser"),
        ("gradcli graph 'x @ w' 'x=[1, 2]' 'w=[3, 4]' --no-grad", "before any pass"),
        ("gradcli graph 'x*y + x' x=2 y=3 --format dot | dot -Tpdf -o graph.pdf", "with Graphviz"),
    ),
    "gradcli.cli.graph:act",
)

"""Formulas: how long ours are beside the book's, and SymPy's where it is installed; and what a question costs."""

from __future__ import annotations

import json
import subprocess
import time

from tests.run.symbolic.book import entries, formulas, tokens

_SYMPY = """
import json, sys
try:
    import sympy
except ImportError:
    print("{}"); raise SystemExit
found = {}
for expr, leaf in json.load(sys.stdin):
    names = {name: sympy.Symbol(name, real=True) for name in "abcdfghijklmnopqrstuvwxyzAGHKMRSTV"}
    names |= {name: sympy.Symbol(name, real=True) for name in ("mu", "p0", "Vmax")}
    names |= {"sigmoid": lambda x: 1/(1 + sympy.exp(-x)), "relu": lambda x: sympy.Max(x, 0), "lgamma": sympy.loggamma,
              "log10": lambda x: sympy.log(x, 10), "e": sympy.E}
    try:
        value = sympy.sympify(expr, locals=names)
        found[expr] = str(sympy.simplify(sympy.diff(value, names[leaf])))
    except Exception:
        pass
print(json.dumps(found))
"""


def run(rivals: str, runs: int) -> None:
    """Print a line for each entry of the book, and the sums; `rivals` is asked for SymPy."""
    book = entries()
    scalar = [(each.expr, each.leaf) for each in book if not each.shapes]
    asked = subprocess.run([rivals, "-c", _SYMPY], input=json.dumps(scalar), capture_output=True, text=True, check=False)
    theirs = json.loads(asked.stdout or "{}")
    print(f"{'tokens: ours':>14}{'book':>6}{'sympy':>7}{'ms':>7}  formula")
    sums = [0, 0, 0.0]
    for each in book:
        start = time.perf_counter()
        found = formulas(each.expr, *each.shapes, wrt=[each.leaf])
        spent = 1000 * (time.perf_counter() - start)
        text = found.whole(found.derivatives[0])
        other = str(tokens(theirs[each.expr])) if each.expr in theirs else ""
        print(f"{tokens(text):14}{tokens(each.form):6}{other:>7}{spent:7.1f}  d {each.expr} / d {each.leaf} = {text}")
        sums = [sums[0] + tokens(text), sums[1] + tokens(each.form), sums[2] + spent]
    print(f"{sums[0]:14.0f}{sums[1]:6.0f}{'':7}{sums[2]:7.0f}  in all, of {len(book)} formulas")

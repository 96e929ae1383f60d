"""Slips of people who come from elsewhere: what they type, and the hint that gets them on."""

from __future__ import annotations

import pytest

from tests.command import gradcli

SLIPS = [
    # what is no expression
    (["fit.py"], 2, "'fit.py' is a script", "gradcli run fit.py"),
    (["check", "fit.py", "x=1"], 2, "'fit.py' is a script", "gradcli run fit.py"),
    (["version"], 2, "'version' is no command", "gradcli --version"),
    (["derivative", "x**2", "x=2"], 2, "'derivative' is no command", "gradcli formula"),
    (["x=3"], 2, "there is no expression to evaluate", "for example: gradcli 'x**2' x=3"),
    (["eval", "x=3", "y=[1, 2]"], 2, "there is no expression to evaluate", "for example: gradcli 'x**2' x=3"),
    (["hessian", "x=@data.npy"], 2, "there is no expression to differentiate", "for example: gradcli hessian"),
    (["x=3", "x**2"], 2, "'x**2' is not NAME=VALUE", "the expression comes first"),
    # bindings
    (["x**2", "x", "=", "3"], 2, "'x' is not NAME=VALUE", "one word, without spaces: x=3"),
    (["x*y", "x=2,y=3"], 2, "cannot assign to a number", "each name has a word of its own: x=2 y=3"),
    (["x**2", "x=2;y=3"], 2, "this one with a name: y", "each name has a word of its own: x=2 y=3"),
    (["X**2", "x=3"], 1, "name 'X' is not defined", "did you mean 'x'?"),
    (["y", "y=3,"], 2, "'3,' ends with a comma", "write 3, or [3] for a list"),
    (["y", "y=1;2"], 2, "the value of this statement goes nowhere", "several values stand in a list: [1, 2, 3]"),
    (["x=1;2;3"], 2, "the value of this statement goes nowhere", "name it"),
    (["sum(x)", "x=1 2\n3"], 1, "the value of x, line 2 has 1 cell, where line 1 has 2", ""),
    # options and files
    (["x", "-c", "x=1", "--save-grads", "g.npz"], 1, "--save-grads has nothing to save", "bind a leaf"),
    (["x", "x=1", "--no-grad", "--save-grads", "g.npz"], 1, "--save-grads has nothing to save", "leave out --no-grad"),
    (["batch", "x", "--csv", "--values"], 2, "a table has no place for --values", "leave out --csv"),
    (["x**2", "x=3", "-q"], 2, "no such option: -q", "see 'gradcli eval --help'; an expression that begins"),
    (["x**2", "x=3", "--digits", "9"], 2, "no such option: --digits", "see 'gradcli eval --help'"),
    (["batch", "x**2", "points.jsonl"], 2, "extra argument(s) (points.jsonl)", "gradcli batch ... < FILE"),
    (["batch", "x**2", "--format", "text"], 2, "'text' is not one of 'auto', 'json'", "answers in JSON"),
    (["optimize", "x**2", "x=3"], 2, "'optimize' is no command", "gradcli minimize 'x**2' x=3"),
    (["maximise", "x*exp(-x)", "x=1"], 2, "'maximise' is no command", "gradcli minimize --max 'x*exp(-x)' x=1"),
    (["derivative", "sin(x)"], 2, "'derivative' is no command", "gradcli formula 'sin(x)'"),
    (["evaluate", "x**2", "x=3"], 2, "'evaluate' is no command", "gradcli 'x**2' x=3"),
    # functions
    (["choose(x, 2)", "x=4"], 1, "name 'choose' is not defined", "write comb(n, k)"),
    (["gcd(12, x)", "x=4"], 1, "not implemented for 'Double'", "write x.long()"),
    (["max(x, 2)", "x=4"], 1, "Dimension out of range", "maximum(x, 2)"),
    (["xy", "x=4", "y=1"], 1, "name 'xy' is not defined", "write x*y"),
    # mathematics, put right as a whole and tried
    (["sin x + 5! + |x|", "x=1"], 2, "an operator is missing", "write sin(x) + 120 + abs(x), or have mathematics"),
    (["3(x+1)^2", "x=1"], 2, "an operator is missing", "write 3*(x + 1)**2, or"),
    (["x/2y", "x=1", "y=2"], 2, "an operator is missing", "write x/(2*y) or x/2*y"),
    (["mean of x", "x=1"], 2, "an operator is missing", "'of' is not defined"),
    (["plot", "sin 2x", "x=0:1"], 2, "an operator is missing", "write sin(2*x), or"),
    (["x**2", "x=[1 2; 3 4]"], 2, "an operator is missing", "write [[1, 2], [3, 4]]"),
    (["x**2", "x=1 000"], 2, "an operator is missing", "write 1000"),
    (["x**2", "x=50%"], 2, "an operand is missing", "write 50/100"),
    (["x**2", "x=2kg"], 2, "an operator is missing", "a value has no unit: write 2"),
    (["x**2", "x=0:1:0.25"], 2, "':' stands only", "write linspace(0, 1, 5)"),
    (["table", "x**2", "x=0 to 1"], 2, "an operator is missing", "write 0:1"),
    (["table", "x**2"], 1, "name 'x' is not defined", "give it a range: x=0:1"),
    (["x**2", f"x={__file__}"], 2, "an operand is missing", f"write @ before its name: @{__file__}"),
    (["x**2 - 2 = 0", "x=1"], 2, "cannot assign", "gradcli solve 'x**2 - 2 = 0' x=1"),
    (["x**2", "x:3"], 2, "'x:3' is not NAME=VALUE", "write x=3"),
    (["x**2", "--x=3"], 2, "no such option: --x", "x=3"),
    (["quux(x)", "x=1"], 1, "name 'quux' is not defined", "'gradcli ops' lists every function"),
    (["np.std(x)", "x=[1, 2]"], 1, "np.std divides by n, and std here by n - 1", "write std(x, correction=0)"),
    (["scipy.stats.norm.cdf(x)", "x=1"], 1, "has no attribute 'cdf'", "write special.ndtr(x)"),
    (["x**2", "x=1", "\N{EN DASH}json"], 2, "is not NAME=VALUE", "an option begins with hyphens: --json"),
    (["mean(k)", "-c", "k=[1, 2]"], 1, "could not infer output dtype", "write k.double(), or bind it with a point"),
    (["where(k, x, x)", "x=1", "-c", "k=1"], 1, "expected condition to be a boolean", "compare it with something: k > 0"),
    (["minimize", "-cos(x)", "x=1"], 2, "'-cos(x)' begins with the option -c", "write -e '-cos(x)'"),
    (["verson", "x=1"], 1, "name 'verson' is not defined", "bind it: verson=VALUE"),
]


@pytest.mark.parametrize(("argv", "code", "message", "hint"), SLIPS, ids=[" ".join(argv) for argv, *_ in SLIPS])
def test_a_slip_is_told_what_is_wrong_and_what_to_write(argv: list[str], code: int, message: str, hint: str) -> None:
    run = gradcli(*argv)
    assert (run.returncode, run.stdout) == (code, "")
    first, _, last = run.stderr.partition("\nhint: ")
    assert message in first
    assert hint in last


def test_a_statement_by_itself_is_an_expression_where_it_reads_a_binding_or_is_meant_as_one() -> None:
    for argv in (["y=x**2", "x=3"], ["y=k", "-c", "k=3"], ["y = 3"], ["-e", "y=3"], ["x=3; x*2"]):
        run = gradcli(*argv)
        assert run.returncode == 0, argv
        assert run.stdout.startswith("out = tensor(")


def test_quotes_that_the_shell_of_windows_leaves_are_taken_off() -> None:
    for argv in (["'x**2'", '"x=3"'], ["'x**2", "+", "1'", "x='3'"]):
        run = gradcli(*argv, "--get", "grads.x")
        assert (run.returncode, run.stdout) == (0, "6.0\n")


def test_what_a_hint_about_dtypes_proposes_works() -> None:
    for argv in (["mean(k.double())*x", "-c", "k=[1, 2]"], ["mean(k)*x", "-c", "k=[1., 2.]"]):
        run = gradcli(*argv, "x=2", "--get", "grads.x")
        assert run.stdout == "1.5\n"


MATHEMATICS = [
    "2x^2 + 3x", "(x+1)(y-1)", "sin 2x cos y", "|x - y|^3", "√x y", "3! + x!", "sin^2 x + cos^2(x)", "x² y / 2", "2πx", "e^-x",
    "log_2(8x)", "½x", "tan^-1(x)", "5°x", "exp(-x^2", "1/(2x)", "(x^2)(y^2)", "n choose 2 + x", "x mod 2 + 2y", "ln x + lg y",
    r"\frac{x}{y}", "f(t) = t^2; f(x) + f(y)",
]  # fmt: skip


@pytest.mark.parametrize("expr", MATHEMATICS)
def test_what_a_hint_proposes_computes_what_is_meant(expr: str) -> None:
    values = ("x=1.5", "y=2.5", "n=4", "--get", "out.value,grads.x")
    hint = gradcli(expr, *values).stderr.partition("\nhint: write ")[2].partition(", or have mathematics")[0]
    assert hint
    written, read = gradcli(hint, *values), gradcli("-m", expr, *values)
    assert (written.returncode, written.stderr) == (0, "")
    assert written.stdout == read.stdout


def ops(*argv: str) -> list[str]:
    """The names that `gradcli ops` lists."""
    run = gradcli("ops", *argv)
    assert run.returncode == 0
    return [line.split()[0] for line in run.stdout.splitlines() if line.startswith("  ")]


def test_a_part_of_a_name_or_a_family_lists_what_it_speaks_of() -> None:
    assert {"mse_loss", "nll_loss"} <= set(ops("loss"))
    assert {"cross_entropy", "kl_div"} <= set(ops("loss"))  # of the family
    assert "cross_entropy" in ops("losses")
    assert {"acos", "sin"} <= set(ops("trig"))
    assert {"relu", "elu"} <= set(ops("Activation"))
    assert {"amax", "max_pool2d"} <= set(ops("--search", "largest elements")) | set(ops("--search", "largest element window"))
    assert set(ops("linear algebra", "--search", "triangular")) >= {"linalg.qr", "cholesky"}
    run = gradcli("ops", "qz")
    assert (run.returncode, run.stdout) == (1, "")


def test_the_table_is_whole_in_a_pipe() -> None:
    run = gradcli("ops", COLUMNS="60")
    assert " ...\n" not in run.stdout

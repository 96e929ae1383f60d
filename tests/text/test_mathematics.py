"""Mathematics as people write it: signs outright, and the rest with --math."""

from __future__ import annotations

import math

import pytest

from gradcli.errors import Problem
from gradcli.text.mathematics import rewritten
from tests.command import gradcli

FUNCTIONS = frozenset(
    {"sin", "cos", "tan", "log", "log10", "exp", "sqrt", "asin", "abs", "sum", "mean", "atan", "where", "max"}
)
NAMES = ("x", "y", "a", "b", "r", "n", "k")


def read(text: str) -> str:
    return rewritten(text, FUNCTIONS.__contains__, NAMES)


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("x^2 + 2x + 1", "x**2 + 2*x + 1"),
        ("(x+1)(x-1)", "(x + 1)*(x - 1)"),
        ("2(x+1)^2", "2*(x + 1)**2"),
        ("x(x+1)", "x*(x + 1)"),
        ("3xy", "3*(x*y)"),
        ("sin x", "sin(x)"),
        ("sin 2x cos x", "sin(2*x)*cos(x)"),
        ("sin -x", "sin(-x)"),
        ("sin^2(x) + cos^2 x", "sin(x)**2 + cos(x)**2"),
        ("sin^-1(x)", "asin(x)"),
        ("ln x", "log(x)"),
        ("5!", "120"),
        ("n!", "factorial(n)"),
        ("30°", "deg2rad(30)"),
        ("|x - 1|", "abs(x - 1)"),
        ("e^(-x^2)", "e**(-x**2)"),
        ("2^3^2", "2**3**2"),
        ("-x^2", "-x**2"),
        ("x^-1", "x**-1"),
        ("2π r", "2*pi*r"),
        ("f(x) = x**2; f(3)", "(3)**2"),
        ("f(x, y) = x y; f(a + 1, 2)", "(a + 1)*(2)"),
        ("f(x) = 2x; g(x) = f(x)^2; g(a)", "(2*(a))**2"),
        ("sinx + cos2x", "sin(x) + cos(2*x)"),
        ("25% + x", "25/100 + x"),
        ("ax^2 + bx", "(a*x**2) + (b*x)"),
        ("πr²", "pi*r**2"),
        ("2|x||y|", "2*abs(x)*abs(y)"),
        ("||x| - 1|", "abs(abs(x) - 1)"),
        ("(x > 0)|(y > 0)", "(x > 0) | (y > 0)"),
        ("log_2 x + log_{10}(x) + log_b x", "log2(x) + log10(x) + log(x, b)"),
        ("½x² + 2πr", "0.5*x**2 + 2*(pi*r)"),
        ("x mod 3", "x%3"),
        ("n choose k", "comb(n, k)"),
        ("e^(iπ)", "e**(1j*pi)"),
        ("f(x) = x^3; f'(x)", "grad(x**3, x)"),
        ("f(x) = x^3; f''(2)", "u = tensor(2.0, requires_grad=True); grad(grad(u**3, u), u)"),
        ("f(x) = x^3; f'(2x)", "u = 2*x; grad(u**3, u)"),
        ("d/dx x^2 + 1", "grad(x**2, x) + 1"),
        ("d^2/dx^2 (x^3)", "grad(grad(x**3, x), x)"),
        (r"\frac{1}{1 + e^{-x}}", "1/(1 + e**(-x))"),
        (r"\sqrt[3]{x} \cdot \sin^2{x}", "(x**(1/3))*sin(x)**2"),
        (r"\frac{d}{dx} x^{3}", "grad(x**3, x)"),
        ("y = 2x; y^2", "y = 2*x; y**2"),
        ("x.sum() + x[0]", "x.sum() + x[0]"),
        ("where(x > 0, x^2, 0)", "where(x > 0, x**2, 0)"),
    ],
)
def test_mathematics_becomes_an_expression(text: str, expression: str) -> None:
    assert read(text) == expression


@pytest.mark.parametrize("text", ["1/2x", "x/2(x+1)"])
def test_what_can_be_read_in_two_ways_is_refused(text: str) -> None:
    with pytest.raises(Problem, match="two ways") as caught:
        read(text)
    assert caught.value.exit == 2


def test_a_function_that_calls_itself_ends() -> None:
    with pytest.raises(Problem, match="calls itself"):
        read("f(x) = f(x) + 1; f(2)")
    with pytest.raises(Problem, match="takes 1 argument"):
        read("f(x) = x; f(1, 2)")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("x² + 2·x − 1", 14),
        ("√x", math.sqrt(3)),
        ("√(x + 1)·2", 4),
        ("√x²", 3),
        ("√√x", 3**0.25),
        ("π·x³", math.pi * 27),
        ("x⁻¹", 1 / 3),
        ("x×x ÷ 2", 4.5),
        ("2²·λ", 8),
        ("sin(x)²", math.sin(3) ** 2),
        ("1/∞ + x", 3),
        ("where(x ≤ 3, x, 0)", 3),
    ],
)
def test_signs_are_read_outright(text: str, value: float) -> None:
    run = gradcli(text, "x=3", "λ=2", "--get", "out.value")
    assert float(run.stdout) == pytest.approx(value), run.stderr


def test_labels_and_errors_show_what_was_typed() -> None:
    assert "√x²+1" in gradcli("√x²+1", "x=4").stdout
    run = gradcli("x² + ·2", "x=4")
    assert run.returncode == 2
    assert "x² + ·2" in run.stderr


def test_the_command_takes_mathematics() -> None:
    assert gradcli("-m", "x^2 + 2x + 1", "x=3", "--get", "out.value,grads.x").stdout == "16.0\t8.0\n"
    assert gradcli("-m", "2x", "x=3^2", "--get", "out.value").stdout == "18.0\n"
    assert gradcli("-x**2", "x=3", "--get", "grads.x").stdout == "-6.0\n"


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("grad", "x**2", "x=3"), "gradcli formula"),
        (("optimize", "x**2", "x=3"), "gradcli minimize"),
        (("root", "x**2", "x=3"), "gradcli solve"),
        (("max(x, 0)", "x=-2"), "maximum(x, y)"),
        (("lg(x)", "x=2"), "log10"),
        (("sin**2(x)", "x=2"), "sin(x)**2"),
        (("sin^-1(x)", "x=2"), "asin(x)"),
        (("diff(x**2, x)", "x=2"), "grad(y, x)"),
        (("norm.cdf(x)", "x=2"), "ndtr"),
        (("sigmiod(x)", "x=2"), "did you mean 'sigmoid'"),
    ],
)
def test_hints_name_what_was_meant(argv: tuple[str, ...], said: str) -> None:
    run = gradcli(*argv)
    assert run.returncode in (1, 2)
    assert said in run.stderr


def test_far_names_are_not_suggested() -> None:
    for name in ("radiation", "print", "hardness", "ldx"):
        assert "did you mean" not in gradcli(f"{name}(x)", "x=1").stderr


def test_functions_of_other_libraries_are_known_by_their_prefix() -> None:
    for text in ("np.sin(x)", "jnp.sin(x)", "Math.sin(x)", "scipy.special.erf(x)", "numpy.linalg.norm(x)", "math.radians(x)"):
        assert gradcli(text, "x=3").returncode == 0


def test_help_and_completion_are_commands() -> None:
    assert gradcli("help", "fit").stdout == gradcli("fit", "--help").stdout
    assert gradcli("-V").stdout == gradcli("--version").stdout
    for shell in ("bash", "zsh", "fish"):
        assert "_GRADCLI_COMPLETE" in gradcli("completion", shell).stdout
    assert gradcli("completion", "tcsh").returncode == 2

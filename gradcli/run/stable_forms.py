"""Expressions that lose digits or overflow though another form does not: the table of rewrites.

In a pattern the capitals X, Y, N, D stand for any expressions.  A rewrite has them in braces; {X_} is put in brackets where it
has to be.  `hint` is what a text without blanks has within it where the pattern may stand in it: to look for it costs nothing.
"""

from __future__ import annotations

from typing import Final

from gradcli.errors import Record


class Form(Record):
    """A pattern, its rewrite, what goes wrong with the pattern, and how many dimensions X has to have (None: any)."""

    __slots__ = ("hint", "pattern", "rewrite", "trouble", "ndim")
    hint: tuple[str, ...]
    pattern: str
    rewrite: str
    trouble: str
    ndim: int | None


_OVERFLOWS: Final = "the exponential overflows, or what is added to it is lost"
_UNDERFLOWS: Final = "the probability rounds to 0 or 1 before its logarithm is taken"
_CANCELS: Final = "two nearly equal numbers are subtracted"

FORMS: Final = (
    Form(("log(", "softmax("), "log(softmax(X, D))", "log_softmax({X}, {D})", _UNDERFLOWS, None),
    Form(("log(", "sigmoid("), "log(sigmoid(X))", "logsigmoid({X})", _UNDERFLOWS, None),
    Form(("log(", "sigmoid("), "log(1 - sigmoid(X))", "logsigmoid(-{X_})", _UNDERFLOWS, None),
    Form(("log(", "exp("), "log(1 + exp(X))", "logaddexp({X}, 0*{X_})", _OVERFLOWS, None),
    Form(("log(", "exp("), "log(exp(X) + 1)", "logaddexp({X}, 0*{X_})", _OVERFLOWS, None),
    Form(("log1p(", "exp("), "log1p(exp(X))", "logaddexp({X}, 0*{X_})", _OVERFLOWS, None),
    Form(("log(", "sum(", "exp("), "log(sum(exp(X), D))", "logsumexp({X}, {D})", _OVERFLOWS, None),
    Form(("log(", "sum(", "exp("), "log(sum(exp(X)))", "logsumexp({X}, 0)", _OVERFLOWS, 1),
    Form(("log(", "sum(", "exp("), "log(sum(exp(X)))", "logsumexp({X}, (0, 1))", _OVERFLOWS, 2),
    Form(("log(", "exp(", "sum()"), "log(exp(X).sum())", "logsumexp({X}, 0)", _OVERFLOWS, 1),
    Form(("/", "sum(", "exp("), "exp(X)/sum(exp(X))", "softmax({X}, 0)", _OVERFLOWS, 1),
    Form(("/", "exp(", "sum()"), "exp(X)/exp(X).sum()", "softmax({X}, 0)", _OVERFLOWS, 1),
    Form(("/", "sum(", "exp(", "keepdim"), "exp(X)/sum(exp(X), D, keepdim=True)", "softmax({X}, {D})", _OVERFLOWS, None),
    Form(("/", "sum(", "exp(", "keepdim"), "exp(X)/sum(exp(X), dim=D, keepdim=True)", "softmax({X}, {D})", _OVERFLOWS, None),
    Form(("/", "exp(-"), "1/(1 + exp(-X))", "sigmoid({X})", _OVERFLOWS, None),
    Form(("/", "exp("), "exp(X)/(1 + exp(X))", "sigmoid({X})", _OVERFLOWS, None),
    Form(("*", "log("), "X*log(X)", "xlogy({X}, {X})", "0*log(0) has no value, though its limit is 0", None),
    Form(("sqrt(", "**2"), "sqrt(X**2)", "abs({X})", "the square overflows or underflows, and has no derivative at 0", None),
    Form(("sqrt(", "**2", "+"), "sqrt(X**2 + Y**2)", "hypot({X}, {Y})", "the squares overflow or underflow", None),
    Form(("exp(", "-1"), "exp(X) - 1", "expm1({X})", _CANCELS, None),
    Form(("1-", "exp("), "1 - exp(X)", "-expm1({X})", _CANCELS, None),
    Form(("log(1", "+"), "log(1 + X)", "log1p({X})", "1 + x drops the digits of a small x", None),
    Form(("log(", "+1"), "log(X + 1)", "log1p({X})", "1 + x drops the digits of a small x", None),
    Form(("1-", "cos("), "1 - cos(X)", "2*sin({X_}/2)**2", _CANCELS, None),
    Form(("cos(", "-1"), "cos(X) - 1", "-2*sin({X_}/2)**2", _CANCELS, None),
    Form(("1-", "erf("), "1 - erf(X)", "erfc({X})", _CANCELS, None),
    Form(("sqrt(", "-sqrt("), "sqrt(X) - sqrt(Y)", "({X_} - {Y_})/(sqrt({X}) + sqrt({Y}))", _CANCELS, None),
    Form(("log(", "-log("), "log(X) - log(Y)", "log1p(({X_} - {Y_})/{Y_})", _CANCELS, None),
    Form(("log(", "det("), "log(det(X))", "logdet({X})", "the determinant overflows or underflows", None),
    Form((")**", "-1", "1+"), "(1 + X)**N - 1", "expm1({N_}*log1p({X}))", _CANCELS, None),
    Form((")**", "-1", "+1"), "(X + 1)**N - 1", "expm1({N_}*log1p({X}))", _CANCELS, None),
    Form(("**2-", "**2"), "X**2 - Y**2", "({X_} - {Y_})*({X_} + {Y_})", _CANCELS, None),
    Form(("1-", "tanh(", "**2"), "1 - tanh(X)**2", "1/cosh({X})**2", _CANCELS, None),
    Form(("1-", "sigmoid("), "1 - sigmoid(X)", "sigmoid(-{X_})", _CANCELS, None),
    Form(("mean(", "**2", "-"), "mean(X**2) - mean(X)**2", "var({X}, correction=0)", _CANCELS, None),
    Form(("mean()", "**2", "-"), "(X**2).mean() - X.mean()**2", "var({X}, correction=0)", _CANCELS, None),
    Form(("norm(", "**2"), "norm(X)**2", "sum({X_}**2)", "the norm has no derivative at 0, though its square has", None),
)


def candidates(text: str) -> list[Form]:
    """The forms whose patterns may stand in a text."""
    plain = "".join(text.split())
    return [form for form in FORMS if all([part in plain for part in form.hint])]

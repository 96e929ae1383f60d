"""Formulas as a function that runs as it stands: value and gradients in NumPy or JAX, an autograd.Function in PyTorch."""

from __future__ import annotations

import re
from typing import Any, Final

from gradcli.errors import Problem
from gradcli.identifiers import SUBSCRIPTS
from gradcli.report.formula.text import shape
from gradcli.run.symbolic.derivative import Formulas
from gradcli.run.symbolic.terms.shapes import CONSTANTS
from gradcli.text import nodes as syntax
from gradcli.text import parse
from gradcli.text.nodes import children
from gradcli.text.printing import unparse

_SAME: Final = frozenset(
    [
        "sin",
        "cos",
        "tan",
        "sinh",
        "cosh",
        "tanh",
        "exp",
        "expm1",
        "log",
        "log2",
        "log10",
        "log1p",
        "sqrt",
        "sign",
        "abs",
        "floor",
        "ceil",
        "trunc",
        "outer",
        "trace",
        "where",
        "maximum",
        "minimum",
        "einsum",
        "hypot",
        "ones_like",
        "diagonal",
        "diag",
        "prod",
        "max",
        "min",
        "exp2",
        "cumsum",
        "tril",
        "triu",
        "kron",
        "logaddexp",
    ]
)
_INVERSES: Final = {"asin": "arcsin", "acos": "arccos", "atan": "arctan", "asinh": "arcsinh", "acosh": "arccosh",
                    "atanh": "arctanh", "atan2": "arctan2"}  # fmt: skip

# By function and library: how it is written there; {0}, {1} are the arguments.
_ARRAYS: Final = {
    "norm": "{np}.linalg.norm({0})",
    "inv": "{np}.linalg.inv({0})",
    "det": "{np}.linalg.det({0})",
    "logdet": "{np}.linalg.slogdet({0})[1]",
    "numel": "{0}.size",
    "eye": "{np}.eye({0})",
    "ones": "{np}.ones(({all}))",
    "relu": "{np}.maximum({0}, 0)",
    "reshape": "{0}.reshape({rest})",
    "flatten": "{0}.reshape(-1)",
    "unsqueeze": "{np}.expand_dims({0}, {1})",
    "squeeze": "{np}.squeeze({0}, {1})",
    "pad": "{np}.pad({0}, {pads})",
    "flip": "{np}.flip({0}, {1})",
    "clamp": "{np}.clip({all})",
    "stack": "{np}.stack({0})",
    "tensor": "{np}.asarray({0})",
    "svd": "svd({0})",
    "one_hot": "{np}.eye({1})[{0}]",
    "std": "{np}.std({0}, ddof=1)",
    "var": "{np}.var({0}, ddof=1)",
    "sum": "{np}.sum({0})",
    "mean": "{np}.mean({0})",
}
_TORCH: Final = {
    "norm": "torch.linalg.norm({all})",
    "layer_norm": "torch.nn.functional.layer_norm({all})",
    "inv": "torch.linalg.inv({0})",
    "det": "torch.linalg.det({0})",
    "logdet": "torch.logdet({0})",
    "numel": "{0}.numel()",
    "ones": "torch.ones({all}, dtype={dtype})",
    "eye": "torch.eye({0}, dtype={dtype})",
    "tensor": "torch.tensor({0}, dtype={dtype})",
    "reshape": "{0}.reshape({rest})",
    "flatten": "{0}.reshape(-1)",
    "stack": "torch.stack({0})",
    "one_hot": "torch.nn.functional.one_hot({0}, {1}).to({dtype})",
    "softplus": "torch.nn.functional.softplus({0})",
    "logsigmoid": "torch.nn.functional.logsigmoid({0})",
    "silu": "torch.nn.functional.silu({0})",
    "pad": "torch.nn.functional.pad({0}, {1})",
    "flip": "torch.flip({0}, ({1},))",
}
_TORCH_OWN: Final = frozenset(
    [
        "softmax",
        "log_softmax",
        "logsumexp",
        "sigmoid",
        "relu",
        "lgamma",
        "digamma",
        "polygamma",
        "erf",
        "erfc",
        "erfinv",
        "asin",
        "acos",
        "atan",
        "asinh",
        "acosh",
        "atanh",
        "atan2",
        "unsqueeze",
        "squeeze",
        "svd",
        "std",
        "var",
        "sum",
        "mean",
        "logit",
        "clamp",
    ]
)
# Functions that NumPy lacks, as they are written out above the function.
_HELPERS: Final = {
    "sigmoid": "def sigmoid(x):\n    return np.exp(-np.logaddexp(0, -x))",
    "softplus": "def softplus(x):\n    return np.logaddexp(0, x)",
    "logsigmoid": "def logsigmoid(x):\n    return -np.logaddexp(0, -x)",
    "softmax": "def softmax(x, axis):\n    e = np.exp(x - x.max(axis, keepdims=True))\n"
    "    return e / e.sum(axis, keepdims=True)",
    "log_softmax": "def log_softmax(x, axis):\n    x = x - x.max(axis, keepdims=True)\n"
    "    return x - np.log(np.exp(x).sum(axis, keepdims=True))",
    "logsumexp": "def logsumexp(x, axis=None, keepdims=False):\n    top = x.max(axis, keepdims=True)\n"
    "    total = np.log(np.exp(x - top).sum(axis, keepdims=True)) + top\n"
    "    return total if keepdims else total.squeeze(axis)",
    "svd": "def svd(x):\n    u, s, vt = np.linalg.svd(x, full_matrices=False)\n    return u, s, vt.T",
    "erf": "erf = np.vectorize(math.erf, otypes=[float])",
    "erfc": "erfc = np.vectorize(math.erfc, otypes=[float])",
    "lgamma": "lgamma = np.vectorize(math.lgamma, otypes=[float])",
    "digamma": "def digamma(x):\n    x, total = np.asarray(x, float), 0.0\n    for _ in range(8):\n"
    "        total, x = np.where(x < 8, total - 1 / x, total), np.where(x < 8, x + 1, x)\n    f = 1 / x**2\n"
    "    series = f * (1 / 12 - f * (1 / 120 - f * (1 / 252 - f * (1 / 240 - f / 132))))\n"
    "    return total + np.log(x) - 0.5 / x - series",
    "silu": "def silu(x):\n    return x * np.exp(-np.logaddexp(0, -x))",
    "layer_norm": "def layer_norm(x, shape, eps=1e-05):\n    axes = tuple(range(-len(shape), 0))\n"
    "    spread = x.var(axes, keepdims=True) + eps\n    return (x - x.mean(axes, keepdims=True)) / np.sqrt(spread)",
    "logit": "def logit(x):\n    return np.log(x / (1 - x))",
}
_JAX: Final = {
    **{name: f"jax.nn.{name}({{0}})" for name in ("sigmoid", "softplus", "silu")},
    "logsigmoid": "jax.nn.log_sigmoid({0})",
    "softmax": "jax.nn.softmax({0}, {1})",
    "log_softmax": "jax.nn.log_softmax({0}, {1})",
    "logsumexp": "jax.nn.logsumexp({0}, {1})",
    **{name: f"jax.scipy.special.{name}({{0}})" for name in ("erf", "erfc", "digamma", "logit")},
    "lgamma": "jax.scipy.special.gammaln({0})",
    "erfinv": "jax.scipy.special.erfinv({0})",
    "polygamma": "jax.scipy.special.polygamma({0}, {1})",
}


def render(formulas: Formulas, library: str, name: str = "f") -> str:
    """The text of a module: `library` is "numpy", "torch" or "jax".  Raises Problem for what the library lacks."""
    text = _torch(formulas, name) if library == "torch" else _arrays(formulas, library, name)
    return text if text.isascii() else text.translate(SUBSCRIPTS)  # which names of Python do not have


def _arrays(formulas: Formulas, library: str, name: str) -> str:
    writer = _Writer(library, formulas)
    body = [f"{step} = {writer.text(text)}" for step, text in formulas.steps]
    value = writer.text(formulas.value)
    gradients = [f'"{each.leaf}": {writer.text(each.text)}' for each in formulas.derivatives]
    names = list(formulas.shapes)
    weight = f"{formulas.along}=1.0" if not formulas.out else formulas.along
    lines = [f"def {name}({', '.join([*names, weight])}):", f'    """{_doc(formulas)}"""']
    lines += [f"    {each}" for each in [*body, f"value = {value}"]]
    lines += [f"    gradients = {{{', '.join(gradients)}}}", "    return value, gradients"]
    head = ["import jax", "import jax.numpy as jnp"] if library == "jax" else ["import numpy as np"]
    if writer.uses_math or any(["math." in _HELPERS[each] for each in writer.helpers]):
        head.insert(0, "import math")
    if library == "jax" and not any(["jax." in line.replace("jax.numpy", "") for line in lines]):
        head.remove("import jax")
    helpers = [re.sub(r"\bnp\.", f"{writer.np}.", _HELPERS[each]) for each in sorted(writer.helpers)]
    return "\n\n\n".join(["\n".join(head), *helpers, "\n".join(lines)])


def _doc(formulas: Formulas) -> str:
    shapes = ", ".join([f"{name} {shape(dims) if dims else 'a number'}" for name, (dims, _) in formulas.shapes.items()])
    of = f"The value of {formulas.expr.strip()} and its gradients"
    weights = f"; {formulas.along}, the gradient that comes in, has the shape {shape(formulas.out)}" if formulas.out else ""
    where = f"\n\n    Where {', '.join(formulas.conditions)}." if formulas.conditions else ""
    return f"{of}.\n\n    Shapes: {shapes}{weights}.{where}\n    ".replace("\\", "\\\\")


def _torch(formulas: Formulas, name: str) -> str:
    writer = _Writer("torch", formulas)
    names = list(formulas.shapes)
    used = _used(formulas)
    steps = [(step, writer.text(text)) for step, text in formulas.steps]
    forward = _steps_for([formulas.value], formulas)
    lines = [f"class {name.title()}(torch.autograd.Function):", f'    """{_doc(formulas)}"""', "", "    @staticmethod"]
    lines += [f"    def forward(ctx, {', '.join(names)}):", f"        ctx.save_for_backward({', '.join(names)})"]
    lines += [f"        {step} = {text}" for step, text in steps if step in forward]
    lines += [
        f"        return {_tensor(writer.text(formulas.value), formulas, writer.dtype)}",
        "",
        "    @staticmethod",
        f"    def backward(ctx, {formulas.along}):",
    ]
    lines += [f"        {', '.join(names)}{',' if len(names) == 1 else ''} = ctx.saved_tensors"]
    lines += [f"        {step} = {text}" for step, text in steps if step in used]
    by_leaf = {each.leaf: writer.text(each.text) for each in formulas.derivatives}
    answers = [_broadcast(by_leaf.get(each), each) for each in names]
    lines += [f"        return {', '.join(answers)}", "", "", f"{name} = {name.title()}.apply"]
    head = ["import math", "", "import torch"] if writer.uses_math else ["import torch"]
    return "\n".join(head) + "\n\n\n" + "\n".join(lines)


def _tensor(text: str, formulas: Formulas, dtype: str) -> str:
    """A value as a tensor: one in which no leaf stands is a number."""
    words = {*_words(text), *_steps_for([formulas.value], formulas)}
    return text if words & {*formulas.shapes, *[name for name, _ in formulas.steps]} else f"torch.tensor({text}, dtype={dtype})"


def _broadcast(text: str | None, leaf: str) -> str:
    """A gradient in its leaf's shape: a formula without an array in it is a number."""
    return "None" if text is None else f"({text}) + torch.zeros_like({leaf})"


def _used(formulas: Formulas) -> set[str]:
    return _steps_for([each.text for each in formulas.derivatives], formulas)


def _steps_for(texts: list[str], formulas: Formulas) -> set[str]:
    """The steps that some formulas need."""
    words = {word for text in texts for word in _words(text)}
    for name, text in reversed(formulas.steps):
        if name in words:
            words |= _words(text)
    return words & {name for name, _ in formulas.steps}


def _words(text: str) -> set[str]:
    return set(re.findall(r"[^\W\d]\w*", text))


class _Writer:
    """Writes formulas of the language in a library's words."""

    def __init__(self, library: str, formulas: Formulas) -> None:
        self.library = library
        self.np = {"numpy": "np", "jax": "jnp", "torch": "torch"}[library]
        self.helpers: set[str] = set()
        self.uses_math = False
        floating = [name for name, (_, flags) in formulas.shapes.items() if "integer" not in flags]
        self.dtype = f"{floating[0]}.dtype"

    def text(self, formula: str) -> str:
        """A formula as Python."""
        return unparse(self._tree(parse(formula).statements[-1]), tight=True)

    def _tree(self, node: syntax.Node) -> syntax.Node:
        if isinstance(node, syntax.Name) and node.id in CONSTANTS:
            self.uses_math = True
            return _code(f"math.{node.id}")
        if isinstance(node, syntax.Call):
            return self._call(node)
        if self.library == "torch" and _is_indicator(node):
            return _code(f"({unparse(self._tree(node.left), tight=True)}).to({self.dtype})")  # type: ignore[attr-defined]
        if isinstance(node, syntax.Attribute) and node.name == "mT" and self.library == "numpy":
            return _code(f"np.swapaxes({unparse(self._tree(node.object))}, -1, -2)")
        values = [getattr(node, field) for field in node.__slots__]
        return type(node)(*[self._field(value) for value in values])

    def _field(self, value: Any) -> Any:
        if isinstance(value, syntax.Node):
            return self._tree(value)
        if type(value) is tuple and any([isinstance(each, syntax.Node) for each in value]):
            return tuple([self._tree(each) if isinstance(each, syntax.Node) else each for each in value])
        return value

    def _call(self, node: syntax.Call) -> syntax.Node:
        if isinstance(node.function, syntax.Attribute):
            return self._method(node, node.function)
        word = unparse(node.function)
        arguments = [unparse(self._tree(each), tight=True) for each in node.arguments]
        if word in ("log", "sqrt", "exp", "lgamma") and not _names(node):
            self.uses_math = True
            return _code(f"math.{word}({', '.join(arguments)})")
        if word == "one_hot" and arguments[0].startswith(("torch.tensor(", f"{self.np}.asarray(")):
            dtype = f", dtype={self.dtype}" if self.library == "torch" else ""
            return _code(f"{self.np}.eye({arguments[1]}{dtype})[{unparse(node.arguments[0].arguments[0])}]")  # type: ignore[attr-defined]
        keywords = [unparse(self._tree(each)) for each in node.keywords]
        return _code(self._written(word, arguments, keywords))

    def _written(self, word: str, arguments: list[str], keywords: list[str]) -> str:
        if self.library == "torch":
            if word in _SAME or word in _TORCH_OWN:
                return f"torch.{word}({', '.join([*arguments, *keywords])})"
            return self._filled(_TORCH, word, [*arguments, *keywords])
        if word == "norm" and len(arguments) > 1:
            return f"{self.np}.linalg.norm({', '.join(arguments)})"
        if self.library == "jax" and word in _JAX:
            return self._filled(_JAX, word, arguments)
        if word in _SAME or word in _INVERSES:
            return f"{self.np}.{_INVERSES.get(word, word)}({', '.join(arguments)})"
        if word in _HELPERS and word not in _ARRAYS:
            self.helpers.add(word)
            return f"{word}({', '.join([*arguments, *keywords])})"
        if word == "svd":
            self.helpers.add(word)
        return self._filled(_ARRAYS, word, arguments)

    def _filled(self, table: dict[str, str], word: str, arguments: list[str]) -> str:
        if word not in table:
            raise Problem(
                "no-formula",
                f"{self.library} has no function {word}",
                type="NotImplementedError",
                hint="--format text or json has the formula",
            )
        pads = arguments[1].strip("()").replace(" ", "").split(",") if word == "pad" and len(arguments) > 1 else []
        pairs = [f"({low}, {high})" for low, high in zip(pads[::2], pads[1::2])][::-1]
        rest = ", ".join(arguments[1:])
        return table[word].format(*arguments, np=self.np, all=", ".join(arguments), rest=rest, dtype=self.dtype,
                                  pads=f"[{', '.join(pairs)}]")  # fmt: skip

    def _method(self, node: syntax.Call, function: syntax.Attribute) -> syntax.Node:
        """`x.sum(1, keepdim=True)`."""
        inner = self._tree(function.object)
        words = {"keepdim": "keepdim" if self.library == "torch" else "keepdims", "correction": "ddof"}
        if self.library == "torch":
            words["correction"] = "correction"
        keywords = [syntax.Keyword(each.span, words.get(each.name, each.name), each.value) for each in node.keywords]  # type: ignore[attr-defined, arg-type]
        if function.name in ("var", "std") and self.library != "torch" and "ddof" not in [each.name for each in keywords]:
            keywords.append(syntax.Keyword(node.span, "ddof", syntax.Number(node.span, 1)))
        arguments = tuple([self._tree(each) for each in node.arguments])
        return syntax.Call(node.span, syntax.Attribute(function.span, inner, function.name), arguments, tuple(keywords))


def _names(node: syntax.Node) -> bool:
    """Whether names other than constants stand within a call."""
    waiting: list[syntax.Node] = [each for part in [children(node)[1:]] for each in part]
    while waiting:
        each = waiting.pop()
        if isinstance(each, syntax.Name) and each.id not in CONSTANTS:
            return not isinstance(each, syntax.Name) or each.id not in ("sqrt", "log", "exp")
        waiting += children(each)
    return False


def _is_indicator(node: syntax.Node) -> bool:
    """`(x > 0)*1.0`."""
    match node:
        case syntax.Binary(operator="*", left=syntax.Compare(), right=syntax.Number(value=1.0)):
            return True
    return False


def _code(text: str) -> syntax.Node:
    from gradcli.run.symbolic.trees import name

    return name(text)

"""The user's names: what NAME=VALUE, a weight or a tangent stands for, as tensors outside the graph."""

from __future__ import annotations

from typing import Any

from gradcli.errors import Problem
from gradcli.graph import memory
from gradcli.graph.half_precision import in_dtype
from gradcli.graph.tape import grad_mode
from gradcli.graph.tensor import Tensor, from_array
from gradcli.ops.core import binding, dtypes
from gradcli.ops.core.literals import literal
from gradcli.run.machine import Machine
from gradcli.run.request import Request
from gradcli.run.source_places import placed, refuse_lost_values
from gradcli.text import nodes as syntax
from gradcli.text import parse


def bind(request: Request) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """The user's names, and those of them that are leaves."""
    variables: dict[str, Any] = {}
    leaves: dict[str, Tensor] = {}
    own = dtypes.by_name(request.dtype)  # of leaves that have none
    for name, value, is_constant in request.bindings:
        try:
            tensor = value_of(name, value, variables, request, None if is_constant else own)
            if not is_constant:
                tensor = leaves[name] = _as_leaf(tensor, own)
        except Problem as problem:
            raise problem.at(None, name, value if isinstance(value, str) else None) from None
        variables[name] = tensor
    return variables, leaves


def value_of(source: str, value: Any, variables: dict[str, Any], request: Request, dtype: Any = None) -> Tensor:
    """The tensor outside the graph that a binding (or a weight) stands for; a text is a file or an expression.

    dtype  what plain numbers become; None leaves that to them
    """
    if not isinstance(value, str):
        return from_array(value)
    if not value.lstrip().startswith("@"):
        return _of_text(value, source, variables, request, dtype)
    from gradcli.run import files

    array = files.read(value.strip()[1:], stdin=request.stdin, limit=memory.limit(), label=source, tell=request.tell)
    keeps_dtype = value.strip().partition("#")[0].lower().endswith((".npy", ".npz"))
    return from_array(array if keeps_dtype else _in_default(array, dtype))


def _in_default(array: Any, dtype: Any) -> Any:
    """Numbers that have no dtype of their own in the one asked for or the default; whole ones as they are."""
    own = dtype or dtypes.default_dtype()
    if array.dtype.kind not in "fc":
        return array
    return in_dtype(array, dtypes.complex_dtype(own) if array.dtype.kind == "c" else own)


def _of_text(text: str, source: str, variables: dict[str, Any], request: Request, dtype: Any) -> Tensor:
    """What a text stands for: one of several lines may be what is in a file (`x="$(seq 3)"`), and complex numbers may be
    written as in reports, {"re": 1, "im": 2}; else it is an expression."""
    if "\n" in text.strip() or "\r" in text.strip() or (text.lstrip()[:1] in ("{", "[") and '"re":' in text):
        from gradcli.run.files import inline

        array = inline.read(text, limit=memory.limit(), label=source)
        if array is not None:
            return from_array(_in_default(array, dtype))
    return _computed(text, source, variables, dtype)


def _computed(text: str, source: str, variables: dict[str, Any], dtype: Any) -> Tensor:
    """The value of an expression over the names bound so far."""
    program = parse(text, source)
    with placed(program, text, source), grad_mode(False):
        _refuse_second_name(program.statements[-1])
        _refuse_trailing_comma(program.statements[-1], text)
        refuse_lost_values(program, text, source)
        value = Machine(dict(variables), lambda tensor: None, lambda tensor, name: None).run(program)
        if isinstance(value, (int, float, complex, list, tuple)):
            return from_array(literal(value, dtype, widening=True))
        return binding.as_tensor(value).detach()


def _refuse_second_name(last: syntax.Node) -> None:
    """`x=2; y=3` in one word: x would be 3, and y nothing."""
    if type(last) is syntax.Assign:
        raise Problem(
            "syntax",
            f"a value ends with an expression, and this one with a name: {', '.join(last.targets)}",
            type="SyntaxError",
            hint="on the command line each name has a word of its own: x=2 y=3",
        )


def _refuse_trailing_comma(last: syntax.Node, text: str) -> None:
    """`x=2, y=3` as two words: x would be a list of one value."""
    if type(last) is syntax.Tuple and len(last.items) == 1 and text.rstrip().endswith(","):
        value = text.strip().rstrip(", ")
        raise Problem(
            "syntax",
            f"{text.strip()!r} ends with a comma, which would make it a list of one value",
            type="SyntaxError",
            hint=f"write {value}, or [{value}] for a list; words of the command line stand apart by blanks alone: x=2 y=3",
        )


def _as_leaf(tensor: Tensor, dtype: Any) -> Tensor:
    """A tensor that requires grad; whole numbers become `dtype`."""
    array = tensor.ndarray if tensor.ndarray.dtype.kind in "fc" else in_dtype(tensor.ndarray, dtype)
    return from_array(array).require_grad()

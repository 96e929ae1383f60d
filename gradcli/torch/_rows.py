"""Functions and methods made from the table: from `torch.sum(x, dim=0)` or `x.sum(0)` to a row of the table and back.

To bind a call takes longer than a small operation itself, and a training loop makes the same calls again and again.  So
each function remembers, for each way of calling it (which arguments are tensors, and the values of those that are none),
the row and the static parameters that were found: the next call of that kind goes straight to the row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from gradcli.engine import inplace, overlaps
from gradcli.errors import Problem
from gradcli.graph.context import current
from gradcli.graph.half_precision import in_dtype
from gradcli.graph.operation import Operation
from gradcli.graph.tape import grad_enabled
from gradcli.graph.tensor import Tensor, from_array
from gradcli.ops.catalogue import CHANGES, FUNCTIONS, METHODS
from gradcli.ops.core import binding
from gradcli.ops.core.dtypes import scalar_name
from gradcli.ops.core.parameter_types import type_name
from gradcli.ops.movement import in_place
from gradcli.torch import _boundary, _deprecated_calls, _dispatch
from gradcli.torch._boundary import exception
from gradcli.torch._dispatch import PLAIN
from gradcli.torch._dtypes import SPARSE_COO, STRIDED, check_device, dtype, in_format
from gradcli.torch._warnings import warn

Call = Callable[..., Any]
Recipe = tuple[Call, int, tuple[Any, ...]]  # what to call, how many of the arguments it takes, and what follows them

_MOST_KEPT = 64  # ways of calling one function
_A_TENSOR = ("tensor",)  # stands in a key for any tensor
_PAIR = (_A_TENSOR, _A_TENSOR)
_VALUES = frozenset({bool, int, float, str, type(None), type(Ellipsis), dtype})  # which a key may hold
_PYTHON = {
    bool: np.dtype(bool),
    int: np.dtype(np.int64),
    float: np.dtype(np.float64),
    complex: np.dtype(np.complex128),
}  # dtypes by Python's types
# Options that say where and how memory is laid out; there is one way here.
_PLACES = frozenset({"device", "layout", "memory_format", "non_blocking", "pin_memory"})
_OF_NUMBERS = frozenset({
    "add", "div", "divide", "floor_divide", "mul", "multiply", "sub", "subtract", "true_divide",
})  # fmt: skip
_RESIZED = (
    "An output with one or more elements was resized since it had shape {}, which does not match the required output "
    "shape {}. Give an output of that shape, or of no elements"
)


def function(name: str) -> Call:
    """The function of a name that the table has."""
    return _made(name, FUNCTIONS[name], _called)


def method(name: str) -> Call:
    """The method of a name that the table has, as a function of the tensor."""
    if name in CHANGES:
        return _made(name, CHANGES[name], _changed, bound=1)
    return _made(name, METHODS[name], _called, bound=1)


def _called(row: Operation) -> Call:
    return row.call


def _changed(row: Operation) -> Call:
    """How to apply a row in place."""
    others = len(row.operands) - 1
    if not others and not row.statics:
        return partial(inplace.apply, row)
    return lambda tensor, *values: inplace.apply(row, tensor, values[:others], values[others:])


def _made(name: str, rows: Sequence[Operation], caller: Callable[[Operation], Call], bound: int = 0) -> Call:
    recipes: dict[Any, Recipe] = {}
    enter, leave, plain = _boundary.enter, _boundary.leave, PLAIN

    def call(*args: Any, **keywords: Any) -> Any:
        token = enter()
        try:
            if not keywords and len(args) == 1 and type(args[0]) in plain:
                key: Any = _A_TENSOR
            elif not keywords and len(args) == 2 and type(args[0]) in plain and type(args[1]) in plain:
                key = _PAIR
            else:
                key = _way_of_calling(args, keywords)
            recipe = recipes.get(key)
            if recipe is not None:
                apply, count, tail = recipe
                return apply(*args[:count], *tail)
            if key is None:  # classes and modes see the function that programs call, where another stands before this one
                made = _dispatch.dispatched(vars(call).get("shown", call), args, keywords)
                if made is not _dispatch.NOBODY:
                    return made
            return _bind_and_call(name, rows, caller, recipes, key, args, keywords, bound)
        except Problem as problem:
            raise exception(problem) from None
        finally:
            leave(token)

    call.__name__ = call.__qualname__ = name.rpartition(".")[2]
    call.__doc__ = documentation(rows)
    return call


def documentation(rows: Sequence[Operation]) -> str:
    """How the overloads are called, one a line, and what they do."""
    signatures = dict.fromkeys([binding.signature(row) for row in rows])
    return "\n".join([*signatures, "", *dict.fromkeys([row.doc for row in rows])])


def _way_of_calling(args: tuple[Any, ...], keywords: Mapping[str, Any]) -> Any:
    """What the binding of a call depends on, or None where that is not to be kept."""
    if not PLAIN:  # a mode wants to see every call
        return None
    parts: list[Any] = []
    for value in args:
        part = _A_TENSOR if type(value) in PLAIN else _kept_value(value)
        if part is None:
            return None
        parts.append(part)
    for name, value in keywords.items():
        part = _kept_value(value)
        if part is None:
            return None
        parts.append((name, part))
    return tuple(parts)


def _kept_value(value: Any) -> Any:
    """What stands in a key for a value that is no tensor, or None where it cannot stand in one."""
    kind = type(value)
    if kind in _VALUES:
        return None if kind is float and not value else (kind, value)  # 0.0 and -0.0 are equal, and not the same
    if kind is tuple and all([type(each) is int for each in value]):
        return kind, value
    return None


def _bind_and_call(
    name: str,
    rows: Sequence[Operation],
    caller: Callable[[Operation], Call],
    recipes: dict[Any, Recipe],
    key: Any,
    args: tuple[Any, ...],
    keywords: Mapping[str, Any],
    bound: int,
) -> Any:
    words = {word: as_operand(value) for word, value in keywords.items()}
    out, generator = words.pop("out", None), words.pop("generator", None)
    if words.get("layout") is SPARSE_COO:
        del words["layout"]
        return _bind_and_call(name, rows, caller, recipes, None, args, words, bound).to_sparse()
    order = words.get("memory_format")
    if drop_places(words):
        return _without_values(
            lambda drawn: _bind_and_call(name, rows, caller, recipes, None, args, {**words, "generator": drawn}, bound)
        )
    if order is not None and order.name.startswith("channels_last"):
        rest = {word: value for word, value in keywords.items() if word != "memory_format"}
        return in_format(_bind_and_call(name, rows, caller, recipes, None, args, rest, bound), order)
    if words.pop("inplace", False):  # as F.relu has it
        rows, caller = CHANGES.get(f"{name}_", rows), _changed
    if args and not bound and rows[0].operands:
        _check_tensors(name, rows, args, words)
    try:
        row, operands, statics = binding.bind(name, rows, [as_operand(each) for each in args], words, bound)
    except Problem:
        renamed = None if words else _deprecated_calls.by_names(name, args)
        if renamed is None:
            raise
        return _bind_and_call(name, rows, caller, recipes, None, *renamed, bound)
    apply = caller(row)
    if out is not None:
        _check_out(out, name, operands)
        return receive(out, _applied(apply, row, operands, statics))
    if generator is not None:
        from gradcli.torch.random import drawing_from  # few programs have generators of their own

        with drawing_from(generator):
            return _applied(apply, row, operands, statics)
    if key is not None and not row.variadic:
        _keep(recipes, key, apply, args, (*operands, *statics))
    return _applied(apply, row, operands, statics)


def _check_tensors(name: str, rows: Sequence[Operation], args: tuple[Any, ...], words: Mapping[str, Any]) -> None:
    """Refuse a function of numbers alone: an expression may say `sin(1)`, a program may not.  Raises Problem (TypeError)."""
    first = args[0]
    if rows[0].variadic and isinstance(first, (list, tuple)):
        wrong = next((place for place, each in enumerate(first) if not isinstance(each, Tensor)), None)
        if wrong is not None:
            message = f"expected Tensor as element {wrong} in argument 0, but got {type_name(first[wrong])}"
            raise Problem("type", message, type="TypeError", hint="make a tensor of it: torch.tensor(...)")
        return
    if isinstance(first, Tensor) or (
        rows[0].namespace != "F" and any([_holds_tensor(each) for each in (*args, *words.values())])
    ):
        return
    if name in _OF_NUMBERS and not isinstance(first, (list, tuple)):
        return
    if rows[0].variadic:
        return
    message = f"{name.replace('.', '_')}(): argument 'input' (position 1) must be Tensor, not {type_name(first)}"
    raise Problem("type", message, type="TypeError", hint="make a tensor of it: torch.tensor(...)")


def _applied(apply: Call, row: Operation, operands: tuple[Any, ...], statics: tuple[Any, ...]) -> Any:
    return apply(operands, *statics) if row.variadic else apply(*operands, *statics)


def _keep(recipes: dict[Any, Recipe], key: Any, apply: Call, args: tuple[Any, ...], bound: tuple[Any, ...]) -> None:
    """Keep how a call was bound, if its tensors are its first arguments, as they are, and no others."""
    count = 0
    while count < len(bound) and count < len(args) and isinstance(bound[count], Tensor) and bound[count] is args[count]:
        count += 1
    if not any([_holds_tensor(value) for value in (*bound[count:], *args[count:])]):
        if len(recipes) >= _MOST_KEPT:
            recipes.clear()
        recipes[key] = apply, count, bound[count:]


def _holds_tensor(value: Any) -> bool:
    return isinstance(value, Tensor) or (isinstance(value, (list, tuple)) and any([isinstance(each, Tensor) for each in value]))


def as_operand(value: Any) -> Any:
    """A program's value as rows take it: dtypes and numbers of NumPy's become what the engine knows."""
    if isinstance(value, dtype):
        return value.kind
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, type) and value in _PYTHON:
        return _PYTHON[value]
    return list(value) if isinstance(value, range) else value


# --- options of PyTorch's that no row has ----------------------------------------------------------------------------


def _without_values(call: Callable[[Any], Any]) -> Any:
    """What a call gives on the device "meta", where nothing is drawn from the generator of all."""
    from gradcli.torch._meta import placed  # few programs ask for that device
    from gradcli.torch.random import Generator

    return placed(call(Generator()))


def drop_places(words: dict[str, Any]) -> bool:
    """Take out the options that say where memory is, after a look at whether they can be had.  Raises Problem.

    Gives whether that is the device "meta".
    """
    meta = False
    for name in _PLACES & words.keys():
        value = words.pop(name)
        if name == "device":
            meta = check_device(value)
        elif name == "layout" and value is not None and value is not STRIDED:
            raise Problem("argument", "tensors here have the layout torch.strided", type="TypeError")
    return meta


def only_places(name: str, words: dict[str, Any]) -> None:
    """The same where nothing else is taken, and the device is the CPU.  Raises Problem (TypeError)."""
    if drop_places(words):
        raise Problem("device", f"{name}() makes tensors with values", hint="make it without device='meta', then .to('meta')")
    if words:
        raise Problem("argument", f"{name}() got an unexpected keyword argument '{next(iter(words))}'", type="TypeError")


def _check_out(out: Any, name: str, operands: tuple[Any, ...]) -> None:
    """Refuse what cannot take a result by the option `out=`.  Raises Problem."""
    if not isinstance(out, Tensor):
        raise Problem("argument", f"{name}(): argument 'out' must be Tensor, not {type(out).__name__}", type="TypeError")
    read = [x.ndarray for x in operands if isinstance(x, Tensor)]
    overlaps.check(in_place.copy, out.ndarray, read)
    level = current().level
    if level is not None and level.moves((*operands, out)):
        raise Problem(
            "no-grad",
            f"Trying to use forward AD with {name}_out that does not support it because it is an out= function",
            type="NotImplementedError",
            hint="leave out=... away, and use the result",
        )
    if grad_enabled() and any([isinstance(x, Tensor) and x._requires_grad for x in (*operands, out)]):
        raise Problem(
            "no-grad",
            f"{name}(): functions with out=... arguments don't support automatic differentiation, but one of the "
            "arguments requires grad.",
            hint="leave out=... away, and use the result",
        )


def receive(out: Tensor, result: Tensor) -> Tensor:
    """Write a result into the tensor that the option `out=` named.  Raises Problem where its dtype is too small."""
    from gradcli.engine.tensors import set_data

    new, old = result.ndarray, out.ndarray
    if new.dtype.kind == "f" and old.dtype.kind != "f":
        raise Problem(
            "dtype",
            f"result type {scalar_name(new.dtype)} can't be cast to the desired output type {scalar_name(old.dtype)}",
            hint="give an output of a floating-point dtype",
        )
    if old.shape == new.shape:
        return inplace.change("copy_", out, result)
    if old.size:
        warn(_RESIZED.format(list(old.shape), list(new.shape)))
    return set_data(out, from_array(in_dtype(new, old.dtype)))

"""What a machine can do: each instruction takes its operands off the stack and leaves its result there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gradcli.errors import Problem
from gradcli.graph.operators import OPERATORS
from gradcli.graph.tensor import Tensor
from gradcli.ops.catalogue import FUNCTIONS
from gradcli.ops.core import binding, dtypes
from gradcli.run import mended_calls, names
from gradcli.run.arithmetic import bounded, compute
from gradcli.text import nodes as syntax

if TYPE_CHECKING:
    from gradcli.run.machine import Machine

MOST_ENTRIES = 1_000_000  # of a tuple that is a sum: a statement may double it


class Jump:
    """A jump's target, filled in when the place it leads to is reached."""

    __slots__ = ("target",)

    def __init__(self) -> None:
        self.target = -1


# --- values ---------------------------------------------------------------------------------------------------------


def push(machine: Machine, value: Any) -> None:
    machine.stack.append(value)


def push_whole(machine: Machine, number: int) -> None:
    """Push a whole number that was written so long that it may be too long."""
    machine.stack.append(bounded(number))


def drop(machine: Machine, _: Any) -> None:
    machine.stack.pop()


def load(machine: Machine, name: str, *, called: bool = False) -> None:
    value = machine.variables.get(name)
    if value is None and name not in machine.variables:
        value = names.lookup(name)
        if value is None:
            raise names.unknown(name, machine.variables, called=called)
    machine.stack.append(value)


def load_function(machine: Machine, name: str) -> None:
    """Push what is about to be called."""
    load(machine, name, called=True)


def make_list(machine: Machine, count: int) -> None:
    machine.stack[len(machine.stack) - count :] = [machine.stack[len(machine.stack) - count :]]


def make_tuple(machine: Machine, count: int) -> None:
    machine.stack[len(machine.stack) - count :] = [tuple(machine.stack[len(machine.stack) - count :])]


def make_slice(machine: Machine, _: Any) -> None:
    step, stop, start = machine.stack.pop(), machine.stack.pop(), machine.stack.pop()
    machine.stack.append(slice(start, stop, step))


def _push_made(machine: Machine, value: Any) -> None:
    """Push a result, and tell of the tensors that it is."""
    if isinstance(value, Tensor):
        machine.made(value)
    elif isinstance(value, tuple):
        for each in value:
            if isinstance(each, Tensor):
                machine.made(each)
    machine.stack.append(value)


# --- operators ------------------------------------------------------------------------------------------------------


def apply_unary(machine: Machine, symbol: str) -> None:
    value = machine.stack.pop()
    if symbol == "not":
        machine.stack.append(not value)
        return
    value = _operand(machine, value)
    if isinstance(value, Tensor):
        _push_made(machine, value if symbol == "+" else OPERATORS["neg" if symbol == "-" else symbol](value))
    elif symbol == "~" and isinstance(value, (float, complex)):
        raise Problem("type", "bad operand for unary ~: a number with a decimal point", type="TypeError")
    else:
        machine.stack.append(-value if symbol == "-" else +value if symbol == "+" else ~int(value))


def apply_binary(machine: Machine, symbol: str) -> None:
    right, left = machine.stack.pop(), machine.stack.pop()
    if isinstance(left, Tensor) or isinstance(right, Tensor):
        _push_made(machine, _operated(symbol, [_operand(machine, left), _operand(machine, right)]))
    elif symbol == "+" and isinstance(left, tuple) and isinstance(right, tuple):
        machine.stack.append(_joined(left, right))
    else:
        _push_made(machine, _between(machine, symbol, left, right))


def _operated(symbol: str, operands: list[Any]) -> Any:
    return mended_calls.apply(lambda given: OPERATORS[symbol](*given), operands)


def _joined(left: tuple[Any, ...], right: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(left) + len(right) > MOST_ENTRIES:
        raise Problem(
            "limit",
            f"the tuple would have more than {MOST_ENTRIES:,} entries",
            type="MemoryError",
            hint="join tensors with cat([x, y])",
        )
    return left + right


def _between(machine: Machine, symbol: str, left: Any, right: Any) -> Any:
    """An operator between two values of which neither is a tensor yet: lists become tensors, numbers are Python's."""
    x, y = _operand(machine, left), _operand(machine, right)
    if isinstance(x, Tensor) or isinstance(y, Tensor) or symbol == "@":
        return _operated(symbol, [x, y])
    if symbol in "&|" and not (isinstance(x, int) and isinstance(y, int)):
        raise Problem("type", f"unsupported operand types for {symbol}: numbers with a decimal point", type="TypeError")
    return compute(symbol, x, y)


def _operand(machine: Machine, value: Any) -> Any:
    """A value that an operator can take: a tensor or a number; a list of numbers is a tensor."""
    if isinstance(value, (Tensor, int, float, complex)):
        return value
    if isinstance(value, (list, tuple)):
        tensor = binding.as_tensor(mended_calls.stacked(value))
        machine.made(tensor)
        return tensor
    if isinstance(value, names.RowFunction):
        raise Problem(
            "type",
            f"{value.name} is a function and stands here without arguments",
            type="TypeError",
            hint=f"call it: {value.name}(...)",
        )
    raise Problem("type", f"expected a tensor or a number here, not {binding.kind_of(value)}", type="TypeError")


# --- comparisons, choices -------------------------------------------------------------------------------------------


def apply_compare(machine: Machine, symbol: str) -> None:
    right, left = machine.stack.pop(), machine.stack.pop()
    _push_made(machine, _compared(machine, symbol, left, right))


def compare_and_keep(machine: Machine, argument: tuple[str, Jump]) -> None:
    """One link of a chain: on a false result the chain ends with it, else the right side goes on to the next link."""
    symbol, end = argument
    right, left = machine.stack.pop(), machine.stack.pop()
    result = _compared(machine, symbol, left, right)
    if result:
        machine.stack.append(right)
    else:
        _push_made(machine, result)
        machine.counter = end.target


def _compared(machine: Machine, symbol: str, left: Any, right: Any) -> Any:
    from gradcli.run.comparing import compare  # most expressions compare nothing

    return compare(symbol, left, right, lambda value: _operand(machine, value))


def skip_if(machine: Machine, end: Jump) -> None:
    if machine.stack[-1]:
        machine.counter = end.target
    else:
        machine.stack.pop()


def skip_unless(machine: Machine, end: Jump) -> None:
    if machine.stack[-1]:
        machine.stack.pop()
    else:
        machine.counter = end.target


def jump_unless(machine: Machine, otherwise: Jump) -> None:
    if not machine.stack.pop():
        machine.counter = otherwise.target


def jump(machine: Machine, end: Jump) -> None:
    machine.counter = end.target


# --- parts ----------------------------------------------------------------------------------------------------------


def member(machine: Machine, name: str) -> None:
    _push_made(machine, names.member(machine.stack.pop(), name))


def index(machine: Machine, _: Any) -> None:
    key, value = machine.stack.pop(), machine.stack.pop()
    if isinstance(value, Tensor):
        _push_made(machine, OPERATORS["[]"](value, key))
        return
    if not isinstance(value, (list, tuple)):
        raise Problem("type", f"{binding.kind_of(value)} cannot be indexed", type="TypeError")
    if not isinstance(key, (int, slice)):
        _push_made(machine, OPERATORS["[]"](_operand(machine, value), key))
        return
    try:
        machine.stack.append(value[key])
    except (IndexError, TypeError, ValueError) as error:
        raise Problem(
            "index", f"{error}", type=type(error).__name__, hint=f"it has {len(value)} entries, counted from 0"
        ) from None


_PYTHON_NUMBERS: dict[str, type] = {"float": float, "int": int, "bool": bool}

# --- calls ----------------------------------------------------------------------------------------------------------


def apply_call(machine: Machine, argument: tuple[int, tuple[str, ...]]) -> None:
    count, words = argument
    start = len(machine.stack) - count - len(words)
    values = machine.stack[start:]
    function = machine.stack[start - 1]
    del machine.stack[start - 1 :]
    keywords = dict(zip(words, values[count:]))
    if isinstance(function, names.RowFunction):
        args = [*function.bound, *values[:count]]
        try:
            result = _row_called(function, args, keywords)
        except Problem as problem:
            if function.name == "diff" and len(args) > 1 and isinstance(args[1], Tensor) and args[1].requires_grad:
                problem.hint = "diff gives differences of neighbours; a derivative is grad(y, x)"
            if function.name in ("max", "min") and len(args) == 2 and isinstance(args[1], (int, float)):
                word = "larger" if function.name == "max" else "smaller"
                problem.hint = (
                    f"the second argument is a dimension; the {word} of two values: {function.name}imum(x, {args[1]})"
                )
            raise
    elif isinstance(function, names.Derivative):
        from gradcli.run import gradients  # most expressions leave them to the report

        result = gradients.call(function.name, values[:count], keywords, function.always_tuple)
    else:
        result = _number_called(machine, function, values, words)
    _push_made(machine, result)


def _row_called(function: names.RowFunction, args: list[Any], keywords: dict[str, Any]) -> Any:
    def call(given: list[Any]) -> Any:
        return binding.call(function.name, function.rows, given, keywords, len(function.bound))

    if not any([row.operands for row in function.rows]):  # a factory, whose numbers are no operands
        return call(args)
    return mended_calls.apply(call, args)


def _number_called(machine: Machine, function: Any, values: list[Any], words: tuple[str, ...]) -> Any:
    """`float('inf')`, `int(x)`, `bool(x)`: Python's numbers, which have the names of dtypes.  Raises Problem of all else."""
    node = machine.current
    name = node.function.id if isinstance(node, syntax.Call) and isinstance(node.function, syntax.Name) else ""
    if name not in _PYTHON_NUMBERS or len(values) != 1 or words:
        raise _not_callable(function, machine)
    value = values[0].ndarray.item() if isinstance(values[0], Tensor) and values[0].ndarray.size == 1 else values[0]
    try:
        return _PYTHON_NUMBERS[name](value)
    except (TypeError, ValueError, OverflowError) as error:
        raise Problem("type", str(error), type=type(error).__name__) from None


def _not_callable(value: Any, machine: Machine) -> Problem:
    called = machine.current.function if isinstance(machine.current, syntax.Call) else None
    if not isinstance(called, syntax.Name):
        return Problem("type", f"{binding.kind_of(value)} is not callable", type="TypeError", hint="write * for a product")
    hint = f"write {called.id} * (...) for a product"
    if isinstance(names.lookup(called.id), (names.RowFunction, names.Derivative)):
        hint = f"the name hides the function {called.id}: choose another one for the value"
    elif called.id in dtypes.NAMES:
        hint = f"write x.to({called.id}) to convert, x.item() for the number itself"
    return Problem("type", f"'{called.id}' is {binding.kind_of(value)}, not a function", type="TypeError", hint=hint)


# --- names ----------------------------------------------------------------------------------------------------------


def assign(machine: Machine, _: Any) -> None:
    node = machine.current
    assert isinstance(node, syntax.Assign)
    machine.current = node.value  # what is made here is made of that text
    value = machine.stack[-1]
    if isinstance(value, list) and not node.unpack:
        value = machine.stack[-1] = _operand(machine, value)
    values = _unpacked(machine, value, len(node.targets)) if node.unpack else [value]
    for name, each in zip(node.targets, values):
        machine.variables[name] = each
        if isinstance(each, Tensor):
            machine.named(each, name)


def _unpacked(machine: Machine, value: Any, count: int) -> list[Any]:
    if isinstance(value, Tensor):
        if not value.ndim:
            raise Problem("type", "iteration over a 0-d tensor", type="TypeError", hint="it has one value, for one name")
        length = len(value)
        values = list(binding.call("unbind", FUNCTIONS["unbind"], [value], {})) if length == count else [None] * length
    elif isinstance(value, (list, tuple)):
        values = list(value)
    else:
        raise Problem("type", f"cannot unpack {binding.kind_of(value)} into {count} names", type="TypeError")
    if len(values) != count:
        few = "not enough" if len(values) < count else "too many"
        raise Problem("unpack", f"{few} values to unpack (expected {count}, got {len(values)})", type="ValueError")
    return values

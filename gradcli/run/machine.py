"""Evaluation of syntax trees: flattened to a list of instructions, run on a stack of values.

Neither half recurses, so an expression may be as deep as it is long.  Every instruction knows the syntax node that it stands
for: an error is raised with its place, and an observer of the tape can tell which piece of text made which tensor.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradcli.engine import plain
from gradcli.errors import Problem
from gradcli.graph.operators import OPERATORS
from gradcli.graph.tape import grad_mode
from gradcli.graph.tensor import Tensor
from gradcli.ops import binding
from gradcli.run import names
from gradcli.run.arithmetic import compute
from gradcli.text import nodes as syntax

Step = Callable[["Machine", Any], None]


class Machine:
    """A stack of values, the user's names, and the node that is being evaluated (`current`)."""

    __slots__ = ("counter", "current", "made", "named", "stack", "variables")

    def __init__(self, variables: dict[str, Any], made: Callable[[Tensor], None], named: Callable[[Tensor, str], None]) -> None:
        self.variables = variables
        self.stack: list[Any] = []
        self.counter = 0  # the next instruction
        self.current: syntax.Node | None = None
        self.made = made  # told of every tensor that an instruction leaves on the stack
        self.named = named  # told of every tensor that is given a name

    def run(self, program: syntax.Program) -> Any:
        """The value of the last statement.  Raises Problem, with the span of the node at which it arose."""
        code = flatten(program)
        end = len(code)
        self.counter = 0
        while self.counter < end:
            step, self.current, argument = code[self.counter]
            self.counter += 1
            try:
                step(self, argument)
            except Problem as problem:
                if problem.span is None and problem.source is None:
                    problem.span = self.current.span
                    problem.hint = "; ".join([each for each in (problem.hint, self._involved()) if each]) or None
                raise
            except MemoryError:
                raise Problem("limit", "not enough memory within the limit", type="MemoryError", span=self.current.span,
                              hint="use smaller tensors, or raise the limit with --max-memory") from None
        return self.stack.pop()

    def _involved(self) -> str:
        """The shapes of the named tensors that the current node works on."""
        assert self.current is not None
        found: dict[str, str] = {}
        for node in syntax.children(self.current):
            inner = syntax.children(node) if isinstance(node, (syntax.Attribute, syntax.Keyword, syntax.List)) else (node,)
            for each in inner:
                value = self.variables.get(each.id) if isinstance(each, syntax.Name) else None
                if type(value) is Tensor:
                    found[each.id] = f"{each.id} has shape {list(value.shape)}"
        return ", ".join(found.values())


# --- flattening -----------------------------------------------------------------------------------------------------


class _Jump:
    """A jump's target, filled in when the place it leads to is reached."""

    __slots__ = ("target",)

    def __init__(self) -> None:
        self.target = -1


def flatten(program: syntax.Program) -> list[tuple[Step, syntax.Node, Any]]:
    """The instructions of a program, in the order of evaluation."""
    code: list[tuple[Step, syntax.Node, Any]] = []
    work: list[Any] = []
    last = len(program.statements) - 1
    for place, statement in reversed([*enumerate(program.statements)]):
        if place != last:
            work.append((_drop, statement, None))
        work.append(statement)
    while work:
        item = work.pop()
        if isinstance(item, tuple):
            code.append(item)
        elif isinstance(item, _Jump):
            item.target = len(code)
        else:
            work.extend(reversed(_EXPANSIONS[type(item)](item)))
    return code


def _unary(node: Any) -> list[Any]:
    return [node.operand, (_apply_unary, node, node.operator)]


def _binary(node: Any) -> list[Any]:
    return [node.left, node.right, (_apply_binary, node, node.operator)]


def _compare(node: Any) -> list[Any]:
    """A chain compares neighbours, and stops at the first that does not hold, as Python does."""
    end = _Jump()
    parts: list[Any] = [node.operands[0]]
    for place, symbol in enumerate(node.operators):
        parts.append(node.operands[place + 1])
        if place < len(node.operators) - 1:
            parts += [(_compare_and_keep, node, (symbol, end))]
        else:
            parts.append((_apply_compare, node, symbol))
    return [*parts, end]


def _logic(node: Any) -> list[Any]:
    end = _Jump()
    return [node.left, (_skip_if if node.operator == "or" else _skip_unless, node, end), node.right, end]


def _conditional(node: Any) -> list[Any]:
    otherwise, end = _Jump(), _Jump()
    return [node.test, (_jump_unless, node.test, otherwise), node.then, (_jump, node, end), otherwise, node.otherwise, end]


def _call(node: Any) -> list[Any]:
    words = tuple([each.name for each in node.keywords])
    return [node.function, *node.arguments, *[each.value for each in node.keywords],
            (_apply_call, node, (len(node.arguments), words))]


def _slice(node: Any) -> list[Any]:
    none = syntax.Constant(node.span, None)
    return [node.lower or none, node.upper or none, node.step or none, (_make_slice, node, None)]


_EXPANSIONS: dict[type, Callable[[Any], list[Any]]] = {
    syntax.Number: lambda node: [(_push, node, node.value)],
    syntax.String: lambda node: [(_push, node, node.value)],
    syntax.Constant: lambda node: [(_push, node, node.value)],
    syntax.Name: lambda node: [(_load, node, node.id)],
    syntax.List: lambda node: [*node.items, (_make_list, node, len(node.items))],
    syntax.Tuple: lambda node: [*node.items, (_make_tuple, node, len(node.items))],
    syntax.Unary: _unary, syntax.Binary: _binary, syntax.Compare: _compare, syntax.Logic: _logic, syntax.Conditional: _conditional,
    syntax.Call: _call, syntax.Slice: _slice,
    syntax.Attribute: lambda node: [node.object, (_member, node, node.name)],
    syntax.Index: lambda node: [node.object, node.index, (_index, node, None)],
    syntax.Assign: lambda node: [node.value, (_assign, node, None)]}

# --- instructions ---------------------------------------------------------------------------------------------------


def _push(machine: Machine, value: Any) -> None:
    machine.stack.append(value)


def _drop(machine: Machine, _: Any) -> None:
    machine.stack.pop()


def _load(machine: Machine, name: str) -> None:
    value = machine.variables.get(name)
    if value is None and name not in machine.variables:
        value = names.lookup(name)
        if value is None:
            raise names.unknown(name, machine.variables)
    machine.stack.append(value)


def _make_list(machine: Machine, count: int) -> None:
    machine.stack[len(machine.stack) - count:] = [machine.stack[len(machine.stack) - count:]]


def _make_tuple(machine: Machine, count: int) -> None:
    machine.stack[len(machine.stack) - count:] = [tuple(machine.stack[len(machine.stack) - count:])]


def _make_slice(machine: Machine, _: Any) -> None:
    step, stop, start = machine.stack.pop(), machine.stack.pop(), machine.stack.pop()
    machine.stack.append(slice(start, stop, step))


def _push_made(machine: Machine, value: Any) -> None:
    """Push a result, and tell of the tensors that it is."""
    if type(value) is Tensor:
        machine.made(value)
    elif isinstance(value, tuple):
        for each in value:
            if type(each) is Tensor:
                machine.made(each)
    machine.stack.append(value)


def _apply_unary(machine: Machine, symbol: str) -> None:
    value = machine.stack.pop()
    if symbol == "not":
        machine.stack.append(not truth(value))
        return
    value = _operand(machine, value)
    if type(value) is Tensor:
        _push_made(machine, value if symbol == "+" else OPERATORS["neg" if symbol == "-" else symbol](value))
    elif symbol == "~" and isinstance(value, float):
        raise Problem("type", "bad operand for unary ~: a number with a decimal point", type="TypeError")
    else:
        machine.stack.append(-value if symbol == "-" else +value if symbol == "+" else ~value)


def _apply_binary(machine: Machine, symbol: str) -> None:
    right, left = machine.stack.pop(), machine.stack.pop()
    if type(left) is Tensor or type(right) is Tensor:
        _push_made(machine, OPERATORS[symbol](_operand(machine, left), _operand(machine, right)))
    elif symbol == "+" and isinstance(left, tuple) and isinstance(right, tuple):
        machine.stack.append(left + right)
    else:
        _push_made(machine, _between(machine, symbol, left, right))


def _between(machine: Machine, symbol: str, left: Any, right: Any) -> Any:
    """An operator between two values of which neither is a tensor yet: lists become tensors, numbers are Python's."""
    x, y = _operand(machine, left), _operand(machine, right)
    if type(x) is Tensor or type(y) is Tensor or symbol == "@":
        return OPERATORS[symbol](x, y)
    if symbol in "&|" and not (isinstance(x, int) and isinstance(y, int)):
        raise Problem("type", f"unsupported operand types for {symbol}: numbers with a decimal point", type="TypeError")
    return compute(symbol, x, y)


def _operand(machine: Machine, value: Any) -> Any:
    """A value that an operator can take: a tensor or a number; a list of numbers is a tensor."""
    if type(value) is Tensor or isinstance(value, (int, float)):
        return value
    if isinstance(value, (list, tuple)):
        tensor = binding.as_tensor(value)
        machine.made(tensor)
        return tensor
    if isinstance(value, names.Function):
        raise Problem("type", f"{value.name} is a function and stands here without arguments", type="TypeError",
                      hint=f"call it: {value.name}(...)")
    raise Problem("type", f"expected a tensor or a number here, not {binding.kind_of(value)}", type="TypeError")


def _apply_compare(machine: Machine, symbol: str) -> None:
    right, left = machine.stack.pop(), machine.stack.pop()
    _push_made(machine, _compared(machine, symbol, left, right))


def _compare_and_keep(machine: Machine, argument: tuple[str, _Jump]) -> None:
    """One link of a chain: on a false result the chain ends with it, else the right side goes on to the next link."""
    symbol, end = argument
    right, left = machine.stack.pop(), machine.stack.pop()
    result = _compared(machine, symbol, left, right)
    if truth(result):
        machine.stack.append(right)
    else:
        _push_made(machine, result)
        machine.counter = end.target


def _compared(machine: Machine, symbol: str, left: Any, right: Any) -> Any:
    if symbol in ("is", "is not"):
        return (left is right) == (symbol == "is")
    if symbol in ("in", "not in"):
        return _contains(machine, right, left) == (symbol == "in")
    plain_values = not isinstance(left, Tensor) and not isinstance(right, Tensor)
    if plain_values and symbol in ("==", "!=") and not (isinstance(left, (int, float, list)) and isinstance(right, (int, float, list))):
        return (left == right) == (symbol == "==")
    x, y = _operand(machine, left), _operand(machine, right)
    return OPERATORS[symbol](x, y) if type(x) is Tensor or type(y) is Tensor else compute(symbol, x, y)


def _contains(machine: Machine, container: Any, value: Any) -> bool:
    if type(container) is Tensor:
        return truth((container == _operand(machine, value)).array.any())
    if isinstance(container, (list, tuple, str)) and not isinstance(value, Tensor):
        if isinstance(container, str) and not isinstance(value, str):
            raise Problem("type", "'in <string>' requires a string as left operand", type="TypeError")
        return value in container
    raise Problem("type", f"cannot look for {binding.kind_of(value)} in {binding.kind_of(container)}", type="TypeError")


def truth(value: Any) -> bool:
    """Whether a value counts as true; a tensor must have one element.  Raises Problem."""
    return bool(value)


def _skip_if(machine: Machine, end: _Jump) -> None:
    if truth(machine.stack[-1]):
        machine.counter = end.target
    else:
        machine.stack.pop()


def _skip_unless(machine: Machine, end: _Jump) -> None:
    if truth(machine.stack[-1]):
        machine.stack.pop()
    else:
        machine.counter = end.target


def _jump_unless(machine: Machine, otherwise: _Jump) -> None:
    if not truth(machine.stack.pop()):
        machine.counter = otherwise.target


def _jump(machine: Machine, end: _Jump) -> None:
    machine.counter = end.target


def _member(machine: Machine, name: str) -> None:
    _push_made(machine, names.member(machine.stack.pop(), name))


def _index(machine: Machine, _: Any) -> None:
    key, value = machine.stack.pop(), machine.stack.pop()
    if type(value) is Tensor:
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
        raise Problem("index", f"{error}", type=type(error).__name__, hint=f"it has {len(value)} entries, counted from 0") from None


def _apply_call(machine: Machine, argument: tuple[int, tuple[str, ...]]) -> None:
    count, words = argument
    start = len(machine.stack) - count - len(words)
    values = machine.stack[start:]
    function = machine.stack[start - 1]
    del machine.stack[start - 1:]
    keywords = dict(zip(words, values[count:]))
    if isinstance(function, names.Function):
        result = binding.call(function.name, function.rows, [*function.bound, *values[:count]], keywords)
    elif isinstance(function, names.Grad):
        result = gradients(*values[:count], **keywords) if _grad_arguments(count, keywords) else None
    else:
        raise _not_callable(function, machine)
    _push_made(machine, result)


def _not_callable(value: Any, machine: Machine) -> Problem:
    called = machine.current.function if isinstance(machine.current, syntax.Call) else None
    if isinstance(called, syntax.Name):
        return Problem("type", f"'{called.id}' is {binding.kind_of(value)}, not a function", type="TypeError",
                       hint=f"write {called.id} * (...) for a product")
    return Problem("type", f"{binding.kind_of(value)} is not callable", type="TypeError", hint="write * for a product")


_GRAD_WORDS = ("outputs", "inputs", "grad_outputs", "retain_graph", "create_graph", "allow_unused", "materialize_grads")


def _grad_arguments(count: int, keywords: dict[str, Any]) -> bool:
    given = [*_GRAD_WORDS[:count], *keywords]
    wrong = [word for word in keywords if word not in _GRAD_WORDS or word in _GRAD_WORDS[:count]]
    if wrong or count > 3 or not {"outputs", "inputs"} <= set(given):
        what = f"got an unexpected argument '{wrong[0]}'" if wrong else f"takes outputs and inputs, and {count} arguments were given"
        raise Problem("argument", f"grad(): {what}", type="TypeError",
                      hint="write grad(y, x), or grad(y, (x, z)) for several; grad_outputs= gives weights")
    return True


def gradients(outputs: Any, inputs: Any, grad_outputs: Any = None, retain_graph: Any = None, create_graph: bool = True,
              allow_unused: bool = False, materialize_grads: bool = False) -> Any:
    """The gradients of `outputs`, which can be differentiated again: a tensor for one input, a tuple for several."""
    ends, starts = _tensors(outputs, "outputs"), _tensors(inputs, "inputs")
    weights = [None] * len(ends) if grad_outputs is None else [
        binding.as_tensor(each) for each in (grad_outputs if isinstance(grad_outputs, tuple) else (grad_outputs,))]
    if len(weights) != len(ends):
        raise Problem("argument", f"grad(): {len(ends)} outputs need as many grad_outputs, and got {len(weights)}", type="ValueError")
    with grad_mode(True):
        found = plain.grad(ends, starts, weights, retain_graph=True, create_graph=bool(create_graph), allow_unused=bool(allow_unused),
                           materialize_grads=bool(materialize_grads))
    return found[0] if type(inputs) is Tensor else tuple(found)


def _tensors(value: Any, what: str) -> list[Tensor]:
    listed = list(value) if isinstance(value, (list, tuple)) else [value]
    for each in listed:
        if type(each) is not Tensor:
            raise Problem("type", f"grad(): {what} must be tensors, not {binding.kind_of(each)}", type="TypeError")
    return listed


def _assign(machine: Machine, _: Any) -> None:
    node = machine.current
    assert isinstance(node, syntax.Assign)
    value = machine.stack[-1]
    if isinstance(value, list) and not node.unpack:
        value = _operand(machine, value)
        machine.stack[-1] = value
    values = _unpacked(machine, value, len(node.targets)) if node.unpack else [value]
    for name, each in zip(node.targets, values):
        machine.variables[name] = each
        if type(each) is Tensor:
            machine.named(each, name)


def _unpacked(machine: Machine, value: Any, count: int) -> list[Any]:
    if type(value) is Tensor:
        length = len(value)
        values = [OPERATORS["[]"](value, place) for place in range(length)] if length == count else [None] * length
        for each in values:
            if each is not None:
                machine.made(each)
    elif isinstance(value, (list, tuple)):
        values = list(value)
    else:
        raise Problem("type", f"cannot unpack {binding.kind_of(value)} into {count} names", type="TypeError")
    if len(values) != count:
        few = "not enough" if len(values) < count else "too many"
        raise Problem("unpack", f"{few} values to unpack (expected {count}, got {len(values)})", type="ValueError")
    return values

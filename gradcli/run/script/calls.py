"""Functions of the table as scripts call them: from `torch.sum(x, dim=0)` to a row of the table and back.

To bind a call takes longer than a small operation itself, and a training loop makes the same calls again and again:
what was found is kept for each way of calling (the kinds of the arguments, the values of those that are no tensors).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gradcli.errors import Problem
from gradcli.graph.operation import Operation
from gradcli.graph.tape import grad_enabled
from gradcli.graph.tensor import Tensor
from gradcli.ops import binding
from gradcli.ops.table import CHANGES, FUNCTIONS, METHODS
from gradcli.run.script.arrays import Array
from gradcli.run.script.dtypes import STRIDED, DType, check_device
from gradcli.run.script.exposed import Exposed

_MOST_KEPT = 64  # ways of calling one function
_A_TENSOR = ("a tensor",)  # stands in a key for any tensor
# Options of PyTorch's that say where and how memory is laid out; there is one way here.
_PLACES = frozenset({"device", "layout", "memory_format", "non_blocking", "pin_memory"})

Recipe = tuple[Callable[..., Any], int, tuple[Any, ...]]


class TableFunction(Exposed):
    """A function (or method) by name, with its overloads.  Raises Problem when called with what none of them takes."""

    __slots__ = ("__name__", "recipes", "rows")
    public = frozenset({"__doc__", "__name__"})
    title = "builtin_function_or_method"

    def __init__(self, name: str, rows: Sequence[Operation]) -> None:
        self.__name__ = name
        self.rows = rows
        self.recipes: dict[Any, Recipe] = {}  # call, how many operands it takes from the arguments, what follows them

    def read(self, name: str) -> Any:
        """Its name, or what it does.  Raises Problem."""
        return self.rows[0].doc if name == "__doc__" else super().read(name)

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        key = _way_of_calling(args, keywords)
        if key is not None:
            try:
                recipe = self.recipes.get(key)
            except TypeError:  # a list among the arguments
                key = None
            else:
                if recipe is not None:
                    call, count, tail = recipe
                    return call(*args[:count], *tail)
        return self._bind_and_call(key, args, keywords)

    def _bind_and_call(self, key: Any, args: tuple[Any, ...], keywords: Mapping[str, Any]) -> Any:
        words = {name: plain(value) for name, value in keywords.items()}
        out, generator = words.pop("out", None), words.pop("generator", None)
        drop_places(words)
        if f"{self.__name__}_" in CHANGES and words.pop("inplace", False):  # as F.relu has it
            return _standing_above("method")(f"{self.__name__}_")(*args, **words)
        row, operands, statics = binding.bind(self.__name__, self.rows, list(map(plain, args)), words)
        if out is not None:
            _check_out(out, self.__name__, operands)
            return _standing_above("receive")(out, self._apply(row, operands, statics))
        if generator is not None:
            from gradcli.run.script.random import drawing_from  # few scripts have generators of their own

            with drawing_from(generator):
                return self._apply(row, operands, statics)
        if key is not None and not row.variadic:
            self._keep(key, row, args, (*operands, *statics))
        return self._apply(row, operands, statics)

    def caller(self, row: Operation) -> Callable[..., Any]:
        """How to apply a row to its operands and static parameters."""
        return row.call

    def _apply(self, row: Operation, operands: tuple[Any, ...], statics: tuple[Any, ...]) -> Any:
        return row.call(operands, *statics) if row.variadic else self.caller(row)(*operands, *statics)

    def _keep(self, key: Any, row: Operation, args: tuple[Any, ...], bound: tuple[Any, ...]) -> None:
        """Keep how a call was bound, if its tensors are its first arguments, as they are, and no others."""
        count = 0
        while count < len(bound) and count < len(args) and type(bound[count]) is Tensor and bound[count] is args[count]:
            count += 1
        if not any([_holds_tensor(value) for value in (*bound[count:], *args[count:])]):
            if len(self.recipes) >= _MOST_KEPT:
                self.recipes.clear()
            self.recipes[key] = (self.caller(row), count, bound[count:])

    def __repr__(self) -> str:
        return f"<built-in method {self.__name__} of type object>"


def _holds_tensor(value: Any) -> bool:
    return type(value) is Tensor or (type(value) is tuple and any([type(each) is Tensor for each in value]))


def function(name: str) -> TableFunction:
    """The function of a name that the table has."""
    return TableFunction(name, FUNCTIONS[name])


def method(name: str) -> TableFunction:
    """The method of a name that the table has, as a function of the tensor."""
    return TableFunction(name, METHODS[name])


def plain(value: Any) -> Any:
    """A script's value as operations take it: dtypes and arrays of NumPy's own."""
    if isinstance(value, DType):
        return value.kind
    return Tensor(value.values) if isinstance(value, Array) else list(value) if isinstance(value, range) else value


def drop_places(words: dict[str, Any]) -> None:
    """Take out the options that say where memory is, after a look at whether they can be had.  Raises Problem."""
    for name in _PLACES & words.keys():
        value = words.pop(name)
        if name == "device":
            check_device(value)
        elif name == "layout" and value is not STRIDED:
            raise Problem("argument", "tensors here have the layout torch.strided", type="TypeError")


def only_places(name: str, words: dict[str, Any]) -> None:
    """The same where nothing else is taken.  Raises Problem (TypeError)."""
    drop_places(words)
    if words:
        raise Problem("argument", f"{name}() got an unexpected keyword argument '{next(iter(words))}'", type="TypeError")


def _standing_above(name: str) -> Any:
    """A function of the module of changes, which stands above this one."""
    from gradcli.run.script import mutation

    return getattr(mutation, name)


def _check_out(out: Any, name: str, operands: tuple[Any, ...]) -> None:
    """Refuse what cannot take a result by the option `out=`.  Raises Problem."""
    if type(out) is not Tensor:
        raise Problem("argument", f"{name}(): argument 'out' must be Tensor, not {type(out).__name__}", type="TypeError")
    if grad_enabled() and any([type(x) is Tensor and x.requires_grad for x in (*operands, out)]):
        raise Problem(
            "no-grad",
            f"{name}(): functions with out=... arguments don't support automatic differentiation, but one of the "
            "arguments requires grad.",
            hint="leave out=... away, and use the result",
        )


def _way_of_calling(args: tuple[Any, ...], keywords: Mapping[str, Any]) -> Any:
    """What the binding of a call depends on, or None where that is not to be kept."""
    parts: list[Any] = []
    for value in args:
        kind = type(value)
        if kind is Tensor:
            parts.append(_A_TENSOR)
        elif kind is float and not value:
            return None  # 0.0 and -0.0 are equal, and not the same
        else:
            parts.append((kind, value))
    for name, value in keywords.items():
        if type(value) is Tensor or (type(value) is float and not value) or name == "out" or name == "generator":
            return None
        parts.append((name, type(value), value))
    return tuple(parts)

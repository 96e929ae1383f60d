"""The names that every script knows: functions, types and exceptions of Python's that reach nothing outside the script.

They call what Python calls, with tensors taken for the numbers or the rows that they are, within limits.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable
from types import FunctionType
from typing import Any, NoReturn

from gradcli.errors import Problem, did_you_mean
from gradcli.run.script import attributes, context, modules
from gradcli.run.script.attributes import plain_name
from gradcli.run.script.classes import KINDS, Kind, add_kind, host_class, type_of
from gradcli.run.script.exposed import Exposed
from gradcli.run.script.formatting import formatted, percent
from gradcli.run.script.guards import (
    LAYERED,
    bounded,
    collect,
    guarded_add,
    guarded_multiply,
    guarded_power,
    guarded_shift,
    index,
    layer,
    number,
    passed_on,
    rows,
    scalar,
    watched,
)

__all__ = [
    "NAMES",
    "Builtin",
    "guarded_add",
    "guarded_multiply",
    "guarded_power",
    "guarded_shift",
    "modulo",
    "undefined",
]

NAMES: dict[str, Any] = {"NotImplemented": NotImplemented, "Ellipsis": Ellipsis, "__name__": "__main__"}
_MOST_PLACES = 5_000  # digits that round() may round away: it computes that power of ten


class Builtin(Exposed):
    """A function as Python's own ones look: `<built-in function len>`."""

    __slots__ = ("__name__", "call")
    public = frozenset({"__doc__", "__name__", "__qualname__"})
    title = "builtin_function_or_method"

    def __init__(self, name: str, call: Callable[..., Any]) -> None:
        self.__name__ = name
        self.call = call

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        return self.call(*args, **keywords)

    def read(self, name: str) -> Any:
        """Its name and its docstring.  Raises Problem."""
        if name == "__doc__":
            return self.call.__doc__
        return super().read("__name__" if name == "__qualname__" else name)

    def __repr__(self) -> str:
        return f"<built-in function {self.__name__}>"


def _function(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Enter a function under its name."""

    def enter(call: Callable[..., Any]) -> Callable[..., Any]:
        call.__qualname__ = name  # as Python's messages are to call it
        NAMES[name] = Builtin(name, call)
        return call

    return enter


# Safe as they are.
for _name in ("abs", "ascii", "callable", "divmod", "hash", "id", "isinstance", "len", "next", "ord", "repr"):
    NAMES[_name] = getattr(builtins, _name)


# --- output ---------------------------------------------------------------------------------------------------------


@_function("print")
def _print(*values: Any, sep: Any = " ", end: Any = "\n", file: Any = None, flush: Any = False) -> None:
    """Write values, with `sep` between them and `end` after them."""
    for name, value in (("sep", sep), ("end", end)):
        if value is not None and not isinstance(value, str):
            raise TypeError(f"{name} must be None or a string, not {type(value).__name__}")
    text = str.join(" " if sep is None else sep, [*map(str, values)]) + ("\n" if end is None else str.__str__(end))
    if file is None:
        context.current().write(text)
    else:
        attributes.read(file, "write")(text)
    if flush:
        context.current().flush() if file is None else attributes.read(file, "flush")()


@_function("input")
def _input(prompt: Any = "") -> NoReturn:
    """Refused: scripts run by themselves."""
    raise Problem(
        "input",
        "EOF when reading a line",
        type="EOFError",
        hint="scripts cannot ask here: write the value into the script, in place of input()",
    )


@_function("exit")
def _exit(code: Any = None) -> NoReturn:
    """End the script."""
    raise SystemExit(code)


NAMES["quit"] = NAMES["exit"]


# --- numbers --------------------------------------------------------------------------------------------------------


def modulo(x: Any, y: Any) -> Any:
    """`x % y`: formatting, where x is a text.  Raises Problem."""
    return percent(x, y) if isinstance(x, str) else x % y


@_function("round")
def _round(number: Any, ndigits: Any = None) -> Any:
    """A number rounded to so many digits after the point; to a whole number where none are asked for."""
    if isinstance(number, int) and isinstance(ndigits, int) and ndigits < -_MOST_PLACES:
        message = f"round() of {-ndigits:,} digits before the point is more than {_MOST_PLACES:,}"
        raise Problem("limit", message, type="OverflowError")
    return round(number, index(ndigits))


@_function("sum")
def _sum(iterable: Any, /, start: Any = 0) -> Any:
    """All items added to `start`."""
    items = watched(iterable)
    return sum(items if isinstance(start, (int, float)) else passed_on(items), start)  # lists may take long to add


def _extreme(choose: Callable[..., Any]) -> Callable[..., Any]:
    def extreme(*args: Any, **options: Any) -> Any:
        return choose(*map(watched, args), **options) if len(args) == 1 else choose(*args, **options)

    return extreme


for _choose in (min, max):
    NAMES[_choose.__name__] = Builtin(_choose.__name__, _extreme(_choose))
for _convert in (bin, chr, hex, oct):
    NAMES[_convert.__name__] = Builtin(_convert.__name__, lambda value, /, _convert=_convert: _convert(index(value)))
NAMES["pow"] = Builtin("pow", lambda base, exp, mod=None: guarded_power(base, exp, mod))


# --- iteration ------------------------------------------------------------------------------------------------------


@_function("any")
def _any(iterable: Any, /) -> bool:
    """Whether one of the items is true."""
    return any(watched(iterable))


@_function("all")
def _all(iterable: Any, /) -> bool:
    """Whether all items are true."""
    return all(watched(iterable))


@_function("sorted")
def _sorted(iterable: Any, /, *, key: Any = None, reverse: Any = False) -> list[Any]:
    """A new list of the items in ascending order."""
    items = collect(iterable)
    items.sort(key=key, reverse=reverse)
    return items


@_function("iter")
def _iter(value: Any, /, *sentinel: Any) -> Any:
    """An iterator over a value, or of what a function returns until it returns the sentinel."""
    return iter(rows(value), *sentinel)


def _enumerate(iterable: Any, start: Any = 0) -> Any:
    return layer(enumerate, (iterable,), rows(iterable), index(start))


def _filter(function: Any, iterable: Any, /) -> Any:
    items = rows(iterable)
    return layer(filter, (iterable,), function, passed_on(items) if function is None else items)  # which would not listen


def _map(*args: Any) -> Any:
    return layer(map, args[1:], *args[:1], *map(rows, args[1:]))


def _zip(*iterables: Any, strict: Any = False) -> Any:
    return layer(zip, iterables, *map(rows, iterables), strict=bool(strict))


def _reversed(sequence: Any, /) -> Any:
    from gradcli.graph.tensor import Tensor

    if isinstance(sequence, Tensor):
        return reversed(list(rows(sequence)))
    return reversed(sequence)


# --- objects --------------------------------------------------------------------------------------------------------


@_function("getattr")
def _getattr(obj: Any, name: Any, /, *default: Any) -> Any:
    """The attribute of that name, or the default where there is none."""
    name = plain_name(name)
    if not default:
        return attributes.read(obj, name)
    try:
        return attributes.read(obj, name)
    except AttributeError:
        pass
    except Problem as problem:
        if problem.type != "AttributeError":
            raise
    return default[0]


@_function("hasattr")
def _hasattr(obj: Any, name: Any, /) -> bool:
    """Whether there is an attribute of that name."""
    return attributes.has(obj, plain_name(name))


@_function("setattr")
def _setattr(obj: Any, name: Any, value: Any, /) -> None:
    """Give an attribute a value."""
    attributes.write(obj, plain_name(name), value)


@_function("delattr")
def _delattr(obj: Any, name: Any, /) -> None:
    """Take an attribute away."""
    attributes.delete(obj, plain_name(name))


@_function("issubclass")
def _issubclass(cls: Any, kinds: Any, /) -> bool:
    """Whether a class derives from another, or from one of several."""
    return issubclass(host_class(cls), kinds)


@_function("format")
def _format(value: Any, format_spec: Any = "", /) -> str:
    """A value as text, by a format spec."""
    if not isinstance(format_spec, str):
        raise TypeError(f"format() argument 2 must be str, not {type(format_spec).__name__}")
    return formatted(value, None, str.__str__(format_spec))


def _type(*args: Any) -> Any:
    if len(args) == 1:
        return type_of(args[0])
    if len(args) != 3:
        raise TypeError("type() takes 1 or 3 arguments")
    message = "type() of three arguments is not for scripts"
    raise Problem("type", message, type="TypeError", hint="a class statement makes a class")


def _super(*args: Any) -> super:
    if len(args) != 2:
        raise RuntimeError("super(): no arguments")
    return super(*map(host_class, args))


# --- types ----------------------------------------------------------------------------------------------------------


def _int(value: Any = 0, /, *base: Any, **words: Any) -> int:
    return int(number(value), *base, **words)


def _gathered(host: Any) -> Callable[..., Any]:
    """A container made of all items of its argument."""

    def make(iterable: Any = (), /) -> Any:
        items = collect(iterable, host.__name__)
        return items if host is list else host(items)

    return make


def _dict(*args: Any, **words: Any) -> dict[Any, Any]:
    return dict(*map(bounded, args), **words)


def _enter(name: str, host: Any, make: Any, open: bool = False) -> None:
    if isinstance(make, FunctionType):
        make.__qualname__ = name
    NAMES[name] = add_kind(Kind(name, host, make, open))


_enter("object", object, object, open=True)
_enter("int", int, _int, open=True)
_enter("float", float, lambda value=0.0, /: float(scalar(value)), open=True)
_enter("complex", complex, lambda *args, **words: complex(*map(scalar, args), **words))
_enter("bool", bool, lambda value=False, /: bool(value))
_enter("str", str, lambda object="": str(object), open=True)
for _host in (list, tuple, set, frozenset):
    _enter(_host.__name__, _host, _gathered(_host), open=True)
_enter("dict", dict, _dict, open=True)
_enter("range", range, lambda *args: range(*map(index, args)))
_enter("slice", slice, slice)
for _name, _make in (
    ("enumerate", _enumerate),
    ("filter", _filter),
    ("map", _map),
    ("zip", _zip),
    ("reversed", _reversed),
):
    _enter(_name, getattr(builtins, _name), _make)
KINDS.update({own: NAMES[host.__name__] for host, own in LAYERED.items()})
for _name in ("property", "staticmethod", "classmethod"):
    _enter(_name, getattr(builtins, _name), getattr(builtins, _name))
_enter("super", super, _super)
_enter("builtin_function_or_method", type(len), None)
del NAMES["builtin_function_or_method"]  # a type without a name of its own
KINDS[Builtin] = KINDS[type(len)]
NAMES["type"] = KINDS[type] = KINDS[Kind] = Kind("type", (type, Kind), _type)

_EXCEPTIONS = """
    ArithmeticError AssertionError AttributeError BaseException BufferError DeprecationWarning EOFError Exception
    FileExistsError FileNotFoundError FloatingPointError FutureWarning GeneratorExit ImportError IndexError KeyError
    KeyboardInterrupt LookupError MemoryError ModuleNotFoundError NameError NotImplementedError OSError OverflowError
    PendingDeprecationWarning PermissionError RecursionError ReferenceError RuntimeError RuntimeWarning StopIteration
    SyntaxError SystemError SystemExit TimeoutError TypeError UnboundLocalError UnicodeError UserWarning ValueError
    Warning ZeroDivisionError"""
NAMES.update({name: getattr(builtins, name) for name in _EXCEPTIONS.split()})
NAMES["IOError"] = OSError


# --- what is not there ----------------------------------------------------------------------------------------------

_CODE = ("scripts cannot make code out of text here", "write it into the script")
_INSIDE = ("scripts see nothing of the interpreter", "read attributes by their names, or with getattr")
_BYTES = ("scripts have no bytes here", "texts and lists of numbers do")
_REFUSED = {
    "open": ("scripts cannot open files here", "write the numbers into the script: torch.tensor([[1., 2.], [3., 4.]])"),
    "eval": _CODE,
    "exec": _CODE,
    "compile": _CODE,
    "__import__": ("scripts import by a statement", "import torch"),
    "globals": _INSIDE,
    "locals": _INSIDE,
    "vars": _INSIDE,
    "dir": _INSIDE,
    "__builtins__": _INSIDE,
    "breakpoint": ("scripts have no debugger here", "print what is of interest"),
    "help": ("scripts have no help pages here", "the command `gradcli ops NAME` describes a function"),
    "bytes": _BYTES,
    "bytearray": _BYTES,
    "memoryview": _BYTES,
}


def undefined(name: str, known: Iterable[str] = ()) -> Problem:
    """The error of a name that nothing has: what is refused says why, what is misspelt gets a suggestion."""
    if name in _REFUSED:
        reason, hint = _REFUSED[name]
        return Problem("unknown-name", f"name '{name}' is not defined: {reason}", type="NameError", hint=hint)
    way_out = f"import {name}" if name in modules.roots() else did_you_mean(name, [*known, *NAMES])
    return Problem("unknown-name", f"name '{name}' is not defined", type="NameError", hint=way_out)

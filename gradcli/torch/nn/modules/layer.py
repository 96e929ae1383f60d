"""Layers that only call a function with options: one row each.

`ELU = layer("ELU", "elu", "alpha inplace?", alpha=1.0, inplace=False)` is a class whose parameters are the options, and whose
forward is `F.elu(input, alpha=..., inplace=...)`.  The third word says what `repr` shows: `alpha` as `alpha=1.0`, `inplace?`
only where it is true, `=lambd` the value alone.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from inspect import Parameter as Argument
from inspect import Signature
from types import FunctionType
from typing import Any

import gradcli.torch.nn.functional as F
from gradcli.torch.nn.modules.module import Module

REQUIRED: Any = Argument.empty  # for an option without a default


class FunctionLayer(Module):
    """A module that calls a function of `nn.functional` with its options."""

    _function = ""
    _shown: tuple[str, ...] = ()
    _passed: tuple[str, ...] = ()  # the options that the function gets

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()
        try:
            bound = self.__signature__.bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{type(self).__name__}.__init__() {self._complaint(str(error), len(args))}") from None
        bound.apply_defaults()
        for name, value in bound.arguments.items():
            setattr(self, name, value)

    def _complaint(self, message: str, given: int) -> str:
        """What `Signature.bind` complains about, as a call of a function would."""
        if message.startswith("missing a required argument: "):
            return f"missing 1 required positional argument: {message.rpartition(' ')[2]}"
        if message != "too many positional arguments":
            return message
        options = self.__signature__.parameters.values()
        most, least = len(options) + 1, sum(each.default is REQUIRED for each in options) + 1
        takes = (
            f"from {least} to {most} positional arguments" if least < most else f"{most} positional argument{'s' * (most > 1)}"
        )
        return f"takes {takes} but {given + 1} were given"

    def _compute(self, *inputs: Any) -> Any:
        """The function of the inputs, which `forward` takes by place or by name."""
        return getattr(F, self._function)(*inputs, **{name: getattr(self, name) for name in self._passed})

    def extra_repr(self) -> str:
        """The options that are shown."""
        return shown(self, self._shown)


def shown(module: Module, names: tuple[str, ...]) -> str:
    """Options as `repr` has them; see the module's docstring."""
    pieces = []
    for name in names:
        if name.endswith("?"):
            name = name[:-1]
            if not getattr(module, name):
                continue
        pieces.append(f"{getattr(module, name[1:])}" if name[0] == "=" else f"{name}={getattr(module, name)!r}")
    return ", ".join(pieces)


def layer(
    name: str,
    function: str,
    shows: str = "",
    base: Any = FunctionLayer,
    hidden: tuple[str, ...] = (),
    takes: str = "input",
    **options: Any,
) -> Any:
    """A class of layers, of the module that calls this.

    options  parameters in their order with their defaults; the function gets all but the `hidden` ones
    takes    the names of what `forward` takes
    """
    arguments = [Argument(each, Argument.POSITIONAL_OR_KEYWORD, default=value) for each, value in options.items()]
    home = sys._getframe(1).f_globals["__name__"]
    members = {
        "__module__": home,
        "__doc__": f"`torch.nn.functional.{function}` as a module.",
        "__signature__": Signature(arguments),
        "forward": _forward(name, ", ".join(takes.split())),
        "_function": function,
        "_shown": tuple(shows.split()),
        "_passed": tuple(each for each in options if each not in hidden),
    }
    return type(name, (base,), members)


def _forward(name: str, takes: str) -> Any:
    """A method that takes these by place or by name: Python itself refuses others, in its own words."""
    text = f"lambda self, {takes}: self._compute({takes})"  # of our own making; errors look for lines of programs alone
    made = eval(compile(text, __file__, "eval"))
    made.__name__, made.__qualname__, made.__doc__ = "forward", f"{name}.forward", "The function of the inputs."
    return made


def repeated(value: Any, n: int) -> tuple[Any, ...]:
    """One value for each of `n` dimensions: a number n times, a sequence as it is."""
    return tuple(value) if isinstance(value, (tuple, list)) else (value,) * n


def named_after(cls: type, function: Any) -> Any:
    """A function, as a method of a class: Python's errors of a call name that class."""
    made = FunctionType(function.__code__, function.__globals__, function.__name__, function.__defaults__, function.__closure__)
    made.__qualname__ = f"{cls.__name__}.{function.__name__}"
    made.__kwdefaults__, made.__annotations__, made.__doc__ = (
        function.__kwdefaults__,
        function.__annotations__,
        function.__doc__,
    )
    return made


Forward = Callable[..., Any]

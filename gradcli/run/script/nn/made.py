"""Modules without parameters that are a function with its options: classes made from rows of a table."""

from __future__ import annotations

from typing import Any

from gradcli.run.script.nn.functional import MEMBERS
from gradcli.run.script.nn.module import Module
from gradcli.run.script.notices import functional, implicit_dim, reduction

NEEDED: Any = object()  # the default of an option that has none
WEIGHT: Any = object()  # that of a tensor which belongs to the module's state, and may be left out


class Plan:
    """One class: its function, its options with their defaults, and how they are shown: by "name", "bare", or None."""

    __slots__ = ("called", "name", "options", "shown")

    def __init__(self, name: str, called: str, options: dict[str, Any], shown: str | None) -> None:
        self.name = name
        self.called: Any = MEMBERS.get(called) or functional(called)
        self.options = options
        self.shown = shown

    def bind(self, args: tuple[Any, ...], keywords: dict[str, Any]) -> dict[str, Any]:
        """The options of a call of the class.  Raises TypeError."""
        options = self.options
        keywords = reduction(keywords) if "reduction" in options else keywords
        if len(args) > len(options):
            raise TypeError(
                f"{self.name}.__init__() takes {len(options) + 1} positional arguments but {len(args) + 1} were given"
            )
        given = {**dict(zip(options, args)), **keywords}
        for name in given:
            if name not in options:
                raise TypeError(f"{self.name}.__init__() got an unexpected keyword argument '{name}'")
        missing = [name for name, value in options.items() if value is NEEDED and name not in given]
        if missing:
            raise TypeError(f"{self.name}.__init__() missing 1 required positional argument: '{missing[0]}'")
        return {**options, **given}


_PLANS: dict[type, Plan] = {}  # beside the classes, where no script looks


class Made(Module):
    """What these classes have in common."""

    def __init__(self, *args: Any, **keywords: Any) -> None:
        super().__init__()
        plan = _plan(self)
        for name, value in plan.bind(args, keywords).items():
            if plan.options[name] is WEIGHT:
                self.register_buffer(name, None if value is WEIGHT else value)
            else:
                setattr(self, name, value)

    def forward(self, *inputs: Any) -> Any:
        """The function of the inputs."""
        plan = _plan(self)
        options = {name: getattr(self, name) for name in plan.options}
        options = {name: value for name, value in options.items() if value is not None or plan.options[name] is not WEIGHT}
        if not options.get("inplace", True):
            del options["inplace"]
        if "dim" in options and options["dim"] is None:
            options["dim"] = implicit_dim(inputs[0], plan.called.__name__)
        return plan.called(*inputs, **options)

    def extra_repr(self) -> str:
        """The options."""
        plan = _plan(self)
        values = {name: getattr(self, name) for name in plan.options if plan.shown is not None}
        if not values.get("inplace", True):
            del values["inplace"]
        return ", ".join([repr(value) if plan.shown == "bare" else f"{name}={value!r}" for name, value in values.items()])


def _plan(module: Any) -> Plan:
    """The plan of a module's class, or of the one that a script's class derives from."""
    return next(_PLANS[each] for each in type(module).__mro__ if each in _PLANS)


def make(name: str, home: str, called: str, options: dict[str, Any], shown: str | None = "name") -> type:
    """The class of a row."""
    cls = type(name, (Made,), {"__module__": home, "__doc__": f"F.{called} as a module."})
    _PLANS[cls] = Plan(name, called, options, shown)
    return cls

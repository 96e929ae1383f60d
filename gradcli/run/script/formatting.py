"""Values as text: f-strings, `str.format`, `format()` and `%`, by Python's own formatting behind a guard.

The guard does three things: attributes and indices in a template are read as scripts read them; a 0-d tensor formats as
its number; and no width takes more memory than there is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor
from gradcli.run.script import attributes
from gradcli.run.script.classes import Instance, type_name
from gradcli.run.script.context import look_at
from gradcli.run.script.guards import index, number, reserve, scalar

MOST_WIDE = 1 << 20  # characters that a width or a precision may ask for
_CONVERSIONS: dict[str, Callable[[Any], str]] = {"r": repr, "s": str, "a": ascii}
_WAY_OUT = "a spec is [fill][<>^][sign][#][0][width][,][.digits][type], as in {x:>10.3f}"


def formatted(value: Any, conversion: str | None = None, spec: str = "") -> str:
    """What `{value!conversion:spec}` puts into an f-string.  Raises Problem (ValueError, TypeError)."""
    if conversion:
        value = _CONVERSIONS[conversion](value)
    if not spec:
        return _plainly(value)
    _check_widths(spec)
    if isinstance(value, Tensor) and not value.ndim:
        look_at(value.array)
        value = value.array.item()
    try:
        return format(value, spec)
    except (TypeError, ValueError) as error:
        if isinstance(value, Instance):
            raise  # in the script's own words
        message = str(error)
        if message.startswith("unsupported format string"):
            message = f"unsupported format string passed to {type_name(value)}.__format__"
        raise Problem("format", message, type=type(error).__name__, hint=_way_out(value)) from None


def _plainly(value: Any) -> str:
    if isinstance(value, Tensor):
        return str(value if value.ndim else value.array.item())
    return format(value)


def _way_out(value: Any) -> str:
    if isinstance(value, Tensor):
        return "a tensor of one number has a format, as in x.item(); one of several is written whole"
    return _WAY_OUT if isinstance(value, (int, float, str, complex)) else f"{{x}} and {{x!r}} write a {type_name(value)}"


def _check_widths(spec: str) -> None:
    """Refuse a spec that asks for absurdly many characters."""
    digits = "".join([each if each.isdecimal() else " " for each in spec])
    for width in digits.split():
        _check_width(int(width[:20]))


def _check_width(width: int) -> int:
    if width > MOST_WIDE:
        raise Problem(
            "limit",
            f"a format may ask for {MOST_WIDE:,} characters at most, not for {width:,}",
            type="MemoryError",
            hint="use a smaller width",
        )
    return width


# --- str.format -----------------------------------------------------------------------------------------------------


def format_method(template: str, args: tuple[Any, ...], words: Mapping[str, Any]) -> str:
    """`template.format(*args, **words)`.  Raises Problem, and what Python raises for a bad template."""
    budget = Budget("!a" in template)
    return str.format(
        template,
        *[Guarded(each, budget) for each in args],
        **{name: Guarded(each, budget) for name, each in words.items()},
    )


def format_map(template: str, mapping: Mapping[str, Any]) -> str:
    """`template.format_map(mapping)`.  Raises as `format_method` does."""
    return str.format_map(template, _GuardedMapping(mapping))


class Budget:
    """How many characters a template has used up: one field may stand in it a million times.

    escaping  whether `{!a}` stands in it: `ascii` must get to see ASCII then, or it would make a text of its own
    """

    __slots__ = ("escaping", "used")

    def __init__(self, escaping: bool) -> None:
        self.escaping = escaping
        self.used = 0

    def spend(self, text: str) -> str:
        """Count a piece.  Raises Problem where all of them together pass the limit on memory."""
        self.used += len(text)
        reserve(self.used, 1, "the text")
        return text


class Guarded:
    """A value inside a template: what Python's formatting asks of it is answered as a script would be."""

    __slots__ = ("budget", "value")

    def __init__(self, value: Any, budget: Budget) -> None:
        _SET_VALUE(self, value)
        _SET_BUDGET(self, budget)

    def __getattribute__(self, name: str) -> Guarded:
        return Guarded(attributes.read(_VALUE(self), name), _BUDGET(self))

    def __getitem__(self, key: Any) -> Guarded:
        from gradcli.run.script.values import item  # which stands above this module, as operators need it

        return Guarded(item(_VALUE(self), key), _BUDGET(self))

    def __format__(self, spec: str) -> str:
        return _BUDGET(self).spend(formatted(_VALUE(self), None, spec))  # type: ignore[no-any-return]

    def __str__(self) -> str:
        return _Converted(str(_VALUE(self)), _BUDGET(self))

    def __repr__(self) -> str:
        budget = _BUDGET(self)
        return _Converted((ascii if budget.escaping else repr)(_VALUE(self)), budget)


class _Converted(str):
    """What `{!s}` or `{!r}` made of a value; its spec is still to come."""

    __slots__ = ("budget",)
    budget: Budget

    def __new__(cls, text: str, budget: Budget) -> _Converted:
        self = super().__new__(cls, text)
        self.budget = budget
        return self

    def __format__(self, spec: str) -> str:
        return self.budget.spend(formatted(str.__str__(self), None, spec))


# The slots themselves, since every attribute of a Guarded is one of its value's.
_VALUE, _BUDGET = vars(Guarded)["value"].__get__, vars(Guarded)["budget"].__get__
_SET_VALUE, _SET_BUDGET = vars(Guarded)["value"].__set__, vars(Guarded)["budget"].__set__


class _GuardedMapping:
    """A mapping whose values are guarded."""

    __slots__ = ("budget", "mapping")

    def __init__(self, mapping: Mapping[str, Any]) -> None:
        self.mapping = mapping
        self.budget = Budget(False)

    def __getitem__(self, key: str) -> Guarded:
        return Guarded(self.mapping[key], self.budget)


# --- the operator % -------------------------------------------------------------------------------------------------


def percent(template: str, value: Any) -> str:
    """`template % value`.  Raises Problem for absurd widths, and what Python raises for a bad template."""
    values = value if isinstance(value, tuple) else (value,)
    reserve(sum(map(_check_width, _widths(template, values))), 1, "the text")
    if isinstance(value, tuple):
        return str.__mod__(template, tuple(map(_numeric, value)))
    if isinstance(value, dict) and any([isinstance(each, Tensor) for each in value.values()]):
        return str.__mod__(template, {key: _numeric(each) for key, each in value.items()})
    return str.__mod__(template, _numeric(value))


def _widths(template: str, values: tuple[Any, ...]) -> list[int]:
    """The widths and precisions of a template; a `*` takes its own from the values."""
    found, taken, at = [], 0, template.find("%")
    while 0 <= at < len(template) - 1:
        at += 1
        if template[at] == "(":
            at = _after_bracket(template, at)
        while at < len(template) and template[at] in "#0- +.*123456789hlL":
            if template[at] == "*":
                star = values[taken] if taken < len(values) else 0
                found.append(abs(star) if isinstance(star, int) else 0)
                taken, at = taken + 1, at + 1
            elif template[at] in "123456789":
                start = at
                while at < len(template) and template[at] in "0123456789":
                    at += 1
                found.append(int(template[start:at][:20]))
            else:
                at += 1
        taken += template[at : at + 1] != "%"
        at = template.find("%", at + 1)
    return found


def _after_bracket(template: str, at: int) -> int:
    """The place behind the bracket that closes the one at `at`."""
    depth = 0
    for place in range(at, len(template)):
        depth += (template[place] == "(") - (template[place] == ")")
        if not depth:
            return place + 1
    return len(template)


def _numeric(value: Any) -> Any:
    return _Number(value) if isinstance(value, Tensor) else value


class _Number:
    """A tensor that `%d` and `%f` take for its number, and `%s` for itself."""

    __slots__ = ("tensor",)

    def __init__(self, tensor: Tensor) -> None:
        self.tensor = tensor

    def __float__(self) -> float:
        return float(scalar(self.tensor))

    def __int__(self) -> int:
        return int(number(self.tensor))

    def __index__(self) -> int:
        return index(self.tensor)  # type: ignore[no-any-return]

    def __getitem__(self, key: Any) -> Any:
        return self.tensor[key]

    def __str__(self) -> str:
        return str(self.tensor)

    def __repr__(self) -> str:
        return repr(self.tensor)


_Number.__name__ = "Tensor"  # as Python's messages are to call it

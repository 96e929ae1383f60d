"""What an option is: a frozen record, whose `kind` names the reader that turns the text of a value into the value."""

from __future__ import annotations

from gradcli.errors import Record

TYPE_CHECKING = False  # type checkers know the name; to import typing for it takes 5 ms
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Final


class Option(Record):
    """One option.

    name     the long name with underscores, also the key of its value: "retain_graph" is `--retain-graph`
    short    the single letter, or None
    kind     "flag", or which of `READERS` reads the value
    metavar  what stands for the value on a help page; None lets Typer write one (the choices)
    choices  the only values of a "choice"; empty for other kinds
    many     may be given more than once; the value is then a list, in order
    default  the value when the option is not given; a `many` option's is an empty list
    panel    the heading that it stands under on a help page
    help     one sentence
    """

    __slots__ = ("name", "short", "kind", "metavar", "choices", "many", "default", "panel", "help")
    name: str
    short: str | None
    kind: str
    metavar: str | None
    choices: tuple[str, ...]
    many: bool
    default: Any
    panel: str
    help: str

    @property
    def long(self) -> str:
        """How it is written: `--retain-graph`."""
        return "--" + self.name.replace("_", "-")

    @property
    def spellings(self) -> tuple[str, ...]:
        """Every way to write it."""
        return (f"-{self.short}", self.long) if self.short else (self.long,)

    def initial(self) -> Any:
        """The value of an option that is not given; a new list each time for one that may be given many times."""
        return [] if self.many else self.default

    def read(self, text: str) -> Any:
        """The value that `text` stands for; raises ValueError with a sentence where it stands for none."""
        if self.choices and text not in self.choices:
            raise ValueError(f"'{text}' is not one of {', '.join(self.choices)}")
        return READERS[self.kind](text)


def _count(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if not 1 <= number < 2**63:
        raise ValueError(f"'{text}' is not a whole number from 1 up")
    return number


def _digits(text: str) -> int:
    """As many digits as tell any two floats apart, at most."""
    number = int(text) if text.isdecimal() and len(text) < 3 else -1
    if not 0 <= number <= 17:
        raise ValueError(f"'{text}' is not a whole number from 0 to 17")
    return number


def _seed(text: str) -> int:
    """A whole number in the range of PyTorch's `manual_seed`."""
    digits = text[1:] if text[:1] in ("-", "+") else text
    number = int(text) if digits.isdecimal() and len(digits) <= 20 else 2**64
    if not -(2**63) <= number < 2**64:
        raise ValueError(f"'{text}' is not a whole number from -2**63 to 2**64 - 1")
    return number


_SIZES: Final = {"": 1, "b": 1} | {
    unit: base**power
    for power, letter in enumerate("kmgt", 1)
    for unit, base in ((letter, 1000), (letter + "b", 1000), (letter + "ib", 1024))
}
_TIMES: Final = {"": 1.0, "s": 1.0, "ms": 1e-3, "m": 60.0, "min": 60.0, "h": 3600.0}


def _size(text: str) -> int:
    return max(1, int(_measure(text, _SIZES, "a size such as 2GB, 512MiB or 1e9 (bytes)")))


def _seconds(text: str) -> float:
    return _measure(text, _TIMES, "a time such as 30 (seconds), 500ms, 2m or 1h")


def _measure(text: str, units: dict[str, Any], kind: str) -> float:
    """A positive finite number followed by one of `units`, in the base unit."""
    number = text.rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
    unit = text[len(number) :].lower()
    try:
        value: float = float(number) * units[unit]
    except (ValueError, KeyError):
        value = 0.0
    if not 0.0 < value < float("inf"):
        raise ValueError(f"'{text}' is not {kind}")
    return value


def _tolerance(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0.0 <= value < 1.0:
        raise ValueError(f"'{text}' is not a number from 0 up to 1, such as 1e-3")
    return value


def _names(text: str) -> list[str]:
    """Names separated by commas."""
    return [name for name in (part.strip() for part in text.split(",")) if name]


def _points(text: str) -> int:
    """How many random points; 0 for the point given alone."""
    if text == "given":
        return 0
    kind, colon, number = text.partition(":")
    if kind != "random" or not colon:
        raise ValueError(f"'{text}' is neither random:N, such as random:100, nor given")
    return _count(number)


def _number(text: str) -> float:
    """A positive number."""
    return _measure(text, {"": 1.0}, "a positive number")


READERS: Final[dict[str, Callable[[str], Any]]] = {
    "text": str,
    "expression": str,
    "file": str,
    "choice": str,
    "names": _names,
    "count": _count,
    "digits": _digits,
    "points": _points,
    "number": _number,
    "seed": _seed,
    "tolerance": _tolerance,
    "size": _size,
    "seconds": _seconds,
    "placed": str,  # a NAME=VALUE whose order among the other words counts: readers pair it with its place in argv
}


def flag(name: str, panel: str, help: str, short: str | None = None) -> Option:
    """An option without a value."""
    return Option(name, short, "flag", None, (), False, False, panel, help)


def value(
    name: str, kind: str, metavar: str, panel: str, help: str, short: str | None = None, many: bool = False, default: Any = None
) -> Option:
    """An option whose value a reader reads."""
    return Option(name, short, kind, metavar, (), many, default, panel, help)


def choice(name: str, choices: tuple[str, ...], default: str, panel: str, help: str) -> Option:
    """An option that has one of a few values."""
    return Option(name, None, "choice", None, choices, False, default, panel, help)

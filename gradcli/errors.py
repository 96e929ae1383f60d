"""What can go wrong, as data: where it stands, what it is called, and how the process ends.

Every layer raises `Problem`; nothing else reaches a user.  `graph` and `ops` raise it without a place, and `run` adds
the span of the syntax node that was being evaluated.
"""

from __future__ import annotations

TYPE_CHECKING = False  # type checkers know the name; to import typing for it takes 5 ms
if TYPE_CHECKING:
    from typing import Any, ClassVar, Final, NoReturn, dataclass_transform
else:

    def dataclass_transform(**_):
        """What tells type checkers that classes have the fields that they annotate."""
        return lambda cls: cls


EXIT_OK: Final = 0
EXIT_CANNOT: Final = 1  # understood, but it cannot be done
EXIT_USAGE: Final = 2  # not understood
EXIT_MISMATCH: Final = 3  # a wrong derivative, or a number that is not finite where none is allowed
EXIT_BUG: Final = 70
EXIT_INTERRUPTED: Final = 130

_EXITS: Final = {
    "usage": EXIT_USAGE,
    "syntax": EXIT_USAGE,
    "non-finite": EXIT_MISMATCH,
    "bug": EXIT_BUG,
    "interrupted": EXIT_INTERRUPTED,
}


@dataclass_transform(frozen_default=True, eq_default=False)
class Record:
    """A frozen value with named fields, given by `__slots__` (dataclasses cost 0.4 ms a class at start-up)."""

    __slots__: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *values: Any) -> None:
        fields = self.__slots__
        if len(values) != len(fields):
            raise TypeError(f"{type(self).__name__} takes {len(fields)} values, not {len(values)}")
        put = object.__setattr__
        for field, value in zip(fields, values):
            put(self, field, value)

    def __setattr__(self, field: str, value: Any) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is frozen")

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        return all(getattr(self, field) == getattr(other, field) for field in self.__slots__)

    def __hash__(self) -> int:
        return hash((type(self), *(getattr(self, field) for field in self.__slots__)))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), tuple([getattr(self, field) for field in self.__slots__])

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(repr(getattr(self, field)) for field in self.__slots__)})"


class Span(Record):
    """Characters [start, end) of a source text; `line` and `column` of its start, counted from 1."""

    __slots__ = ("start", "end", "line", "column")
    start: int
    end: int
    line: int
    column: int


class Problem(Exception):
    """One thing that went wrong, in one clear sentence.

    code     a stable kebab-case word for programs: "syntax", "unknown-name", "shape-mismatch", "file", "limit", ...
    type     the name of the exception that PyTorch (or Python) raises here: "RuntimeError", "IndexError", ...
    message  the sentence; opens with PyTorch's own leading clause where PyTorch has one
    hint     what would work instead, or None
    span     where in `text`, or None
    source   which text the span is in: "expr", the name of a binding ("x"), or an option ("--weights")
    text     that whole text
    values   the values that are involved, in words ("x has shape [2, 3]"), or None
    theirs   PyTorch's whole message, where `message` says it otherwise: what a script reads that catches the error
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        type: str = "RuntimeError",
        hint: str | None = None,
        span: Span | None = None,
        source: str | None = None,
        text: str | None = None,
        values: str | None = None,
        theirs: str | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.type = type
        self.message = message
        self.hint = hint
        self.span = span
        self.source = source
        self.text = text
        self.values = values
        self.theirs = theirs if theirs is not None else message

    def __reduce__(self) -> tuple[Any, ...]:
        return Problem, (self.code, self.message), self.__dict__

    @property
    def exit(self) -> int:
        """The exit code of a process that ends with this problem."""
        return _EXITS.get(self.code, EXIT_CANNOT)

    def at(self, span: Span | None, source: str | None, text: str | None) -> Problem:
        """The same problem with its place, unless it already has one."""
        if self.span is None and self.source is None:
            self.span, self.source, self.text = span, source, text
        return self


def did_you_mean(word: str, known: Any) -> str | None:
    """A hint naming the known word nearest to `word`, or None where none is near.

    Slips leave the first letter alone: a word that begins with another has to be very near ('version' is no 'arcsin').
    """
    import difflib  # only on the way to an error

    words = list(known)
    near = [each for each in words if each.lower() == word.lower()] or difflib.get_close_matches(word, words, n=5, cutoff=0.6)
    for each in near:
        if _initial(each) == _initial(word) or difflib.SequenceMatcher(None, word, each).ratio() >= 0.75:
            return f"did you mean '{each}'?"
    return None


def unknown_name(
    option: str, name: str, why: str, known: Any, otherwise: str | None = None, text: str | None = None
) -> Problem:
    """The problem of an option that names what is not there: "--wrt names 'z', which is no leaf".

    known      what it may name
    otherwise  the hint where none of that is spelt alike
    text       the whole text of the option, if it is not the name alone
    """
    message, hint = f"{option} names '{name}', which {why}", did_you_mean(name, known) or otherwise
    return Problem("unknown-name", message, type="NameError", hint=hint, source=option, text=text or name)


def _initial(word: str) -> str:
    """The first letter of a name or an option."""
    return word.lstrip("-")[:1].lower()

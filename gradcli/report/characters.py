"""Text for a terminal: what a character looks like, how many columns it takes, and how long text is shortened."""

from __future__ import annotations

TYPE_CHECKING = False  # type checkers know the name; to import it takes milliseconds of every --help
if TYPE_CHECKING:
    from typing import Final

_TAB: Final = "    "
_NARROW: Final = 24  # columns, up to which blanks around what is left out would cost too much of the rest


def visible(text: str) -> str:
    """The text with all that a terminal would obey, or not show, spelt out: `\\x1b`, `\\u202e`; a tab as spaces."""
    return text if text.isprintable() else "".join(map(shown, text))


def shown(character: str) -> str:
    """One character as `visible` shows it."""
    if character.isprintable():
        return character
    return _TAB if character == "\t" else character.encode("unicode_escape").decode()


def columns(text: str) -> int:
    """How many columns printable text takes: East-Asian wide characters take two, combining marks none."""
    if text.isascii():
        return len(text)
    from unicodedata import category, east_asian_width  # a C library of its own, for what is not ASCII only

    wide = sum([east_asian_width(character) in ("W", "F") for character in text])
    return len(text) + wide - sum([category(character) in ("Mn", "Me") for character in text])


def padded(text: str, width: int) -> str:
    """The text filled up with spaces to `width` columns."""
    return text + " " * (width - columns(text))


def elided(text: str, width: int) -> str:
    """The text on one line of at most `width` columns, its middle left out where it is longer."""
    text = visible(" ".join(_ends(text, 4 * width).split()))
    if columns(text) <= width:
        return text
    gap = " ... " if width > _NARROW else "..."
    room = max(0, width - len(gap))
    head, tail = _fitting(text, room - room // 3), _fitting(text[::-1], room // 3)[::-1]
    return f"{head.rstrip()}{gap}{tail.lstrip()}"[: max(width, 0)]


def _ends(text: str, most: int) -> str:
    """The ends of a long text, so that nobody looks at all of its characters."""
    return text if len(text) <= 2 * most else f"{text[:most]} {text[-most:]}"


def _fitting(text: str, width: int) -> str:
    """As much of the beginning of the text as fits into `width` columns."""
    end = min(len(text), width)
    while columns(text[:end]) > width:
        end -= 1
    return text[:end]

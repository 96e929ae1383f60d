"""Text for people made to fit a terminal: sentences are wrapped at words, rows of tables and trees are cut at their ends.

Reports arrange themselves by the width; this is for what is left: a long hint, a row whose first columns take all the room.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from gradcli.report.characters import columns, elided

_ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
_DRAWN = frozenset("│├└┌┐┘┤┬┴┼─━┃┏┗▏█")
_LABEL = re.compile(r"^(\s*(?:error|warning|hint|note|where|write instead):)\s")
_NUMBER = re.compile(r"-?\d[\d,]*\.?\d*(e[+-]\d+)?( %)?|-?inf|nan|-")
_WHOLE = re.compile(r"-?[\d,]*|[a-z]*")
_NARROWEST = 9  # columns of a cell
_LEAST = 20  # columns; a narrower terminal gets lines of this length


def fitted(text: str, width: int) -> str:
    """The text with no line longer than `width` columns, escape codes left out of account, and no blanks at the ends."""
    width = max(width, _LEAST)
    return "\n".join([piece for line in text.split("\n") for piece in _fitted(line, width)])


def narrowed(rows: Sequence[tuple[str, ...]], width: int, gap: int = 2) -> list[tuple[str, ...]]:
    """The rows of a table made narrow enough, where they can be: words give way first, then the last columns.

    Half a number would be another one, so numbers are never shortened.  Rows of one cell are remarks, which have no columns.
    """
    cells = [row for row in rows if len(row) > 1]
    if not cells:
        return [*rows]
    every = [*zip(*cells)]
    widths = [max(map(columns, column)) for column in every]
    words = [not all(map(_is_number, column[1:])) for column in every]
    kept = [*widths]
    while (over := sum(kept) + gap * (len(kept) - 1) - width) > 0:
        long = [each if is_word and each > _NARROWEST else 0 for each, is_word in zip(kept, words)]
        widest = long.index(max(long))
        if long[widest]:
            second = sorted(long)[-2] if len(long) > 1 else 0
            kept[widest] = max(_NARROWEST, kept[widest] - over, min(second, kept[widest] - 1))
        elif len(kept) > 2:
            kept.pop()
        else:
            break
    if kept == widths:
        return [*rows]
    return [row if len(row) < 2 else tuple(map(_shortened, row, kept)) for row in rows]


def _shortened(cell: str, width: int) -> str:
    return cell if columns(cell) <= width else elided(cell, width)


def aligned(rows: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The rows of a table with the numbers of a column padded so that their points stand below each other."""
    cells = [row for row in rows if len(row) > 1]
    if len(cells) < 3:  # the headings, and one number
        return [*rows]
    padded = iter([*zip(*[(column[0], *_at_points(column[1:])) for column in zip(*cells)])])
    return [next(padded) if len(row) > 1 else row for row in rows]


def _at_points(cells: Sequence[str]) -> Sequence[str]:
    numbers = [cell for cell in cells if cell]
    if not numbers or not all(map(_is_number, numbers)) or any(["e" in cell for cell in numbers]):
        return cells
    heads = [len(_WHOLE.match(cell)[0]) if cell else 0 for cell in cells]  # type: ignore[index]  # every number has one
    return [" " * (max(heads) - head) + cell if cell else cell for head, cell in zip(heads, cells)]


def _is_number(cell: str) -> bool:
    return not cell or _NUMBER.fullmatch(cell.strip()) is not None


def _fitted(line: str, width: int) -> list[str]:
    if visible_columns(line) <= width:
        return [line]
    return [_cut(line, width)] if _is_row(line) else _wrapped(line, width)


def visible_columns(line: str) -> int:
    """The columns that a line takes without its escape codes."""
    return columns(_ESCAPE.sub("", line) if "\x1b" in line else line)


def _is_row(line: str) -> bool:
    """Whether a line is one of a table, of a tree, or the user's own text with carets below: its columns have a meaning."""
    plain = _ESCAPE.sub("", line)
    body = plain.strip()
    return bool(_DRAWN & {*plain}) or "  " in body or set(body) <= {"^", " "}


def _cut(line: str, width: int) -> str:
    """The beginning of a line, and a sign that there is more; escape codes are kept, so that colours end."""
    kept, room = "", width - 1
    for part in re.split(r"(\x1b\[[0-9;]*m)", line):
        if _ESCAPE.fullmatch(part):
            kept += part
            continue
        while part and columns(part) > room:
            part = part[:-1]
        kept += part
        room -= columns(part)
        if room <= 0:
            room = 0
    return _ended(kept)


def _ended(text: str) -> str:
    codes = "".join(_ESCAPE.findall(text[text.rstrip().rfind("\x1b") :])) if text.rstrip().endswith("m") else ""
    body = text.rstrip()
    return f"{body}…" if not codes else f"{body[: body.rfind(chr(27))].rstrip()}…{codes}"


def _wrapped(line: str, width: int) -> list[str]:
    """A sentence at its words; what follows stands below the first word behind a label, or two columns in."""
    label = _LABEL.match(_ESCAPE.sub("", line))
    start = len(line) - len(line.lstrip())
    margin = " " * (min(len(label[0]), width // 3) if label else min(start + 2, width // 2))
    pieces: list[str] = []
    current = line[: min(start, width // 2)]
    for word in line[start:].split(" "):
        longer = f"{current} {word}" if current.strip() else current + word
        if visible_columns(longer) <= width:
            current = longer
            continue
        if current.strip():
            pieces.append(current.rstrip())
            current = margin + word
        else:
            current = longer
        while visible_columns(current) > width:
            place = _break(current, width)
            pieces.append(current[:place])
            current = margin + current[place:]
    return [*pieces, current.rstrip()] if current.strip() else pieces


def _break(text: str, width: int) -> int:
    """Where a word that is too long is broken: as late as fits."""
    place = len(text)
    while place > 1 and visible_columns(text[:place]) > width:
        place -= 1
    return place

"""How a table of text is laid out: what stands between its cells, which lines are comments, and whether it has a header.

The delimiter is found from the first lines: a mark that every one of them has equally often, and that leaves the most
cells which are numbers.  The extension decides between equals.
"""

from __future__ import annotations

import re
from typing import Final

from gradcli.errors import Problem, Record, did_you_mean
from gradcli.run.files.cells import MISSING, looks_like_number
from gradcli.run.files.problems import bad

SAMPLE: Final = 64  # lines from which the delimiter is found
_MARKS: Final = (";", ",", "\t", "|")
_PREFERRED: Final[dict[str, tuple[str | None, ...]]] = {".csv": (",",), ".tsv": ("\t",), ".txt": (None,)}
COMMENT: Final = re.compile(r"\s#")  # at the end of a row
_QUOTED: Final = re.compile(r'"[^"]*"')


class TableLayout(Record):
    """How a table is laid out, as its first lines show.

    place      the table's name in messages
    delimiter  between cells; None: any blanks
    line       the line of the first row
    width      the number of cells in every row
    header     the columns' names, or None
    """

    __slots__ = ("place", "delimiter", "line", "width", "header")
    place: str
    delimiter: str | None
    line: int
    width: int
    header: list[str] | None

    def named(self, column: int) -> str:
        """A column in words."""
        return f"column {self.header[column]!r}" if self.header else f"column {column} (counted from 0)"

    def column(self, part: str) -> int:
        """The number of the column called `part`: by its name in the header, else by number, from 0 (from the end: -1)."""
        names = self.header or []
        if names.count(part) > 1:
            raise bad(
                f"{self.place} has {names.count(part)} columns named {part!r}",
                type="KeyError",
                hint=f"pick one by its number, which counts from 0: #{names.index(part)}",
            )
        if part in names:
            return names.index(part)
        try:
            column = int(part)
        except ValueError:
            raise self._no_column(part, names) from None
        if not -self.width <= column < self.width:
            raise bad(
                f"{self.place} has {self.width} column{'s' * (self.width > 1)}, and no column {part}",
                type="IndexError",
                hint=f"columns count from 0: #0 to #{self.width - 1}",
            )
        return column % self.width

    def _no_column(self, part: str, names: list[str]) -> Problem:
        known = f"its columns: {', '.join(names[:20])}" if names else f"it has no header: use #0 to #{self.width - 1}"
        if "/" in part:
            known = f"{known}; only JSON has parts with a slash"
        return bad(f"{self.place} has no column {part!r}", type="KeyError", hint=did_you_mean(part, names) or known)


def is_comment(line: str) -> bool:
    """Whether a whole line is a comment: '#' opens one, and so does '%' before a blank (MATLAB, TeX)."""
    start = line.lstrip()[:2]
    return start[:1] == "#" or (start[:1] == "%" and start[1:] in ("", " ", "\t", "%"))


def declared(line: str) -> str | None:
    """The delimiter that a first line `sep=;` declares, as spreadsheets write and read it."""
    text = line.strip()
    return text[4:].strip(" ") or None if text[:4].lower() == "sep=" and len(text) <= 5 else None


def delimiter_of(sample: str, extension: str | None) -> str | None:
    """What stands between the cells of the table that begins with `sample`; None is blanks."""
    lines = [line for line in _QUOTED.sub("0", sample).split("\n") if line.strip() and not is_comment(line)][:SAMPLE]
    lines = [COMMENT.split(line, maxsplit=1)[0] for line in lines]
    preferred = _PREFERRED.get(extension or "", ())
    default = preferred[0] if preferred else None
    candidates = dict.fromkeys((*preferred, *_MARKS, None))
    if None in preferred and not all(", " in line for line in lines):
        candidates.pop(",")  # `1,5` may be one number, where blanks are expected between two
    consistent = [mark for mark in candidates if _splits_alike(lines, mark)]
    if consistent:
        return max(consistent, key=lambda mark: _numeric_share(lines, mark))
    if None in preferred or not lines:
        return default
    return next((mark for mark in (*preferred, ",", ";", "\t", "|") if mark and mark in lines[0]), default)


def is_header(cells: list[str]) -> bool:
    """Whether the first row names the columns: one cell at least is no number, and is not left out either."""
    words = [cell.strip() for cell in cells]
    return any(word and not looks_like_number(word) for word in words) or all(word in MISSING for word in words)


def commented_header(comment: str | None, delimiter: str | None, width: int) -> list[str] | None:
    """The names that a comment above the numbers gives to the columns (`# x y`), where it has as many words."""
    if comment is None:
        return None
    text = comment.strip().lstrip("#%").strip()
    names = [name.strip() for name in (re.split(r"[,\s]+", text) if delimiter is None else text.split(delimiter))]
    return names if len(names) == width and all(names) and not any(map(looks_like_number, names)) else None


def _splits_alike(lines: list[str], mark: str | None) -> bool:
    """Whether every line has the mark, and equally often."""
    counts = {len(line.split()) - 1 if mark is None else line.count(mark) for line in lines}
    return len(counts) == 1 and counts != {0}


def _numeric_share(lines: list[str], mark: str | None) -> float:
    cells = [cell for line in lines[1:] or lines for cell in line.split(mark)]
    return sum(map(looks_like_number, cells)) / len(cells)

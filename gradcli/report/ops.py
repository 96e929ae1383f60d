"""The table of operations for people and for programs, from the entries of `gradcli.ops.index`."""

from __future__ import annotations

from sys import maxsize

from gradcli.report.document import encoded, opening

TYPE_CHECKING = False  # type checkers know the name; to import it takes milliseconds of `gradcli ops`
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any, Final

SCHEMA: Final = "gradcli.ops/1"

_MODULES: Final = {
    "torch": "torch",
    "F": "torch.nn.functional",
    "torch.linalg": "torch",
    "torch.special": "torch",
    "torch.fft": "torch",
}
_LEGEND: Final = "g is the gradient of the result, out the result itself; x, y, ... are the operands in their order."
_BOLD, _PLAIN = "\x1b[1m", "\x1b[0m"


def render_list(entries: Iterable[dict[str, Any]], width: int = maxsize, *, color: bool = False) -> str:
    """One line for each name, under the headings of the families, cut to `width`; without the final newline."""
    entries = list(entries)
    families: dict[str, dict[str, list[dict[str, Any]]]] = {
        family: {} for family in sorted({family for entry in entries for family in entry["families"]})
    }
    for entry in entries:
        for family in entry["families"]:
            families[family].setdefault(entry["name"], []).append(entry)
    column = max((len(_title(rows)) for family in families.values() for rows in family.values()), default=0)
    blocks = []
    for family, names in families.items():
        lines = [f"  {_title(rows):{column}}  {_docs(rows)}" for _, rows in sorted(names.items())]
        blocks.append("\n".join([_bold(family, color), *[_cut(line, width) for line in lines]]))
    return "\n\n".join(blocks)


def render_one(
    entries: Sequence[dict[str, Any]], examples: dict[str, str] | None = None, width: int = maxsize, *, color: bool = False
) -> str:
    """All that is known of one operation, form by form, with what `examples` has for it; without the final newline.

    Lines are broken at words to fit into `width`, command lines between their words.
    """
    blocks = []
    for entry in entries:
        lines = [line for label, text in _facts(entry) for line in _laid(label, text.split(" "), width)]
        example = (examples or {}).get(_key(entry))
        lines += [] if example is None else _laid("example", _shell_words(example), width, " \\")
        blocks.append("\n".join([_bold(_heading(entry), color), *lines]))
    if any(entry["derivative"] for entry in entries):
        blocks.append(_LEGEND)
    return "\n\n".join(blocks)


def document(entries: Iterable[dict[str, Any]], examples: dict[str, str]) -> str:
    """The entries as one line of JSON, the document `gradcli.ops/1`; without the newline."""
    return encoded({**opening(SCHEMA), "operations": [{**entry, "example": examples.get(_key(entry))} for entry in entries]})


def _key(entry: dict[str, Any]) -> str:
    """What examples are found by: the name, and the overload where there is one."""
    return f"{entry['name']}.{entry['overload']}" if entry["overload"] else str(entry["name"])


def _laid(label: str, words: list[str], width: int, sign: str = "") -> Iterator[str]:
    """The words behind the label, in as many lines as they need; `sign` ends a line that goes on."""
    line = f"  {label:8}  " if label else "  "
    margin = " " * len(line)
    if len(line) + max(map(len, words)) > width:  # which leaves no room beside the label
        yield line.rstrip()
        line = margin = "    "
    for place, word in enumerate(words):
        if place and len(line) + 1 + len(word) + len(sign) * (place < len(words) - 1) > width:
            yield line + sign
            line = margin + word
        else:
            line += f" {word}" if place else word
    yield line


def _shell_words(line: str) -> list[str]:
    """The words of a command line with the quotes that they have."""
    import re

    return re.findall(r"'[^']*'|\"[^\"]*\"|\S+", line)


def _title(rows: list[dict[str, Any]]) -> str:
    """A name, with the operator that stands for it."""
    name: str = rows[0]["name"]
    symbols = dict.fromkeys(row["operator"] for row in rows if row["operator"] not in (None, name))
    return " ".join([name, *symbols])


def _docs(rows: list[dict[str, Any]]) -> str:
    return " ".join(dict.fromkeys(row["doc"] for row in rows))


def _cut(line: str, width: int) -> str:
    """The line, ended after its last word that fits."""
    if len(line) <= width:
        return line
    return f"{line[: max(width - len(' ...'), 0)].rpartition(' ')[0].rstrip()} ..."


def _bold(text: str, color: bool) -> str:
    return f"{_BOLD}{text}{_PLAIN}" if color else text


def _heading(entry: dict[str, Any]) -> str:
    is_word = entry["name"].replace(".", "_").isidentifier()
    return entry["signature"] if is_word else f"operator {entry['name']}"


def _facts(entry: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What is known, as (label, text); what it does has no label."""
    yield "", entry["doc"]
    operator = [entry["operator"]] if entry["operator"] not in (None, entry["name"]) else []
    facts = [("PyTorch", _places(entry)), ("operator", operator), ("aliases", entry["aliases"]), ("grad_fn", [_grad_fn(entry)])]
    yield from [(label, ", ".join(words)) for label, words in facts if words]
    for name, rule in (entry["derivative"] or {}).items():
        yield "gradient", f"{name}: {rule or 'by a rule of several steps'}"
    if entry["domain"] and not entry["composite"]:
        only = f"; a derivative only where {entry['differentiable']}" if entry["differentiable"] else ""
        yield "domain", f"{entry['domain']}{only}"
    yield from [("kink", kink) for kink in entry["kinks"]]


def _places(entry: dict[str, Any]) -> list[str]:
    """Where PyTorch has it."""
    module = _MODULES.get(entry["namespace"])
    functions = [f"{module}.{entry['name']}"] if entry["function"] and module else []
    return functions + [f"Tensor.{entry['name'].rpartition('.')[2]}"] * (entry["method"] or entry["attribute"])


def _grad_fn(entry: dict[str, Any]) -> str:
    if entry["grad_fn"] is None:
        return "none of its own" if entry["composite"] else "none: no gradient flows through it"
    return str(entry["grad_fn"]) if entry["derivative"] else "none: it has no derivative, as in PyTorch"

"""The table of operations for people and for programs, from the entries of `gradcli.ops.index`."""

from __future__ import annotations

from gradcli.report.document import encoded, opening

TYPE_CHECKING = False  # type checkers know the name; to import it takes milliseconds of `gradcli ops`
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any, Final

SCHEMA: Final = "gradcli.ops/1"

_MODULES: Final = {"torch": "torch", "F": "torch.nn.functional", "torch.linalg": "torch", "torch.special": "torch"}
_LEGEND: Final = "g is the gradient of the result, out the result itself; x, y, ... are the operands in their order."
_BOLD, _PLAIN = "\x1b[1m", "\x1b[0m"


def render_list(entries: Iterable[dict[str, Any]], width: int = 80, *, color: bool = False) -> str:
    """One line for each name, under the headings of the families, cut to `width`; without the final newline."""
    families: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for entry in entries:
        families.setdefault(entry["family"], {}).setdefault(entry["name"], []).append(entry)
    column = max((len(_title(rows)) for family in families.values() for rows in family.values()), default=0)
    blocks = []
    for family, names in families.items():
        lines = [f"  {_title(rows):{column}}  {_docs(rows)}" for rows in names.values()]
        blocks.append("\n".join([_bold(family, color), *[_cut(line, width) for line in lines]]))
    return "\n\n".join(blocks)


def render_one(entries: Sequence[dict[str, Any]], *, color: bool = False) -> str:
    """All that is known of one operation, form by form; without the final newline."""
    blocks = ["\n".join([_bold(_heading(entry), color), *_facts(entry)]) for entry in entries]
    if any(entry["derivative"] for entry in entries):
        blocks.append(_LEGEND)
    return "\n\n".join(blocks)


def document(entries: Iterable[dict[str, Any]]) -> str:
    """The entries as one line of JSON, the document `gradcli.ops/1`; without the newline."""
    return encoded({**opening(SCHEMA), "operations": list(entries)})


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


def _facts(entry: dict[str, Any]) -> Iterator[str]:
    yield f"  {entry['doc']}"
    operator = [entry["operator"]] if entry["operator"] not in (None, entry["name"]) else []
    facts = [("PyTorch", _places(entry)), ("operator", operator), ("aliases", entry["aliases"]), ("grad_fn", [_grad_fn(entry)])]
    for label, words in facts:
        if words:
            yield f"  {label:8}  {', '.join(words)}"
    for name, rule in (entry["derivative"] or {}).items():
        yield f"  gradient  {name}: {rule or 'by a rule of several steps'}"
    if entry["domain"] and not entry["composite"]:
        only = f"; a derivative only where {entry['differentiable']}" if entry["differentiable"] else ""
        yield f"  domain    {entry['domain']}{only}"
    yield from [f"  kink      {kink}" for kink in entry["kinks"]]


def _places(entry: dict[str, Any]) -> list[str]:
    """Where PyTorch has it."""
    module = _MODULES.get(entry["namespace"])
    functions = [f"{module}.{entry['name']}"] if entry["function"] and module else []
    return functions + [f"Tensor.{entry['name'].rpartition('.')[2]}"] * (entry["method"] or entry["attribute"])


def _grad_fn(entry: dict[str, Any]) -> str:
    if entry["grad_fn"] is None:
        return "none of its own" if entry["composite"] else "none: no gradient flows through it"
    return str(entry["grad_fn"]) if entry["derivative"] else "none: it has no derivative, as in PyTorch"

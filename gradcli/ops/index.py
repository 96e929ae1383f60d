"""The table of operations as plain data, saved: whoever lists, completes or explains operations needs no numpy for it.

An entry is a dictionary with these keys:

    name, overload    what tells it from all others; several rows share a name
    family            the heading that its rows stand under
    families          all headings that people look for it under, that one first
    namespace         where PyTorch keeps it: "torch", "F" (torch.nn.functional), "torch.linalg", "torch.special", "torch.fft",
                      "Tensor", "torch::autograd" (its engine), "" (Python); "gradcli" where PyTorch has nothing like it
    signature         how it is called, in PyTorch's words
    doc               one sentence
    function, method, attribute   whether it is called as name(x), called as x.name(), read as x.name
    operator          the operator that it stands for, or None
    aliases           other names of it
    composite         it is made of other operations, and shows their nodes
    grad_fn           the name of its node in the graph; None where it makes none of its own
    derivative        operand -> its gradient as a formula of g, the gradient of the result (None: too long to be read);
                      without the operands that get no gradient, and None where no operand gets one
    domain            where it is defined
    differentiable    where it has a derivative, if that is not all of its domain; else None
    kinks             what happens where the derivative is a convention
"""

from __future__ import annotations

import os

from gradcli import artefact_cache
from gradcli.errors import Problem, did_you_mean

TYPE_CHECKING = False  # type checkers know the name; to import it takes milliseconds of every completion
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, Final

    from gradcli.graph.operation import Operation

ARTEFACT: Final = "operations.json"
NOT_IMPLEMENTED: Final = "NotImplemented"  # the grad_fn of what has a node, but no derivative

_INNER: Final = ("sum to", "cast to", "clone", "copy", "as strided", "copy slices")  # operators that only the tape uses
_NAMED: Final = ("function", "method", "attribute")  # the ways to use a row by its name
_LEAST_SOUGHT: Final = 3  # letters
_ANYWHERE: Final = "any number"

Entry = dict[str, "Any"]


def load() -> list[Entry]:
    """Every entry, family by family, in the order of the names."""
    import json

    entries: list[Entry] = json.loads(artefact_cache.load(ARTEFACT, build, sources()))
    return entries


def sources() -> list[str]:
    """The files that the rows stand in, and this one."""
    here = os.path.dirname(__file__)
    return [os.path.join(room, file) for room, _, files in os.walk(here) for file in files if file.endswith(".py")]


def build() -> bytes:
    """The entries as JSON, made from the table, by family and name: its own order depends on what was imported first."""
    import json
    from operator import attrgetter

    from gradcli.ops import catalogue

    rows = sorted(catalogue.rows(), key=attrgetter("family", "name"))
    return json.dumps([_entry(row) for row in rows], ensure_ascii=False).encode()


def names() -> list[str]:
    """Every name that an expression can use, aliases among them, in alphabetical order."""
    entries = [entry for entry in public(load()) if any(entry[way] for way in _NAMED)]
    long = {name for entry in entries for name in (entry["name"], *entry["aliases"])}
    return sorted(long | {_short(name) for name in long})


def _short(name: str) -> str:
    """The last part: `linalg.inv` may be written as `inv`."""
    return name.rpartition(".")[2]


def public(entries: Iterable[Entry]) -> list[Entry]:
    """The entries that an expression can use; the others are parts of these, or come from differentiating twice.

    Operators spelt as methods, x.__add__(y), are left out: what they do stands at the operators.
    """
    usable = [entry for entry in entries if entry["operator"] or any(entry[way] for way in _NAMED)]
    return [entry for entry in usable if not entry["name"].startswith("__")]


def find(entries: Iterable[Entry], word: str) -> list[Entry]:
    """The entries that `word` speaks of: by name, alias, operator or grad_fn.  Raises Problem where there are none."""
    entries = list(entries)
    wanted = word.removeprefix("torch.").removeprefix("nn.functional.").removeprefix("F.").removeprefix("Tensor.")
    found = [entry for entry in entries if {wanted, f"math.{wanted}"} & {*_words(entry)}] or [
        entry for entry in entries if {wanted, _short(wanted)} & {*map(_short, _words(entry))}
    ]
    if not found:
        known = [each for entry in entries for each in _words(entry)]
        raise Problem(
            "unknown-name",
            f"there is no operation '{word}'",
            type="NameError",
            hint=did_you_mean(wanted, known) or "'gradcli ops' lists them all",
        )
    families = {entry["family"] for entry in public(found)}  # without what other families made for themselves
    return [entry for entry in found if not families or entry["family"] in families]


def named(entries: Iterable[Entry], word: str) -> list[Entry]:
    """The entries of the families that `word` begins or is a word of, and those with it in a name.

    None for a letter or two, which are everywhere.
    """
    if len(word) < _LEAST_SOUGHT:
        return []
    found = []
    for entry in public(entries):
        families = [family for family in entry["families"] if f" {word}" in f" {family}"]
        if families or any([word in each for each in (entry["name"], *entry["aliases"])]):
            found.append(_under(entry, families))
    return found


def search(entries: Iterable[Entry], words: str) -> list[Entry]:
    """The entries in which every one of `words` is found: in a name, in what they do, or at their kinks.  Raises Problem."""
    sought = words.lower().split()
    found = [_under(entry, []) for entry in public(entries) if all([word in _searchable(entry) for word in sought])]
    if not found:
        hint = "'gradcli ops' lists them all"
        raise Problem("unknown-name", f"no operation speaks of '{words}'", type="NameError", hint=hint)
    return found


def _under(entry: Entry, families: list[str]) -> Entry:
    """The entry as it stands under these families, or under its own where there are none."""
    return {**entry, "families": families or entry["families"][:1]}


def _searchable(entry: Entry) -> str:
    """All words about an entry that people may remember."""
    words = [entry["name"], *entry["aliases"], *entry["families"], entry["doc"], entry["signature"], *entry["kinks"]]
    return " ".join([*words, entry["grad_fn"] or ""]).lower()


def _words(entry: Entry) -> list[str]:
    overload = f"{entry['name']}.{entry['overload']}" if entry["overload"] else None
    words = (entry["name"], overload, *entry["aliases"], entry["operator"], entry["grad_fn"])
    return [word for word in words if word]


# ---- making an entry -------------------------------------------------------------------------------------------------


def _entry(row: Operation) -> Entry:
    from gradcli.ops.core import table
    from gradcli.ops.core.binding import signature
    from gradcli.ops.core.formulas import formula, in_words, outline

    rules = [(name, rule) for name, rule in zip(row.operands, row.vjps, strict=True) if rule]
    derivatives = {name: in_words(formula(rule)) or outline(row, name) for name, rule in rules}
    return {
        "name": row.name,
        "overload": row.overload,
        "family": row.family,
        "families": [row.family, *[heading for heading, names in sorted(table.GUESTS.items()) if row.name in names]],
        "namespace": row.namespace,
        "signature": signature(row),
        "doc": row.doc,
        "function": row.function,
        "method": row.method,
        "attribute": row.attribute,
        "operator": None if row.operator in _INNER else row.operator,
        "aliases": list(row.aliases),
        "composite": row.composite,
        "grad_fn": row.grad_fn,
        "derivative": derivatives or None,
        "domain": _domain(row),
        "differentiable": _differentiable(row),
        "kinks": [kink.text for kink in row.kinks],
    }


def _domain(row: Operation) -> str | None:
    """The conditions on the operands, each in the name of its own operand; None where there is no operand."""
    return (_conditions(row, "text") or _ANYWHERE) if row.operands else None


def _differentiable(row: Operation) -> str | None:
    return _conditions(row, "differentiable") or None


def _conditions(row: Operation, field: str) -> str:
    from gradcli.ops.core.domains import told_of

    domains = row.domain if isinstance(row.domain, tuple) else (row.domain,)
    names = [*row.operands, *[each.name for each in row.statics]]
    told = [(name, getattr(domain, field)) for name, domain in zip(row.operands, domains, strict=False)]
    return ", ".join(dict.fromkeys([told_of(text, name, names) for name, text in told if text not in (None, _ANYWHERE)]))

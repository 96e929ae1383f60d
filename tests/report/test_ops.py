"""The table of operations, as a list, one by one, and as JSON."""

from __future__ import annotations

import json
import re
import shlex

import pytest

from gradcli.cli import fast_parser
from gradcli.cli.bindings import settle
from gradcli.cli.commands import EVAL
from gradcli.cli.options import PER_RECORD
from gradcli.ops import index
from gradcli.report.ops import document, render_list, render_one
from gradcli.run import examples
from gradcli.run.evaluate import answer
from gradcli.run.request import Request

ENTRIES = index.load()


def one(word: str) -> str:
    return render_one(index.find(ENTRIES, word))


def test_the_list_has_a_line_for_every_name_under_its_family() -> None:
    text = render_list(index.public(ENTRIES))
    blocks = [block.splitlines() for block in text.split("\n\n")]
    placed = {(family, entry["name"]) for entry in index.public(ENTRIES) for family in entry["families"]}
    assert {lines[0] for lines in blocks} == {family for family, _ in placed}
    lines = [(heading, line.split()[0]) for heading, *block in blocks for line in block]
    assert len(lines) == len(set(lines))  # F.unfold and Tensor.unfold are two functions, of two families
    assert {*lines} == placed
    assert {("activations", name) for name in ("relu", "sigmoid", "tanh", "softmax", "elu")} < placed
    assert re.search(r"\n  sum +The sum of all elements\. Sums along dim\.\n", text)
    assert re.search(r"\n  matmul @ +The product of matrices", text)


@pytest.mark.parametrize("width", [50, 80, 300])
def test_the_list_fits_the_width(width: int) -> None:
    text = render_list(index.public(ENTRIES), width)
    assert max(map(len, text.splitlines())) <= width
    assert (" ...\n" in text) == (width < 300)


def test_the_internal_rows_are_not_listed() -> None:
    names = [line.split()[0] for line in render_list(index.public(ENTRIES)).splitlines() if line.startswith("  ")]
    assert not [name for name in names if name.startswith("_") or name.endswith("_backward")]


def test_one_operation() -> None:
    assert (
        one("log1p")
        == """\
log1p(input)
  log(1 + x), exact near 0.
  PyTorch   torch.log1p, Tensor.log1p
  grad_fn   Log1PBackward0
  gradient  x: g / (x + 1)
  domain    x > -1

g is the gradient of the result, out the result itself; x, y, ... are the operands in their order."""
    )


def test_kinks_and_several_operands() -> None:
    text = one("maximum")
    assert "\n  gradient  x: where(x == y, g / 2, where(x < y, 0, g))\n  gradient  y: " in text
    assert "\n  kink      half to each where x == y\n" in text


@pytest.mark.parametrize(
    ("word", "line"),
    [
        ("lt", "  grad_fn   none: no gradient flows through it"),
        ("square", "  grad_fn   none of its own"),
        ("floor_divide", "  grad_fn   none: it has no derivative, as in PyTorch"),
        ("T", "  PyTorch   Tensor.T"),
        ("/", "operator /"),
        ("matmul", "  operator  @"),
        ("log", "  domain    x > 0"),
        ("sqrt", "  domain    x >= 0; a derivative only where x > 0"),
        ("atan2", "  domain    any number; a derivative only where x != 0 or y != 0"),
    ],
)
def test_words(word: str, line: str) -> None:
    assert line in one(word).splitlines()


def test_every_operation_can_be_shown() -> None:
    for entry in ENTRIES:
        text = one(f"{entry['name']}.{entry['overload']}" if entry["overload"] else entry["name"])
        assert entry["doc"] in text
        assert all(kink in text for kink in entry["kinks"])
        found = text if entry["grad_fn"] in (None, index.NOT_IMPLEMENTED) else one(entry["grad_fn"])  # a node that many share
        assert not entry["derivative"] or f"  grad_fn   {entry['grad_fn']}\n" in found


def test_every_operation_has_an_example_that_runs() -> None:
    """They are evaluated when they are made; here as they are typed."""
    lines = examples.load()
    shown = [lines[f"{entry['name']}.{entry['overload']}".rstrip(".")] for entry in index.public(ENTRIES)]
    for line in shown:
        program, *words = shlex.split(line)
        values = settle(fast_parser.read(EVAL, words))
        settings = {option.name: values[option.name] for option in PER_RECORD}
        assert program == "gradcli"
        assert answer(Request(values["expr"], values["bindings"], **settings)).outputs
    assert f"  example   {lines['sin']}" in render_one(index.find(ENTRIES, "sin"), lines).splitlines()


def test_what_is_said_of_one_operation_fits() -> None:
    text = render_one(index.find(ENTRIES, "glu"), examples.load(), 60).rpartition("\n\n")[0]
    assert max(map(len, text.splitlines())) <= 60
    example = text[text.index("gradcli '") :]
    assert "\n" in example
    assert shlex.split(example.replace("\\\n", "")) == shlex.split(examples.load()["glu"])  # as a shell reads the lines


def test_the_document_holds_the_entries() -> None:
    lines = examples.load()
    found = json.loads(document(ENTRIES, lines))
    assert found["schema"] == "gradcli.ops/1"
    assert [{**entry, "example": None} for entry in found["operations"]] == [{**entry, "example": None} for entry in ENTRIES]
    assert {entry["example"] for entry in found["operations"]} - {None} <= {*lines.values()}
    assert len(document(ENTRIES, lines).splitlines()) == 1


def test_colour() -> None:
    assert render_list(ENTRIES[:1], color=True).startswith(f"\x1b[1m{ENTRIES[0]['family']}\x1b[0m\n  ")
    assert render_one(ENTRIES[:1], color=True).startswith(f"\x1b[1m{ENTRIES[0]['signature']}\x1b[0m\n  ")
    assert "\x1b" not in render_list(ENTRIES) + render_one(ENTRIES)

"""What holds of every row of the table, whatever it computes."""

from __future__ import annotations

from collections import Counter

import pytest

from gradcli.graph.operation import Operation, rule_parameters
from gradcli.graph.operators import OPERATORS
from gradcli.ops import catalogue
from gradcli.ops.catalogue import ATTRIBUTES, FUNCTIONS, METHODS
from gradcli.ops.core.binding import signature
from gradcli.ops.movement.in_place import slices
from tests.batches import every
from tests.ops import samples

PUBLIC = [row for row in catalogue.rows() if row.function or row.method or row.attribute]


def named(row: Operation) -> str:
    return f"{row.name} {row.overload}"


def test_a_name_and_an_overload_tell_a_row_from_all_others() -> None:
    public = Counter((row.name, row.overload) for row in PUBLIC)
    assert [key for key, count in public.items() if count > 1] == []


@every(catalogue.rows(), named)
def test_names_within_a_row_are_distinct(row: Operation) -> None:
    """A rule asks for values by name: an operand called `out` would be taken for the result."""
    names = [*row.outputs, *row.operands, *[each.name for each in row.statics], "g", "t"]
    assert [name for name, count in Counter(names).items() if count > 1] == []


# CopySlices is a node without an application: it holds another node, and forward mode has nothing to push through it.
@every([row for row in catalogue.rows() if row.grad_fn is not None and row is not slices], named)
def test_both_modes_are_stated_for_the_same_operands(row: Operation) -> None:
    assert len(row.vjps) == len(row.jvps) == len(row.operands)
    assert [rule is None for rule in row.vjps] == [rule is None for rule in row.jvps]
    known = {*row.outputs, *row.operands, *[each.name for each in row.statics], *[f"{name}_shape" for name in row.operands]}
    for rule in (*row.vjps, *row.jvps):
        assert rule is None or {*rule_parameters(rule)[1:]} <= known


@every(PUBLIC, named)
def test_documented(row: Operation) -> None:
    assert row.doc.endswith(".")
    assert len(row.doc) <= 120
    assert row.family
    assert signature(row).startswith(f"{row.name}(")


@every([*PUBLIC, *[row for row in catalogue.rows() if row.operator in samples.OPERATORS]], named)
def test_has_cases(row: Operation) -> None:
    assert [*samples.calls(row)] != []


def test_every_name_leads_to_its_rows() -> None:
    for row in catalogue.rows():
        for name in (row.name, *row.aliases):
            assert not row.function or row in FUNCTIONS[name]
            assert not row.method or "." in name or row in METHODS[name]
            assert not row.attribute or ATTRIBUTES[name] is row
        assert row.operator is None or row.operator in OPERATORS


@pytest.mark.parametrize(
    ("short", "name"), [("inv", "linalg.inv"), ("vector_norm", "linalg.vector_norm"), ("expit", "sigmoid"), ("norm", "norm")]
)
def test_prefixes_are_never_needed(short: str, name: str) -> None:
    assert {row.name for row in FUNCTIONS[short]} == {name}


def test_what_only_torch_linalg_has_is_no_method() -> None:
    assert {"inv", "vector_norm", "expit", "svdvals"}.isdisjoint(METHODS)

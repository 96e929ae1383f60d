"""The derivative that is shown is the one that is computed: each formula is evaluated, and compared with its rule."""

from __future__ import annotations

import ast
import builtins
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradcli.graph.operation import Operation, rule_parameters
from gradcli.ops import catalogue, index
from gradcli.ops.catalogue import FUNCTIONS
from gradcli.ops.core.domains import Domain
from gradcli.ops.core.formulas import LONGEST, WORDS, formula, is_program
from tests.batches import every

RULES = [(row, place) for row in catalogue.rows() for place, rule in enumerate(row.vjps) if rule is not None]
SHOWN = [(row, place) for row, place in RULES if formula(row.vjps[place]) is not None]
# An option's value, by its name, for which the rule is smooth.
STATICS = {
    "other": 1.5,
    "alpha": 3,
    "number": 2.5,
    "exponent": 3,
    "beta": 2,
    "bound": 0.3,
    "threshold": 1.5,
    "decimals": 1,
    "min": -1.0,
    "max": 1.5,
    "rounding_mode": None,
    "value": 0.5,
}


def label(case: tuple[Operation, int]) -> str:
    row, place = case
    return f"{row.name}.{row.overload}.{row.operands[place]}"


def drawn(domain: Domain, rng: np.random.Generator, size: int) -> Any:
    return rng.uniform(domain.low, domain.high, size)


def called(name: str) -> Any:
    """The rows of a name as a function that takes options by name, too: the last overload that has so many operands."""

    def call(*args: Any, **options: Any) -> Any:
        fitting = [row for row in FUNCTIONS[name] if len(row.operands) <= len(args) <= len(row.operands) + len(row.statics)]
        row = [row for row in fitting if {*options} <= {each.name for each in row.statics}][-1]
        count = len(row.operands)
        operands = [np.asarray(each) for each in args[:count]]  # bare numbers, too: log(2)
        return row(*operands, *args[count:], *[options[each.name] for each in row.statics if each.name in options])

    return call


def elementwise(row: Operation) -> bool:
    """Whether the result has the operands' shape, entry by entry, so that arrays of any one shape will do."""
    return (
        row.family in ("elementwise", "trigonometric")
        and {each.name for each in row.statics} <= {*STATICS}
        and row.outputs == ("out",)
        and "g" not in row.operands
        and "dim" not in [each.name for each in row.statics]
    )


@every([case for case in SHOWN if elementwise(case[0])], label)
def test_a_formula_computes_what_its_rule_computes(case: tuple[Operation, int]) -> None:
    row, place = case
    rule, rng = row.vjps[place], np.random.default_rng(0)
    assert rule is not None
    domains = row.domain if isinstance(row.domain, tuple) else (row.domain,) * len(row.operands)
    values: dict[str, Any] = {name: drawn(domain, rng, 8) for name, domain in zip(row.operands, domains, strict=True)}
    for name in ("condition", "mask"):
        values |= {name: values[name] > 0} if name in values else {}
    values |= {"value": np.asarray(0.5)} if "value" in values else {}
    values |= {each.name: STATICS[each.name] for each in row.statics}
    values["out"] = row.forward(*values.values())
    values["g"] = rng.normal(size=8)
    wanted = np.broadcast_to(rule(values["g"], *[values[name] for name in rule_parameters(rule)[1:]]), 8)
    rows = {name: called(name) for name in FUNCTIONS}
    found = eval(str(formula(rule)), {**rows, "pi": math.pi, **values})
    assert np.isfinite(wanted).all()
    np.testing.assert_allclose(np.broadcast_to(found, 8), wanted, rtol=1e-13)


def test_almost_all_rules_have_a_formula() -> None:
    said = [case for case in RULES if case in SHOWN or not is_program(case[0].vjps[case[1]])]
    assert len(said) > 0.88 * len(RULES)
    assert len(SHOWN) > 0.95 * len(said)
    elementary = [case for case in RULES if elementwise(case[0])]
    assert len(elementary) > 50
    assert [label(case) for case in elementary if case not in SHOWN] == []


@every(SHOWN, label)
def test_a_formula_is_an_expression_of_known_names(case: tuple[Operation, int]) -> None:
    row, place = case
    text = formula(row.vjps[place])
    assert text is not None
    assert len(text) <= LONGEST
    used = {node.id for node in ast.walk(ast.parse(text, mode="eval")) if isinstance(node, ast.Name)}
    own = {*row.operands, *row.outputs, *[each.name for each in row.statics]}
    rows = {each.name.partition(".")[0] for each in catalogue.rows()}
    words = {"g", "n", "count", "product_of_others", "sum_of_repeats", "unbind", "lengths", "at", "each", "through_the_change"}
    words |= {"standardised", "all_but_channels"}
    assert used <= own | rows | words | {*dir(np)} | {*dir(builtins)}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("tanh", {"x": "g * (1 - out * out)"}),
        ("add", {"x": "g", "y": "g"}),
        ("mul", {"x": "g * y", "y": "g * x"}),
        ("sign", {"x": "0"}),
        ("softmax", {"x": "out * (g - sum(out * g, dim, keepdim=True))"}),
        ("cos", {"x": "g * -sin(x)"}),
        ("relu", {"x": "where(out <= 0, 0, g)"}),
        ("logsumexp", {"x": "g * exp(x - out)"}),
        ("div", {"x": "g / y", "y": "-g * (x / y / y)"}),
        ("erf", {"x": "g * (2 / sqrt(pi) * exp(-x * x))"}),
        ("where", {"x": "where(condition, g, 0)", "y": "where(condition, 0, g)"}),
    ],
)
def test_formulas_read_like_formulas(name: str, expected: dict[str, str]) -> None:
    assert index.find(index.load(), name)[0]["derivative"] == expected


def test_every_word_stands_for_a_helper_that_rules_call() -> None:
    folder = Path(catalogue.__file__).parent
    sources = "".join(path.read_text() for path in folder.rglob("*.py") if path.stem not in ("formulas", "index"))
    assert [name for name in WORDS if f"{name}(" not in sources and f", {name}," not in sources] == []

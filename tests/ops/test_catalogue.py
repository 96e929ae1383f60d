"""The catalogue: which family has which name, and that a family enters only when one of its names is asked for."""

from __future__ import annotations

import json
import subprocess
import sys

from gradcli.ops import catalogue
from gradcli.ops.catalogue import ATTRIBUTES, CHANGES, FUNCTIONS, METHODS

_TOLD = """
import json, sys
from gradcli.ops import catalogue
def told(names):
    return {name: [[row.name, row.overload] for row in names[name]] for name in %s if name in names}
print(json.dumps([told(catalogue.FUNCTIONS), told(catalogue.METHODS), told(catalogue.CHANGES), len(sys.modules)]))
"""


def alone(names: list[str]) -> list[object]:
    """What a fresh process finds under these names, in their order; and how many modules it has then."""
    run = subprocess.run([sys.executable, "-c", _TOLD % names], capture_output=True, text=True, check=True, timeout=120)
    found: list[object] = json.loads(run.stdout)
    return found


def test_what_a_name_means_does_not_depend_on_what_was_asked_before() -> None:
    names = list(catalogue.modules())
    forward, backward = alone(names), alone(names[::-1])
    known = [
        {name: [[row.name, row.overload] for row in each[name]] for name in each} for each in (FUNCTIONS, METHODS, CHANGES)
    ]
    assert forward[:3] == backward[:3] == known
    assert forward[3] == backward[3]


def test_a_family_enters_when_it_is_asked_for() -> None:
    assert alone(["add"])[3] == alone(["matmul", "pow"])[3] < alone(["layer_norm"])[3] < alone(["layer_norm", "qr"])[3]


def test_every_name_is_in_the_catalogue_and_no_other() -> None:
    assert set(catalogue.modules()) == {*FUNCTIONS, *METHODS, *CHANGES, *ATTRIBUTES}
    assert "nonsense" not in FUNCTIONS
    assert "nonsense" not in METHODS

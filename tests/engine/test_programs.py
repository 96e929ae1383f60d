"""Views, in-place changes and backward passes, in random programs: values, versions, functions, gradients, hooks, errors.

What PyTorch makes of some of them is written down (`make_programs`); where PyTorch is installed, others are run in both.
"""

from __future__ import annotations

import json
import warnings
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.batches import every
from tests.engine.differing import differences, is_internal, is_narrow
from tests.engine.generating import program
from tests.engine.gradcli_programs import Gradcli
from tests.engine.programs import Program, Run

GOLDEN: list[Any] = json.loads(Path(__file__).with_name("golden_programs.json").read_text())
RANDOM = st.randoms(use_true_random=False)
with_torch = pytest.mark.skipif(find_spec("torch") is None, reason="PyTorch is not installed")


def seen_in_gradcli(steps: Program) -> dict[str, Any]:
    return json.loads(json.dumps(Run(Gradcli()).all(steps).seen()))  # type: ignore[no-any-return]


@every(range(len(GOLDEN)))
def test_is_what_pytorch_does(place: int) -> None:
    steps, expected = GOLDEN[place]
    assert differences(expected, seen_in_gradcli(steps), narrow=False) == []


def test_golden_programs_reach_everything() -> None:
    """Every kind of step and every leading error stands in the golden file."""
    kinds = {step[0] for steps, _ in GOLDEN for step in steps}
    assert [name for name in vars(Run) if name.startswith("_") and name[1:] not in kinds | HELPERS and name[1] != "_"] == []
    messages = " ".join(message for _, seen in GOLDEN for _, message in seen["errors"].values())
    assert [clause for clause in CLAUSES if clause not in messages] == []


HELPERS = {"functions", "look", "named", "options", "seen"}  # methods of Run that are no steps
CLAUSES = (
    "Trying to backward through the graph a second time",
    "a leaf Variable that requires grad is being used in an in-place operation.",
    "a view of a leaf Variable that requires grad is being used in an in-place operation.",
    "is a view and is being modified inplace",
    "its base or another view of its base has been modified inplace",
    "A view was created in no_grad mode and is being modified inplace",
    "one of the variables needed for gradient computation has been modified by an inplace operation",
    "Trying to use a saved tensor that has been detached in-place",
    "does not require grad and does not have a grad_fn",
    "can't retain_grad on Tensor that has requires_grad=False",
    "Can't detach views in-place",
    "cannot register a hook on a tensor that doesn't require gradient",
    "doesn't match the broadcast shape",
    "can't be cast to the desired output type",
    "more than one element of the written-to tensor refers to a single memory location",
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(RANDOM)
def test_a_program_runs_twice_alike(random: Random) -> None:
    steps = program(random, Gradcli())
    run = Run(Gradcli()).all(steps)
    assert json.dumps(run.seen()) == json.dumps(Run(Gradcli()).all(steps).seen())


@with_torch
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(RANDOM)
def test_is_what_pytorch_does_live(random: Random) -> None:
    compare(program(random, Gradcli()))


@with_torch
@pytest.mark.fuzz
@pytest.mark.parametrize("seed", range(0, 20_000, 100))
def test_is_what_pytorch_does_for_long(seed: int) -> None:
    for each in range(seed, seed + 100):
        compare(program(Random(each), Gradcli()))


def compare(steps: Program) -> None:
    from tests.engine.torch_programs import Torch  # which imports torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about what is deprecated
        expected = json.loads(json.dumps(Run(Torch()).all(steps).seen()))
    if not is_internal(expected):
        assert differences(expected, seen_in_gradcli(steps), is_narrow(steps)) == [], steps

"""Scripts as tutorials, course notes and forum answers have them: `gradcli run` prints what PyTorch prints."""

from __future__ import annotations

import importlib.util
import os
import re

import pytest

from tests.command import gradcli
from tests.console import steady
from tests.scripts.make_golden import HERE, scripts

SCRIPTS = scripts()
NAMES = [f"{script.parent.name}/{script.stem}" for script in SCRIPTS]
_BEYOND_PYTORCH = re.compile(r".*: NonFiniteWarning: .*\n  .*\n")  # gradcli tells where a nan was born


def hold(name: str, out: str, err: str, code: int) -> None:
    """The outputs and the exit code are those that PyTorch gave."""
    golden = HERE / name
    assert steady(out) == golden.with_suffix(".out").read_text(), err
    assert code == (int(golden.with_suffix(".rc").read_text()) if golden.with_suffix(".rc").exists() else 0), err
    promised = golden.with_suffix(".err").read_text().splitlines() if golden.with_suffix(".err").exists() else []
    said = iter(err.splitlines())
    for line in promised:
        assert any(line in each for each in said), f"{line!r} is missing, or not in its order, in:\n{err}"
    assert promised or not _BEYOND_PYTORCH.sub("", err)


def test_there_are_scripts_of_every_topic() -> None:
    assert len(SCRIPTS) >= 90
    assert {script.parent.name for script in SCRIPTS} == {
        "autograd", "distributions", "errors", "functions", "generators", "language", "library", "networks", "nn", "printing",
        "python", "random", "tensors", "training",
    }  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_prints_what_pytorch_prints(name: str) -> None:
    run = gradcli("run", os.fspath(HERE / f"{name}.py"))
    hold(name, run.stdout, run.stderr, run.returncode)


def test_torch_is_not_needed() -> None:
    assert importlib.util.find_spec("torch") is None

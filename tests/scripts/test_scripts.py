"""Scripts as tutorials, course notes and forum answers have them: `gradcli run` prints what PyTorch prints."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gradcli.run.script.anomaly import set_detect_anomaly

from gradcli.cli import main
from gradcli.graph.tape import set_grad_enabled
from gradcli.graph.tensor import set_shower
from gradcli.ops.core import dtypes
from gradcli.ops.creation import factories
from gradcli.run import supervision
from tests.console import steady
from tests.scripts.make_golden import HERE, scripts

SCRIPTS = scripts()
NAMES = [f"{script.parent.name}/{script.stem}" for script in SCRIPTS]
IN_A_PROCESS = ["training/xor", "language/main_function", "printing/streams", "random/seeds", "errors/uncaught_own"]

_BEYOND_PYTORCH = re.compile(r".*: NonFiniteWarning: .*\n  .*\n")  # gradcli tells where a nan was born


@pytest.fixture
def as_if_new() -> Iterator[None]:
    """What a process starts with, and scripts change: the generator, the default dtype and the modes of autograd."""
    before = dtypes.default_dtype()
    factories.generator().manual_seed(67280421310721)
    yield
    set_shower(None)
    set_grad_enabled(True)
    set_detect_anomaly(False)
    dtypes.set_default_dtype(before)


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
        "autograd", "errors", "functions", "generators", "language", "library", "networks", "nn", "printing", "random",
        "tensors", "training",
    }  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_prints_what_pytorch_prints(name: str, as_if_new: None, monkeypatch: pytest.MonkeyPatch, capfd: Any) -> None:
    monkeypatch.setattr(sys, "argv", ["gradcli", "run", str(HERE / f"{name}.py")])
    monkeypatch.setattr(supervision, "supervised", lambda work, *_: work(True))  # in this process
    code = main.main()
    hold(name, *capfd.readouterr(), code)


@pytest.mark.parametrize("name", IN_A_PROCESS)
def test_the_installed_command_does_the_same(name: str) -> None:
    command = Path(sys.executable).with_name("gradcli")
    run = subprocess.run([command, "run", HERE / f"{name}.py"], capture_output=True, timeout=60, env={"LC_ALL": "C.UTF-8"})
    hold(name, run.stdout.decode(), run.stderr.decode(), run.returncode)


def test_torch_is_not_needed() -> None:
    assert "torch" not in sys.modules

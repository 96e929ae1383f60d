"""Ctrl-C at any moment, and a machine at its limits: one sentence, and the exit code that goes with it."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from gradcli.cli import interrupt
from gradcli.errors import Problem
from gradcli.report.problem import render
from gradcli.run.files import writing

GRADCLI = os.path.join(os.path.dirname(sys.executable), "gradcli")
INTERRUPTED = Problem("interrupted", "interrupted", type="KeyboardInterrupt")


def test_the_sentence_is_what_reports_say() -> None:
    assert interrupt._SENTENCE.decode() == render(INTERRUPTED, json=False, color=False) + "\n"
    assert json.loads(interrupt._DOCUMENT) == json.loads(render(INTERRUPTED, json=True))


def interrupted(argv: list[str], after: float) -> tuple[int, bytes, bytes]:
    process = subprocess.Popen(
        [GRADCLI, *argv], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    time.sleep(after)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def is_python_s_own(code: int, err: bytes) -> bool:
    """Whether Python itself was still starting, before the first lines of any program of its."""
    if code == -signal.SIGINT and not err:
        return True
    return b"Fatal Python error: init" in err or b"zipimport" in err or (b"Traceback" in err and b"gradcli/cli" not in err)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
@pytest.mark.parametrize("argv", [["x**2", "x=3"], ["ops"], ["hessian", "x**2", "x=3", "--json"], ["batch", "x"]])
def test_ctrl_c_at_any_moment_is_one_sentence(argv: list[str]) -> None:
    chance = random.Random(" ".join(argv))
    moments = [chance.uniform(0.0, 0.3) for _ in range(25)]
    with ThreadPoolExecutor(4) as pool:  # each waits most of its time
        runs = list(pool.map(lambda after: interrupted(argv, after), moments))
    for code, _, err in runs:
        if is_python_s_own(code, err) or code == 0:
            continue
        said = {interrupt._SENTENCE, interrupt._DOCUMENT} if "--json" in argv else {interrupt._SENTENCE}
        assert code == 130
        assert err in said  # before the command line is read, it is the sentence


def test_what_is_half_written_is_put_away(tmp_path: Path) -> None:
    with suppress(OSError), writing._replacing(str(tmp_path / "g.npz")) as file:
        file.write(b"half")
        writing.remove_partial()
        assert os.listdir(tmp_path) == []
        raise OSError("the disk is full")
    assert writing._partial == set()


def limited(limit: str, *argv: str) -> tuple[int, str]:
    script = f'ulimit {limit}; exec "{GRADCLI}" "$@"'
    run = subprocess.run(["bash", "-c", script, "bash", *argv], capture_output=True, text=True, timeout=60)
    return run.returncode, run.stderr


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits as Linux has them")
@pytest.mark.parametrize("limit", ["-v 100000", "-v 92000", "-v 80000", "-v 50000", "-v 30000", "-n 5"])
def test_a_machine_at_its_limits_is_a_sentence(limit: str) -> None:
    code, err = limited(limit, "x**2", "x=3")
    assert code in (0, 1)
    assert "bug" not in err
    assert "Traceback" not in err
    assert code == 0 or "memory" in err.lower() or "too many open files" in err


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="a device that gives NUL bytes without end")
@pytest.mark.parametrize("argv", [["x", "x=@-"], ["batch", "x"], ["batch", "x", "--csv"]])
def test_input_without_end_is_a_sentence(argv: list[str]) -> None:
    with open("/dev/zero", "rb") as zero:
        run = subprocess.run([GRADCLI, *argv], stdin=zero, capture_output=True, text=True, timeout=60)
    assert (run.returncode, run.stdout, run.stderr.count("error: standard input is not")) == (1, "", 1)

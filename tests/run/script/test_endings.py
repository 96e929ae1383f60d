"""Where scripts end, and where they go too deep: through the real command, since it is the process that would suffer."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gradcli.run import supervision


def run(script: str, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    """A script run by the command."""
    path = tmp_path / "script.py"
    path.write_text(script, encoding="utf-8")
    return subprocess.run([sys.executable, "-m", "gradcli", "run", str(path)], capture_output=True, text=True, timeout=60)


CLASS = "class A:\n    def __init__(self, n): self.n = n\n    def __del__(self): print('bye', self.n)\n"


@pytest.mark.parametrize("last", ["", "import sys; sys.exit(0)\n"])
def test_finalizers_of_what_is_left_run_at_the_end(last: str, tmp_path: Path) -> None:
    closing = "def g():\n    try:\n        yield\n    finally:\n        print('closed')\nx = g()\nnext(x)\n"
    made = run(f"{CLASS}{closing}a = A(1)\nb = [A(2)]\nprint('end')\n{last}", tmp_path)
    assert (made.stdout, made.stderr, made.returncode) == ("end\nclosed\nbye 1\nbye 2\n", "", 0)


def test_what_fails_in_a_finalizer_is_one_line(tmp_path: Path) -> None:
    made = run("class A:\n    def __del__(self): 1 / 0\na = A()\ndel a\nprint('after')\n", tmp_path)
    assert (made.stdout, made.returncode) == ("after\n", 0)
    assert made.stderr == "Exception ignored in: A.__del__\nZeroDivisionError: division by zero\n"


def test_a_script_that_cannot_say_why_it_ends_ends(tmp_path: Path) -> None:
    made = run("class A:\n    def __str__(self): return 1 / 0\nexit(A())\n", tmp_path)
    assert (made.stdout, made.stderr, made.returncode) == ("", "\n", 1)


DEEP = {
    "generator expressions": "f = [1]\nfor _ in range(50_000): f = (x for x in f)\nlist(f)",
    "generators and map": "f = [1]\nfor _ in range(50_000): f = (x for x in map(abs, f))\nlist(f)",
    "a repr": "f = []\nfor _ in range(200_000): f = [f]\nrepr(f)",
    "a module in itself": "from torch import nn\nm = nn.Module()\nm.m = m\nm.state_dict()",
}


@pytest.mark.parametrize("script", DEEP.values(), ids=list(DEEP))
def test_too_deep_is_an_error_of_the_script(script: str, tmp_path: Path) -> None:
    made = run(script + "\n", tmp_path)
    assert made.returncode == 1
    assert made.stderr.startswith("error: RecursionError: maximum recursion depth exceeded")


def test_hash_of_deep_tuples_has_room(tmp_path: Path) -> None:
    made = run("t = ()\nfor _ in range(200_000): t = (t,)\nprint(hash(t) == hash(t))\n", tmp_path)
    assert made.stdout == ("True\n" if sys.platform.startswith("linux") else made.stdout)


def test_clauses_are_bounded_as_in_python(tmp_path: Path) -> None:
    made = run("x = [1 " + "for i in [1] " * 5_000 + "]\n", tmp_path)
    assert made.stderr.startswith("error: SyntaxError: too many statically nested blocks")


def test_a_list_in_itself_is_no_tensor(tmp_path: Path) -> None:
    made = run("import torch\nt = [1]\nt[0] = t\ntorch.tensor(t)\n", tmp_path)
    assert made.returncode == 1
    assert "nested lists" in made.stderr


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="the platform has no alarm")
@pytest.mark.parametrize("script", [
    "class A:\n    def __del__(self):\n        while True: pass\na = A()\ndel a\nwhile True: pass",
    "def g():\n    try:\n        yield\n    finally:\n        while True: pass\nnext(g())\nwhile True: pass",
    "sum([[0]] * 200_000, [])",
])  # fmt: skip
def test_an_interruption_is_heard(script: str, tmp_path: Path) -> None:
    path = tmp_path / "script.py"
    path.write_text(f"print('on', flush=True)\nimport sys\nsys.stdout.flush()\n{script}\n", encoding="utf-8")
    command = [sys.executable, "-m", "gradcli", "run", "--max-time", "4", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        time.sleep(1.5)
        process.send_signal(signal.SIGINT)
        out, error = process.communicate(timeout=20)
    assert (out, process.returncode) == ("on\n", 130)
    assert error.startswith("error: interrupted")
    assert "Traceback" not in error


# The hash of tuples that share their parts is one call into the interpreter, which hears nothing while it lasts.
SHARED = "print('on', flush=True)\nt = ()\nfor _ in range(100): t = (t, t)\nhash(t)\n"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="another process watches on Linux alone")
@pytest.mark.parametrize("stop", [signal.SIGALRM, signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_what_hears_nothing_is_ended(stop: signal.Signals, tmp_path: Path) -> None:
    path = tmp_path / "script.py"
    path.write_text(SHARED, encoding="utf-8")
    limit = ["--max-time", "0.2"] if stop == signal.SIGALRM else []
    heeded = (
        "import signal, sys; from gradcli.cli import main\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler); sys.exit(main.main())"
    )
    command = [sys.executable, "-c", heeded, "run", str(path), *limit]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        time.sleep(1.5)
        if not limit:
            process.send_signal(stop)
        _, error = process.communicate(timeout=20)  # which comes back when nobody holds the streams any more
    words = {signal.SIGALRM: "stopped after 0.2 s, the limit on time", signal.SIGINT: "interrupted"}
    assert process.returncode == {signal.SIGALRM: 1, signal.SIGINT: 130}.get(stop, -stop)
    assert error.startswith(f"error: {words[stop]}\n" if stop in words else "")
    assert bool(error) == (stop in words)


@pytest.mark.parametrize("script", [
    "class A:\n    def __del__(self):\n        while True: pass\nA()",
    "def g():\n    try:\n        yield\n    finally:\n        while True: pass\nnext(g())",
])  # fmt: skip
def test_a_finalizer_that_outlasts_the_limit_is_no_success(script: str, tmp_path: Path) -> None:
    path = tmp_path / "script.py"
    path.write_text(script, encoding="utf-8")
    command = [sys.executable, "-m", "gradcli", "run", "--max-time", "0.3", str(path)]
    made = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert made.returncode == 1
    assert made.stderr.startswith("error: stopped after 0.3 s")


@pytest.mark.parametrize("statement", ["print('far', flush=True)", "print('far'); import sys; sys.stdout.flush()"])
def test_what_is_flushed_is_out_whatever_comes(statement: str, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(f"{statement}\nprint('behind')\nimport time\ntime.sleep(60)\n")
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    command = [sys.executable, "-m", "gradcli", "run", str(script)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=buffered)
    assert process.stdout is not None
    assert process.stdout.readline() == "far\n"
    process.kill()
    assert process.communicate(timeout=20)[0] == ""


def test_without_another_process_the_work_is_done_in_this_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def fork() -> int:
        raise OSError("no more processes")

    monkeypatch.setattr(supervision.os, "fork", fork)
    assert supervision.supervised(lambda alone: 7 if alone else 8, None, lambda problem: None) == 7

"""The process: exit codes, streams and signals, and that no traceback ever comes out."""

from __future__ import annotations

import gc
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest

from gradcli.cli import help, main, streams
from gradcli.cli.commands import PROGRAM
from gradcli.errors import Problem

ROOT = Path(__file__).parents[2]


def gradcli(*argv: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "gradcli", *argv],
        cwd=ROOT,
        text=True,
        errors="surrogateescape",
        capture_output=True,
        timeout=60,
        env={**os.environ, **environment},
    )


def test_a_one_liner_imports_only_what_it_needs() -> None:
    gradcli("x**2", "x=3")  # the tables are saved by now, as in a release
    run = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "gradcli", "x**2", "x=3"],
        cwd=ROOT,
        text=True,
        capture_output=True,
        timeout=60,
    )
    assert run.returncode == 0
    imported = {line.rpartition("|")[2].strip() for line in run.stderr.splitlines()}
    assert "numpy" in imported
    assert not imported & {"typer", "rich", "lark", "click"}


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A function that runs `gradcli x` in this process, where evaluating raises what it is given."""
    was_enabled, on_interrupt = gc.isenabled(), signal.getsignal(signal.SIGINT)

    def run(error: BaseException, *argv: str) -> int:
        def act(action: str, values: dict[str, Any]) -> NoReturn:
            raise error

        monkeypatch.setattr(main, "act", act)
        monkeypatch.setattr(sys, "argv", ["gradcli", "x", "x=1", *argv])
        return main.main()

    yield run
    signal.signal(signal.SIGINT, on_interrupt)
    gc.unfreeze()
    if was_enabled:
        gc.enable()


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (Problem("shape-mismatch", "the size of a must match"), 1, "the size of a must match"),
        (Problem("non-finite", "x is NaN"), 3, "x is NaN"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (MemoryError("Unable to allocate 7 TiB"), 1, "Unable to allocate 7 TiB"),
        (MemoryError(), 1, "not enough memory"),
        (KeyError("boom"), 70, "bug in gradcli: KeyError: 'boom'"),
        (RecursionError("too deep"), 70, "RecursionError"),
        (UnicodeEncodeError("ascii", "é", 0, 1, "no"), 70, "bug in gradcli"),
    ],
)
def test_every_end_has_its_code_and_a_sentence(failing: Any, capfd: Any, error: BaseException, code: int, words: str) -> None:
    assert failing(error) == code
    out, err = capfd.readouterr()
    assert out == ""
    assert words in err
    assert "Traceback" not in err


def test_a_bug_says_where_and_how_to_report_it(failing: Any, capfd: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(KeyError("boom"))
    err = capfd.readouterr().err
    for part in ("gradcli 0.", "Python 3.", "test_main.py", "GRADCLI_TRACEBACK=1"):
        assert part in err
    monkeypatch.setenv("GRADCLI_TRACEBACK", "1")
    assert failing(KeyError("boom")) == 70
    assert "Traceback" in capfd.readouterr().err


@pytest.mark.parametrize("argv", [["--json"], ["--format", "json"], ["--format=json"]])
def test_an_error_is_one_document_where_json_was_asked_for(failing: Any, capfd: Any, argv: list[str]) -> None:
    assert failing(Problem("unknown-name", "name 'é' is not defined", type="NameError"), *argv) == 1
    out, err = capfd.readouterr()
    document = json.loads(err)
    assert (out, err.count("\n")) == ("", 1)
    assert document["schema"] == "gradcli.error/1"
    assert (document["error"]["code"], document["error"]["type"]) == ("unknown-name", "NameError")


@pytest.mark.parametrize(
    "argv",
    [
        ["-x", "--json"],
        ["--jsn", "--json"],
        ["x", "y", "--format=json"],
        ["run", "--json"],
        ["--json", "x", "--dtype", "int8"],
    ],
)
def test_usage_errors_are_documents_too(argv: list[str]) -> None:
    run = gradcli(*argv)
    assert (run.returncode, run.stdout) == (2, "")
    error = json.loads(run.stderr)["error"]
    assert (error["code"], error["type"]) == ("usage", "UsageError")
    assert error["hint"]


def test_who_is_impatient_gets_one_sentence() -> None:
    command = [sys.executable, "-c", _HEEDED.format("main.main()"), "+".join(["sin(x)"] * 5000), "x=2"]
    process = subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    time.sleep(0.1)
    while process.poll() is None:
        process.send_signal(signal.SIGINT)
        time.sleep(0.01)
    assert process.communicate() == ("", "error: interrupted\n")
    assert process.returncode == 130


_HEEDED = """
import signal, sys
from gradcli.cli import main
signal.signal(signal.SIGINT, signal.default_int_handler)  # which a shell in the background has not
print("ready", flush=True)
sys.exit({})
"""


def test_a_closed_pipe_ends_quietly(failing: Any, capfd: Any) -> None:
    help.page(PROGRAM)
    for script in ("exec 3>&1; gradcli --help | true", "(sleep 0.2; gradcli --help) | true"):
        command = script.replace("gradcli", f"'{sys.executable}' -m gradcli")
        run = subprocess.run(["bash", "-c", f"set -o pipefail; {command}"], cwd=ROOT, capture_output=True, timeout=60)
        assert (run.returncode, run.stderr) == (0, b"")


def test_a_file_that_cannot_grow_is_a_sentence(tmp_path: Path) -> None:
    script = f"ulimit -f 0; '{sys.executable}' -m gradcli --version > '{tmp_path}/out'"
    run = subprocess.run(["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert run.returncode == 1
    assert "File too large" in run.stderr
    assert "Traceback" not in run.stderr
    assert "Exception ignored" not in run.stderr


@pytest.mark.parametrize("place", ["> /dev/full", ">&-"])
def test_completion_that_cannot_be_written_is_a_sentence(place: str) -> None:
    script = f"'{sys.executable}' -m gradcli --show-completion bash {place}"
    run = subprocess.run(["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert run.returncode == 1
    assert run.stderr.startswith("error: cannot write the result")


def test_completion_that_cannot_be_installed_is_a_sentence() -> None:
    script = f"'{sys.executable}' -m gradcli --install-completion"  # Typer looks for the shell among the processes above
    run = subprocess.run(
        ["bash", "-c", f"{script}; exit $?"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "HOME": os.devnull},
    )
    assert run.returncode == 1
    assert run.stderr.startswith("error: cannot install the completion")
    assert "--show-completion" in run.stderr


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_closed_streams(closed: str) -> None:
    for argv, code in (("--version", 1 if ">&-" in closed.split() else 0), ("--no-such-option", 2)):
        script = f"'{sys.executable}' -m gradcli {argv} {closed}"
        run = subprocess.run(["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60)
        assert run.returncode == code
        assert "Traceback" not in run.stderr


@pytest.mark.parametrize(
    "environment", [{"PYTHONIOENCODING": "ascii"}, {"PYTHONIOENCODING": "latin-1"}, {"LC_ALL": "C", "PYTHONUTF8": "0"}]
)
def test_narrow_encodings(environment: dict[str, str]) -> None:
    for word in ("été", "\udcff", "naïve 🎈"):
        run = gradcli("x", word, **environment)
        assert run.returncode == 2
        assert "is not NAME=VALUE" in run.stderr


def test_an_interrupt_is_quiet(tmp_path: Path) -> None:
    script = (
        "import sys, time; from gradcli.cli import main\n"
        "def act(action, values): print('ready', flush=True); time.sleep(30)\n"
        "main.act = act; sys.argv = ['gradcli', 'x']; sys.exit(main.main())"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in err


# ---- the streams


class Terminal:
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        raise OSError("no descriptor")


@pytest.mark.parametrize(
    ("environment", "terminal", "option", "wanted"),
    [
        ({}, True, "auto", True),
        ({}, False, "auto", False),
        ({}, True, "never", False),
        ({}, False, "always", True),
        ({"NO_COLOR": "1"}, True, "auto", False),
        ({"NO_COLOR": ""}, True, "auto", True),
        ({"NO_COLOR": "1"}, True, "always", True),
        ({"TERM": "dumb"}, True, "auto", False),
    ],
)
def test_colour_of_each_stream(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], terminal: bool, option: str, wanted: bool
) -> None:
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    stream: Any = Terminal() if terminal else None
    assert streams.color_wanted(stream, option) is wanted


def test_width(monkeypatch: pytest.MonkeyPatch) -> None:
    stream: Any = Terminal()
    monkeypatch.setenv("COLUMNS", "132")
    assert streams.width(stream) == 132
    monkeypatch.setenv("COLUMNS", "wide")
    assert streams.width(stream) == 80
    assert streams.width(None) == 80


def test_threads_of_blas_are_one_unless_the_user_says_otherwise() -> None:
    script = (
        "import os, sys; from gradcli.cli import main; sys.argv = ['gradcli', '--version']; main.main();"
        "print(os.environ.get('OPENBLAS_NUM_THREADS'))"
    )
    for told, expected in (({}, "1"), ({"OPENBLAS_NUM_THREADS": "3"}, "3"), ({"OMP_NUM_THREADS": "2"}, "None")):
        environment = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
        run = subprocess.run(
            [sys.executable, "-c", script], cwd=ROOT, env={**environment, **told}, text=True, capture_output=True, timeout=60
        )
        assert run.stdout.splitlines()[-1] == expected

"""Completion: what is offered where, in the formats that Typer's scripts expect, in a real bash too."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gradcli.cli import completion
from gradcli.cli.commands import COMMANDS, EVAL, PROGRAM

ROOT = Path(__file__).parents[2]
OPERATIONS: dict[str, object] = {"log": {}, "log_softmax": {}, "softmax": {}, "softplus": {}, "sum": {}, "sin": {}}


@pytest.fixture(autouse=True)
def index(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small index of operations, so that what is offered is known."""
    known = {"gradcli.ops.index:names": OPERATIONS, "gradcli.report.schema:names": ["eval", "error"]}
    monkeypatch.setattr(completion, "names", lambda where: [(name, "") for name in known[where]])


def offered(line: str, joined: bool = True) -> list[str]:
    """What is offered at the end of `line`, whose words are separated by blanks."""
    *before, current = line.split(" ")
    return [value for value, _ in completion.candidates(before, current, joined=joined)]


# ---- what is offered


def test_first_word_is_a_command_or_an_expression() -> None:
    assert offered("") == list(COMMANDS)
    assert offered("s") == ["solve", "schema", "softmax", "softplus", "sum", "sin"]
    assert offered("sum(log_so") == ["sum(log_softmax"]
    assert offered("x+torch.so") == ["x+torch.softmax", "x+torch.softplus"]
    assert offered("x.su") == ["x.sum"]
    assert offered("sum(") == []
    assert offered("2") == []


def test_later_words_are_expressions_after_the_equals_sign() -> None:
    assert offered("x**2 x=so") == ["x=softmax", "x=softplus"]
    assert offered("eval x**2 x=sum(si") == ["x=sum(sin"]
    assert offered("x x=@da") == []
    assert "eval" not in offered("x e")


def test_options_of_the_command() -> None:
    assert offered("eval --retain") == ["--retain-graph", "--retain-grad"]
    assert offered("x**2 --retain") == ["--retain-graph", "--retain-grad"]
    assert offered("ops --") == ["--search", "--json", "--format", "--color", "--help"]
    assert offered("ops -") == ["--search", "--json", "--format", "--color", "-h", "--help"]
    completions = {"--show-completion", "--install-completion"}
    assert set(EVAL.spelt()) | set(PROGRAM.spelt()) | completions == set(offered("-"))
    assert {"-V", "--version", "-m", "--math"} <= set(offered("-"))
    assert offered("x -- --retain") == []
    assert offered("batch --c") == ["--csv", "--const", "--color"]


def test_values_of_options() -> None:
    assert offered("x --format ") == ["text", "json"]
    assert offered("x --dtype float3") == ["float32"]
    assert offered("x --format=j") == ["--format=json"]
    assert offered("x -w so") == ["softmax", "softplus"]
    assert offered("-e sum(si") == ["sum(sin"]
    assert offered("x -c k=lo") == ["k=log", "k=log_softmax"]
    assert offered("x --save-grads o") == []
    assert offered("x --json s") == ["softmax", "softplus", "sum", "sin"]


def test_names_of_commands_that_take_one() -> None:
    assert offered("ops so") == ["softmax", "softplus"]
    assert offered("ops ") == list(OPERATIONS)
    assert offered("schema e") == ["eval", "error"]


# ---- the shells' protocol


def asked(shell: str, line: str, **more: str) -> dict[str, str]:
    """The environment in which Typer's script for `shell` asks at the end of `line`."""
    if shell == "bash":
        words = line.split(" ")
        return {"_GRADCLI_COMPLETE": "complete_bash", "COMP_WORDS": "\n".join(words), "COMP_CWORD": str(len(words) - 1)}
    word = line.rpartition(" ")[2]
    return {
        "_GRADCLI_COMPLETE": f"complete_{shell}",
        "_TYPER_COMPLETE_ARGS": line,
        **more,
        **({"_TYPER_COMPLETE_WORD_TO_COMPLETE": word} if shell in ("powershell", "pwsh") else {}),
        **({"_TYPER_COMPLETE_FISH_ACTION": "get-args"} if shell == "fish" and not more else {}),
    }


def process(environment: dict[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    """Run Python with the question in its environment."""
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        text=True,
        capture_output=True,
        timeout=60,
        env={**os.environ, "COLUMNS": "999", **environment},
    )  # or Typer breaks its lines


TYPER = "from gradcli.cli import application, commands; application.read(commands.PROGRAM, [])"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell", "pwsh"])
@pytest.mark.parametrize(
    "line",
    [
        "gradcli eval --re",
        "gradcli eval x**2 --no",
        "gradcli ops --format ",
        "gradcli eval 'x + 1' --dtype f",
        "gradcli batch --max",
        "gradcli eval x --save-grads nosuchfile",
    ],
)
def test_answers_are_those_of_typer(shell: str, line: str) -> None:
    environment = asked(shell, line)
    expected, run = process(environment, "-c", TYPER), process(environment, "-X", "importtime", "-m", "gradcli")
    assert (run.stdout, run.returncode) == (expected.stdout, 0)
    imported = {line.rpartition("|")[2].strip() for line in run.stderr.splitlines()}
    assert not imported & {"typer", "numpy", "lark", "rich"}


@pytest.mark.parametrize(("line", "code"), [("gradcli eval --re", 0), ("gradcli eval x --save-grads f", 1)])
def test_fish_asks_first_whether_there_is_anything(line: str, code: int) -> None:
    environment = asked("fish", line, _TYPER_COMPLETE_FISH_ACTION="is-args")
    run = process(environment, "-m", "gradcli")
    assert (run.stdout, run.returncode) == ("", code)
    assert process(environment, "-c", TYPER).returncode == code


def test_a_quote_that_is_still_open() -> None:
    for shell in ("zsh", "fish"):
        text, code = completion.answer(asked(shell, "gradcli 'x + sum(log_so"))
        assert code == 0
        assert "x + sum(log_softmax" in text
    environment = {"_GRADCLI_COMPLETE": "complete_bash", "COMP_WORDS": "gradcli\n'x + log_so", "COMP_CWORD": "1"}
    assert completion.answer(environment) == ("x + log_softmax\n", 0)


def test_bash_takes_the_equals_sign_for_a_word() -> None:
    for words, expected in (
        ("gradcli x --format = j", "json\n"),
        ("gradcli x --format =", "text\njson\n"),
        ("gradcli x x = log_", "log_softmax\n"),
    ):
        assert completion.answer(asked("bash", words)) == (expected, 0)


def test_an_unknown_shell_or_an_odd_question_is_no_traceback() -> None:
    for environment in (
        {"_GRADCLI_COMPLETE": "complete_tcsh"},
        {"_GRADCLI_COMPLETE": "nonsense"},
    ):
        run = process(environment, "-m", "gradcli")
        assert run.returncode != 0
        assert run.stdout == ""
        assert "Traceback" not in run.stderr
    odd = {"_GRADCLI_COMPLETE": "complete_bash", "COMP_WORDS": "gradcli schema ", "COMP_CWORD": "x"}
    assert process(odd, "-m", "gradcli").returncode == 0


# ---- a real bash


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with the command on its path, and its completion installed as a user would."""
    command = tmp_path / "bin" / "gradcli"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m gradcli "$@"\n')
    command.chmod(0o755)
    return tmp_path


def bash(home: Path, script: str) -> str:
    environment = {**os.environ, "HOME": str(home), "PATH": f"{home / 'bin'}:{os.environ['PATH']}"}
    run = subprocess.run(
        [shutil.which("bash") or "bash", "--norc", "-c", script + "\n:"],
        env=environment,
        cwd=home,
        text=True,
        capture_output=True,
        timeout=60,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_the_installed_script_completes_in_bash(home: Path) -> None:
    assert "completion installed" in bash(home, "gradcli --install-completion")
    script = home / ".bash_completions" / "gradcli.sh"
    assert bash(home, "gradcli --show-completion").strip() == script.read_text().strip()
    line = "COMP_WORDS=(gradcli eval --retain); COMP_CWORD=2; _gradcli_completion gradcli"
    out = bash(home, f'source "{home}/.bashrc"; complete -p gradcli; {line}; printf "%s\\n" "${{COMPREPLY[@]}}"')
    assert out.splitlines() == ["complete -o default -F _gradcli_completion gradcli", "--retain-graph", "--retain-grad"]


def test_operations_are_offered_without_numpy() -> None:
    for shell in ("zsh", "bash"):
        run = process(asked(shell, "gradcli sum(log_soft"), "-X", "importtime", "-m", "gradcli")
        assert "sum(log_softmax" in run.stdout
        imported = {line.rpartition("|")[2].strip() for line in run.stderr.splitlines()}
        assert not imported & {"typer", "numpy", "lark", "rich"}

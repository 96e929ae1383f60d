"""Completion: what is offered where, in the formats that Typer's scripts expect, in a real bash too."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

from gradcli.cli import completion
from gradcli.cli.commands import COMMANDS, EVAL, PROGRAM
from gradcli.ops import index as operations

ROOT = Path(__file__).parents[2]
OPERATIONS: dict[str, object] = {"log": {}, "log_softmax": {}, "softmax": {}, "softplus": {}, "sum": {}, "sin": {}}


@pytest.fixture(autouse=True)
def index(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small index of operations, so that what is offered is known."""
    known = {"gradcli.ops.index:names": OPERATIONS, "gradcli.report.schema:names": ["eval", "error"]}
    monkeypatch.setattr(completion, "names", lambda where: [(name, "") for name in known[where]])


def offered(line: str) -> list[str]:
    """What is offered at the end of `line`, whose words are separated by blanks."""
    *before, current = line.split(" ")
    return [value for value, _ in completion.candidates(before, current)]


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


def test_files_behind_an_at_sign_keep_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("data.csv", "data.npy", "softly.txt", ".hidden", "sub/inner.csv"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    assert offered("x x=@da") == ["x=@data.csv", "x=@data.npy"]
    assert offered("x x=@") == ["x=@data.csv", "x=@data.npy", "x=@softly.txt", "x=@sub/"]
    assert offered("x -c k=@so") == ["k=@softly.txt"]  # and no function
    assert offered("x -w @sub/i") == ["@sub/inner.csv"]
    assert offered("x x=@su") == ["x=@sub/", "x=@sub/inner.csv"]  # or a shell would close the word
    assert offered("x x=@none/") == []


def test_names_and_paths_of_the_line() -> None:
    assert offered("x*y x=1 y=2 -c k=3 --wrt ") == ["x", "y"]
    assert offered("x*y x=1 y=2 --wrt x,y") == ["x,y"]
    assert offered("x*y x=1 y=2 --get grads.") == ["grads.x", "grads.y"]
    assert offered("x*y x=1 --get out.value,out.gr") == ["out.value,out.grad_fn"]
    assert offered("x x=1 --get=leaves.x.g") == ["--get=leaves.x.grad"]
    assert offered("fit x a=1 --get parameters.a.") == ["parameters.a.value", "parameters.a.stderr"]
    assert offered("x x=1 --also h") == ["hessian"]
    assert offered("jvp x x=1 -t ") == ["x="]
    *before, current = ["y = x + 2; z = y*y; z", "x=1", "--retain-grad", ""]
    assert [value for value, _ in completion.candidates(before, current)] == ["y", "z"]


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
    operations.load()  # who asks first after a change of the operations builds their index, with numpy
    for shell in ("zsh", "bash"):
        run = process(asked(shell, "gradcli sum(log_soft"), "-X", "importtime", "-m", "gradcli")
        assert "sum(log_softmax" in run.stdout
        imported = {line.rpartition("|")[2].strip() for line in run.stderr.splitlines()}
        assert not imported & {"typer", "numpy", "lark", "rich"}


SHELLS = {
    "bash": (["bash", "--norc", "-i"], "bind 'set enable-bracketed-paste off'; source <(gradcli completion bash)"),
    "zsh": (
        ["zsh", "-f", "-i"],
        "autoload -Uz compinit; compinit -u; unset zle_bracketed_paste; source <(gradcli completion zsh)",
    ),
}
TYPED = [
    ("gradcli 'x.sum()' x=@da", "x=@data.csv"),
    ("gradcli x -w @da", "-w @data.csv"),
    ("gradcli 'sum(log_soft", "'sum(log_softmax'"),
    ("gradcli x x1=1 --get out.value,grads.x", "--get out.value,grads.x1"),
    ("gradcli graph x --format me", "--format mermaid"),
]


@pytest.mark.parametrize("shell", SHELLS)
def test_a_tab_in_a_real_shell(shell: str, tmp_path: Path) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    command, setup = SHELLS[shell]
    (tmp_path / "data.csv").touch()
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "TERM": "xterm", "HOME": str(tmp_path)}
    child = pexpect.spawn(
        command[0], command[1:], cwd=tmp_path, env=environment, encoding="utf-8", timeout=30, dimensions=(40, 200)
    )
    child.sendline(f"{setup}; PS1='rea''dy> '")
    child.expect("ready> ")
    for line, completed in TYPED:
        child.send(f"{line}\t")
        child.expect_exact(completed)
        child.sendcontrol("u")  # and the line is empty again
    child.close(force=True)


def test_a_tab_in_a_real_fish(tmp_path: Path) -> None:
    if shutil.which("fish") is None:
        pytest.skip("fish is not installed")
    (tmp_path / "data.csv").touch()
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    questions = "; ".join(f'complete -C "{line}"' for line, _ in TYPED)
    run = subprocess.run(
        ["fish", "-c", f"gradcli completion fish | source; {questions}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PATH": path, "HOME": str(tmp_path)},
    )
    for line in ("x=@data.csv", "@data.csv", "sum(log_softmax", "out.value,grads.x1", "mermaid"):
        assert line in run.stdout.splitlines(), run.stdout + run.stderr

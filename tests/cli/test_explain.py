"""`gradcli explain`, the real command: formats, exit codes, streams."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import gradcli


def explain(*argv: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return gradcli("explain", *argv, **environment)


def test_the_derivation_of_the_mean_of_squares() -> None:
    run = explain("mean(3*(x+2)**2)", "x=ones(2,2)")
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.endswith("    ∂out/∂x = 6 * (x + 2) / 4   (as one formula)\n")


@pytest.mark.parametrize(("expr", "gradient"), [("x", "1"), ("y = x**2; z = x*3; y", "2 * x")])
def test_without_values_an_output_may_be_a_name(expr: str, gradient: str) -> None:
    run = explain(expr)
    assert (run.returncode, run.stderr) == (0, "")
    assert f"∂out/∂x = {gradient}" in run.stdout


@pytest.mark.parametrize("argv", [["--json"], ["--format", "json"]])
def test_json_is_one_line(argv: list[str]) -> None:
    run = explain("x**2", "x=3", *argv)
    assert run.stdout.count("\n") == 1
    assert json.loads(run.stdout)["leaves"]["x"] == {"id": 0, "gradient": 6.0, "formula": "2 * x"}


@pytest.mark.parametrize(("kind", "words"), [("markdown", "## Gradients"), ("latex", r"\section*{Gradients}")])
def test_other_formats(kind: str, words: str) -> None:
    run = explain("x**2", "x=3", "--format", kind)
    assert (run.returncode, run.stderr) == (0, "")
    assert words in run.stdout


def test_an_output_without_the_characters_gets_others() -> None:
    run = explain("x**2", "x=3", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert "dout/dx = 2 * x" in run.stdout


@pytest.mark.parametrize(
    ("argv", "code", "words"),
    [
        ([], 2, "there is no expression to explain"),
        (["x*2", "x=[1, 2]"], 1, "grad can be implicitly created only for scalar outputs"),
        (["x +", "x=1"], 2, "missing"),
        (["x", "x=1", "--format", "svg"], 2, "'svg' is not one of"),
        (["sqrt(x)", "x=0", "--nonfinite", "error"], 3, "not a finite number"),
        (["x*y", "x=1", "y=2", "--wrt", "z"], 1, "--wrt names 'z'"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(argv: list[str], code: int, words: str) -> None:
    run = explain(*argv)
    assert (run.returncode, run.stdout) == (code, "")
    assert words in run.stderr
    assert "Traceback" not in run.stderr


def test_an_error_with_json_is_a_document() -> None:
    run = explain("x*2", "x=[1, 2]", "--json")
    assert json.loads(run.stderr)["error"]["code"] == "not-scalar"


def test_standard_input_and_constants() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "gradcli", "explain", "k*x", "x=@-", "-c", "k=3", "--json"],
        input="2",
        capture_output=True,
        text=True,
        timeout=60,
    )
    document = json.loads(run.stdout)
    assert list(document["leaves"]) == ["x"]
    assert document["leaves"]["x"]["formula"] == "k"


@pytest.mark.parametrize(
    ("name", "opening"),
    [
        ("a.txt", "Forward:"),
        ("a.md", "# The gradients of"),
        ("a.tex", "\\section*{Forward"),
        ("a.json", '{"schema": "gradcli.ex'),
    ],
)
def test_a_file_is_written_in_the_format_of_its_ending(name: str, opening: str, tmp_path: Path) -> None:
    run = explain("sin(x)", "x=1", "-o", str(tmp_path / name))
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert (tmp_path / name).read_text(encoding="utf-8").startswith(opening)
    given = explain("sin(x)", "x=1", "--format", "latex", "-o", str(tmp_path / name))
    assert given.returncode == 0
    assert (tmp_path / name).read_text(encoding="utf-8").startswith("\\section*{Forward")


def test_a_file_is_whole_or_left_alone(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("before")
    assert explain("sin(x) + z", "x=1", "-o", str(tmp_path / "a.md")).returncode == 1
    assert (tmp_path / "a.md").read_text() == "before"
    refused = explain("sin(x)", "x=1", "-o", str(tmp_path / "a.pdf"))
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "explain writes no .pdf files" in refused.stderr
    assert [each.name for each in tmp_path.iterdir()] == ["a.md"]

"""The house: who imports whom, and what may lie at its door."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
# Five that matter, and the conventional files around them.
TOP = {
    "pyproject.toml",
    "gradcli",
    "grammar",
    "tests",
    "README.md",
    "LICENSE",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    ".ci",
    ".gitignore",
}


def test_imports_go_one_way() -> None:
    run = subprocess.run(
        [os.path.join(os.path.dirname(sys.executable), "lint-imports")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "0 broken" in run.stdout


def listed() -> set[str]:
    """The top level as it is checked in; without Git, as it lies there."""
    if not (ROOT / ".git").exists():
        return {path.name for path in ROOT.iterdir() if path.name != "PKG-INFO"}
    run = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return {name.partition("/")[0] for name in run.stdout.splitlines()}


def test_the_top_level_holds_what_it_should_and_no_more() -> None:
    assert listed() <= TOP
    assert {"pyproject.toml", "gradcli", "grammar", "tests", "README.md"} <= listed()


def test_every_module_says_what_flows_through_it() -> None:
    silent = [
        path.relative_to(ROOT).as_posix()
        for path in sorted((ROOT / "gradcli").rglob("*.py"))
        if path.read_text(encoding="utf-8").strip() and not path.read_text(encoding="utf-8").lstrip().startswith(('"""', "'''"))
    ]
    assert silent == []


# How many parameters in a hundred may be anything.  The names of gradcli.graph.types say what comes where Python has no type.
MOST_ANY = {"ops": 17, "graph": 12, "engine": 12}


def annotations(room: str) -> list[str]:
    """What the parameters of all functions in a room are annotated with; nothing, where a lambda or `self` has none."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in (ROOT / "gradcli" / room).rglob("*.py")]
    functions = [each.args for tree in trees for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)]
    parameters = [each for args in functions for each in ast.walk(args) if isinstance(each, ast.arg)]
    return [ast.unparse(each.annotation) for each in parameters if each.annotation is not None]


def test_parameters_say_what_they_are() -> None:
    shares = {room: 100 * found.count("Any") / len(found) for room, found in [(room, annotations(room)) for room in MOST_ANY]}
    assert {room: share for room, share in shares.items() if share > MOST_ANY[room]} == {}


def test_files_fit_in_the_head() -> None:
    lengths = {path: path.read_text(encoding="utf-8").count("\n") for path in (ROOT / "gradcli").rglob("*.py")}
    assert {path.relative_to(ROOT).as_posix(): length for path, length in lengths.items() if length > 400} == {}

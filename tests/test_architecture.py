"""The house: who imports whom, and what may lie at its door."""

from __future__ import annotations

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

"""Every console block of the README and of tests/transcripts, typed into bash.

The README's meet the installed command itself; all others a stand-in that has it run in a copy of a process (tests/command.py).
"""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import pytest

from tests.command import server
from tests.console import INSTALLED, blocks, run, steady
from tests.stand_in import __file__ as stand_in_file

ROOT = Path(__file__).parent.parent
FILES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "gradcli" / "cli" / "topics").glob("*.md")),
    *sorted((ROOT / "tests" / "transcripts").glob("*.md")),
]
CASES = {f"{path.stem}-{block[0].line}": block for path in FILES for block in blocks(path) if block}


@pytest.fixture(scope="module")
def stand_in(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A folder with a `gradcli` that answers in a tenth of the time."""
    folder = tmp_path_factory.mktemp("commands")
    script = folder / "gradcli"
    words = [sys.executable, "-IS", stand_in_file, server().address]
    script.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')
    script.chmod(0o755)
    return str(folder)


@pytest.mark.parametrize("name", CASES)
def test_console_block(name: str, tmp_path: Path, stand_in: str) -> None:
    commands = INSTALLED if name.startswith("README-") else stand_in
    for expected, seen in zip(CASES[name], run(CASES[name], tmp_path, commands), strict=True):
        assert told(seen.output) == told(expected.output), f"line {expected.line}: {expected.command}"


def told(output: str) -> str:
    """Output without what differs from run to run, or in its last digits from machine to machine."""
    whole = re.sub(r"\d\.\d{14,}(?!\d)", lambda found: f"{float(found[0]):.12g}", steady(output))
    whole = re.sub(r"\b\de-1[5-9]\b", "1e-16", whole)
    return re.sub(r"\b\d+(?=\s+(iterations|evaluations)\b)", "10", whole)  # the last ones go by the last digits


def test_there_are_blocks() -> None:
    assert len(CASES) >= 20

"""Every console block of the README and of tests/transcripts, typed into bash against the installed command."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.console import blocks, run, steady

ROOT = Path(__file__).parent.parent
FILES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "gradcli" / "cli" / "topics").glob("*.md")),
    *sorted((ROOT / "tests" / "transcripts").glob("*.md")),
]
CASES = {f"{path.stem}-{block[0].line}": block for path in FILES for block in blocks(path) if block}


@pytest.mark.parametrize("name", CASES)
def test_console_block(name: str, tmp_path: Path) -> None:
    for expected, seen in zip(CASES[name], run(CASES[name], tmp_path), strict=True):
        assert told(seen.output) == told(expected.output), f"line {expected.line}: {expected.command}"


def told(output: str) -> str:
    """Output without what differs from run to run, or in its last digits from machine to machine."""
    whole = re.sub(r"\d\.\d{14,}(?!\d)", lambda found: f"{float(found[0]):.12g}", steady(output))
    whole = re.sub(r"\b\de-1[5-9]\b", "1e-16", whole)
    return re.sub(r"\b\d+(?=\s+(iterations|evaluations)\b)", "10", whole)  # the last ones go by the last digits


def test_there_are_blocks() -> None:
    assert len(CASES) >= 20

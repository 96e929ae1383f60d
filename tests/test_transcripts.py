"""Every console block of the README and of tests/transcripts, typed into bash against the installed command."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.console import Step, blocks, run, steady

ROOT = Path(__file__).parent.parent
FILES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "tests" / "transcripts").glob("*.md"))]
CASES = [pytest.param(block, id=f"{path.stem}-{block[0].line}") for path in FILES for block in blocks(path) if block]


@pytest.mark.parametrize("block", CASES)
def test_console_block(block: list[Step], tmp_path: Path) -> None:
    for expected, seen in zip(block, run(block, tmp_path), strict=True):
        assert steady(seen.output) == steady(expected.output), f"line {expected.line}: {expected.command}"


def test_there_are_blocks() -> None:
    assert len(CASES) >= 20

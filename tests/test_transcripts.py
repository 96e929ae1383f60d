"""Every console block of the README and of tests/transcripts, typed into bash against the installed command."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.console import Step, blocks, run, steady

ROOT = Path(__file__).parent.parent
FILES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "gradcli" / "cli" / "topics").glob("*.md")),
    *sorted((ROOT / "tests" / "transcripts").glob("*.md")),
]
CASES = {f"{path.stem}-{block[0].line}": block for path in FILES for block in blocks(path) if block}


@pytest.fixture(scope="module")
def typed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[list[Step]]]]:
    """The blocks that are asked for, each in a folder of its own, as many at a time as there are processors."""
    names = [item.callspec.params["name"] for item in request.session.items if item.name.startswith("test_console_block")]
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        yield {name: pool.submit(run, CASES[name], tmp_path_factory.mktemp("block")) for name in names}


@pytest.mark.parametrize("name", CASES)
def test_console_block(name: str, typed: dict[str, Future[list[Step]]]) -> None:
    for expected, seen in zip(CASES[name], typed[name].result(), strict=True):
        assert steady(seen.output) == steady(expected.output), f"line {expected.line}: {expected.command}"


def test_there_are_blocks() -> None:
    assert len(CASES) >= 20

"""The namespace torch, tensors and torch.autograd in scripts, against what PyTorch shows for the same snippets."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.run.script.ran import ran
from tests.run.script.torch_snippets import HERE, PRELUDE, SNIPPETS, without_addresses

SAME = "def same(one, other): return one is other"
GOLDEN = json.loads(HERE.with_name("golden_torch_snippets.json").read_text())


def test_every_snippet_is_in_the_golden_file() -> None:
    assert sorted(GOLDEN) == sorted(SNIPPETS)


@pytest.mark.parametrize("source", SNIPPETS)
def test_snippet_shows_what_pytorch_shows(source: str) -> None:
    expected: dict[str, Any] = GOLDEN[source]
    *statements, expression = source.split(";; ")
    seen = ran("\n".join(["import torch", SAME, PRELUDE, *statements, f"print(repr({expression}), end='')"]))
    if "error" in expected:
        kind, words, *versions = expected["error"]
        assert seen.problem is not None, seen.out
        assert seen.problem.type == kind, seen.problem
        assert seen.problem.message.startswith(f"{kind}: {words}" if words else kind)
        assert all([each in seen.problem.message for each in versions])
    else:
        assert seen.problem is None, seen.problem
        assert without_addresses(seen.out) == expected["value"]
    told = expected.get("warnings", [])
    assert [kind for kind, _ in seen.warnings] == [kind for kind, _ in told]
    assert all([mine.startswith(words) for (_, mine), (_, words) in zip(seen.warnings, told)])

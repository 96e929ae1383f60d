"""The namespace torch, tensors and torch.autograd, against what PyTorch shows for the same snippets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor
from gradcli.ops import dtypes
from gradcli.report.tensor import format_tensor
from gradcli.run.script import anomaly, context, modes, random
from gradcli.run.script.constructors import is_parameter
from tests.run.script import torch_proxies
from tests.run.script.torch_snippets import HERE, SNIPPETS, observe

GOLDEN = json.loads(HERE.with_name("golden_torch_snippets.json").read_text())


class Recording(context.Context):
    """A run that keeps its warnings."""

    __slots__ = ("warnings",)

    def warn(self, category: str, message: str) -> None:
        self.warnings.append([category, message])


def shown(x: Tensor) -> str:
    """A tensor as PyTorch prints it."""
    text = format_tensor(
        x.array,
        grad_fn=x.node.title if x.node else None,
        requires_grad=x.requires_grad,
        default_dtype=dtypes.default_dtype().name,
    )
    return f"Parameter containing:\n{text}" if is_parameter(x) else text


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Iterator[Recording]:
    """A run as a script starts it: float32, recording, seeded with 0."""
    monkeypatch.setattr(Tensor, "__repr__", shown)
    before = dtypes.default_dtype()
    dtypes.set_default_dtype(np.dtype(np.float32))
    random.manual_seed(0)
    running = Recording("script.py", print, print)
    running.warnings = []
    context.enter(running)
    with np.errstate(all="ignore"):
        yield running
    context.leave()
    modes.set_grad_enabled(True)
    anomaly.set_detect_anomaly(False)
    dtypes.set_default_dtype(before)


def kind_of(error: Exception) -> str:
    return error.type if isinstance(error, Problem) else type(error).__name__


def test_every_snippet_is_in_the_golden_file() -> None:
    assert sorted(GOLDEN) == sorted(SNIPPETS)


@pytest.mark.parametrize("source", SNIPPETS)
def test_snippet_shows_what_pytorch_shows(source: str, run: Recording) -> None:
    expected: dict[str, Any] = GOLDEN[source]
    seen = observe(source, torch_proxies.names(), kind_of)
    if "error" in expected:
        kind, words = expected["error"]
        assert seen.get("error", [None])[0] == kind, seen
        assert seen["error"][1].startswith(words)
    else:
        assert seen == {"value": expected["value"]}
    told = expected.get("warnings", [])
    assert [each[0] for each in run.warnings] == [each[0] for each in told]
    assert all([mine[1].startswith(words) for mine, (_, words) in zip(run.warnings, told)])

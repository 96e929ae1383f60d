"""What a script does not use is not loaded: a short one starts as quickly as before there were networks and generators."""

from __future__ import annotations

import subprocess
import sys

import pytest

_PLAIN = "import torch\nimport torch.nn as nn\nw = nn.Parameter(torch.ones(2))\n(w * w).sum().backward()\nprint(w.grad)\n"
_ASK = """
import sys
from gradcli.run.script.interpreter import Session
Session("script.py", lambda text: None, lambda text: None, lambda **options: None).run({script!r})
print(sorted({{name.split(".")[3] for name in sys.modules if name.startswith("gradcli.run.script.")}}))
print([name for name in sys.modules if name.startswith("gradcli.run.script.nn.")])
"""


def loaded(script: str) -> tuple[list[str], list[str]]:
    """The parts of the interpreter that a script loads, and those of torch.nn."""
    done = subprocess.run([sys.executable, "-c", _ASK.format(script=script)], capture_output=True, text=True, check=True)
    parts, networks = map(eval, done.stdout.splitlines())
    return parts, networks


def test_a_plain_script_loads_names_alone() -> None:
    parts, networks = loaded(_PLAIN)
    assert not {"optim", "data", "custom", "generators"} & {*parts}
    assert networks == ["gradcli.run.script.nn.namespace"]


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("torch.nn.Linear(1, 1)", "nn"),
        ("torch.optim.SGD([w], lr=1.)", "optim"),
        ("torch.utils.data.TensorDataset(w)", "data"),
        ("torch.autograd.Function", "custom"),
        ("f = lambda: (yield)", "generators"),
    ],
)
def test_what_is_used_is_loaded(line: str, part: str) -> None:
    parts, _ = loaded(_PLAIN + line + "\n")
    assert part in parts

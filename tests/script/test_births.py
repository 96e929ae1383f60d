"""Where a script's numbers stopped being finite, said on stderr by the real command; stdout stays PyTorch's."""

from __future__ import annotations

import subprocess

import pytest

from tests.command import gradcli

# A script, the line that is blamed (None: nothing is said), and words of the reason.
CASES: dict[str, tuple[str, int | None, str]] = {
    "a loop": (
        "import torch\nw = torch.tensor([1.], requires_grad=True)\nfor step in range(4):\n    p = w - step\n"
        "    loss = torch.log(p).sum()\n    loss.backward()\n    print(loss.item())\n",
        5,
        "-inf first comes up in log(p) at [0]: log(0) is -inf (log is defined for x > 0)",
    ),
    "the trap of where": (
        "import torch\nx = torch.tensor([0., 4.], requires_grad=True)\nroot = x.sqrt()\n"
        "torch.where(x > 0, root, 0.).sum().backward()\nprint(x.grad)\n",
        3,
        "the gradient of x becomes nan on the way back through root at [0]: its derivative, 1 / (2 * root), is inf",
    ),
    "in a function": (
        "import torch\n\ndef ratio(a, b):\n    return a / b\n\nprint(ratio(torch.zeros(2), torch.tensor([1., 0.])))\n",
        4,
        "nan first comes up in a / b at [1]: 0 / 0 is nan (0/0 has no value)",
    ),
    "random numbers of a seed": (
        "import torch\ntorch.manual_seed(3)\nx = torch.randn(5)\ny = x.sqrt()\nprint(y)\n",
        4,
        "nan first comes up in sqrt(x)",
    ),
    "before an error": (
        "import torch\nx = torch.tensor([1e30])\ny = x * x\nprint(y)\nassert y < 5, 'too large'\n",
        3,
        "overflow: the largest float32 is 3.4e+38",
    ),
    "numbers of the script's own": (
        "import torch\nm = torch.zeros(2).masked_fill(torch.ones(2) > 0, float('-inf'))\n"
        "print(m, torch.tensor([float('inf')]))\n",
        None,
        "",
    ),
    "finite": ("import torch\nprint(torch.ones(2).exp())\n", None, ""),
}


def run(text: str) -> subprocess.CompletedProcess[str]:
    return gradcli("run", "-", stdin=text)


@pytest.mark.parametrize("name", CASES)
def test_the_birth_is_told_with_its_line(name: str) -> None:
    text, line, words = CASES[name]
    done = run(text)
    if line is None:
        assert "NonFinite" not in done.stderr
    else:
        first, shown = done.stderr.splitlines()[:2]
        assert first.startswith(f"<stdin>:{line}: NonFiniteWarning: ")
        assert words in first
        assert shown == f"  {text.splitlines()[line - 1].strip()}"
    assert "NonFinite" not in done.stdout

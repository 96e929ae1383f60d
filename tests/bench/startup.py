"""Cold start: the time of a whole process, from exec to exit."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping

from tests.bench.table import has, medians, show

_RIVALS = {
    "autograd": "import autograd.numpy as np; from autograd import grad; "
    "print(grad(lambda x: np.mean(3 * (x + 2)**2))(np.ones((2, 2))))",
    "jax": "import jax, jax.numpy as np; print(jax.grad(lambda x: np.mean(3 * (x + 2)**2))(np.ones((2, 2))))",
    "torch": "import torch; x = torch.ones(2, 2, requires_grad=True); y = (3 * (x + 2)**2).mean(); y.backward(); print(x.grad)",
}


def run(rivals: str, runs: int) -> None:
    """Print the figures of a one-liner against `import numpy`, and of the light commands against an empty program."""
    gradcli = shutil.which("gradcli", path=os.path.dirname(sys.executable)) or shutil.which("gradcli")
    assert gradcli is not None, "install gradcli first"
    one_liner = [gradcli, "mean(3*(x+2)**2)", "x=ones(2,2)"]
    commands: dict[str, Callable[[], float]] = {
        "import numpy": _process([sys.executable, "-c", "import numpy"]),
        "gradcli one-liner": _process(one_liner),
        "gradcli --json": _process([*one_liner, "--json"]),
    }
    commands |= {
        f"{name} one-liner": _process([rivals, "-c", program]) for name, program in _RIVALS.items() if has(rivals, name)
    }
    show(
        f"A one-liner from a cold start, median of {runs}",
        medians(commands, runs),
        "ms",
        "import numpy",
        {"gradcli one-liner": 1.35},
    )

    completing = {"_GRADCLI_COMPLETE": "complete_bash", "COMP_WORDS": "gradcli ev", "COMP_CWORD": "1"}
    light = {
        "python -c pass": _process([sys.executable, "-c", "pass"]),
        "gradcli --version": _process([gradcli, "--version"]),
        "gradcli --help": _process([gradcli, "--help"]),
        "gradcli eval --help": _process([gradcli, "eval", "--help"]),
        "gradcli ops": _process([gradcli, "ops"]),
        "completion": _process([gradcli], completing),
    }
    bounds = dict.fromkeys(["gradcli --version", "gradcli --help", "gradcli eval --help", "completion"], 3.0)
    show(f"Commands that compute nothing, median of {runs}", medians(light, runs), "ms", "python -c pass", bounds)


def _process(command: list[str], environment: Mapping[str, str] | None = None) -> Callable[[], float]:
    """A measure: the milliseconds that a process takes."""

    def measure() -> float:
        start = time.perf_counter()
        subprocess.run(command, env={**os.environ, **(environment or {})}, stdout=subprocess.DEVNULL, check=True)
        return (time.perf_counter() - start) * 1000

    return measure

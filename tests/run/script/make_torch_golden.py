"""Writes golden_torch_snippets.json: what PyTorch shows for every snippet.

Run by hand with an interpreter that has torch, from the root of the repository:
python -m tests.run.script.make_torch_golden
"""

from __future__ import annotations

import json
import warnings
from typing import Any

import torch

from tests.run.script.torch_snippets import HERE, SNIPPETS, clause, observe, opening, versions


def main() -> None:
    cases = [f"{json.dumps(source)}: {json.dumps(_observed(source))}" for source in SNIPPETS]
    HERE.with_name("golden_torch_snippets.json").write_text("{\n" + ",\n".join(cases) + "\n}\n")


def _observed(source: str) -> dict[str, Any]:
    torch.manual_seed(0)
    torch.set_default_dtype(torch.float32)
    torch.set_grad_enabled(True)
    torch.autograd.set_detect_anomaly(False)
    torch._C._set_warnAlways(True)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        seen = observe(source, {"torch": torch, "same": lambda one, other: one is other}, lambda error: type(error).__name__)
    if "error" in seen:
        message = seen["error"][1]
        seen["error"][1:] = [clause(message), *versions(message)]
    told = [[each.category.__name__, opening(str(each.message))] for each in caught if each.category is not DeprecationWarning]
    return {**seen, "warnings": told} if told else seen


if __name__ == "__main__":
    main()

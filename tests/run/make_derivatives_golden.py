"""Write golden_derivatives.json with PyTorch: python -m tests.run.make_derivatives_golden, in an environment that has it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch

from tests.ops.torch_library import Torch
from tests.run.derivative_cases import CASES, Case

GOLDEN = Path(__file__).with_name("golden_derivatives.json")


def derivative(case: Case) -> Any:
    """Nested lists: of a Jacobian by leaf, of a Hessian by two, of a jvp alone, of an hvp by leaf."""
    names = list(case.leaves)
    leaves = tuple(torch.tensor(value, dtype=torch.float64) for value in case.leaves.values())
    tangents = tuple(torch.tensor(value, dtype=torch.float64) for value in (case.tangents or {}).values())

    def function(*values: Any) -> Any:
        return Torch().compute(case.expr, dict(zip(names, values, strict=True)), "float64")

    if case.kind == "jacobian":
        found = torch.func.jacrev(function, tuple(range(len(names))))(*leaves)
        return {name: each.tolist() for name, each in zip(names, found, strict=True)}
    if case.kind == "hessian":
        table = torch.autograd.functional.hessian(function, leaves)
        return {
            name: {other: each.tolist() for other, each in zip(names, row, strict=True)}
            for name, row in zip(names, table, strict=True)
        }
    if case.kind == "jvp":
        return torch.func.jvp(function, leaves, tangents)[1].tolist()
    found = torch.autograd.functional.hvp(function, leaves, tangents)[1]
    return {name: each.tolist() for name, each in zip(names, found, strict=True)}


if __name__ == "__main__":
    lines = [f"{json.dumps(case.id)}: {json.dumps(derivative(case))}" for case in CASES]
    GOLDEN.write_text("{\n" + ",\n".join(lines) + "\n}\n")

"""Writes golden_operations.json and golden_promotion.json: what PyTorch makes of every case.

Run by hand with an interpreter that has torch, from the root of the repository: python -m tests.ops.make_golden, which observes
all of them anew, or python -m tests.ops.make_golden --new, which observes those that the file lacks.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.ops import samples
from tests.ops.observing import observe, observe_value
from tests.ops.promotion import OPERATIONS, PAIRS, promoted
from tests.ops.torch_library import Torch

HERE = Path(__file__)


def main() -> None:
    warnings.simplefilter("ignore")
    library = Torch()
    known = json.loads(HERE.with_name("golden_operations.json").read_text()) if "--new" in sys.argv else {}

    def observed(groups: dict[str, list[samples.Case]], look: Callable[..., Any]) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        for group, cases in groups.items():
            by_id, before = {case.id: case for case in cases}, known.get(group, {})
            found[group] = {name: seen for name, seen in before.items() if name in by_id}  # in their order
            found[group] |= {name: look(library, case) for name, case in by_id.items() if name not in before}
        return found

    whole, values = observed(samples.groups(), observe), observed(samples.value_groups(), observe_value)
    _write("golden_operations.json", whole | values)
    _write(
        "golden_promotion.json",
        {name: {pair: promoted(library, text, pair) for pair in PAIRS} for name, text in OPERATIONS.items()},
    )


def _write(name: str, groups: dict[str, dict[str, Any]]) -> None:
    """One line a case, so that a change of one is a change of one line."""
    parts = []
    for group, cases in groups.items():
        lines = [f"{json.dumps(key)}: {json.dumps(value, separators=(',', ':'))}" for key, value in cases.items()]
        parts.append(f"{json.dumps(group)}: {{\n" + ",\n".join(lines) + "\n}")
    HERE.with_name(name).write_text("{\n" + ",\n".join(parts) + "\n}\n")


if __name__ == "__main__":
    main()

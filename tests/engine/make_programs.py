"""Writes golden_programs.json: what PyTorch makes of random programs.

Run by hand with an interpreter that has torch, from the root of the repository: python -m tests.engine.make_programs
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from tests.engine.differing import clause, is_internal, is_narrow
from tests.engine.generating import program
from tests.engine.gradcli_programs import Gradcli
from tests.engine.programs import Program, Run
from tests.engine.torch_programs import Torch

GOLDEN = Path(__file__).with_name("golden_programs.json")
ANY, TRIED = 180, 12_000  # so many whatever they show, and of so many those that show something rare
ENOUGH = 4  # programs with an error


def main() -> None:
    lines = [json.dumps(pair, separators=(",", ":")) for pair in chosen()]
    GOLDEN.write_text("[\n" + ",\n".join(lines) + "\n]\n")


def chosen() -> Iterator[tuple[Program, dict[str, Any]]]:
    """Programs with what PyTorch makes of them; none where it finds a bug of its own, or float32 counts."""
    errors: Counter[str] = Counter()
    for seed in range(TRIED):
        steps = program(Random(seed), Gradcli(), 40 if seed % 8 == 0 else None)
        seen = Run(Torch()).all(steps).seen()
        if is_narrow(steps) or is_internal(seen):
            continue
        shown = {re.sub(r"-?\d+(, \d+)*", "0", clause(message)) for _, message in seen["errors"].values()}
        if seed < ANY or any(errors[each] < ENOUGH for each in shown):
            errors.update(shown)
            yield steps, seen


if __name__ == "__main__":
    main()

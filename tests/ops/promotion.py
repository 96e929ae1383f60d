"""Pairs of operands of all dtypes and ranks, and what dtype an operation makes of them."""

from __future__ import annotations

from itertools import product

import numpy as np

from tests.ops.observing import Library, observe_value
from tests.ops.samples import DTYPES, Case

NUMBERS = {"bool": "True", "int": "1", "float": "1.5"}
TENSORS = [f"{dtype} {rank}" for dtype in DTYPES for rank in ("0-d", "1-d")]
# One operand is a tensor at least; "float32 1-d, float".
PAIRS = [f"{x}, {y}" for x, y in product([*TENSORS, *NUMBERS], repeat=2) if x not in NUMBERS or y not in NUMBERS]
OPERATIONS = {
    "add": "x + y",
    "sub": "x - y",
    "mul": "x * y",
    "div": "x / y",
    "floor_divide": "x // y",
    "remainder": "x % y",
    "pow": "x ** y",
    "lt": "x < y",
    "where": "where(tensor(True), x, y)",
}


def promoted(library: Library, text: str, pair: str) -> str:
    """The dtype of the result, or the type of the error."""
    operands = {}
    for name, word in zip("xy", pair.split(", "), strict=True):
        dtype, _, rank = word.partition(" ")
        if rank:
            operands[name] = np.array(1 if rank == "0-d" else [1], dtype)
        else:
            text = text.replace(name, NUMBERS[dtype])
    seen = observe_value(library, Case(text, operands))
    return str(seen["error"][0] if "error" in seen else seen["out"][0])

"""How what one library shows of a program differs from what another shows."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from tests.engine.programs import Program


def clause(message: str) -> str:
    """The leading clause of PyTorch's message: up to a point, a colon or a bracket that closes, but not too little of it."""
    first = re.match(r".{25,}?(?=[:.]\s|[:.]$|\)|(?<=output type )|$)", message.split("\n")[0])
    return first[0] if first else message.split("\n")[0]


def differences(expected: Any, found: Any, narrow: bool, where: str = "") -> list[str]:
    """How what gradcli shows differs from what PyTorch shows; errors are compared by type and leading clause.

    narrow  whether float32 takes part, in which functions may differ in the last digit
    """
    if isinstance(expected, dict) and isinstance(found, dict):
        return [
            each
            for key in {**expected, **found}
            for each in differences(expected.get(key), found.get(key), narrow, f"{where}.{key}")
        ]
    if _is_error(expected) and _is_error(found):
        same = expected[0] == found[0] and found[1].lower().startswith(clause(expected[1]).lower())
    elif _is_array(expected) and _is_array(found):
        same = expected[:2] == found[:2] and np.allclose(
            expected[2], found[2], *((1e-4, 1e-5) if narrow else (1e-9, 1e-11)), equal_nan=True
        )
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        return [
            each
            for place, pair in enumerate(zip(expected, found, strict=True))
            for each in differences(*pair, narrow, f"{where}[{place}]")
        ]
    else:
        same = expected == found
    return [] if same else [f"{where}: PyTorch {expected}, gradcli {found}"]


def _is_error(seen: Any) -> bool:
    return isinstance(seen, (list, tuple)) and len(seen) == 2 and all(isinstance(each, str) for each in seen)


def _is_array(seen: Any) -> bool:
    return isinstance(seen, list) and len(seen) == 3 and isinstance(seen[0], str) and isinstance(seen[1], list)


def is_narrow(program: Program) -> bool:
    """Whether float32 takes part in a program."""
    return any(step[0] == "leaf" and step[3] == "float32" for step in program)


def is_internal(seen: dict[str, Any]) -> bool:
    """Whether PyTorch came upon a bug of its own."""
    return any("INTERNAL ASSERT" in message for _, message in seen["errors"].values())

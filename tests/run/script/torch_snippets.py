"""Snippets of PyTorch code, one a line in torch_snippets.txt: statements and a last expression, parted by `;; `.

What a snippet shows is the `repr` of the expression, or the type and message of an error, and the warnings on the way.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__)
SNIPPETS = [line for line in HERE.with_suffix(".txt").read_text().splitlines() if line and not line.startswith("#")]
_ADDRESS = re.compile(r"0x[0-9a-f]+")


PRELUDE = """
x = torch.ones(2, requires_grad=True)
v = torch.tensor([1., 2.])
d = torch.tensor([1., 2.], dtype=torch.double, requires_grad=True)
functional, gradcheck, gradgradcheck = torch.autograd.functional, torch.autograd.gradcheck, torch.autograd.gradgradcheck
Parameter = torch.nn.Parameter
"""


def without_addresses(text: str) -> str:
    """The text with every address of an object as 0x0."""
    return _ADDRESS.sub("0x0", text)


def observe(source: str, names: dict[str, Any], kind_of: Callable[[Exception], str]) -> dict[str, Any]:
    """Run a snippet with these names: {"value": text}, or {"error": [type, message]}."""
    exec(PRELUDE, names)
    *statements, expression = source.split(";; ")
    try:
        for statement in statements:
            exec(statement, names)
        return {"value": without_addresses(repr(eval(expression, names)))}
    except Exception as error:
        return {"error": [kind_of(error), str(error)]}


def clause(message: str) -> str:
    """The leading clause of a message of PyTorch's: what comes after it may be worded otherwise."""
    return re.split(r"\.\s|\.$|\n|, but expected| \(Triggered| \(Could|: \[torch\.", message)[0]


def versions(message: str) -> list[str]:
    """What an error says of versions, if it does: " is at version 1; expected version 0 instead"."""
    return re.findall(r" is at version \d+; expected version \d+ instead", message)


def opening(warning: str) -> str:
    """The same of a warning, whose sentences are longer."""
    return re.split(r", | which can", clause(warning))[0]

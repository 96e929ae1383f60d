"""What is there for real numbers only, said in one sentence."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gradcli.errors import Problem
from gradcli.graph.half_precision import name_of


def need_real(what: str, named: Iterable[tuple[str, Any]]) -> None:
    """Refuse complex values among (name, array) pairs, where `what` ("hessian") works on real numbers.  Raises Problem."""
    for name, array in named:
        if getattr(array, "dtype", None) is not None and array.dtype.kind == "c":
            raise Problem(
                "dtype",
                f"{what} works on real numbers, and {name} is {name_of(array.dtype)}",
                type="TypeError",
                hint="take its absolute value or a part: .abs(), .real, .imag"
                if " " in name
                else f"bind the parts of a complex number, and write a + b*1j for {name}",
            )

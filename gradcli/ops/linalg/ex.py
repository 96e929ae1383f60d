"""inv_ex, cholesky_ex and solve_ex: what fails is told by a number for each matrix, and raises nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor, from_array
from gradcli.ops.core.arrays import Operand
from gradcli.ops.core.builders import composite
from gradcli.ops.core.table import family
from gradcli.ops.linalg.decompositions import cholesky
from gradcli.ops.linalg.inverses import inv, solve

family("linear algebra")


def _with_info(compute: Callable[[], Any], A: Tensor, shape: Any, check_errors: bool) -> Any:
    """The result and zeros; where the computation fails, nan, and 1 for each matrix for which it does."""
    lead = A.shape[:-2]
    try:
        return compute(), from_array(np.zeros(lead, np.int32))
    except Problem as problem:
        if check_errors or problem.code not in ("singular", "not-positive-definite"):
            raise
    return from_array(np.full(shape, np.nan, A.ndarray.dtype)), from_array(np.ones(lead, np.int32))


def _inv_ex(A: Tensor, /, *, check_errors: bool = False) -> Any:
    return _with_info(lambda: inv(A), A, A.shape, check_errors)


def _cholesky_ex(A: Tensor, /, *, upper: bool = False, check_errors: bool = False) -> Any:
    return _with_info(lambda: cholesky(A, upper), A, A.shape, check_errors)


def _solve_ex(A: Tensor, B: Operand, /, *, left: bool = True, check_errors: bool = False) -> Any:
    return _with_info(lambda: solve(A, B, left), A, B.shape, check_errors)


for _name, _forward, _what, _sample in (
    ("inv", _inv_ex, "The inverse", "x:2,2 linalg.inv_ex(x + 3 * eye(2))[0]"),
    ("cholesky", _cholesky_ex, "Cholesky's factor", "x:2,2 linalg.cholesky_ex(x @ x.mH + eye(2))[0]"),
    ("solve", _solve_ex, "The X of A @ X = B", "x:2,2 y:2 linalg.solve_ex(x + 3 * eye(2), y)[0]"),
):
    composite(
        f"linalg.{_name}_ex",
        _forward,
        namespace="torch.linalg",
        method=False,
        doc=f"{_what}, and 0, or another number where there is none.",
        samples=(_sample,),
    )

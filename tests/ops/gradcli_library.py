"""gradcli, as `observing` sees it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from unittest.mock import patch

import numpy as np

from gradcli import text as language
from gradcli.engine import reverse_mode
from gradcli.errors import Problem
from gradcli.graph.node import function_of
from gradcli.graph.tensor import Tensor, from_array
from gradcli.ops.core import dtypes
from gradcli.ops.creation import factories
from gradcli.run import mended_calls
from gradcli.run.machine import Machine
from tests.ops.samples import Array

_parse = lru_cache(maxsize=64)(language.parse)  # differences evaluate one text at many points
np.seterr(all="ignore")  # as the evaluator has it: infinities and nans are answers


class Gradcli:
    """See `Library`."""

    def leaf(self, array: Array, requires_grad: bool) -> Any:
        return from_array(array.copy(), requires_grad)

    def compute(self, text: str, variables: dict[str, Any], dtype: str = "float64") -> Any:
        dtypes.set_default_dtype(dtypes.by_name(dtype))
        factories.generator().manual_seed(0)
        try:
            with patch.object(mended_calls, "_mended", lambda *_: None):  # PyTorch's errors, not what is put right
                return Machine(dict(variables), lambda tensor: None, lambda tensor, name: None).run(_parse(text))
        finally:
            dtypes.set_default_dtype(dtypes.by_name("float64"))

    def is_tensor(self, value: Any) -> bool:
        return isinstance(value, Tensor)

    def array(self, tensor: Any) -> Array:
        return tensor.ndarray  # type: ignore[no-any-return]

    def function(self, tensor: Any) -> Any:
        return None if tensor.node is None else function_of(tensor.node)[0]

    def grad(self, outputs: list[Any], inputs: list[Any], weights: list[Any], create_graph: bool) -> list[Any]:
        return reverse_mode.grad(outputs, inputs, weights, create_graph=create_graph, retain_graph=True, allow_unused=True)

    def backward(self, output: Any, weight: Any) -> None:
        reverse_mode.backward([output], [weight])

    def grad_of(self, leaf: Any) -> Any:
        return leaf._grad

    def problem(self, error: Exception) -> tuple[str, str] | None:
        return (error.type, error.message) if isinstance(error, Problem) else None

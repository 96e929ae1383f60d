"""What is no view has memory of its own: a change in place of a result must not reach the operands."""

from __future__ import annotations

import numpy as np

from gradcli.graph.tensor import Tensor
from tests.batches import every
from tests.ops import test_rules
from tests.ops.finite_differences import computed
from tests.ops.samples import Case
from tests.ops.test_rules import named


@every(test_rules.DIFFERENTIABLE, named)
def test_shares_no_memory_unless_it_is_a_view(case: Case) -> None:
    if "unsafe_" in case.text:  # which PyTorch says of pieces that it does not know for views
        return
    operands, out = computed(case)
    if isinstance(out, Tensor) and out._view is None and not any([out is x for x in operands.values()]):
        assert [name for name, x in operands.items() if np.shares_memory(out.ndarray, x.ndarray)] == []

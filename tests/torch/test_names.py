"""Every public name of PyTorch's modules is there, or the error says that it is not."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path

import pytest

NAMES: dict[str, list[str]] = json.loads(Path(__file__).with_name("names.json").read_text())

# What is left out: pipes and workers of data, devices, and what only serves PyTorch's own compiler.
LEFT_OUT = {
    "torch.optim": {"swap_in_optimizer_params_and_state"},
    "torch.func": {"rearrange"},
    "torch.utils.data": {
        *("DFIterDataPipe", "DataChunk", "IterDataPipe", "MapDataPipe", "_DatasetKind"),
        *("argument_validation", "functional_datapipe", "guaranteed_datapipes_determinism", "non_deterministic"),
        *("runtime_validation", "runtime_validation_disabled"),
    },
    "torch.utils.checkpoint": {"DefaultDeviceType", "GraphExecGroup"},
}


@pytest.mark.parametrize("module", NAMES)
def test_has_the_names(module: str) -> None:
    ours = import_module(f"gradcli.{module}")
    absent = LEFT_OUT.get(module, set())
    for name in NAMES[module]:
        if name in absent:
            with pytest.raises(AttributeError, match=f"has no attribute '{name}'"):
                getattr(ours, name)
        else:
            assert callable(getattr(ours, name)), name


def test_all_of_nn_is_there() -> None:
    assert len(NAMES["torch.nn"]) == 168

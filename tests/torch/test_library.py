"""`import gradcli.torch as torch` in anybody's program: it trains networks, and changes nothing in the program around it."""

from __future__ import annotations

import subprocess
import sys
import types
import warnings
from importlib import import_module

import numpy as np
import pytest

import gradcli
from gradcli import torch

_TRAINING = """
import gradcli.torch as torch
from gradcli.torch import nn
import gradcli.torch.nn.functional as F

torch.manual_seed(0)
x = torch.linspace(-2, 2, 64).reshape(64, 1)
net = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 1))
optimizer = torch.optim.Adam(net.parameters(), lr=0.02)
for step in range(300):
    loss = F.mse_loss(net(x), torch.sin(x))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(loss.item() < 1e-3, type(x).__name__, x.dtype)
"""
MODULES = [
    "torch", "torch.autograd", "torch.autograd.functional", "torch.autograd.graph", "torch.func", "torch.linalg", "torch.nn",
    "torch.nn.functional", "torch.nn.init", "torch.nn.utils", "torch.optim", "torch.optim.lr_scheduler", "torch.special",
    "torch.utils.data", "torch.random", "torch.serialization", "torch.distributions",
]  # fmt: skip


def test_a_plain_program_trains_a_network() -> None:
    run = subprocess.run([sys.executable, "-c", _TRAINING], capture_output=True, text=True, timeout=120)
    assert (run.stdout, run.stderr) == ("True Tensor torch.float32\n", "")


def test_importing_it_changes_nothing_around_it() -> None:
    before = (np.geterr(), list(warnings.filters), "torch" in sys.modules)
    import_module("gradcli.torch")
    assert (np.geterr(), list(warnings.filters), "torch" in sys.modules) == before
    with np.errstate(all="warn"), pytest.warns(RuntimeWarning, match="divide by zero"):
        np.log(np.zeros(1))


def test_tensors_compute_infinities_without_numpy_s_warnings() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert torch.zeros(1).log().item() == -np.inf
        x = torch.zeros(1, requires_grad=True)
        x.sqrt().backward()
        assert x.grad.item() == np.inf


def test_the_python_door_keeps_float64_beside_it() -> None:
    assert gradcli.grad("sum(x**2)", x=[1.0, 2.0]).dtype == np.float64
    assert torch.tensor([1.0]).dtype is torch.float32


def test_errors_are_pythons_own_and_know_their_problem() -> None:
    with pytest.raises(RuntimeError) as caught:
        torch.ones(2, 3) @ torch.ones(2, 3)
    assert type(caught.value) is RuntimeError
    assert str(caught.value) == "mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)"
    assert isinstance(caught.value.__context__, gradcli.Problem)
    for kind, wrong in (
        (IndexError, lambda: torch.ones(2)[5]),
        (TypeError, lambda: torch.ones(2) + "a"),
        (ValueError, lambda: torch.tensor([[1, 2], [3]])),
        (AttributeError, lambda: torch.nothing_at_all),
        (torch.linalg.LinAlgError, lambda: torch.linalg.inv(torch.zeros(2, 2))),
    ):
        with pytest.raises(kind):
            wrong()


@pytest.mark.parametrize("name", MODULES)
def test_every_name_leads_to_something(name: str) -> None:
    module = import_module(name.replace("torch", "gradcli.torch", 1))
    listed = [each for each in dir(module) if not each.startswith("_")]
    assert listed
    for each in {*listed, *getattr(module, "__all__", ())}:
        value = getattr(module, each)
        if isinstance(value, types.FunctionType) and value.__module__.startswith("gradcli.torch"):
            assert value.__doc__, f"{name}.{each} has no docstring"


def test_every_method_of_tensors_is_there() -> None:
    for name in dir(torch.Tensor):
        assert hasattr(torch.Tensor, name), name

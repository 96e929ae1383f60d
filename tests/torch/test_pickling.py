"""Models, parameters and optimizers of a plain program go through pickle and come back."""

from __future__ import annotations

import pickle

import gradcli.torch as torch
from gradcli.torch import nn


def test_models_come_back() -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.ReLU(), nn.LSTM(3, 2))
    for protocol in (2, pickle.HIGHEST_PROTOCOL):
        again = pickle.loads(pickle.dumps(model, protocol))
        assert repr(again) == repr(model)
        assert all(torch.equal(a, b) for a, b in zip(again.parameters(), model.parameters()))
        assert all(type(a) is nn.Parameter for a in again.parameters())


def test_parameters_keep_their_attributes() -> None:
    param = nn.Parameter(torch.ones(2), requires_grad=False)
    param.name_of_mine = 3
    again = pickle.loads(pickle.dumps(param))
    assert type(again) is nn.Parameter
    assert (again.name_of_mine, again.requires_grad) == (3, False)


def test_optimizers_come_back() -> None:
    model = nn.Linear(2, 1)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.5)
    model(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    again = pickle.loads(pickle.dumps(optimizer))
    assert again.param_groups[0]["lr"] == 0.5
    assert len(again.state) == 2

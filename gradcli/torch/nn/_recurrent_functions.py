"""Recurrent networks as functions of their weights: `torch.lstm`, `torch.gru_cell` and their kin.

Layers take the weights of all layers and directions as one flat list, and a sequence (T, N, I), or (N, T, I) with
`batch_first`; instead of `batch_first`, data of a packed sequence take `batch_sizes` as their second argument.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradcli.torch as torch
from gradcli.torch.nn.modules.recurrence import CELLS, Weights, run_layers


def _layers(mode: str) -> Callable[..., Any]:
    def function(input: Any, second: Any, third: Any, *options: Any) -> Any:
        if isinstance(options[0], (list, tuple)):
            batch_sizes, hx = second, third
            params, has_biases, num_layers, dropout, train, bidirectional = options
            batch_first = False
        else:
            batch_sizes, hx, params = None, second, third
            has_biases, num_layers, dropout, train, bidirectional, batch_first = options
        directions = 2 if bidirectional else 1
        each = len(params) // (num_layers * directions)
        weights = [_weights(params[at : at + each], has_biases) for at in range(0, len(params), each)]
        pairs = mode == "LSTM"
        states = [*zip(*[each.unbind(0) for each in hx])] if pairs else [*hx.unbind(0)]
        steps = input.transpose(0, 1) if batch_first else input
        sizes = None if batch_sizes is None else batch_sizes.tolist()
        out, last = run_layers(mode, steps, sizes, states, weights, directions, dropout if train else 0.0)
        out = out.transpose(0, 1) if batch_first else out
        return (out, *[torch.stack(column) for column in zip(*last)]) if pairs else (out, torch.stack(last))

    function.__name__ = function.__qualname__ = mode.lower()
    function.__doc__ = f"{mode} through a sequence: its outputs, and the last state."
    return function


def _weights(params: Any, has_biases: bool) -> Weights:
    if has_biases:
        return Weights(*params)
    return Weights(params[0], params[1], None, None, *params[2:])


def _cell(mode: str) -> Callable[..., Any]:
    def function(input: Any, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None) -> Any:
        part = torch.nn.functional.linear(input, w_ih, b_ih)
        return CELLS[mode](part, tuple(hx) if mode == "LSTM" else hx, Weights(w_ih, w_hh, b_ih, b_hh))

    function.__name__ = function.__qualname__ = f"{mode.lower()}_cell"
    function.__doc__ = f"One step of {mode}: the next state."
    return function


lstm, gru, rnn_tanh, rnn_relu = map(_layers, ("LSTM", "GRU", "RNN_TANH", "RNN_RELU"))
lstm_cell, gru_cell, rnn_tanh_cell, rnn_relu_cell = map(_cell, ("LSTM", "GRU", "RNN_TANH", "RNN_RELU"))

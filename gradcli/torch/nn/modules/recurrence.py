"""The arithmetic of recurrent networks: cells that make one step, and layers that go through a sequence with them.

A cell gets what a step's input contributes (already multiplied by its weights), the state, and the weights of the state; the
order
of the operations is PyTorch's.  A state is one tensor (N, H), or for LSTM a pair of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import gradcli.torch as torch
import gradcli.torch.nn.functional as F


class Weights(NamedTuple):
    """The parameters of one layer in one direction."""

    w_ih: Any
    w_hh: Any
    b_ih: Any = None
    b_hh: Any = None
    w_hr: Any = None


Cell = Callable[[Any, Any, Weights], Any]


def tanh_cell(part: Any, h: Any, w: Weights) -> Any:
    """`tanh(w_ih x + b_ih + w_hh h + b_hh)`."""
    return (F.linear(h, w.w_hh, w.b_hh) + part).tanh()


def relu_cell(part: Any, h: Any, w: Weights) -> Any:
    """The same with relu."""
    return (F.linear(h, w.w_hh, w.b_hh) + part).relu()


def lstm_cell(part: Any, state: Any, w: Weights) -> Any:
    """Hochreiter and Schmidhuber (1997), with forget gates: gates in the order input, forget, cell, output."""
    h, c = state
    gates = (F.linear(h, w.w_hh, w.b_hh) + part).chunk(4, 1)
    take, keep, new, show = gates[0].sigmoid(), gates[1].sigmoid(), gates[2].tanh(), gates[3].sigmoid()
    c = keep * c + take * new
    h = show * c.tanh()
    return (h if w.w_hr is None else h.matmul(w.w_hr.t())), c


def gru_cell(part: Any, h: Any, w: Weights) -> Any:
    """Cho et al. (2014): gates in the order reset, update, new."""
    by_input = part.chunk(3, 1)
    by_state = F.linear(h, w.w_hh, w.b_hh).chunk(3, 1)
    reset = (by_state[0] + by_input[0]).sigmoid()
    update = (by_state[1] + by_input[1]).sigmoid()
    new = (by_input[2] + by_state[2] * reset).tanh()
    return (h - new) * update + new


CELLS: dict[str, Cell] = {"RNN_TANH": tanh_cell, "RNN_RELU": relu_cell, "LSTM": lstm_cell, "GRU": gru_cell}
GATES = {"RNN_TANH": 1, "RNN_RELU": 1, "LSTM": 4, "GRU": 3}


def run_layers(
    mode: str,
    inputs: Sequence[Any] | Any,
    batch_sizes: Sequence[int] | None,
    states: list[Any],
    weights: list[Weights],
    directions: int,
    dropout: float,
) -> tuple[Any, list[Any]]:
    """All layers of a network, one on the other.

    inputs       (T, N, I); with `batch_sizes`, (sum of them, I): the rows of each step, packed
    states       one for each layer and direction
    dropout      between the layers; 0 leaves it out

    Gives the outputs of the last layer in the same form, and the last states.
    """
    last: list[Any] = []
    for level in range(len(weights) // directions):
        outputs = []
        for direction in range(directions):
            place = level * directions + direction
            out, state = _run_layer(mode, inputs, batch_sizes, states[place], weights[place], direction == 1)
            outputs.append(out)
            last.append(state)
        inputs = outputs[0] if directions == 1 else torch.cat(outputs, dim=-1)
        if dropout and level < len(weights) // directions - 1:
            inputs = F.dropout(inputs, dropout, training=True)
    return inputs, last


def _run_layer(
    mode: str, inputs: Any, batch_sizes: Sequence[int] | None, state: Any, weights: Weights, backwards: bool
) -> tuple[Any, Any]:
    """One layer in one direction."""
    parts = F.linear(inputs, weights.w_ih, weights.b_ih)
    if batch_sizes is not None:
        return _run_packed(CELLS[mode], parts.split(list(batch_sizes)), state, weights, backwards)
    steps = parts.unbind(0)
    outputs = []
    for part in reversed(steps) if backwards else steps:
        state = CELLS[mode](part, state, weights)
        outputs.append(state[0] if isinstance(state, tuple) else state)
    return torch.stack(outputs[::-1] if backwards else outputs), state


def _run_packed(cell: Cell, steps: Sequence[Any], state: Any, weights: Weights, backwards: bool) -> tuple[Any, Any]:
    """Steps of fewer and fewer rows.  Forward, rows leave at their ends; backwards, they come in there."""
    outputs = []
    first = state
    rows = len(steps[-1]) if backwards else len(steps[0])
    state = _rows(first, 0, rows)
    ended: list[Any] = []
    for part in reversed(steps) if backwards else steps:
        count = len(part)
        if count > rows:
            state = _joined([state, _rows(first, rows, count)])
        elif count < rows:
            ended.append(_rows(state, count, rows))
            state = _rows(state, 0, count)
        rows = count
        state = cell(part, state, weights)
        outputs.append(state[0] if isinstance(state, tuple) else state)
    state = _joined([state, *reversed(ended)]) if ended else state
    return torch.cat(outputs[::-1] if backwards else outputs), state


def _rows(state: Any, start: int, stop: int) -> Any:
    if isinstance(state, tuple):
        return tuple([_rows(each, start, stop) for each in state])
    return state.narrow(0, start, stop - start)


def _joined(states: list[Any]) -> Any:
    if isinstance(states[0], tuple):
        return tuple([torch.cat(column) for column in zip(*states)])
    return torch.cat(states)

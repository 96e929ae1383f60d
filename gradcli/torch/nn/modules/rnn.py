"""Recurrent networks: RNN, LSTM and GRU over whole sequences, and their cells, which make one step."""

from __future__ import annotations

import math
import numbers
from typing import Any

import gradcli.torch as torch
import gradcli.torch.nn.functional as F
from gradcli.torch._naming import renamed
from gradcli.torch._warnings import warn
from gradcli.torch.nn import init
from gradcli.torch.nn.modules import recurrence
from gradcli.torch.nn.modules.module import Module
from gradcli.torch.nn.modules.recurrence import CELLS, GATES, Weights
from gradcli.torch.nn.parameter import Parameter
from gradcli.torch.nn.utils.rnn import PackedSequence


class RNNBase(Module):
    """Parameters `weight_ih_l0`, `weight_hh_l0`, `bias_ih_l0`, `bias_hh_l0`, and so on for each layer and direction.

    Input (T, N, input_size), with `batch_first` (N, T, input_size), (T, input_size) without a batch, or a PackedSequence.
    State (layers * directions, N, hidden_size), for LSTM a pair (h, c); zeros where none is given.
    """

    def __init__(
        self,
        mode: str,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        if not isinstance(dropout, numbers.Number) or not 0 <= dropout <= 1 or isinstance(dropout, bool):
            raise ValueError(
                "dropout should be a number in range [0, 1] representing the probability of an element being zeroed"
            )
        if dropout > 0 and num_layers == 1:
            warn(
                "dropout option adds dropout after all but last recurrent layer, so non-zero dropout expects num_layers "
                "greater "
                f"than 1, but got dropout={dropout} and num_layers={num_layers}",
            )
        if not isinstance(hidden_size, int):
            raise TypeError(f"hidden_size should be of type int, got: {type(hidden_size).__name__}")
        if hidden_size <= 0:
            raise ValueError("hidden_size must be greater than zero")
        if num_layers <= 0:
            raise ValueError("num_layers must be greater than zero")
        if proj_size < 0:
            raise ValueError("proj_size should be a positive integer or zero to disable projections")
        if proj_size >= hidden_size:
            raise ValueError("proj_size has to be smaller than hidden_size")
        self.mode = mode
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = float(dropout)
        self.bidirectional = bidirectional
        self.proj_size = proj_size
        directions = 2 if bidirectional else 1
        if mode not in GATES:
            raise ValueError(f"Unrecognized RNN mode: {mode}")
        gates = GATES[mode] * hidden_size
        shown = proj_size or hidden_size
        self._all_names: list[list[str]] = []
        for level in range(num_layers):
            width = input_size if level == 0 else shown * directions
            shapes: dict[str, tuple[int, ...]] = {"weight_ih": (gates, width), "weight_hh": (gates, shown)}
            shapes.update({"bias_ih": (gates,), "bias_hh": (gates,)} if bias else {})
            shapes.update({"weight_hr": (proj_size, hidden_size)} if proj_size else {})
            for suffix in ("", "_reverse")[:directions]:
                names = [f"{name}_l{level}{suffix}" for name in shapes]
                for name, shape in zip(names, shapes.values()):
                    setattr(self, name, Parameter(torch.empty(shape, device=device, dtype=dtype)))
                self._all_names.append(names)
        self.reset_parameters()

    @property
    def all_weights(self) -> list[list[Any]]:
        """The parameters of each layer and direction."""
        return [[getattr(self, name) for name in names] for names in self._all_names]

    _flat_weights_names = property(lambda self: [name for names in self._all_names for name in names])
    _flat_weights = property(lambda self: [getattr(self, name) for name in self._flat_weights_names])
    _all_weights = property(lambda self: self._all_names)

    def reset_parameters(self) -> None:
        """Draw all parameters anew, uniform within 1/sqrt(hidden_size)."""
        bound = 1.0 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for param in self.parameters():
            init.uniform_(param, -bound, bound)

    def flatten_parameters(self) -> None:
        """Nothing: what puts the parameters side by side in memory is for GPUs."""

    def _weights(self) -> list[Weights]:
        made = []
        for params in self.all_weights:
            projection = [params.pop()] if self.proj_size else []
            made.append(Weights(*params, *[None] * (4 - len(params)), *projection))
        return made

    # --- checks -----------------------------------------------------------------------------------------------------

    def check_input(self, input: Any, batch_sizes: Any) -> None:
        """Refuse an input of another size.  Raises RuntimeError."""
        expected = 3 if batch_sizes is None else 2
        if input.dim() != expected:
            raise RuntimeError(f"input must have {expected} dimensions, got {input.dim()}")
        own = next(self.parameters()).dtype
        if input.dtype != own and not torch.is_autocast_enabled():
            raise ValueError(
                f"RNN input dtype ({input.dtype}) does not match weight dtype ({own}). Convert input: input.to({own}), "
                f"or convert model: model.to({input.dtype})"
            )
        if self.input_size != input.size(-1):
            raise RuntimeError(f"input.size(-1) must be equal to input_size. Expected {self.input_size}, got {input.size(-1)}")

    def _sizes(self, count: int, size: int) -> tuple[int, int, int]:
        return self.num_layers * (2 if self.bidirectional else 1), count, size

    def get_expected_hidden_size(self, input: Any, batch_sizes: Any) -> tuple[int, int, int]:
        """The size of a state for an input (T, N, I), or (N, T, I) with `batch_first`, or for a packed one."""
        count = input.size(0 if self.batch_first else 1) if batch_sizes is None else int(batch_sizes[0])
        return self._sizes(count, self.proj_size or self.hidden_size)

    def check_hidden_size(self, hx: Any, expected_hidden_size: Any, msg: str = "Expected hidden size {}, got {}") -> None:
        """Refuse a state of another size.  Raises RuntimeError."""
        if hx.size() != expected_hidden_size:
            raise RuntimeError(msg.format(expected_hidden_size, list(hx.size())))

    def check_forward_args(self, input: Any, hidden: Any, batch_sizes: Any) -> None:
        """Refuse an input and a state that do not fit the layer.  Raises RuntimeError, ValueError."""
        self.check_input(input, batch_sizes)
        self._check_state(hidden, self.get_expected_hidden_size(input, batch_sizes)[1])

    def permute_hidden(self, hx: Any, permutation: Any) -> Any:
        """The state with its batch in another order."""
        return self._each(hx, lambda x: _permuted(x, permutation))

    def _check_state(self, state: Any, count: int) -> None:
        """Refuse a state of another size.  Raises RuntimeError."""
        shown = self.proj_size or self.hidden_size
        if self.mode == "LSTM":
            checks = [
                (state[0], shown, "Expected hidden[0] size {}, got {}"),
                (state[1], self.hidden_size, "Expected hidden[1] size {}, got {}"),
            ]
        else:
            checks = [(state, shown, "Expected hidden size {}, got {}")]
        for tensor, size, message in checks:
            expected = self._sizes(count, size)
            if tuple(tensor.size()) != expected:
                raise RuntimeError(message.format(expected, list(tensor.size())))

    # --- forward ----------------------------------------------------------------------------------------------------

    def forward(self, input: Any, hx: Any = None) -> tuple[Any, Any]:
        """The output of the last layer at every step, in the form of the input, and the last state."""
        if isinstance(input, PackedSequence):
            data, batch_sizes, sorted_indices, unsorted_indices = input
            count = int(batch_sizes[0])
            hx = self._initial(data, count) if hx is None else self._each(hx, lambda x: _permuted(x, sorted_indices))
            self._check(data, batch_sizes, hx, count)
            output, state = self._run(data, batch_sizes.tolist(), hx)
            packed = PackedSequence(output, batch_sizes, sorted_indices, unsorted_indices)
            return packed, self._each(state, lambda x: _permuted(x, unsorted_indices))
        if input.dim() not in (2, 3):
            name = type(self).__name__
            noun = " tensor" if name == "RNN" else ""
            raise ValueError(f"{name}: Expected input to be 2D or 3D, got {input.dim()}D{noun} instead")
        batched = input.dim() == 3
        if hx is not None:
            self._check_ranks(hx, batched)
        if not batched:
            input = input.unsqueeze(1)
            hx = None if hx is None else self._each(hx, lambda x: x.unsqueeze(1))
        elif self.batch_first:
            input = input.transpose(0, 1)
        hx = self._initial(input, input.size(1)) if hx is None else hx
        self._check(input, None, hx, input.size(1))
        output, state = self._run(input, None, hx)
        if not batched:
            return output.squeeze(1), self._each(state, lambda x: x.squeeze(1))
        return (output.transpose_(0, 1) if self.batch_first else output), state

    def _check_ranks(self, hx: Any, batched: bool) -> None:
        ranks = [hx[0].dim(), hx[1].dim()] if self.mode == "LSTM" else [hx.dim()]
        wanted, kind = (3, "batched 3-D") if batched else (2, "unbatched 2-D")
        if all(rank == wanted for rank in ranks):
            return
        if self.mode == "LSTM":
            listed = f"({ranks[0]}-D, {ranks[1]}-D)"
            raise RuntimeError(f"For {kind} input, hx and cx should also be {wanted}-D but got {listed} tensors")
        raise RuntimeError(f"For {kind} input, hx should also be {wanted}-D but got {ranks[0]}-D tensor")

    def _initial(self, input: Any, count: int) -> Any:
        shown = torch.zeros(self._sizes(count, self.proj_size or self.hidden_size), dtype=input.dtype)
        if self.mode != "LSTM":
            return shown
        return shown, torch.zeros(self._sizes(count, self.hidden_size), dtype=input.dtype)

    def _each(self, state: Any, function: Any) -> Any:
        return tuple([function(x) for x in state]) if self.mode == "LSTM" else function(state)

    def _check(self, input: Any, batch_sizes: Any, hx: Any, count: int) -> None:
        self.check_input(input, batch_sizes)
        self._check_state(hx, count)

    def _run(self, input: Any, batch_sizes: Any, hx: Any) -> tuple[Any, Any]:
        pairs = self.mode == "LSTM"
        states = [*zip(hx[0].unbind(0), hx[1].unbind(0))] if pairs else [*hx.unbind(0)]
        directions = 2 if self.bidirectional else 1
        dropout = self.dropout if self.training else 0.0
        output, last = recurrence.run_layers(self.mode, input, batch_sizes, states, self._weights(), directions, dropout)
        if pairs and directions == 1 and not self.proj_size and batch_sizes is None and output.dtype == torch.float32:
            output = renamed(output, "MkldnnRnnLayerBackward0")
        return output, (tuple([torch.stack(column) for column in zip(*last)]) if pairs else torch.stack(last))

    def extra_repr(self) -> str:
        """Sizes, and what is not as usual."""
        usual = {
            "proj_size": 0,
            "num_layers": 1,
            "bias": True,
            "batch_first": False,
            "dropout": 0,
            "bidirectional": False,
        }
        unusual = [f"{name}={getattr(self, name)}" for name, value in usual.items() if getattr(self, name) != value]
        return ", ".join([f"{self.input_size}, {self.hidden_size}", *unusual])


def _permuted(x: Any, order: Any) -> Any:
    return x if order is None else x.index_select(1, order)


class RNN(RNNBase):
    """`h' = tanh(w_ih x + b_ih + w_hh h + b_hh)` (Elman, 1990), or with relu."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if "proj_size" in kwargs:
            raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")
        options = [*args]
        nonlinearity = options.pop(3) if len(options) > 3 else kwargs.pop("nonlinearity", "tanh")
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"Unknown nonlinearity '{nonlinearity}'. Select from 'tanh' or 'relu'.")
        super().__init__(f"RNN_{nonlinearity.upper()}", *options, **kwargs)
        self.nonlinearity = nonlinearity


class LSTM(RNNBase):
    """Long short-term memory."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__("LSTM", *args, **kwargs)


class GRU(RNNBase):
    """Gated recurrent units."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if "proj_size" in kwargs:
            raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")
        super().__init__("GRU", *args, **kwargs)


class RNNCellBase(Module):
    """One step of a recurrent network: `weight_ih`, `weight_hh`, `bias_ih`, `bias_hh`."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool,
        num_chunks: int,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.bias = bias
        rows = num_chunks * hidden_size
        self.weight_ih = Parameter(torch.empty((rows, input_size), device=device, dtype=dtype))
        self.weight_hh = Parameter(torch.empty((rows, hidden_size), device=device, dtype=dtype))
        for name in ("bias_ih", "bias_hh"):
            self.register_parameter(name, Parameter(torch.empty(rows, device=device, dtype=dtype)) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw all parameters anew, uniform within 1/sqrt(hidden_size)."""
        bound = 1.0 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for param in self.parameters():
            init.uniform_(param, -bound, bound)

    def extra_repr(self) -> str:
        """Sizes, and what is not as usual."""
        bias = "" if self.bias is True else f", bias={self.bias}"
        nonlinearity = self.__dict__.get("nonlinearity", "tanh")
        return f"{self.input_size}, {self.hidden_size}{bias}" + (
            "" if nonlinearity == "tanh" else f", nonlinearity={nonlinearity}"
        )

    def _step(self, mode: str, input: Any, hx: Any) -> Any:
        """A step with or without a batch.  Raises ValueError for another number of dimensions."""
        name = type(self).__name__
        if input.dim() not in (1, 2):
            raise ValueError(f"{name}: Expected input to be 1D or 2D, got {input.dim()}D instead")
        for state in hx if isinstance(hx, tuple) else () if hx is None else (hx,):
            if state.dim() not in (1, 2):
                raise ValueError(f"{name}: Expected hidden to be 1D or 2D, got {state.dim()}D instead")
        self._check_sizes(input, hx)
        batched = input.dim() == 2
        if not batched:
            input = input.unsqueeze(0)
        if hx is None:
            zeros = torch.zeros(input.size(0), self.hidden_size, dtype=input.dtype)
            hx = (zeros, zeros) if mode == "LSTM" else zeros
        elif not batched:
            hx = tuple([x.unsqueeze(0) for x in hx]) if isinstance(hx, tuple) else hx.unsqueeze(0)
        weights = Weights(self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)
        out = CELLS[mode](F.linear(input, self.weight_ih, self.bias_ih), hx, weights)
        if batched:
            return out
        return tuple([x.squeeze(0) for x in out]) if isinstance(out, tuple) else out.squeeze(0)

    def _check_sizes(self, input: Any, hx: Any) -> None:
        """Refuse an input or a state of other sizes.  Raises RuntimeError."""
        if input.size(-1) != self.input_size:
            raise RuntimeError(f"input has inconsistent input_size: got {input.size(-1)} expected {self.input_size}")
        for place, state in enumerate(hx if isinstance(hx, tuple) else () if hx is None else (hx,)):
            if input.dim() == 2 and len(state) != len(input):
                raise RuntimeError(f"Input batch size {len(input)} doesn't match hidden{place} batch size {len(state)}")
            given = state.size(input.dim() - 1) if state.dim() >= input.dim() else state.size(-1)
            if given != self.hidden_size:
                raise RuntimeError(f"hidden{place} has inconsistent hidden_size: got {given}, expected {self.hidden_size}")


class RNNCell(RNNCellBase):
    """A step of RNN: (N, input_size), (N, hidden_size) -> (N, hidden_size)."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 1, device, dtype)
        self.nonlinearity = nonlinearity

    def forward(self, input: Any, hx: Any = None) -> Any:
        """The next state.  Raises RuntimeError for an unknown nonlinearity."""
        if self.nonlinearity not in ("tanh", "relu"):
            raise RuntimeError(f"Unknown nonlinearity: {self.nonlinearity}")
        return self._step(f"RNN_{self.nonlinearity.upper()}", input, hx)


class LSTMCell(RNNCellBase):
    """A step of LSTM: (N, input_size), a pair of (N, hidden_size) -> such a pair."""

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None, dtype: Any = None) -> None:
        super().__init__(input_size, hidden_size, bias, 4, device, dtype)

    def forward(self, input: Any, hx: Any = None) -> Any:
        """The next state."""
        return self._step("LSTM", input, hx)


class GRUCell(RNNCellBase):
    """A step of GRU: (N, input_size), (N, hidden_size) -> (N, hidden_size)."""

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None, dtype: Any = None) -> None:
        super().__init__(input_size, hidden_size, bias, 3, device, dtype)

    def forward(self, input: Any, hx: Any = None) -> Any:
        """The next state."""
        return self._step("GRU", input, hx)

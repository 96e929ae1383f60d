"""Modules with parameters, and those that change no number."""

from __future__ import annotations

import math
from typing import Any

from gradcli.run.script.calls import function
from gradcli.run.script.constructors import PARAMETER
from gradcli.run.script.nn import init
from gradcli.run.script.nn.dropout import check_probability, dropout
from gradcli.run.script.nn.module import Module

_linear, _flatten, _empty = function("linear"), function("flatten"), function("empty")


class Linear(Module):
    """`x @ weight.T + bias`, whose entries begin evenly within 1/sqrt(in_features) of 0."""

    __module__ = "torch.nn.modules.linear"

    def __init__(self, in_features: int, out_features: int, bias: bool = True, device: Any = None, dtype: Any = None) -> None:
        super().__init__()
        self.in_features = in_features
        self.out_features = out_features
        self.weight = PARAMETER(_empty((out_features, in_features), dtype=dtype, device=device))
        if bias:
            self.bias = PARAMETER(_empty(out_features, dtype=dtype, device=device))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the entries anew."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            bound = 1 / math.sqrt(self.in_features) if self.in_features > 0 else 0
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input: Any) -> Any:
        """The product."""
        return _linear(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        """Its sizes."""
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"


class Embedding(Module):
    """Rows of a matrix, whose entries begin normally, by whole numbers; the row of the padding is zero, and stays it."""

    __module__ = "torch.nn.modules.sparse"

    def __init__(
        self, num_embeddings: int, embedding_dim: int, padding_idx: int | None = None, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__()
        if padding_idx is not None and not -num_embeddings <= padding_idx < num_embeddings:
            raise AssertionError("Padding_idx must be within num_embeddings")
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        self.padding_idx = None if padding_idx is None else padding_idx % num_embeddings
        self.weight = PARAMETER(_empty((num_embeddings, embedding_dim), dtype=dtype, device=device))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the entries anew."""
        init.normal_(self.weight)
        if self.padding_idx is not None:
            self.weight.array[self.padding_idx] = 0

    def forward(self, input: Any) -> Any:
        """The rows."""
        return function("embedding")(input, self.weight, self.padding_idx)

    def extra_repr(self) -> str:
        """Its sizes."""
        shown = f"{self.num_embeddings}, {self.embedding_dim}"
        return shown if self.padding_idx is None else f"{shown}, padding_idx={self.padding_idx}"


class Identity(Module):
    """Gives what it is called with; takes any arguments."""

    __module__ = "torch.nn.modules.linear"

    def forward(self, input: Any) -> Any:
        """The same."""
        return input


class Flatten(Module):
    """Some neighbouring dimensions as one."""

    __module__ = "torch.nn.modules.flatten"

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        super().__init__()
        self.start_dim = start_dim
        self.end_dim = end_dim

    def forward(self, input: Any) -> Any:
        """The same numbers in another shape."""
        return _flatten(input, self.start_dim, self.end_dim)

    def extra_repr(self) -> str:
        """Its dimensions."""
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class Dropout(Module):
    """Zeros in random places while training, and the other numbers made larger for it."""

    __module__ = "torch.nn.modules.dropout"

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        check_probability(p)
        self.p = p
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        """The numbers, or what is left of them."""
        return dropout(input, self.p, self.training, self.inplace)

    def extra_repr(self) -> str:
        """Its probability."""
        return f"p={self.p}, inplace={self.inplace}"

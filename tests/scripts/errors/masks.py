"""What is refused of masks, of text, and of entries of many; and results of vmap that keep their names."""

import torch


def attempt(function):
    try:
        print(function())
    except Exception as error:
        print(type(error).__name__, error)


class Twice(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2

    @staticmethod
    def backward(ctx, g):
        return g * 2


mask = torch.tensor([True, False])
attempt(lambda: -mask)
attempt(lambda: mask - mask)
attempt(lambda: mask - 1)
attempt(lambda: torch.ones(2).masked_fill(torch.ones(2), 0))
attempt(lambda: torch.ones(2).masked_fill(torch.tensor([1, 0]), 0))
attempt(lambda: torch.where(torch.tensor([1, 0]), 1, 2))
attempt(lambda: torch.multinomial(torch.tensor([1.0, 2.0]), 3))
attempt(lambda: torch.tensor(["a"]))
attempt(lambda: torch.nn.Embedding(3, 2)(torch.tensor([1.0])))
attempt(lambda: torch.vmap(Twice.apply)(torch.ones(2)))
attempt(lambda: torch.vmap(torch.sort)(torch.tensor([[3.0, 1.0], [2.0, 5.0]])))
attempt(lambda: torch.vmap(lambda row: row.max(0))(torch.arange(40.0).view(20, 2)).values.sum())
attempt(lambda: type(torch.nn.utils.rnn.pack_sequence([torch.ones(2)])))

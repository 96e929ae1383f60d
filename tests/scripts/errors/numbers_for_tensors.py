"""Functions of tensors refuse numbers and lists of them; sums and products of two numbers are computed."""

import numpy as np
import torch


def attempt(function):
    try:
        print(function())
    except Exception as error:
        print(type(error).__name__, error)


attempt(lambda: torch.exp(2))
attempt(lambda: torch.sqrt(2.0))
attempt(lambda: torch.sum([1, 2]))
attempt(lambda: torch.mean(3.0))
attempt(lambda: torch.nn.ReLU()(1.0))
attempt(lambda: torch.nn.functional.relu([1.0]))
attempt(lambda: torch.linalg.norm(1.0))
attempt(lambda: torch.log(np.ones(2)))
attempt(lambda: torch.cat([1, 2]))
attempt(lambda: torch.stack([1.0, 2.0]))
attempt(lambda: torch.add(1, 2))
attempt(lambda: torch.pow(2, torch.tensor(3.0)))
attempt(lambda: torch.stack([torch.tensor(1.0), torch.tensor(2.0)]).mean())

# Sizes and dimensions as NumPy's whole numbers and as tensors, torch.Size, Python's types as dtypes, masks of bytes.
import warnings

import numpy as np
import torch

warnings.simplefilter("ignore")


def attempt(call):
    try:
        print(call())
    except Exception as error:
        print(type(error).__name__, error)


n = torch.tensor(2)
print(torch.ones(n, 3).shape, torch.zeros((np.int64(2), 3)).shape, torch.zeros(*np.array([2, 3])).shape, torch.ones(4).view(n, -1).shape)
print(torch.ones(1).expand(n), torch.ones(2).repeat(n, np.int32(1)).shape, torch.ones(2, 3).permute(torch.tensor(1), 0).shape)
print(torch.Size([2]) * 2, 2 * torch.Size([3]), torch.Size([n, np.int64(1)]), torch.Size((4, 5))[1:])
for call in (
    lambda: torch.Size([1.5]), lambda: torch.zeros(2.5), lambda: torch.zeros(None), lambda: torch.ones(2, 1.5), lambda: torch.zeros([1.5]),
    lambda: torch.cat((torch.ones(2), None)), lambda: torch.stack((torch.ones(2), [1, 2])), lambda: torch.cat([[1], [2]]),
    lambda: torch.tensor([1]) // 0, lambda: torch.tensor([3]) % 0, lambda: torch.bincount(torch.tensor([1.0])),
    lambda: torch.multinomial(torch.tensor([1, 2]), 1), lambda: torch.zeros(2).geometric_(2.0), lambda: torch.from_numpy(np.float32(3)),
):
    attempt(call)
for kind in (float, int, bool, complex):
    print(torch.tensor([1, 2], dtype=kind).dtype, torch.zeros(1, dtype=kind).dtype, torch.ones(1).to(kind).dtype, torch.nn.Linear(1, 1).to(float).weight.dtype)
print(torch.where(torch.ByteTensor([1, 0]), torch.ones(2), torch.zeros(2)))

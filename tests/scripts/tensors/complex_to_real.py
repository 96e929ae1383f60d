"""Complex numbers made real are warned of once; whether algorithms are to be deterministic is remembered."""

import warnings

import torch

z = torch.tensor([1 + 2j, 3 - 1j], requires_grad=True)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    print(z.bool(), len(caught))
    x = z.float()
    print(x, z.to(torch.float64), [str(each.message)[:54] for each in caught])
x.sum().backward()
print(z.grad)
print(torch.are_deterministic_algorithms_enabled())
torch.use_deterministic_algorithms(True)
print(torch.are_deterministic_algorithms_enabled())

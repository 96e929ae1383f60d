"""Modes and classes that see functions: their names, what they may change."""
import torch
import torch.nn.functional as F
from torch.overrides import BaseTorchFunctionMode, TorchFunctionMode, get_overridable_functions, has_torch_function_unary, resolve_name


class Multiplying(BaseTorchFunctionMode):
    def __torch_function__(self, func, types, args=(), kwargs=None):
        return super().__torch_function__(torch.mul if func == torch.Tensor.add else func, types, args, kwargs)


class Telling(TorchFunctionMode):
    def __torch_function__(self, func, types, args=(), kwargs=None):
        print(resolve_name(func), len(args), func is F.softmax)
        return func(*args, **(kwargs or {}))


x, y = torch.full((2,), 3.0), torch.full((2,), 5.0)
with Multiplying():
    print(x + y * x)
    layer = torch.nn.Linear(2, 1)
with Telling():
    z = torch.ones(2, 3) @ torch.ones(3, 2)
    (z.sum(dim=0, keepdim=True) + 1).relu_()
    z[0] = F.softmax(z, dim=-1)[1]
    torch.linalg.norm(z.T)
print(type(layer.weight), has_torch_function_unary(x))
for function in (torch.einsum, torch.special.erf, torch.fft.fft, F.relu, torch.relu, torch.Tensor.shape.__get__, print):
    print(resolve_name(function))
print(torch.Tensor.add in get_overridable_functions()[torch.Tensor], F.relu in get_overridable_functions()[F])

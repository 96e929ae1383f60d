import math
import torch

torch.manual_seed(33)
fan_in, fan_out = 4, 3


def xavier(rows, cols):
    bound = math.sqrt(6 / (rows + cols))
    return torch.empty(rows, cols).uniform_(-bound, bound)


def kaiming(rows, cols):
    return torch.randn(rows, cols) * math.sqrt(2 / rows)


inits = {"zeros": torch.zeros, "xavier": xavier, "kaiming": kaiming}
for name, init in inits.items():
    w = init(fan_in, fan_out)
    w.requires_grad_(True)
    print(name, w)
weights = torch.randn(fan_in, fan_out) / math.sqrt(fan_in)
weights.requires_grad_()
bias = torch.zeros(fan_out, requires_grad=True)
print(weights.is_leaf, weights.requires_grad, bias)
wrong = torch.randn(fan_in, fan_out, requires_grad=True) / math.sqrt(fan_in)
print(wrong.is_leaf, wrong.grad_fn)
x = torch.randn(16, fan_in)
for depth in range(4):
    w = torch.randn(fan_in, fan_in) * (2 / fan_in) ** 0.5
    x = (x @ w).relu()
    print(depth, f"{x.mean():.3f} {x.std():.3f}")
blocks = [torch.rand(2) for _ in range(3)]
print(torch.stack(blocks))
print(torch.cat([torch.randn(2), torch.ones(1), torch.rand(2)]))
params = {f"layer{i}.weight": torch.randn(2, 2) for i in range(2)}
for key, value in params.items():
    print(key, value.tolist() == value.clone().tolist(), tuple(value.shape), f"{value.norm():.4f}")

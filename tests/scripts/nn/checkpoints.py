# Checkpointing both ways: the function runs again in the backward pass, with the same random numbers.
import torch
from torch import nn
from torch.utils.checkpoint import checkpoint, checkpoint_sequential

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Dropout(0.5), nn.Linear(3, 1))
for reentrant in (True, False):
    torch.manual_seed(1)
    x = torch.ones(2, 2, requires_grad=True)
    y = checkpoint(net, x, use_reentrant=reentrant)
    print(y.detach())
    y.sum().backward()
    print(x.grad, net[0].weight.grad)
    net.zero_grad()
    calls = []

    def f(x):
        calls.append(1)
        return x.sin().exp()

    x = torch.ones(2, 2, requires_grad=True)
    y = checkpoint(f, x, use_reentrant=reentrant)
    print(y.grad_fn.name(), len(calls))
    y.sum().backward()
    print(len(calls), x.grad)
    net.eval()
    x = torch.ones(2, 2, requires_grad=True)
    checkpoint_sequential(net, 2, x, use_reentrant=reentrant).sum().backward()
    print(x.grad)
    net.train()
x = torch.ones(2, requires_grad=True)
print(torch.autograd.grad(checkpoint(torch.sin, x, use_reentrant=False).sum(), x))
try:
    torch.autograd.grad(checkpoint(torch.sin, x, use_reentrant=True).sum(), x)
except RuntimeError as error:
    print(str(error)[:80])
try:
    checkpoint(torch.sin, x, use_reentrant=True, other=3)
except ValueError as error:
    print(error)

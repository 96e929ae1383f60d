"""Gradients that go through draws of Beta and Dirichlet distributions."""

import torch
from torch.distributions import Beta, Dirichlet

for dtype in (torch.float32, torch.float64):
    torch.manual_seed(0)
    a = torch.tensor([0.3, 1.0, 2.5, 8.0], dtype=dtype, requires_grad=True)
    b = torch.tensor([0.7, 2.0, 0.5, 30.0], dtype=dtype, requires_grad=True)
    drawn = Beta(a, b).rsample((5,))
    print(drawn.requires_grad, drawn)
    print([[round(each, 3) for each in slope.tolist()] for slope in torch.autograd.grad((drawn * drawn).sum(), [a, b])])
    drawn = Dirichlet(a).rsample((3,))
    (slope,) = torch.autograd.grad((drawn**2).sum(), a)
    print(drawn, [round(each, 3) for each in slope.tolist()])
print(Dirichlet(a).sample().requires_grad, Beta(a.detach(), b.detach()).rsample().requires_grad)

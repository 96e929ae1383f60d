"""vmap over many entries, which are computed together where that can be, and one by one where it cannot."""

import torch
from torch import nn
from torch.func import functional_call, grad, hessian, jacfwd, jacrev, jvp, vjp, vmap
from torch.nn import functional as F

torch.manual_seed(0)
X, Y = torch.randn(20, 5, dtype=torch.double), torch.randn(20, 5, dtype=torch.double)
T, W = torch.randint(0, 5, (20,)), torch.randn(5, 5, dtype=torch.double)
calls = []


def show(name, function, *args, **options):
    calls.clear()
    try:
        found = vmap(function, **options)(*args)
    except (RuntimeError, ValueError) as error:
        print(name, type(error).__name__, str(error)[:60])
        return
    for each in found.values() if isinstance(found, dict) else found if isinstance(found, tuple) else [found]:
        total = (each.detach().double() * torch.arange(each.numel(), dtype=torch.double).view(each.shape).sin()).sum().item()
        print(name, tuple(each.shape), f"{total:.6f}", each.requires_grad, len(calls))


def noted(x):
    calls.append(x.shape)
    return x.sin() * 2


net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(18, 3)).double()
parameters = {name: each.detach() for name, each in net.named_parameters()}


def loss(parameters, x, t):
    return F.cross_entropy(functional_call(net, parameters, (x.unsqueeze(0),)), t.unsqueeze(0))


show("once", noted, X)
show("dot", torch.dot, X, Y)
show("in_dims", torch.dot, X, Y, in_dims=(1, 1))
show("out_dims", lambda x: (x * 2, x.sum()), X, out_dims=(1, 0))
show("shared", lambda x, c: x * c + Y[0], X, 3.0, in_dims=(0, None))
show("index", lambda x, t: x[t], X, T)
show("in place", lambda x: x.clone().add_(1), X)
show("sort", lambda x: torch.cat([x, x]).view(2, 5).sort(1)[0], X)
show("hessian", hessian(lambda x: (x**3).sum()), X)
show("jacobians", lambda x: (jacfwd(lambda y: (W @ y).tanh())(x), jacrev(lambda y: (W @ y).tanh())(x)), X)
show("jvp", lambda x, t: jvp(torch.sin, (x,), (t,))[1], X, Y)
show("vjp", lambda x: vjp(lambda y: y**2, x)[1](torch.ones(5, dtype=torch.double))[0], X)
show("per sample", grad(loss), parameters, torch.randn(20, 1, 5, 5, dtype=torch.double), T % 3, in_dims=(None, 0, 0))
show("attention", lambda x: F.scaled_dot_product_attention(x, x, x), torch.randn(20, 4, 3, dtype=torch.double))
show("layer norm", lambda x: F.layer_norm(x, (5,)).norm(), X)
show("inverse", torch.linalg.inv, torch.randn(20, 3, 3, dtype=torch.double))
show("nested", vmap(lambda a, b: a * b, (None, 0)), X, Y, in_dims=(0, None))
show("in a graph", lambda x: x * 2, X.clone().requires_grad_())
show("random", lambda x: x + torch.rand(1), X)
show("the same", lambda x: x * 0 + torch.rand(1), X, randomness="same")
show("no tensor", lambda x: 3, X)

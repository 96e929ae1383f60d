"""Layer norms of rows one by one, of all, and by torch.func have the same digits; their gradient is one node of a graph."""

import torch
import torch.nn.functional as F
from torch.func import vjp, vmap

torch.manual_seed(0)
for batch, rows, size in ((4, 3, 16), (6, 5, 20)):
    x, w, b = torch.randn(batch, rows, size), torch.randn(size), torch.randn(size)
    g = torch.randn(batch, rows, size)
    norm = lambda x: F.layer_norm(x, (size,), w, b)  # noqa: E731
    print(torch.equal(norm(x), torch.stack([norm(each) for each in x])), torch.equal(vmap(norm)(x), norm(x)))
    by_row = torch.stack([vjp(norm, each)[1](other)[0] for each, other in zip(x, g)])
    leaf = x.clone().requires_grad_()
    norm(leaf).backward(g)
    print(torch.equal(leaf.grad, by_row), by_row[0, 0, :5])
    parameters = [each.clone().requires_grad_() for each in (w, b)]
    out = F.layer_norm(leaf, (size,), *parameters)
    slopes = torch.autograd.grad(out, [leaf, *parameters], g, create_graph=True)
    print([(slope.grad_fn.name(), tuple(slope.shape)) for slope in slopes])
    (slopes[0].double() ** 2).sum().backward()
    print(leaf.grad.double().norm().item() > 0, [tuple(each.grad.shape) for each in parameters[:1]])

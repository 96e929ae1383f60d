"""Hooks that change what is saved, and views that are changed in their shape."""

import torch
from torch.autograd.graph import disable_saved_tensors_hooks, saved_tensors_hooks


def attempt(label, call):
    try:
        print(label, call())
    except Exception as error:
        print(label, type(error).__name__, str(error).splitlines()[0])


leaf = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
for pack, unpack in ((lambda x: 2 * x, lambda x: x / 2), (lambda x: 2 * x, lambda x: x)):
    with saved_tensors_hooks(pack, unpack):
        y = leaf**3
        print(y.grad_fn._saved_self.detach())
        (g,) = torch.autograd.grad(y.sum(), leaf, create_graph=True)
    print(g.detach(), torch.autograd.grad(g.sum(), leaf))

with disable_saved_tensors_hooks("not here"):
    attempt("disabled", lambda: saved_tensors_hooks(lambda x: x, lambda x: x).__enter__())
with saved_tensors_hooks(lambda x: x, lambda x: x):
    attempt("in force", lambda: disable_saved_tensors_hooks("too late").__enter__())

x = torch.arange(6.0).reshape(2, 3).requires_grad_()
y = x.clone()
print(y.as_strided_((3,), (2,), 1), y._version)
y.backward(torch.tensor([1.0, 2.0, 3.0]))
print(x.grad)
y = x.clone()
row = y[0]
print(row.as_strided_((2,), (1,), 1), row._is_view())
row.mul_(3)
print(y, row)
attempt("too far", lambda: torch.ones(2, 3).as_strided_((3, 3), (2, 1), 1))
print(torch.ones(1).as_strided((0,), (1,), 2).shape)

for mode in (torch.no_grad, torch.inference_mode):
    y = torch.zeros(2)
    with mode():
        y = y.view(2)
    y.requires_grad_()
    attempt(mode.__name__, lambda: y.view(2).add_(1))

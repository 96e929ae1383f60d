"""Gradients through sparse tensors, and gradients that are sparse."""

import warnings

import torch
from torch.autograd import Function, gradcheck

torch.sparse.check_sparse_tensor_invariants.enable()
warnings.filterwarnings("ignore", "Sparse CSR tensor support is in beta")

i = torch.tensor([[0, 1, 1, 0], [2, 0, 2, 2]])
W = torch.arange(1.0, 7).reshape(2, 3)
w = torch.tensor([[1.0, 2], [3, 4], [5, 6]], requires_grad=True)


def made():
    v = torch.tensor([3.0, 4, 5, 6], requires_grad=True)
    return v, torch.sparse_coo_tensor(i, v, (2, 3))


print("to the values")
for f in (
    lambda s: s.to_dense() * W,
    lambda s: s.coalesce().values() * torch.tensor([1.0, 2, 3]),
    lambda s: torch.sparse.mm(s, w),
    lambda s: torch.sparse.sum(s * 2, 0).to_dense(),
):
    v, s = made()
    f(s).sum().backward()
    print(v.grad)
print(w.grad)

print("to a sparse leaf")
leaf = torch.sparse_coo_tensor(i, [3.0, 4, 5, 6], (2, 3), requires_grad=True)
for f in (
    lambda s: s.to_dense() * W,
    lambda s: s.to_dense(masked_grad=False) * W,
    lambda s: s.sum(),
    lambda s: torch.sparse.sum(s),
    lambda s: torch.sparse.sum(s, 0).to_dense() ** 2,
    lambda s: (s * 3).to_dense(),
    lambda s: (s + s).to_dense(),
    lambda s: (s * s).to_dense(),
    lambda s: (s * W).to_dense(),
    lambda s: W + s,
    lambda s: torch.sparse.softmax(s, 1).to_dense() * W,
    lambda s: (s**2).to_dense(),
    lambda s: s.abs().to_dense(),
    lambda s: (-s / 2).t().to_dense(),
    lambda s: torch.mm(s, w),
    lambda s: torch.sparse.mm(s, w),
    lambda s: torch.sparse.addmm(w[:2], s, w),
):
    leaf.grad = w.grad = None
    out = f(leaf)
    out.sum().backward()
    print(out.grad_fn.name(), leaf.grad, w.grad)

print("to a dense leaf")
x = W.clone().requires_grad_()
mask = torch.sparse_coo_tensor([[0, 1], [2, 0]], [1.0, 1], (2, 3))
for f in (
    lambda x: (x.to_sparse() * 2).to_dense(),
    lambda x: torch.sparse.sum(x.to_sparse(), 1).to_dense() ** 2,
    lambda x: x.to_sparse(1).coalesce().values() ** 2,
    lambda x: x.sparse_mask(mask).to_dense() * W,
    lambda x: torch.gather(x, 1, torch.tensor([[0, 0], [1, 2]]), sparse_grad=True) ** 2,
    lambda x: (mask * x).to_dense(),
):
    x.grad = None
    f(x).sum().backward()
    print(x.grad)
x.grad = None
x.to_sparse().backward(mask)
print(x.grad, x.to_sparse(), x.to_sparse(1).to_dense().grad_fn.name())

print("accumulated")
rows = torch.tensor([[0, 0, 0]])
for kinds in ("ss", "sd", "ds"):
    x.grad = None
    for kind in kinds:
        (x.gather(0, rows, sparse_grad=kind == "s") * W[1]).sum().backward()
    print(kinds, x.grad)
x.grad = None
(x.gather(0, rows, sparse_grad=True).sum() + (x * 2).sum()).backward()
print(x.grad)


class Given(Function):
    @staticmethod
    def forward(ctx, x, g):
        ctx.save_for_backward(g)
        return x

    @staticmethod
    def backward(ctx, _):
        return ctx.saved_tensors[0], None


for order in ((mask, W), (W, mask), (mask, mask)):
    x.grad = None
    sum([Given.apply(x, g) for g in order]).sum().backward()
    print(x.grad)

print("asked for")
print(torch.autograd.grad((x.gather(0, rows, sparse_grad=True) ** 2).sum(), x))
(g,) = torch.autograd.grad((x.gather(0, rows, sparse_grad=True) ** 2).sum(), x, create_graph=True)
print(g)
g.to_dense().sum().backward()
print(x.grad)
leaf.grad = None
kept = leaf.clone()
kept.register_hook(lambda g: print("hook", g))
kept.to_dense().sum().backward()
print(leaf.grad, leaf.grad.zero_())

print("gradcheck")
s = torch.tensor([[0.5, 0, 2], [0, 3, 0]], dtype=torch.double).to_sparse().requires_grad_()


def verdict(f, x, **options):
    try:
        print(gradcheck(f, x, **options))
    except (RuntimeError, ValueError) as error:
        print(type(error).__name__, str(error).split(",")[0].split("\n")[0])


verdict(torch.sparse.sum, s, masked=True)
verdict(torch.sparse.sum, s)
verdict(lambda s: s.to_dense(masked_grad=False) * 2, s, masked=False)
verdict(lambda s: torch.sparse.softmax(s, 1).to_dense(), s, masked=True)
verdict(lambda s: torch.sparse.mm(s, torch.ones(3, 2, dtype=torch.double)), s, masked=True)
verdict(lambda s: s * 2, s, masked=True)
print(torch.sparse.as_sparse_gradcheck(gradcheck)(lambda s: s * 2, s, masked=True))
print(s.grad)

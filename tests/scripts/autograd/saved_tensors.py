# What functions save, by PyTorch's names, and when it is still there.
import torch

x = torch.randn(5, requires_grad=True)
y = x.pow(2)
print(x.equal(y.grad_fn._saved_self))
print(x is y.grad_fn._saved_self)
print(y.grad_fn._saved_exponent)

x = torch.tensor([0.5, 1.5], requires_grad=True)
y = x.exp()
print(y.equal(y.grad_fn._saved_result))
print(y is y.grad_fn._saved_result)
print(y.grad_fn._saved_result)
print(y.grad_fn is y.grad_fn._saved_result.grad_fn)

w = torch.tensor([3.0, 4.0], requires_grad=True)
product = x * w
print(product.grad_fn._saved_self is x, product.grad_fn._saved_other is w)
print((x * 3).grad_fn._saved_other, (x * 3).grad_fn._saved_self)
print((x / w).grad_fn._saved_other)
inner = x.sin()
outer = inner * inner
print(outer.grad_fn._saved_self is inner, outer.grad_fn._saved_other)
print((x**w).grad_fn._saved_result)
print((2**x).grad_fn._saved_exponent)

m = torch.ones(2, 2, requires_grad=True)
print((m @ m).grad_fn._saved_mat2)
print(torch.softmax(x, 0).grad_fn._saved_result, torch.softmax(x, 0).grad_fn._saved_dim)
print(x.sum().grad_fn._saved_self_sym_sizes)
print(x.abs().grad_fn._saved_self, x.relu().grad_fn._saved_result)
print(hasattr(x.exp().grad_fn, "_saved_result"), hasattr(x.exp().grad_fn, "_saved_self"))
try:
    x.exp().grad_fn._saved_self
except AttributeError as error:
    print(error)

# What a backward pass has freed cannot be looked at.
out = y.sum()
out.backward()
try:
    y.grad_fn._saved_result
except RuntimeError as error:
    print(error)
print(x.grad)

# What was changed since is refused, too.
a = torch.tensor([1.0, 2.0], requires_grad=True)
b = a.exp()
c = b.sin()
b.add_(1)
try:
    c.grad_fn._saved_self
except RuntimeError as error:
    print(str(error)[:80])
print((2**x).grad_fn._saved_self, (x**w).grad_fn._saved_exponent is w)


class Kept(torch.autograd.Function):
    """Its input is forgotten as soon as a pass that keeps no graph has made use of it."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * 2

    @staticmethod
    def backward(ctx, g):
        return g * 2 * torch.ones_like(ctx.saved_tensors[0])


import weakref  # noqa: E402

leaf = torch.ones(2, requires_grad=True)
inner = leaf + 1
seen = weakref.ref(inner)
out = Kept.apply(inner).sum()
del inner
out.backward(retain_graph=True)
print(seen() is None)
out.backward()
print(seen() is None, leaf.grad)

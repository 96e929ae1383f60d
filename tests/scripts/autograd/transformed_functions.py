"""Own functions inside of transforms: their names, and those that cannot be there."""

import torch
from torch.func import grad, vjp, jacrev, jvp, vmap
from torch.autograd import Function
class Old(Function):
    @staticmethod
    def forward(ctx, x): return x.clone()
    @staticmethod
    def backward(ctx, g): return g
class New(Function):
    @staticmethod
    def forward(x): return x.clone()
    @staticmethod
    def setup_context(ctx, inputs, output): ctx.save_for_backward(*inputs)
    @staticmethod
    def backward(ctx, g): return g * ctx.saved_tensors[0]
    @staticmethod
    def jvp(ctx, t): return t.clone()
x = torch.tensor([2., 3.])
for f in (lambda: grad(lambda x: Old.apply(x).sum())(x), lambda: jacrev(Old.apply)(x), lambda: vjp(Old.apply, x)):
    try: print(f())
    except Exception as e: print(type(e).__name__, e)
def f(x):
    y = New.apply(x); print(type(y.grad_fn).__name__, y.grad_fn.name()); return y.sum()
print(grad(f)(x)); print(jacrev(New.apply)(x)); x.requires_grad_(); print(New.apply(x), Old.apply(x))
print(grad(f)(x))
print(torch.utils.checkpoint.checkpoint(lambda x: x.sin(), x, use_reentrant=False))
class P(Function):
    @staticmethod
    def forward(x): return x.clone(), x * 2
    @staticmethod
    def setup_context(ctx, inputs, output): pass
    @staticmethod
    def backward(ctx, g, h): return g + h * 2
print(torch.autograd.functional.jacobian(lambda x: P.apply(x)[1] * P.apply(x)[0], x.detach()))
print(torch.autograd.functional.jacobian(lambda x: P.apply(x)[1], x.detach(), vectorize=False))
print(jacrev(lambda x: P.apply(x))(x.detach()))
print(torch.autograd.functional.hessian(lambda x: (P.apply(x)[1] ** 3).sum(), x.detach()))

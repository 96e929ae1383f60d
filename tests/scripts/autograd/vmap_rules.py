"""Own functions with rules of their own for vmap, and what PyTorch says of rules that do not do."""

import torch
from torch.autograd import Function
from torch.func import vmap


def attempt(label, call):
    try:
        print(label, call())
    except Exception as error:
        print(label, type(error).__name__, error)


class Sorted(Function):
    """Sorts along a dimension, by NumPy."""

    @staticmethod
    def forward(x, dim):
        order = x.detach().numpy().argsort(axis=dim)
        back = order.argsort(axis=dim)
        return torch.take_along_dim(x, torch.tensor(order), dim), torch.tensor(back)

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.dim = inputs[1]
        ctx.mark_non_differentiable(output[1])
        ctx.save_for_backward(output[1])

    @staticmethod
    def backward(ctx, g, _):
        (back,) = ctx.saved_tensors
        return torch.take_along_dim(g, back, ctx.dim), None

    @staticmethod
    def vmap(info, in_dims, x, dim):
        print(info, in_dims, tuple(x.shape), dim)
        x_dim, _ = in_dims
        x = x.movedim(x_dim, 0)
        return Sorted.apply(x, dim if dim < 0 else dim + 1), (0, 0)


def rule(vmap, forward=lambda x: x, **members):
    members |= {"forward": staticmethod(forward), "setup_context": staticmethod(lambda ctx, inputs, output: None)}
    members |= {"vmap": staticmethod(vmap)} if vmap else {}
    return type("Own", (Function,), members).apply


x = torch.tensor([[3.0, 1.0, 2.0], [6.0, 4.0, 5.0]], requires_grad=True)
values, places = vmap(Sorted.apply, in_dims=(0, None))(x, 0)
print(values.detach(), places)
(values * torch.arange(3.0)).sum().backward()
print(x.grad)
print(vmap(Sorted.apply, in_dims=(1, None), out_dims=(1, 0))(x.detach(), -1))
for randomness in ("error", "different", "same"):
    vmap(rule(lambda info, dims, x: (print(info), (x, 0))[1]), randomness=randomness)(x)
print(vmap(rule(lambda info, dims, x: (torch.zeros(3), None)))(x.detach()))
print(vmap(rule(lambda info, dims, x, y: ((x, y), (print(dims), dims)[1]), lambda x, y: None))(torch.ones(2), [torch.ones(2), torch.zeros(2)]))
attempt("no rule", lambda: vmap(rule(None))(x))
attempt("two rules", lambda: vmap(rule(lambda info, dims, x: (x, 0), generate_vmap_rule=True))(x))
print(vmap(rule(None, lambda x: 2 * x, generate_vmap_rule=True))(x.detach()))
attempt("one result", lambda: vmap(rule(lambda info, dims, x: x))(x))
attempt("four results", lambda: vmap(rule(lambda info, dims, x: (x, x, 0, 0)))(x))
attempt("no fit", lambda: vmap(rule(lambda info, dims, x: (x, (None,))))(x))
attempt("by name", lambda: vmap(rule(lambda info, dims, x, *, y: (x, 0), lambda x, *, y: x))(torch.ones(2), y=torch.ones(2)))
attempt("list", lambda: vmap(torch.mul, in_dims=[0, 0])(x, x))
attempt("one for two", lambda: vmap(torch.mul, in_dims=(0,))(x, x))
attempt("outputs", lambda: vmap(lambda x: (x, x), out_dims=(0,))(x))
attempt("chunks", lambda: vmap(torch.sin, chunk_size=0)(x))
attempt("a number", lambda: vmap(lambda x: 1)(x))

# What goes wrong with functions of one's own.
import torch
from torch.autograd import Function
from torch.autograd.function import once_differentiable

x = torch.tensor([1.0, 2.0], requires_grad=True)
y = torch.tensor([3.0, 4.0])


def tell(what):
    try:
        print(what())
    except Exception as error:
        print(f"{type(error).__name__}: {str(error)[:60]}")


def function(go_back):
    class Made(Function):
        @staticmethod
        def forward(ctx, *inputs):
            return inputs[0] * 2

        backward = staticmethod(go_back)

    return Made.apply


tell(lambda: function(lambda ctx, g: g)(x, y).sum().backward())
tell(lambda: function(lambda ctx, g: (g, g))(x).sum().backward())
tell(lambda: function(lambda ctx, g: (g, None, None))(x).sum().backward())
tell(lambda: function(lambda ctx, g: torch.ones(3))(x).sum().backward())
tell(lambda: function(lambda ctx, g: 3.0)(x).sum().backward())
tell(lambda: function(lambda ctx, g: (g, g))(x, 2).sum().backward())
tell(lambda: function(lambda ctx, g: g + torch.ones(5))(x).sum().backward())


class Unfinished(Function):
    @staticmethod
    def forward(ctx, x):
        return x * 1


class Empty(Function):
    pass


class Once(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**2

    @staticmethod
    @once_differentiable
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        print("grad mode", torch.is_grad_enabled())
        return 2 * x * g


class Saves(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(3)
        return x


tell(lambda: Unfinished.apply(x).sum().backward())
tell(lambda: Empty.apply(x))
tell(lambda: Saves.apply(x))
weight = torch.ones(2, requires_grad=True)
(slope,) = torch.autograd.grad((Once.apply(x) * weight).sum(), x, create_graph=True)
print(slope.detach(), slope.requires_grad)
tell(lambda: slope.sum().backward())

w = x * 1
v = Once.apply(w)
w += 1
tell(lambda: v.sum().backward())


class Wrong(Function):
    """A derivative that gradcheck finds out."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**2

    @staticmethod
    def backward(ctx, g):
        return 3 * g * ctx.saved_tensors[0]


good = x.detach().double().requires_grad_()
print(torch.autograd.gradcheck(Wrong.apply, (good,), raise_exception=False))
tell(lambda: torch.autograd.gradcheck(Wrong.apply, (good,)))
print(Wrong.apply(x).grad_fn.name(), type(Wrong.apply(x).grad_fn).__name__, isinstance(Wrong, type), issubclass(Wrong, Function))

# Several inputs and outputs, arguments that are no tensors, and what the context tells.
import torch
from torch.autograd import Function


class LinearFunction(Function):
    @staticmethod
    def forward(ctx, input, weight, bias=None):
        ctx.save_for_backward(input, weight, bias)
        output = input.mm(weight.t())
        if bias is not None:
            output += bias.unsqueeze(0).expand_as(output)
        return output

    @staticmethod
    def backward(ctx, grad_output):
        input, weight, bias = ctx.saved_tensors
        grad_input = grad_weight = grad_bias = None
        if ctx.needs_input_grad[0]:
            grad_input = grad_output.mm(weight)
        if ctx.needs_input_grad[1]:
            grad_weight = grad_output.t().mm(input)
        if bias is not None and ctx.needs_input_grad[2]:
            grad_bias = grad_output.sum(0)
        print("needs", ctx.needs_input_grad)
        return grad_input, grad_weight, grad_bias


linear = LinearFunction.apply
torch.manual_seed(1)
x = torch.randn(2, 3, dtype=torch.double, requires_grad=True)
w = torch.randn(4, 3, dtype=torch.double, requires_grad=True)
b = torch.zeros(4, dtype=torch.double)
out = linear(x, w, b)
print(out)
print([f[0] is None for f in out.grad_fn.next_functions])
out.sum().backward()
print(x.grad, w.grad, b.grad)


class MulConstant(Function):
    @staticmethod
    def forward(ctx, tensor, constant):
        ctx.constant = constant
        return tensor * constant

    @staticmethod
    def backward(ctx, grad_output):
        return grad_output * ctx.constant, None


v = torch.tensor([1.0, 2.0], requires_grad=True)
m = MulConstant.apply(v, 3)
m.backward(torch.tensor([1.0, 10.0]))
m.sum().backward()
print(v.grad)
print(MulConstant.apply(v, constant=5))


class MinMax(Function):
    """Two differentiable outputs, and one that is not."""

    @staticmethod
    def forward(ctx, x):
        low, low_at = x.min(0)
        high, high_at = x.max(0)
        ctx.mark_non_differentiable(low_at)
        ctx.places = low_at, high_at
        ctx.length = len(x)
        return low, high, low_at

    @staticmethod
    def backward(ctx, g_low, g_high, g_at):
        print("arrived", g_low, g_high, g_at)
        g = torch.zeros(ctx.length)
        g[ctx.places[0]] += g_low
        g[ctx.places[1]] += g_high
        return g


data = torch.tensor([3.0, -1.0, 7.0], requires_grad=True)
low, high, where = MinMax.apply(data)
print(low, high, where)
print(low.grad_fn is high.grad_fn, low.output_nr, high.output_nr, where.requires_grad)
(high - 2 * low).backward()
print(data.grad)
data.grad = None
MinMax.apply(data)[1].backward()
print(data.grad)


class Lazy(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.set_materialize_grads(False)
        return x * 1, x * 2

    @staticmethod
    def backward(ctx, a, b):
        print(a, b)
        return a if b is None else 2 * b


Lazy.apply(v)[0].sum().backward()
Lazy.apply(v)[1].sum().backward()
print(v.grad)


class Cube(Function):
    """The forward without a context, which setup_context fills."""

    @staticmethod
    def forward(x):
        return x**3

    @staticmethod
    def setup_context(ctx, inputs, output):
        (x,) = inputs
        ctx.save_for_backward(x, output)

    @staticmethod
    def backward(ctx, g):
        x, output = ctx.saved_tensors
        return g * 3 * output / x


z = torch.tensor(2.0, requires_grad=True)
(first,) = torch.autograd.grad(Cube.apply(z), z, create_graph=True)
(second,) = torch.autograd.grad(first, z, create_graph=True)
(third,) = torch.autograd.grad(second, z)
print(first, second, third)


class Many(Function):
    @staticmethod
    def forward(ctx, *xs):
        ctx.n = len(xs)
        return sum(xs)

    @staticmethod
    def backward(ctx, g):
        return (g,) * ctx.n


v.grad = None
total = Many.apply(v, v, torch.ones(2))
total.register_hook(lambda g: print("hook", g))
total.retain_grad()
total.sum().backward()
print(v.grad, total.grad)


class AddOne(Function):
    @staticmethod
    def forward(ctx, x):
        x.add_(1)
        ctx.mark_dirty(x)
        return x

    @staticmethod
    def backward(ctx, g):
        return g * 10


v.grad = None
u = v * 2
r = AddOne.apply(u)
print(r is u, u)
(u * u).sum().backward()
print(v.grad)
try:
    AddOne.apply(v)
except RuntimeError as error:
    print(error)


class Nothing(Function):
    @staticmethod
    def forward(ctx, x):
        return x * 1

    @staticmethod
    def backward(ctx, g):
        return None


v.grad = None
Nothing.apply(v).sum().backward()
print(v.grad)

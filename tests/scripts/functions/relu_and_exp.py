# Functions with a backward of their own, as the tutorials have them.
import torch


class MyReLU(torch.autograd.Function):
    """We can implement our own custom autograd Functions by subclassing torch.autograd.Function."""

    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return input.clamp(min=0)

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        grad_input = grad_output.clone()
        grad_input[input < 0] = 0
        return grad_input


class Exp(torch.autograd.Function):
    @staticmethod
    def forward(ctx, i):
        result = i.exp()
        ctx.save_for_backward(result)
        return result

    @staticmethod
    def backward(ctx, grad_output):
        (result,) = ctx.saved_tensors
        return grad_output * result


class LegendrePolynomial3(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return 0.5 * (5 * input**3 - 3 * input)

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        return grad_output * 1.5 * (5 * input**2 - 1)


x = torch.tensor([-1.0, 0.5, 2.0], requires_grad=True)
y = MyReLU.apply(x)
print(y, y.grad_fn.name(), y.requires_grad, y.is_leaf)
print(y.grad_fn)
print(y.grad_fn.next_functions[0][0].variable is x)
y.sum().backward()
print(x.grad)

e = Exp.apply(x)
(slope,) = torch.autograd.grad(e.sum(), x, create_graph=True)
print(slope)
(bend,) = torch.autograd.grad(slope.sum(), x)
print(bend)
try:
    e.sum().backward()
    e.sum().backward()
except RuntimeError as error:
    print(str(error)[:60])

print(torch.autograd.gradcheck(Exp.apply, (torch.randn(4, dtype=torch.double, requires_grad=True),)))
print(torch.autograd.gradgradcheck(Exp.apply, (torch.randn(4, dtype=torch.double, requires_grad=True),)))

torch.manual_seed(0)
t = torch.linspace(-3.14159, 3.14159, 200)
target = torch.sin(t)
a, b, c, d = [torch.full((), v, requires_grad=True) for v in (0.0, -1.0, 0.0, 0.3)]
for step in range(200):
    P3 = LegendrePolynomial3.apply
    loss = (a + b * P3(c + d * t) - target).pow(2).sum()
    if step % 50 == 49:
        print(step, f"{loss.item():.4f}")
    loss.backward()
    with torch.no_grad():
        for p in (a, b, c, d):
            p -= 5e-6 * p.grad
            p.grad = None
print(f"Result: y = {abs(a.item()):.3f} + {b.item():.4f} * P3({abs(c.item()):.3f} + {d.item():.4f} x)")
with torch.no_grad():
    print(MyReLU.apply(x))
print(MyReLU.apply(x.detach()))

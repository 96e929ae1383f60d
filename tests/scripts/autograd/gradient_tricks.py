# Gradients that are not what the forward pass says: reversed, straight through, clipped, stopped, sampled.
import torch


class Reverse(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, strength):
        ctx.strength = strength
        return x.view_as(x)

    @staticmethod
    def backward(ctx, grad):
        return -ctx.strength * grad, None


class Sign(torch.autograd.Function):
    """Straight through, where it is not saturated."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.sign()

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return grad * (x.abs() <= 1).to(grad.dtype)


x = torch.tensor([-2.0, -0.5, 0.3, 4.0], requires_grad=True)
for f in (lambda t: Reverse.apply(t, 0.1), Sign.apply, lambda t: t + (t.round() - t).detach(), lambda t: t.clamp(-1, 1)):
    x.grad = None
    (f(x) * torch.arange(1.0, 5.0)).sum().backward()
    print(f(x), x.grad)
x.grad = None
handle = x.register_hook(lambda g: g.clamp(max=1.0))
(x**2).sum().backward()
handle.remove()
print(x.grad)
probabilities = torch.softmax(torch.tensor([0.1, 0.2, 0.7], requires_grad=True), 0)
print(probabilities, probabilities.log()[2].grad_fn, torch.autograd.grad(probabilities[2].log(), probabilities)[0])
mean = torch.tensor(1.0, requires_grad=True)
spread = torch.tensor(0.5, requires_grad=True)
noise = torch.tensor([0.5, -1.0, 2.0])
((mean + spread * noise) ** 2).mean().backward()
print(mean.grad, spread.grad)

"""Gradients of activations, softmax and normalizations in float32, to the last digit."""

import torch
import torch.nn.functional as F

torch.manual_seed(3)


def show(name, function, *operands):
    leaves = [each.clone().requires_grad_() for each in operands]
    out = function(*leaves)
    out.backward(torch.randn(out.shape))
    total = [each.grad.reshape(-1)[::7][:6].tolist() for each in leaves]
    print(name, out.reshape(-1)[:3].tolist(), *total)


for name in ("tanh", "sigmoid", "silu", "elu", "celu", "leaky_relu", "hardswish"):
    show(name, getattr(F, name), torch.randn(5, 9))
show("add", lambda x, y: torch.add(x, y, alpha=0.3), torch.randn(4, 5), torch.randn(4, 5))
show("sub", lambda x, y: torch.sub(x, y, alpha=0.3), torch.randn(4, 5), torch.randn(4, 5))
for count in (5, 16, 33):
    show(f"softmax of {count}", lambda x: F.softmax(x, 1), torch.randn(4, count))
    show(f"log_softmax of {count}", lambda x: F.log_softmax(x, 1), torch.randn(4, count))
for count in (5, 24, 35):
    show(f"layer_norm of {count}", lambda x, w, b: F.layer_norm(x, (count,), w, b), torch.randn(6, count), *torch.randn(2, count))
    show(f"layer_norm alone of {count}", lambda x: F.layer_norm(x, (count,)), torch.randn(6, count))
for shape in ((9, 5), (8, 16), (3, 4, 7), (2, 3, 4, 5)):
    weight, bias, mean, var = torch.rand(4, shape[1])
    show("batch_norm", lambda x, w, b: F.batch_norm(x, None, None, w, b, training=True), torch.randn(shape), weight, bias)
    show("by given statistics", lambda x, w, b: F.batch_norm(x, mean, var, w, b), torch.randn(shape), weight, bias)
    F.batch_norm(torch.randn(shape), mean, var, training=True)
    print(mean.tolist(), var.tolist())
target = torch.rand(6, 5)
for reduction in ("mean", "sum"):
    show(
        f"with logits, {reduction}",
        lambda x: F.binary_cross_entropy_with_logits(x, target, reduction=reduction),
        torch.randn(6, 5),
    )
for exponent in (4, 2.5, -1.5):
    show(f"x ** {exponent}", lambda x: x**exponent, torch.rand(7, 10) * 3)
show("avg_pool2d", lambda x: F.avg_pool2d(x, 3, 2, 1), torch.randn(2, 3, 9, 9))
show("avg_pool2d", lambda x: F.avg_pool2d(x, 3, 1, 1, count_include_pad=False), torch.randn(2, 3, 9, 9))
show("avg_pool1d", lambda x: F.avg_pool1d(x, 3, 2), torch.randn(2, 3, 19))

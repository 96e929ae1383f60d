# Gradients through many sigmoids shrink; through relu they need not.
import torch

torch.manual_seed(0)
x = torch.randn(4, 10, dtype=torch.float64)


def first_layer_gradient(activation, depth):
    torch.manual_seed(1)
    weights = [torch.randn(10, 10, dtype=torch.float64).mul_(0.45).requires_grad_() for _ in range(depth)]
    h = x
    for w in weights:
        h = activation(h @ w)
    h.sum().backward()
    return [w.grad.norm().item() for w in weights]


for name, f in [("sigmoid", torch.sigmoid), ("tanh", torch.tanh), ("relu", torch.relu)]:
    norms = first_layer_gradient(f, 6)
    print(f"{name:>8}:", " ".join(f"{n:9.2e}" for n in norms))
    print(" " * 9, "ratio first/last = {:.3g}".format(norms[0] / norms[-1]))

# gradient clipping
g = torch.tensor([3.0, 4.0])
max_norm = 1.0
scale = max_norm / (g.norm() + 1e-6)
clipped = g * scale if scale < 1 else g
print(clipped, clipped.norm())
g.clamp_(-3.5, 3.5)
print(g)

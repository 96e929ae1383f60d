# A model in the manner of nn.Module, built from plain classes.
import torch


class Linear:
    def __init__(self, fan_in, fan_out, bias=True):
        self.weight = torch.randn(fan_in, fan_out) / fan_in ** 0.5
        self.bias = torch.zeros(fan_out) if bias else None

    def __call__(self, x):
        self.out = x @ self.weight
        if self.bias is not None:
            self.out += self.bias
        return self.out

    def parameters(self):
        return [self.weight] + ([] if self.bias is None else [self.bias])


class Tanh:
    def __call__(self, x):
        self.out = torch.tanh(x)
        return self.out

    def parameters(self):
        return []


torch.manual_seed(2147483647)
layers = [Linear(3, 8), Tanh(), Linear(8, 8, bias=False), Tanh(), Linear(8, 2)]
parameters = [p for layer in layers for p in layer.parameters()]
print(sum(p.nelement() for p in parameters))
for p in parameters:
    p.requires_grad = True

X = torch.randn(6, 3)
Y = torch.tensor([0, 1, 1, 0, 1, 0])
lossi = []
for i in range(40):
    x = X
    for layer in layers:
        x = layer(x)
    loss = torch.nn.functional.cross_entropy(x, Y)
    for layer in layers:
        layer.out.retain_grad()
    for p in parameters:
        p.grad = None
    loss.backward()
    lr = 0.2 if i < 30 else 0.05
    for p in parameters:
        p.data += -lr * p.grad
    lossi.append(loss.log10().item())

print(f"{lossi[0]:.3f} -> {lossi[-1]:.3f}")
for i, layer in enumerate(layers[:-1]):
    if isinstance(layer, Tanh):
        t = layer.out
        print('layer %d (%10s): mean %+.2f, saturated: %.2f%%' % (i, layer.__class__.__name__, t.mean(), (t.abs() > 0.97).float().mean() * 100))

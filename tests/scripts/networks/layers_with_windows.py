# Convolutions and pools as modules: how they look, how they begin, and what they make of a few numbers.
import torch
from torch import nn

torch.manual_seed(3)
LAYERS = [
    (nn.Conv1d(2, 4, 3), (1, 2, 8)),
    (nn.Conv1d(4, 4, 3, padding=1, groups=2, bias=False), (4, 8)),
    (nn.Conv2d(3, 8, (3, 5), stride=2, padding=(1, 2), dilation=2), (1, 3, 12, 12)),
    (nn.Conv2d(2, 2, 3, padding="same"), (1, 2, 4, 4)),
    (nn.MaxPool1d(2), (1, 2, 5)),
    (nn.MaxPool2d(3, 2, 1), (1, 2, 5, 5)),
    (nn.MaxPool2d((2, 1)), (2, 4, 4)),
    (nn.AvgPool1d(3, 1), (2, 2, 6)),
    (nn.AvgPool2d(2, ceil_mode=True), (1, 1, 5, 5)),
    (nn.AdaptiveAvgPool2d(1), (1, 2, 3, 3)),
    (nn.AdaptiveAvgPool2d((1, None)), (1, 2, 3, 3)),
    (nn.AdaptiveAvgPool1d(2), (1, 2, 5)),
]
for layer, shape in LAYERS:
    x = torch.randn(shape, requires_grad=True)
    y = layer(x)
    print(layer)
    print(y.shape, y.grad_fn.name(), y.flatten()[:4].detach())
    y.square().sum().backward()
    print(x.grad.flatten()[:4], [(n, tuple(p.shape), p.grad.norm()) for n, p in layer.named_parameters()])

pool = nn.MaxPool2d(2, return_indices=True)
print(pool(torch.tensor([[[1.0, 5.0, 2.0, 2.0], [3.0, 5.0, 0.0, 2.0]]])))


def attempt(make):
    try:
        make()
    except Exception as error:
        print(type(error).__name__, error)


attempt(lambda: nn.Conv2d(3, 4, 3, groups=2))
attempt(lambda: nn.Conv2d(4, 3, 3, groups=2))
attempt(lambda: nn.Conv2d(1, 1, 1)(torch.ones(2, 2, 2, 2, 2)))
attempt(lambda: nn.Conv2d(3, 1, 1)(torch.ones(1, 2, 5, 5)))
attempt(lambda: nn.MaxPool2d(2)(torch.ones(1, 1, 1, 1)))
attempt(lambda: nn.Conv2d(1, 1, 3)(torch.ones(1, 1, 2, 2)))

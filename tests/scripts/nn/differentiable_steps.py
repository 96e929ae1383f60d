"""Steps of optimizers that gradients go through: to the parameters before them, to the gradient, and to the rate."""

import torch

SETTINGS = {
    "SGD": [{}, {"momentum": 0.5, "nesterov": True, "weight_decay": 0.1}],
    "Adam": [{}, {"weight_decay": 0.1}],
    "AdamW": [{}],
    "Adamax": [{}],
    "NAdam": [{}, {"decoupled_weight_decay": True, "weight_decay": 0.1}],
    "RAdam": [{}],
    "Adagrad": [{}],
    "Adadelta": [{"maximize": True}],
    "RMSprop": [{"momentum": 0.5}],
    "Rprop": [{}],
    "ASGD": [{"weight_decay": 0.1}],
}

for name, choices in SETTINGS.items():
    for options in choices:
        start = torch.tensor([0.5, -1.2, 2.0], dtype=torch.float64, requires_grad=True)
        slope = torch.tensor([0.25, 1.5, -0.75], dtype=torch.float64, requires_grad=True)
        param = start.clone()
        optimizer = getattr(torch.optim, name)([param], lr=0.1, differentiable=True, **options)
        param.grad = slope * 2
        optimizer.step()
        print(name, options, param)
        print("  state", {key: type(value.grad_fn).__name__ for key, value in optimizer.state[param].items()})
        print("  gradients", torch.autograd.grad((param**2).sum(), [start, slope], allow_unused=True))

for name in ("SGD", "Adam"):
    rate = torch.tensor(0.1, requires_grad=True)
    param = torch.tensor([1.0, 2.0], requires_grad=True).clone()
    optimizer = getattr(torch.optim, name)([param], lr=rate, differentiable=True)
    for _ in range(2):
        param.grad = torch.ones(2)
        optimizer.step()
    print(name, param, torch.autograd.grad(param.sum(), rate))

for make in (
    lambda p: torch.optim.Adam([p], capturable=True),
    lambda p: torch.optim.Adam([p], lr=torch.tensor(0.1), foreach=True),
):
    param = torch.nn.Parameter(torch.zeros(2))
    try:
        optimizer = make(param)
        param.grad = torch.ones(2)
        optimizer.step()
    except (AssertionError, ValueError) as error:
        print(type(error).__name__, error)

# Each optimizer on the same network, what it remembers, and how it prints.
import torch
from torch import nn, optim

x = torch.linspace(-1, 1, 48).view(16, 3)
y = torch.arange(16) % 3


def train(build, steps=30):
    torch.manual_seed(7)
    net = nn.Sequential(nn.Linear(3, 6), nn.Tanh(), nn.Linear(6, 3))
    optimizer = build(net.parameters())
    criterion = nn.CrossEntropyLoss()
    for step in range(steps):
        optimizer.zero_grad()
        loss = criterion(net(x), y)
        loss.backward()
        optimizer.step()
        if step % 10 == 9:
            print(f"  {step:2d} {loss.item():.4f}")
    print("  ", net[2].weight[0].detach(), net[0].bias[:2].detach())
    return optimizer


builders = {
    "SGD": lambda p: optim.SGD(p, lr=0.1),
    "momentum": lambda p: optim.SGD(p, lr=0.05, momentum=0.9, weight_decay=0.001),
    "nesterov": lambda p: optim.SGD(p, lr=0.05, momentum=0.9, nesterov=True),
    "dampening": lambda p: optim.SGD(p, lr=0.05, momentum=0.9, dampening=0.5),
    "Adam": lambda p: optim.Adam(p, lr=0.01),
    "amsgrad": lambda p: optim.Adam(p, lr=0.01, weight_decay=0.01, amsgrad=True, betas=(0.8, 0.9)),
    "AdamW": lambda p: optim.AdamW(p, lr=0.01),
    "RMSprop": lambda p: optim.RMSprop(p, lr=0.005),
    "centered": lambda p: optim.RMSprop(p, lr=0.002, momentum=0.9, centered=True),
    "Adagrad": lambda p: optim.Adagrad(p, lr=0.05, lr_decay=0.01),
}
for name, build in builders.items():
    print(name)
    optimizer = train(build)
    print({key: value if value.dim() == 0 else value.shape for key, value in optimizer.state_dict()["state"].get(3, {}).items()})
print(optimizer)
print(optim.SGD(nn.Linear(1, 1).parameters(), lr=0.1).state_dict())

# groups, a closure, and gradients that are not there
a = nn.Parameter(torch.tensor([1.0, 2.0]))
b = torch.tensor([3.0], requires_grad=True)
optimizer = optim.SGD([{"params": [a]}, {"params": b, "lr": 1.0}], lr=0.1, momentum=0.5)
print(optimizer)


def closure():
    optimizer.zero_grad()
    loss = (a**2).sum()
    loss.backward()
    return loss


print(optimizer.step(closure), optimizer.step(closure), a, b, b.grad)
optimizer.zero_grad(set_to_none=False)
print(a.grad)
for group in optimizer.param_groups:
    group["lr"] *= 0.1
print([group["lr"] for group in optimizer.param_groups], len(optimizer.state))
other = optim.SGD([{"params": [a]}, {"params": [b]}], lr=5.0)
other.load_state_dict(optimizer.state_dict())
print(other.param_groups[1]["lr"], other.state_dict()["state"])
print(a._version, a.requires_grad, a.is_leaf)


def tell(what):
    try:
        what()
    except Exception as error:
        print(f"{type(error).__name__}: {error}")


tell(lambda: optim.SGD([], lr=0.1))
tell(lambda: optim.SGD([3], lr=0.1))
tell(lambda: optim.SGD([a], lr=-1))
tell(lambda: optim.SGD(a, lr=0.1))
tell(lambda: optim.SGD([a * 2], lr=0.1))
tell(lambda: optim.SGD([a], lr=0.1, nesterov=True))
tell(lambda: optim.Adam([a], betas=(1.0, 0.9)))


class SignDescent(optim.Optimizer):
    def __init__(self, params, lr=0.1):
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p -= group["lr"] * p.grad.sign()


own = SignDescent([a])
(a**2).sum().backward()
own.step()
print(a, own)

"""Functions of float32 printed in full: how often they round, and in what order, shows in the last digit."""
import torch
import torch.nn.functional as F

torch.manual_seed(11)
x = torch.randn(12)
p = x.abs() + 0.5
for name in ("exp", "expm1", "tanh", "sigmoid", "sin", "cumsum", "cumprod"):
    function = getattr(torch, name)
    print(name, function(x, dim=0).tolist() if name.startswith("cum") else function(x).tolist())
for name in ("log10", "log1p", "reciprocal"):
    print(name, getattr(torch, name)(p).tolist())
print((p ** 2.5).tolist(), (p ** -2).tolist(), (x ** 3).tolist(), (p ** x).tolist(), (2 ** x).tolist())
print(torch.lerp(x, p, 0.3).tolist(), torch.addcmul(x, p, p, value=0.7).tolist(), torch.addcdiv(x, x, p, value=0.7).tolist())

rows = torch.randn(50, 7)
print(rows.var(dim=1)[:4].tolist(), rows.std(dim=0).tolist(), rows.std().item(), rows.var(unbiased=False).item())
print(F.logsigmoid(x)[:3].tolist())

target = torch.arange(50) % 7
for count in (2, 3, 5, 16, 17, 33, 50):
    logs = rows[:count]
    print(count, F.nll_loss(logs, target[:count]).item(), F.nll_loss(logs, target[:count], reduction="sum").item())
weight = torch.linspace(0.5, 2, 7)
print(F.nll_loss(rows, target, weight=weight).item(), F.cross_entropy(rows[:6], target[:6]).item())

labels = (rows[:, 0] + rows[:, 1] > 0).float()
w, b = torch.zeros(7, requires_grad=True), torch.zeros(1, requires_grad=True)
for step in range(200):
    guess = torch.sigmoid((rows * w).sum(dim=1) + b)
    loss = ((guess - labels) ** 2).mean()
    loss.backward()
    if step % 50 == 49:
        print(step, f"{loss.item():.6f} {b.grad.item():.6f}")
    with torch.no_grad():
        w -= 0.5 * w.grad
        b -= 0.5 * b.grad
        w.grad, b.grad = None, None

"""Sums printed in full: their last digits tell in which order the values were added."""
import torch

torch.manual_seed(5)
for dtype in (torch.float32, torch.float64):
    for count in (1, 3, 4, 5, 7, 8, 9, 13, 16, 31, 33, 64, 100, 257, 512, 515, 1000, 2048, 5000, 20000, 32767):
        x = torch.randn(count, dtype=dtype) * 3
        print(dtype, count, x.sum().item(), x.mean().item())

for dtype in (torch.float32, torch.float64):
    for shape in ((2, 3), (6, 4), (5, 8), (17, 10), (64, 10), (10, 64), (33, 70), (300, 5), (3, 700), (40, 1), (1, 40)):
        x = torch.randn(shape, dtype=dtype)
        rows, columns = x.sum(dim=1), x.sum(dim=0)
        print(dtype, shape, rows[:3].tolist(), columns[-3:].tolist(), x.t().sum(0)[-2:].tolist(), x.sum().item())
    x = torch.randn(7, 9, 11, dtype=dtype)
    for dims in ((0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2)):
        print(dims, x.sum(dims).flatten()[:4].tolist(), x.mean(dims, keepdim=True).shape)

x = torch.linspace(-3, 3, 1000)
coefficients = [torch.tensor(0.5, requires_grad=True), torch.tensor(-0.25, requires_grad=True), torch.tensor(0.125, requires_grad=True)]
target = 1 - x * x / 3
for step in range(300):
    a, b, c = coefficients
    loss = (a + b * x + c * x ** 2 - target).pow(2).sum()
    loss.backward()
    if step % 60 == 59:
        print(step, loss.item(), [each.grad.item() for each in coefficients])
    with torch.no_grad():
        for each in coefficients:
            each -= 1e-5 * each.grad
            each.grad = None
print([each.item() for each in coefficients])

for shape in ((40001,), (64, 784), (300, 300), (20, 50, 60)):  # from 32768 elements on a sum is that of two halves
    x = torch.randn(shape)
    print(shape, x.sum().item(), x.double().sum().item(), x.sum(0).flatten()[-3:].tolist(), x.mean(-1).flatten()[:3].tolist())
for count in (3, 6, 8, 15, 64, 101):
    x = torch.randn(5, count)
    print(count, x.norm(dim=1).tolist(), x.norm(dim=0)[:3].tolist(), x.norm().item())
print(torch.randn(50000).norm().item(), torch.randn(100, 400).softmax(1)[:2, :3].tolist())
for count in (3, 16, 50):
    x, weight, bias = torch.randn(1, count), torch.randn(1, count), torch.randn(1)
    print(torch.nn.functional.linear(x, weight, bias).item(), (x @ weight.t()).item(), (x @ weight.reshape(count, 1)).item())

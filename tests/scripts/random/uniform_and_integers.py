import torch

torch.manual_seed(100)
print(torch.rand(2, 2), torch.rand([3]), torch.rand(size=(1, 2)))
print(torch.empty(3).uniform_(), torch.empty(3).uniform_(-1, 1), torch.zeros(2, dtype=torch.float64).uniform_(5, 6))
print(torch.randint(10, (2, 3)), torch.randint(-5, 5, (4,)), torch.randint(0, 2, (6,), dtype=torch.float32), torch.randint(3, 4, (2,)))
print(torch.randint(0, 2**40, (2,)), torch.randint_like(torch.zeros(3), 10), torch.empty(4, dtype=torch.int64).random_(0, 5))
print(torch.randperm(10), torch.randperm(1), torch.randperm(0))
print(torch.bernoulli(torch.tensor([0.0, 0.5, 1.0, 0.5])), torch.empty(5).bernoulli_(0.3), torch.full((4,), 0.5).bernoulli())
low, high = -2.0, 3.0
print((high - low) * torch.rand(4) + low)
dice = torch.randint(1, 7, (1000,))
counts = [(dice == k).sum().item() for k in range(1, 7)]
print(counts, sum(counts))
points = torch.rand(2000, 2)
inside = (points.pow(2).sum(dim=1) <= 1).sum().item()
print(f"pi is about {4 * inside / len(points):.3f}")
mask = torch.rand(3, 3) > 0.5
print(mask, mask.sum())
x = torch.rand(2, requires_grad=True)
(x * 2).sum().backward()
print(x, x.grad)

import torch

torch.manual_seed(3)
X = torch.rand(20, 2)
true_w = torch.tensor([[3.0], [-1.5]])
y = X.mm(true_w) + 0.7

w = torch.zeros(2, 1, requires_grad=True)
b = torch.zeros(1, requires_grad=True)
batch_size = 5


def batches(features, labels, size):
    """The shuffled batches of one epoch, as a list."""
    order = torch.randperm(len(features))
    return [(features[order[i:i + size]], labels[order[i:i + size]]) for i in range(0, len(features), size)]


for epoch in range(30):
    total = 0.0
    for xb, yb in batches(X, y, batch_size):
        loss = ((xb @ w + b - yb) ** 2).mean()
        loss.backward()
        with torch.no_grad():
            w -= 0.3 * w.grad
            b -= 0.3 * b.grad
            w.grad.zero_()
            b.grad.zero_()
        total += loss.item() * len(xb)
    if (epoch + 1) % 10 == 0:
        print(f'epoch {epoch + 1:2d}, average loss {total / len(X):.4f}')

print([round(v, 2) for v in w.detach().view(-1).tolist()], round(b.item(), 2))
print(torch.randperm(6))

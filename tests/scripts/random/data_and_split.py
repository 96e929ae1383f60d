import torch

torch.manual_seed(2024)
N = 12
X = torch.cat([torch.randn(N // 2, 2) - 2, torch.randn(N // 2, 2) + 2])
y = torch.cat([torch.zeros(N // 2), torch.ones(N // 2)]).long()
order = torch.randperm(N)
X, y = X[order], y[order]
n_train = int(0.75 * N)
train, test = (X[:n_train], y[:n_train]), (X[n_train:], y[n_train:])
print(train[0].shape, test[0].shape, y)
mean, std = train[0].mean(0), train[0].std(0)
print(mean, std)
norm = (train[0] - mean) / std
print(norm.mean(0).abs().max() < 1e-6, norm.std(0))
w = torch.randn(2, 2, requires_grad=True)
b = torch.zeros(2, requires_grad=True)
for epoch in range(21):
    perm = torch.randperm(n_train)
    losses = []
    for i in range(0, n_train, 3):
        idx = perm[i:i + 3]
        logits = norm[idx] @ w + b
        loss = torch.nn.functional.cross_entropy(logits, train[1][idx])
        gw, gb = torch.autograd.grad(loss, [w, b])
        w.data -= 0.3 * gw
        b.data -= 0.3 * gb
        losses.append(loss.item())
    if epoch % 5 == 0:
        print(f"epoch {epoch:>2}: {sum(losses) / len(losses):.3f}")
with torch.no_grad():
    predicted = (((test[0] - mean) / std) @ w + b).argmax(1)
print(predicted.tolist(), test[1].tolist(), (predicted == test[1]).all().item())

# XOR needs a hidden layer; gradients flow through tanh and sigmoid.
import torch

torch.manual_seed(1)
X = torch.tensor([[0., 0.], [0., 1.], [1., 0.], [1., 1.]])
T = torch.tensor([[0.], [1.], [1.], [0.]])

W1 = (torch.rand(2, 4) * 2 - 1).requires_grad_()
b1 = torch.zeros(4, requires_grad=True)
W2 = (torch.rand(4, 1) * 2 - 1).requires_grad_()
b2 = torch.zeros(1, requires_grad=True)
params = [W1, b1, W2, b2]


def network(inputs):
    hidden = torch.tanh(inputs @ W1 + b1)
    return torch.sigmoid(hidden @ W2 + b2)


def binary_cross_entropy(p, t):
    return -(t * p.log() + (1 - t) * (1 - p).log()).mean()


print([tuple(p.shape) for p in params])
for epoch in range(400):
    loss = binary_cross_entropy(network(X), T)
    for p in params:
        p.grad = None
    loss.backward()
    with torch.no_grad():
        for p in params:
            p.sub_(1.0 * p.grad)
    if epoch % 100 == 0:
        print(f"epoch {epoch:4d} | loss {loss.item():.4f}")

with torch.no_grad():
    out = network(X)
predicted = (out > 0.5).float()
for row, p in zip(X.tolist(), predicted):
    print(row, '->', int(p.item()))
print("accuracy:", (predicted == T).float().mean().item())

import torch

torch.manual_seed(9)
real = torch.randn(5, 2)
fake = torch.randn(5, 2) + 3
w = torch.tensor([[0.8, -0.4], [0.3, 0.9]], requires_grad=True)
v = torch.tensor([1.0, -2.0], requires_grad=True)


def critic(x):
    return torch.tanh(x @ w) @ v


alpha = torch.rand(5, 1)
mixed = (alpha * real + (1 - alpha) * fake).requires_grad_(True)
scores = critic(mixed)
gradients = torch.autograd.grad(
    outputs=scores,
    inputs=mixed,
    grad_outputs=torch.ones_like(scores),
    create_graph=True,
    retain_graph=True,
    only_inputs=True,
)[0]
print(gradients.shape, gradients.requires_grad, gradients.grad_fn is not None)
norms = gradients.norm(2, dim=1)
penalty = ((norms - 1) ** 2).mean()
loss = critic(fake).mean() - critic(real).mean() + 10.0 * penalty
loss.backward()
print(f"penalty {penalty.item():.4f}  loss {loss.item():.4f}")
torch.set_printoptions(precision=2)
print(w.grad)
print(v.grad)
print(mixed.grad is None)

# Adam by hand on XOR.
import torch
# XOR-like with manual Adam, closures over lists, zip of params and grads
torch.manual_seed(3)
params = [torch.randn(2, 6, requires_grad=True), torch.zeros(6, requires_grad=True), torch.randn(6, 1, requires_grad=True), torch.zeros(1, requires_grad=True)]
X = torch.tensor([[0, 0], [0, 1], [1, 0], [1, 1]]).float(); Y = torch.tensor([0, 1, 1, 0]).view(-1, 1).float()
m = [torch.zeros_like(p) for p in params]; v = [torch.zeros_like(p) for p in params]
b1, b2, eps, lr = 0.9, 0.999, 1e-8, 0.05
def model(x):
    W1, B1, W2, B2 = params
    return (x.matmul(W1) + B1).tanh().matmul(W2) + B2
hist = []
for t in range(1, 201):
    loss = torch.nn.functional.mse_loss(torch.sigmoid(model(X)), Y)
    grads = torch.autograd.grad(loss, params)
    with torch.no_grad():
        for i, (p, g) in enumerate(zip(params, grads)):
            m[i].mul_(b1).add_(g, alpha=1 - b1)
            v[i].mul_(b2).addcmul_(g, g, value=1 - b2)
            mh, vh = m[i] / (1 - b1 ** t), v[i] / (1 - b2 ** t)
            p.addcdiv_(mh, vh.sqrt().add_(eps), value=-lr)
    hist.append(loss.item())
    if t % 50 == 0: print(f"step {t:3d} loss {loss:.4f} |g| {sum(g.norm() ** 2 for g in grads) ** 0.5:.3f}")
print((torch.sigmoid(model(X)) > 0.5).int().flatten().tolist(), min(hist) == hist[-1])
print(torch.cat([p.detach().flatten() for p in params]).abs().max() < 100)
clip = 1.0
total = torch.sqrt(sum((g ** 2).sum() for g in grads)); coef = clip / (total + 1e-6)
print(coef > 1, [tuple(g.shape) for g in grads])
state = {f"p{i}": p.detach().clone() for i, p in enumerate(params)}
for (k, s), p in zip(state.items(), params): assert torch.equal(s, p), k
print({k: list(s.shape) for k, s in state.items()})

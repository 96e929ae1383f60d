# A bandit, k-means and a mixture.
import torch
import math
# policy gradient, bandit; K-means; gaussian mixture EM (torch ops, no grad)
torch.manual_seed(1)
means = torch.tensor([0.1, 0.5, 0.9]); theta = torch.zeros(3, requires_grad=True); baseline = 0.0
for step in range(300):
    probs = torch.softmax(theta, 0); a = torch.multinomial(probs, 1).item()
    r = (torch.rand(1) < means[a]).float().item(); baseline += 0.05 * (r - baseline)
    loss = -torch.log(probs[a]) * (r - baseline); g, = torch.autograd.grad(loss, theta)
    with torch.no_grad(): theta -= 0.3 * g
print(theta.argmax().item(), f"{torch.softmax(theta, 0).max().item():.2f}")
pts = torch.cat([torch.randn(20, 2) * 0.3 + c for c in (torch.tensor([0., 0.]), torch.tensor([3., 3.]), torch.tensor([0., 3.]))])
cent = pts[torch.randperm(60)[:3]].clone()
for it in range(10):
    d = ((pts[:, None, :] - cent[None]) ** 2).sum(-1); lab = d.argmin(1)
    new = torch.stack([pts[lab == k].mean(0) if (lab == k).any() else cent[k] for k in range(3)])
    if torch.allclose(new, cent): print("converged", it); break
    cent = new
print(sorted([[round(v, 1) for v in row] for row in cent.tolist()]), torch.bincount(lab).tolist() if hasattr(torch, "bincount") else "")
data = torch.cat([torch.randn(50) * 0.5 - 2, torch.randn(50) + 2]); mu = torch.tensor([-1., 1.]); sd = torch.ones(2); pi = torch.full((2,), 0.5)
for it in range(20):
    logp = -0.5 * ((data[:, None] - mu) / sd) ** 2 - sd.log() - 0.5 * math.log(2 * math.pi) + pi.log()
    r = torch.softmax(logp, 1); n = r.sum(0); mu = (r * data[:, None]).sum(0) / n; sd = ((r * (data[:, None] - mu) ** 2).sum(0) / n).sqrt(); pi = n / n.sum()
print([round(v, 1) for v in mu.tolist()], [round(v, 1) for v in sd.tolist()], [round(v, 1) for v in pi.tolist()], f"{torch.logsumexp(logp, 1).mean():.2f}")

import torch
import torch.nn.functional as F

torch.manual_seed(21)
x = torch.ones(10, requires_grad=True)
p = 0.4
keep = (torch.rand(10) > p).float()
y = x * keep / (1 - p)
y.sum().backward()
print(y)
print(x.grad)
mask = torch.bernoulli(torch.full((2, 5), 0.5))
print(mask)
noise = torch.randn(4) * 0.1
print((torch.zeros(4) + noise))


def reparameterize(mu, logvar):
    std = torch.exp(0.5 * logvar)
    eps = torch.randn_like(std)
    return mu + eps * std


mu = torch.tensor([0.0, 1.0], requires_grad=True)
logvar = torch.tensor([0.0, -2.0], requires_grad=True)
z = reparameterize(mu, logvar)
kl = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
loss = (z ** 2).sum() + kl
loss.backward()
print(z)
print(mu.grad, logvar.grad)
print(f"{kl.item():.4f}")
logits = torch.tensor([1.0, 2.0, 0.5])
gumbel = -torch.log(-torch.log(torch.rand(3)))
print((logits + gumbel).argmax(), F.softmax((logits + gumbel) / 0.5, dim=0))
picks = [int((F.softmax(logits, 0).cumsum(0) < u).sum()) for u in torch.rand(8)]
print(picks)
order = torch.randperm(6)
data = torch.arange(6) * 10
print(data[order], data[order][torch.argsort(order)])

# Draws whose parameters want gradients: the graph has a node, through which nothing comes back; slopes drawn by rrelu.
import torch
import torch.nn.functional as F

torch.manual_seed(3)
p = torch.tensor([0.2, 0.5, 0.9], dtype=torch.float64, requires_grad=True)
mean = torch.zeros(3, dtype=torch.float64, requires_grad=True)

drawn = torch.bernoulli(p)
print(drawn)
(drawn * p).sum().backward()
print(p.grad)
for made in (torch.normal(mean, p), torch.normal(mean, 2.0), torch.normal(1.0, p)):
    print(made.grad_fn.name(), made.shape, torch.autograd.grad((made * made).sum(), [mean, p], allow_unused=True))

x = torch.tensor([-2.0, -0.5, 1.5], dtype=torch.float64, requires_grad=True)
y = F.rrelu(x, 0.1, 0.4, training=True)
print(y.grad_fn.name(), y)
(slope,) = torch.autograd.grad(y.pow(2).sum(), x, create_graph=True)
print(slope)
weight = torch.ones(3, dtype=torch.float64, requires_grad=True)
(slope,) = torch.autograd.grad(F.rrelu(x, 0.1, 0.4, training=True), x, weight, create_graph=True)
print(slope, torch.autograd.grad(slope.sum(), [weight, x], allow_unused=True))

a, tau = torch.geqrf(torch.arange(6.0, dtype=torch.float64, requires_grad=True).reshape(3, 2) + torch.eye(3, 2))
print(a.grad_fn.name(), tau)
try:
    a.sum().backward()
except Exception as error:
    print(type(error).__name__, error)

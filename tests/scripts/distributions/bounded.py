"""Continuous Bernoulli, generalized Pareto, logistic normal numbers, angles; transforms by distribution functions and to matrices."""

import torch
from torch import distributions as D

torch.manual_seed(0)
p = torch.tensor([0.2, 0.5, 0.9], dtype=torch.double, requires_grad=True)
c = D.ContinuousBernoulli(p)
x = c.rsample((2,))
print(c, c.batch_shape, x.detach())
for name in ("mean", "variance", "stddev", "logits"):
    print(name, getattr(c, name).detach())
v = torch.tensor([0.1, 0.5, 0.7], dtype=torch.double)
print(c.log_prob(v).detach(), c.cdf(v).detach(), c.icdf(v).detach(), c.entropy().detach())
(x.sum() + c.log_prob(v).sum()).backward()
print(p.grad, c.expand((2, 3)).batch_shape, D.ContinuousBernoulli(logits=torch.tensor(0.3)).mean)

g = D.GeneralizedPareto(torch.tensor([0.0, 1.0, 0.0]), torch.tensor([1.0, 2.0, 1.0]), torch.tensor([0.3, 0.0, -0.5]))
print(g.sample((2,)), g.mean, g.variance, g.entropy(), g.mode)
y = torch.tensor([0.5, 3.0, 1.0])
print(g.log_prob(y), g.cdf(y), g.icdf(g.cdf(y)), g.support)

n = D.LogisticNormal(torch.zeros(2), torch.ones(2))
s = n.sample((3,))
print(s, n.log_prob(s), n.loc, n.event_shape, D.LogisticNormal(torch.tensor(0.0), torch.tensor(1.0)).sample().shape)

t = D.CumulativeDistributionTransform(D.Normal(0.0, 1.0))
z = torch.tensor([-1.0, 0.0, 2.0])
print(t(z), t.inv(t(z)), t.log_abs_det_jacobian(z, t(z)))
m = D.PositiveDefiniteTransform()(torch.tensor([[0.1, 0.0], [0.5, 0.2]]))
print(m, D.PositiveDefiniteTransform().inv(m))

a = D.VonMises(torch.tensor([0.5, 0.0, 3.0], requires_grad=True), torch.tensor([1.0, 1e-6, 8.0]))
print(a.sample((3,)), a.sample().shape, a.mean.detach(), a.variance)
print(a.log_prob(torch.tensor([0.1, -2.0, 3.1])).detach(), a.expand((2, 3)).batch_shape)

# What is learned through distributions: rsample, scores, divergences, a policy and a variational fit.
import torch
import torch.distributions as D
from torch.distributions import kl_divergence as kl

torch.manual_seed(0)
T = torch.tensor
mu, sigma = T([0.5], requires_grad=True), T([1.5], requires_grad=True)
d = D.Normal(mu, sigma)
x = d.rsample((3,))
print(x)
x.sum().backward()
print(mu.grad, sigma.grad)
print(d.log_prob(T([1.0])), kl(d, D.Normal(0.0, 1.0)), d.entropy(), d.cdf(T(0.3)))
a = T([2.0], requires_grad=True)
g = D.Gamma(a, 1.0).rsample((2,))
g.sum().backward()
print(g.detach(), a.grad)
logits = torch.zeros(3, requires_grad=True)
policy = D.Categorical(logits=logits)
action = policy.sample()
loss = -policy.log_prob(action) * 2.0
loss.backward()
print(action, loss, logits.grad)
for p, q in (
    (D.Bernoulli(T(0.3)), D.Bernoulli(T(0.6))), (D.Categorical(T([0.3, 0.7])), D.Categorical(T([0.5, 0.5]))), (D.Uniform(0.0, 1.0), D.Uniform(-1.0, 2.0)), (D.Exponential(T(1.0)), D.Exponential(T(2.0))),
    (D.Gamma(T(1.0), T(2.0)), D.Gamma(T(2.0), T(1.0))), (D.MultivariateNormal(torch.zeros(2), torch.eye(2)), D.MultivariateNormal(torch.ones(2), 2 * torch.eye(2))), (D.Laplace(0.0, 1.0), D.Laplace(1.0, 2.0)),
    (D.Poisson(T(1.0)), D.Poisson(T(2.0))), (D.Independent(D.Normal(torch.zeros(2), 1.0), 1), D.Independent(D.Normal(torch.ones(2), 1.0), 1)), (D.LogNormal(0.0, 1.0), D.LogNormal(1.0, 1.0)),
):
    print(type(p).__name__, f"{kl(p, q).item():.4f}")
data = 2 + 0.5 * torch.randn(50)
loc, log_scale = torch.zeros((), requires_grad=True), torch.zeros((), requires_grad=True)
optimizer = torch.optim.Adam([loc, log_scale], lr=0.1)
for step in range(101):
    optimizer.zero_grad()
    loss = -D.Normal(loc, log_scale.exp()).log_prob(data).mean()
    loss.backward()
    optimizer.step()
print(f"{loc.item():.3f} {log_scale.exp().item():.3f} {loss.item():.3f}", data.mean())
L = torch.eye(2, requires_grad=True)
mvn = D.MultivariateNormal(torch.zeros(2), scale_tril=L)
mvn.log_prob(T([1.0, 2.0])).backward()
print(L.grad)
print(D.transform_to(D.constraints.simplex)(T([0.0, 1.0])), D.SigmoidTransform().log_abs_det_jacobian(T(0.5), T(0.6)), D.constraints.interval(0, 1))

"""Random covariance matrices, mixtures broadcast to more, modules by their names, constraints with their bounds, registries."""

import copy
import pickle
import warnings

import torch
import torch.distributions as D
from torch.distributions import constraints
from torch.distributions.normal import Normal
from torch.distributions.transforms import StickBreakingTransform

warnings.simplefilter("ignore")
scale = torch.tensor([[2.0, 0.5], [0.5, 1.0]])
for given in ({"covariance_matrix": scale}, {"precision_matrix": scale}, {"scale_tril": torch.linalg.cholesky(scale)}):
    w = D.Wishart(torch.tensor(4.5), **given)
    print(w, w.mean, w.mode, w.variance.sum(), w.entropy(), w.log_prob(scale))
torch.manual_seed(0)
df = torch.tensor([3.5, 5.0], requires_grad=True)
w = D.Wishart(df, torch.eye(2))
drawn = w.rsample((2,))
print(drawn.shape, drawn[0], torch.autograd.grad(w.log_prob(scale).sum(), df))
print(D.kl_divergence(D.Wishart(torch.tensor(3.0), scale), D.Wishart(torch.tensor(4.0), 2 * torch.eye(2))).detach())
try:
    D.Wishart(torch.tensor(0.5), torch.eye(2))
except ValueError as error:
    print(error)

mixture = D.MixtureSameFamily(D.Categorical(torch.tensor([0.3, 0.7])), Normal(torch.tensor([0.0, 1.0]), 1.0))
print(mixture.expand((3,)), mixture.expand((3,)).log_prob(torch.tensor([0.0, 0.5, 1.0])), mixture.support)
for each in (D.HalfNormal(1.0), D.LogNormal(0.0, 1.0), D.Gumbel(0.0, 1.0), D.Weibull(1.0, 2.0), D.Chi2(torch.tensor(3.0))):
    more = each.expand((2,))
    print(type(more).__name__, more.batch_shape, more.mean, more.log_prob(torch.tensor([0.5, 1.5])))
print(D.InverseGamma(3.0, 1.0).cdf(torch.tensor([0.2, 0.5])), D.Normal(torch.zeros(2), 1.0).arg_constraints)

print(constraints.interval(0, 1).upper_bound, constraints.greater_than(2.0).lower_bound, constraints.positive_semidefinite)
print(constraints.positive_definite.check(torch.stack([torch.eye(2), -torch.eye(2)])))
print(D.biject_to(constraints.simplex), D.transform_to(constraints.greater_than_eq(1.0)), StickBreakingTransform().event_dim)


class Even(constraints.Constraint):
    def check(self, value):
        return value % 2 == 0


D.transform_to.register(Even, lambda constraint: D.AffineTransform(0, 2))
print(D.transform_to(Even()), Even())
try:
    D.biject_to(Even())
except NotImplementedError as error:
    print(error)

families = {
    "Normal": Normal(0.3, 1.2),
    "Uniform": D.Uniform(0.2, 0.8),
    "Beta": D.Beta(2.0, 3.0),
    "Gamma": D.Gamma(2.0, 1.5),
    "Exponential": D.Exponential(1.5),
    "Gumbel": D.Gumbel(0.5, 1.5),
    "Laplace": D.Laplace(0.2, 1.1),
    "Cauchy": D.Cauchy(0.2, 1.1),
    "Pareto": D.Pareto(0.2, 3.5),
}
for p in families.values():
    known = {}
    for name, q in families.items():
        try:
            known[name] = round(float(D.kl_divergence(p, q)), 4)
        except NotImplementedError:
            pass
    print(type(p).__name__, known)

for value in (torch.tensor(0.5), Normal(0.0, 1.0), D.TanhTransform(), D.Wishart(torch.tensor(4.0), torch.eye(2)).df):
    print(pickle.loads(pickle.dumps(value)), copy.deepcopy(value))

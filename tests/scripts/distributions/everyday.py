# Distributions: samples of a seed, log probabilities, moments, entropies.
import torch
import torch.distributions as D

torch.manual_seed(0)
T = torch.tensor
for d in (
    D.Normal(T([0.0, 1.0]), T([1.0, 2.0])), D.Normal(0.0, 1.0), D.Uniform(T([0.0, 1.0]), 3.0), D.Exponential(T([0.5, 2.0])), D.Laplace(0.0, T([1.0, 2.0])), D.LogNormal(0.0, T([1.0, 0.5])),
    D.HalfNormal(T([1.0, 2.0])), D.Cauchy(0.0, 1.0), D.Gumbel(T([0.0, 1.0]), 1.0), D.Bernoulli(T([0.3, 0.7])), D.Bernoulli(logits=T([0.3, -0.7])), D.Geometric(T([0.3])), D.Poisson(T([2.0, 20.0])),
    D.Binomial(5, T([0.3, 0.8])), D.Categorical(T([[0.2, 0.8], [0.5, 0.5]])), D.Categorical(logits=T([1.0, 2.0, 3.0])), D.OneHotCategorical(T([0.2, 0.8])), D.Gamma(T([2.0, 0.5]), T([1.0, 2.0])),
    D.Beta(T([2.0]), T([3.0])), D.Dirichlet(T([1.0, 2.0, 3.0])), D.StudentT(T([5.0])), D.MultivariateNormal(torch.zeros(2), T([[2.0, 0.5], [0.5, 1.0]])),
    D.Independent(D.Normal(torch.zeros(3), 1.0), 1), D.MixtureSameFamily(D.Categorical(torch.ones(3)), D.Normal(T([0.0, 1.0, 2.0]), 1.0)),
    D.TransformedDistribution(D.Normal(torch.zeros(2), 1.0), [D.ExpTransform(), D.AffineTransform(1.0, 2.0)]), D.RelaxedBernoulli(T(0.5), T([0.3])),
):
    sample = d.sample((3,))
    print(d, d.batch_shape, d.event_shape, type(d))
    print([f"{v:.4f}" for v in sample.flatten().tolist()])
    print([f"{v:.3f}" for v in d.log_prob(sample).flatten().tolist()])
    for name in ("mean", "mode", "variance"):
        try:
            print(name, [f"{v:.3f}" for v in getattr(d, name).flatten().tolist()], end=" ")
        except NotImplementedError:
            print(name, "none", end=" ")
    try:
        print("entropy", [f"{v:.3f}" for v in d.entropy().flatten().tolist()])
    except NotImplementedError:
        print("entropy none")
n = D.Normal(0.0, 1.0)
print(n.cdf(T(1.0)), n.icdf(T(0.975)), n.expand((2, 3)).batch_shape, D.Categorical(torch.ones(3)).enumerate_support(), D.Bernoulli(T([0.5])).enumerate_support())
for wrong in (lambda: D.Normal(0.0, -1.0), lambda: D.Bernoulli(2.0), lambda: D.Categorical(), lambda: n.log_prob(1.0), lambda: n.log_prob(T(float("nan"))), lambda: D.Bernoulli(0.3).log_prob(T(0.5)),
              lambda: D.Uniform(1.0, 0.0), lambda: D.Categorical(T(1.0)), lambda: D.MultivariateNormal(torch.zeros(2), torch.zeros(2, 2)), lambda: D.Bernoulli(probs=0.5, logits=0.3)):
    try:
        wrong()
    except ValueError as error:
        print(error)

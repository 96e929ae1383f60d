"""`torch.distributions`: probability distributions whose samples and log probabilities can be differentiated."""

from __future__ import annotations

from gradcli.torch.utils.lazy import getattr_of

__getattr__, __dir__, __all__ = getattr_of(
    __name__,
    {
        "distribution": ("Distribution", "ExponentialFamily"),
        "location_scale": ("Normal", "Uniform", "Exponential", "Laplace", "Cauchy"),
        "transformed": (
            "LogNormal",
            "HalfNormal",
            "HalfCauchy",
            "Gumbel",
            "Pareto",
            "Weibull",
            "Kumaraswamy",
            "LogisticNormal",
        ),
        "discrete": ("Bernoulli", "Binomial", "Geometric", "Poisson", "NegativeBinomial"),
        "categorical": ("Categorical", "OneHotCategorical", "OneHotCategoricalStraightThrough", "Multinomial"),
        "bounded": ("ContinuousBernoulli", "GeneralizedPareto"),
        "directional": ("VonMises",),
        "relaxed": ("RelaxedBernoulli", "RelaxedOneHotCategorical"),
        "gamma": ("Gamma", "Chi2", "InverseGamma", "Beta", "Dirichlet", "StudentT", "FisherSnedecor"),
        "multivariate_normal": ("MultivariateNormal", "LowRankMultivariateNormal"),
        "composed": ("Independent", "TransformedDistribution", "MixtureSameFamily"),
        "transforms": (
            *("Transform", "ComposeTransform", "ExpTransform", "PowerTransform", "SigmoidTransform", "TanhTransform"),
            *("SoftplusTransform", "AbsTransform", "AffineTransform", "CumulativeDistributionTransform"),
            "identity_transform",
        ),
        "vector_transforms": (
            *("SoftmaxTransform", "StickBreakingTransform", "LowerCholeskyTransform", "IndependentTransform"),
            *("PositiveDefiniteTransform", "ReshapeTransform"),
        ),
        "joined_transforms": ("CatTransform", "StackTransform", "CorrCholeskyTransform"),
        "lkj_cholesky": ("LKJCholesky",),
        "kl": ("kl_divergence", "register_kl"),
        "constraint_registry": ("biject_to", "transform_to"),
        "constraints": (),
        "utils": (),
    },
)

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
        "transforms": ("Transform", "ComposeTransform", "identity_transform"),
        "number_transforms": (
            *("ExpTransform", "PowerTransform", "SigmoidTransform", "TanhTransform", "SoftplusTransform", "AbsTransform"),
            *("AffineTransform", "CumulativeDistributionTransform"),
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
        "wishart": ("Wishart",),
    },
    {
        **dict.fromkeys(("normal", "uniform", "exponential", "laplace", "cauchy"), "location_scale"),
        **dict.fromkeys(("log_normal", "half_normal", "half_cauchy", "gumbel", "pareto", "weibull"), "transformed"),
        **dict.fromkeys(("kumaraswamy", "logistic_normal"), "transformed"),
        **dict.fromkeys(("bernoulli", "binomial", "geometric", "poisson", "negative_binomial"), "discrete"),
        **dict.fromkeys(("one_hot_categorical", "multinomial"), "categorical"),
        **dict.fromkeys(("continuous_bernoulli", "generalized_pareto"), "bounded"),
        **dict.fromkeys(("relaxed_bernoulli", "relaxed_categorical"), "relaxed"),
        **dict.fromkeys(("chi2", "inverse_gamma", "beta", "dirichlet", "studentT", "fishersnedecor"), "gamma"),
        **dict.fromkeys(("independent", "transformed_distribution", "mixture_same_family"), "composed"),
        "exp_family": "distribution",
        "lowrank_multivariate_normal": "multivariate_normal",
        "von_mises": "directional",
    },
)

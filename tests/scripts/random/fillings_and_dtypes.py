"""Random fillings of tensors that are not contiguous, complex, whole, or of 16 bits, below and above a block of 16."""

import torch
import torch.nn.functional as F


def show(name, x):
    torch.manual_seed(hash(name) % 1000 if isinstance(name, int) else len(name))
    made = x()
    print(name, made.dtype, list(made.shape), [round(each, 5) for each in made.double().flatten().tolist()[:7]])
    print("  then", round(torch.rand(1).item(), 6))


for n in (5, 18):
    show("normal_ of a transposed matrix", lambda: torch.empty(n, 2).t().normal_(1, 2))
    show("uniform_ of a transposed matrix", lambda: torch.empty(n, 2, dtype=torch.float64).t().uniform_())
    show("dropout of a transposed matrix", lambda: F.dropout(torch.ones(2, n).t(), 0.4))
    show("random_ of int32", lambda: torch.empty(n, dtype=torch.int32).random_())
    show("random_ of int64", lambda: torch.empty(n, dtype=torch.int64).random_())
    show("random_ of uint8", lambda: torch.empty(n, dtype=torch.uint8).random_())
    show("geometric_ of int64", lambda: torch.empty(n, dtype=torch.int64).geometric_(0.2))
    show("normal_ of complex numbers", lambda: torch.view_as_real(torch.empty(n, dtype=torch.complex64).normal_(1, 2)))
    show("log_normal_", lambda: torch.empty(n, dtype=torch.float64).log_normal_(0.5, 0.7))
    show("cauchy_", lambda: torch.empty(n, dtype=torch.float64).cauchy_(1, 2))
    for dtype in (torch.bfloat16, torch.float16):
        ones = torch.ones(n, dtype=dtype)
        show("randn", lambda: torch.randn(n, dtype=dtype))
        show("normal_", lambda: torch.empty(n, dtype=dtype).normal_(1, 2))
        show("random_", lambda: torch.empty(n, dtype=dtype).random_())
        show("normal of a mean", lambda: torch.normal(0.3 * ones, 2.0))
        show("normal of both", lambda: torch.normal(0.3 * ones, 0.7 * ones))
    show("rrelu of bfloat16", lambda: F.rrelu(torch.linspace(-1, 1, n, dtype=torch.bfloat16), training=True))
    show("fractional_max_pool3d", lambda: F.fractional_max_pool3d(torch.arange(8.0**3).reshape(1, 8, 8, 8), 2, output_ratio=0.4))

for make in (
    lambda: F.rrelu(torch.ones(3, dtype=torch.float16), training=True),
    lambda: F.rrelu(torch.ones(3, dtype=torch.long), training=True),
    lambda: torch.binomial(torch.ones(3).half(), torch.ones(3).half()),
    lambda: torch.distributions.Gamma(torch.ones(3).bfloat16(), torch.ones(3).bfloat16()).sample(),
):
    try:
        make()
    except NotImplementedError as error:
        print(str(error).splitlines()[0])

for name, given in {
    "uniform_": (), "normal_": (), "bernoulli_": (0.5,), "exponential_": (), "cauchy_": (), "geometric_": (0.5,),
    "log_normal_": (),
}.items():  # fmt: skip
    x = torch.full((2,), 0.5, requires_grad=True)
    filled = getattr(x.clone(), name)(*given)
    print(filled.grad_fn.name(), torch.autograd.grad(filled.sum(), x))
x = torch.full((2,), 0.5, requires_grad=True)
print(x.clone().bernoulli_(x).grad_fn.name())

import torch
import torch.nn.functional as F

x = torch.tensor([-1.5, -0.5, 0.0, 0.5, 1.5], requires_grad=True)
table = [
    ("abs", torch.abs), ("exp", torch.exp), ("sin", torch.sin), ("cos", torch.cos), ("tanh", torch.tanh), ("sigmoid", torch.sigmoid),
    ("relu", torch.relu), ("F.relu", F.relu), ("softplus", F.softplus), ("square", torch.square), ("neg", torch.neg), ("sign", torch.sign), ("floor", torch.floor),
    ("round", torch.round), ("atan", torch.atan), ("erf", torch.erf), ("sinh", torch.sinh), ("expm1", torch.expm1), ("clamp", lambda t: t.clamp(-1, 1)),
    ("pow", lambda t: t ** 3), ("leaky", lambda t: torch.where(t > 0, t, 0.1 * t)), ("max0", lambda t: torch.maximum(t, torch.zeros_like(t))), ("silu", F.silu),
    ("leaky_relu", F.leaky_relu), ("elu", F.elu), ("gelu", F.gelu), ("hardtanh", F.hardtanh), ("logsigmoid", F.logsigmoid),
]
for name, f in table:
    x.grad = None
    y = f(x)
    y.sum().backward()
    print(f"{name:<10} {y.grad_fn.name():<20}", " ".join(f"{v:8.4f}" for v in y.tolist()), "|", " ".join(f"{v:8.4f}" for v in x.grad.tolist()))
p = torch.tensor([0.25, 1.0, 4.0], requires_grad=True)
for f in (torch.log, torch.log2, torch.log10, torch.log1p, torch.sqrt, torch.rsqrt, torch.reciprocal, lambda t: 1 / t, lambda t: 2 ** t, lambda t: t ** t, lambda t: t ** 0.5, lambda t: t ** -1):
    y = f(p)
    g, = torch.autograd.grad(y.sum(), p)
    print(y, g)
a = torch.tensor([1.0, 2.0], requires_grad=True)
b = torch.tensor([3.0, -1.0], requires_grad=True)
for f in (lambda: a + b, lambda: a - b, lambda: a * b, lambda: a / b, lambda: a ** b, lambda: torch.atan2(a, b), lambda: torch.maximum(a, b), lambda: torch.minimum(a, b), lambda: a % 2, lambda: 3 - a, lambda: -a, lambda: +a, lambda: a.dot(b), lambda: torch.add(a, b, alpha=2), lambda: torch.mul(a, 3), lambda: torch.true_divide(a, b), lambda: torch.lerp(a, b, 0.5), lambda: torch.addcmul(a, a, b, value=0.5), lambda: torch.hypot(a, b)):
    print(f())
print(a // 2, a.add(1).mul(2).sub(3).div(4), (a > b) & (a < 5), ~(a > 1), torch.isnan(a / 0 * 0), a.eq(1.0), torch.allclose(a, a + 1e-9), a.ge(2))

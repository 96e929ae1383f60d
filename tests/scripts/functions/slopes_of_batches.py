# Rows of a Jacobian in one batch are those of a loop, to the last digit.
import torch
import torch.nn.functional as F
from torch.func import jacrev, vjp, vmap

torch.manual_seed(0)
x = torch.randn(6, 7)
functions = {
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "softplus": F.softplus,
    "elu": F.elu,
    "selu": F.selu,
    "gelu": lambda t: F.gelu(t, approximate="tanh"),
    "logsigmoid": F.logsigmoid,
    "softmax": lambda t: torch.softmax(t, -1),
    "linear": lambda t: F.linear(t, torch.ones(3, 7) / 3).tanh(),
}
for name, function in functions.items():
    out, pull = vjp(function, x)
    units = torch.eye(out.numel()).reshape(-1, *out.shape)
    leaf = x.clone().requires_grad_()
    rows = torch.stack([torch.autograd.grad(function(leaf), leaf, unit)[0] for unit in units])
    print(name, torch.equal(vmap(pull)(units)[0], rows), torch.equal(jacrev(function)(x).reshape(rows.shape), rows))

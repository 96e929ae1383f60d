# torch.func: hessians of vectors, nested Jacobians, per-sample gradients, ensembles, vmap's options.
import torch
from torch import nn
from torch.func import functional_call, grad, grad_and_value, hessian, jacfwd, jacrev, jvp, stack_module_state, vjp, vmap

torch.manual_seed(0)
W, x = torch.randn(2, 3), torch.randn(3)


def f(x):
    return nn.functional.linear(x, W).tanh()


H = hessian(f)(x)
print(H, H.shape)
print(torch.allclose(H, jacfwd(jacfwd(f))(x)), torch.allclose(H, jacrev(jacrev(f))(x), atol=1e-6))
X = torch.randn(4, 3)
print(vmap(hessian(f))(X).shape, torch.allclose(vmap(hessian(f))(X)[1], hessian(f)(X[1])))
print(torch.allclose(vmap(jacrev(f))(X), torch.stack([jacrev(f)(row) for row in X])))
print(jvp(f, (x,), (torch.ones(3),)))
out, back = vjp(f, x)
print(back(torch.ones(2)))

model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))
params = dict(model.named_parameters())
targets = torch.randn(4, 1)


def loss(params, x, y):
    return ((functional_call(model, params, (x,)) - y) ** 2).mean()


per_sample = vmap(grad(loss), in_dims=(None, 0, 0))(params, X, targets)
print({name: tuple(g.shape) for name, g in per_sample.items()})
whole = grad(loss)(params, X, targets)
print(all(torch.allclose(per_sample[name].mean(0), whole[name], atol=1e-6) for name in whole))
models = [nn.Linear(3, 1) for _ in range(3)]
stacked, buffers = stack_module_state(models)
print({name: tuple(p.shape) for name, p in stacked.items()}, buffers)
print(vmap(lambda p, x: functional_call(models[0], p, (x,)), in_dims=(0, None))(stacked, X).shape)
w = torch.ones(3, requires_grad=True)
print(vmap(lambda v: v.dot(w).relu())(torch.ones(2, 3)), vmap(torch.dot)(X, X), vmap(lambda v: v * 2, in_dims=1, out_dims=1)(X).shape)
print(grad_and_value(lambda x: (x**3).sum())(x), grad(lambda x, y: (x * y).sum(), argnums=(0, 1))(x, x + 1))
print(vmap(lambda x: x + torch.rand(1), randomness="same")(torch.zeros(3, 1)).unique().numel(), vmap(lambda x: x + torch.rand(1), randomness="different")(torch.zeros(3, 1)).unique().numel())
for wrong in (lambda: vmap(lambda x: x + torch.rand(1))(X), lambda: vmap(f, in_dims=3)(X), lambda: grad(f)(x), lambda: vmap(f)(), lambda: functional_call(model, {"nope": x}, (X,), strict=True)):
    try:
        wrong()
    except (RuntimeError, ValueError) as error:
        print(type(error).__name__, str(error)[:60])

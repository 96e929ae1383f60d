# torch.func: gradients, products and Jacobians of functions, within one another and side by side.
import torch
from torch import nn
from torch.func import functional_call, grad, grad_and_value, hessian, jacfwd, jacrev, jvp, stack_module_state, vjp, vmap

x = torch.tensor(0.5)
print(grad(torch.sin)(x), grad(grad(torch.sin))(x), grad(grad(grad(torch.sin)))(x))
print(grad(lambda x, y: (x * y).sum(), argnums=(0, 1))(torch.ones(2), torch.arange(2.0)))
print(grad_and_value(lambda x: x**2)(torch.tensor(3.0)))


def loss_and_more(x):
    y = x.pow(2)
    return y.sum(), y


print(grad(loss_and_more, has_aux=True)(torch.tensor([1.0, 2.0])))
print(grad_and_value(loss_and_more, has_aux=True)(torch.tensor([1.0, 2.0])))

v = torch.tensor([1.0, 2.0, 3.0])
out, pull = vjp(lambda x: x.sin(), v)
print(out, pull(torch.ones(3)))
out, pull = vjp(lambda a, b: (a * b, a + b), v, v + 1)
print(out, pull((torch.ones(3), torch.ones(3))))
print(jvp(lambda x: x.exp(), (v,), (torch.ones(3),)))
print(jvp(lambda x, y: x * y, (v, v + 1), (torch.ones(3), torch.zeros(3))))

print(jacrev(lambda x: x.sin())(v))
print(jacfwd(lambda x: x * x.sum())(v))
print(jacrev(lambda x, y: (x * y, x + y), argnums=(0, 1))(v[:2], v[1:]))
print(hessian(lambda x: x.pow(3).sum())(v))
print(jacfwd(lambda d: {"out": d["a"] * d["b"]})({"a": torch.tensor([1.0, 2.0]), "b": torch.tensor([3.0, 4.0])}))

# vmap
batch = torch.arange(6.0).reshape(3, 2)
print(vmap(lambda x: x.sum())(batch))
print(vmap(torch.dot)(batch, batch))
print(vmap(torch.dot, in_dims=(0, None))(batch, torch.tensor([1.0, 2.0])))
print(vmap(lambda x: x * 2, in_dims=1, out_dims=1)(batch))
print(vmap(lambda x: (x, x.sum()), out_dims=(1, 0))(batch))
print(vmap(vmap(torch.mul))(batch, batch))
print(vmap(grad(lambda x: (x**2).sum()))(batch))
print(torch.vmap(lambda d: d["a"] + d["b"], in_dims=({"a": 0, "b": None},))({"a": batch, "b": torch.ones(2)}))
print(jacrev(lambda x: vmap(lambda row: row.prod())(x))(batch).shape)
basis = torch.eye(3)
_, pull = vjp(lambda x: x**2, v)
print(vmap(pull)(basis))

# Gradients go through transforms.
w = torch.tensor([1.0, 2.0], requires_grad=True)
slope = grad(lambda x: (w * x**2).sum())(torch.tensor([3.0, 4.0]))
print(slope.requires_grad, torch.autograd.grad(slope.sum(), w))
print(grad(lambda x: x**2)(torch.tensor(2.0)).requires_grad)
with torch.no_grad():
    print(grad(lambda x: (w * x).sum())(torch.tensor([3.0, 4.0])))

# Gradients for each sample.
torch.manual_seed(0)
model = nn.Linear(2, 1)
params = {name: p.detach() for name, p in model.named_parameters()}
data, target = torch.randn(4, 2), torch.randn(4, 1)


def loss(params, sample, target):
    prediction = functional_call(model, params, (sample.unsqueeze(0),))
    return nn.functional.mse_loss(prediction, target.unsqueeze(0))


print(grad(loss)(params, data[0], target[0]))
each = vmap(grad(loss), in_dims=(None, 0, 0))(params, data, target)
print(each["weight"].shape, each["bias"])
models = [nn.Linear(2, 1) for _ in range(3)]
params, buffers = stack_module_state(models)
print(params["weight"].shape, params["weight"].requires_grad, buffers)
with torch.no_grad():
    print(vmap(lambda p, x: functional_call(models[0], p, (x,)), in_dims=(0, None))(params, data))

# What cannot be.
for wrong in (
    lambda: grad(lambda x: x * 2)(torch.ones(2)),
    lambda: grad(torch.sin, argnums=1)(torch.ones(())),
    lambda: vmap(torch.sin)(torch.tensor(1.0)),
    lambda: vmap(lambda x: 1.0)(torch.ones(2)),
    lambda: vmap(torch.add)(torch.ones(2), torch.ones(3)),
    lambda: vmap(torch.add, in_dims=(0, None))(torch.ones(2)),
    lambda: vmap(torch.add)(torch.ones(2), 1.0),
    lambda: grad(lambda x: 1.0)(torch.ones(2)),
    lambda: grad(lambda x: x.sum(), has_aux=True)(torch.ones(2)),
    lambda: jvp(torch.sin, torch.ones(2), torch.ones(2)),
    lambda: jvp(torch.sin, (torch.ones(2),), torch.ones(2)),
    lambda: jvp(torch.sin, (torch.ones(2),), (torch.ones(3),)),
    lambda: vjp(torch.sin, torch.ones(2))[1]((torch.ones(2),)),
    lambda: grad(torch.sum)(2.0),
    lambda: jacrev(lambda x: 1.0)(torch.ones(2)),
    lambda: vmap(torch.sin, in_dims=None)(torch.ones(2)),
    lambda: grad(torch.sum)(torch.tensor([1, 2])),
):
    try:
        wrong()
    except Exception as error:
        print(type(error).__name__, str(error)[:70])
print(functional_call(nn.Linear(1, 1), {"weight": torch.ones(1, 1), "bias": torch.ones(1)}, torch.ones(1)))

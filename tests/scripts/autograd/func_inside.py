# What functions do, and must not do, while they are transformed.
import torch
from torch import nn
from torch.func import debug_unwrap, functional_call, functionalize, grad, grad_and_value, hessian, jacfwd, jacrev, jvp
from torch.func import stack_module_state, vjp, vmap


def refused(call, *args):
    try:
        print(call(*args))
    except Exception as error:
        print(type(error).__name__, str(error)[:110].replace("\n", " "))


x = torch.tensor([0.5, 1.0, 1.5])


def sine(values):
    return values.sin().sum()


def wants(values):
    values.requires_grad_()
    return sine(values)


def keeps(values):
    sines = values.sin()
    sines.retain_grad()
    return sines.sum()


def goes_back(values):
    sine(values).backward()
    return sine(values)


def saves(values):
    with torch.autograd.graph.save_on_cpu():
        return sine(values)


for function in (wants, keeps, goes_back, saves):
    refused(grad(function), x)
refused(vmap(wants), x)
for derivative in (torch.autograd.functional.jacobian, torch.autograd.functional.hessian):
    refused(grad(lambda values: derivative(sine, values).sum()), x)
with torch.autograd.graph.save_on_cpu():
    for transform in (grad, grad_and_value, jacrev, hessian):
        refused(transform(sine), x)
    print(jvp(sine, (x,), (x,)))


class Old(torch.autograd.Function):
    @staticmethod
    def forward(ctx, values):
        return values.sin()

    @staticmethod
    def backward(ctx, g):
        return g


for transform in (vmap, grad, jacfwd, functionalize):
    refused(transform(Old.apply), x)

# Forward mode may change what it is given; backward passes may not.
y = x.clone()
print(jvp(lambda values: values.sin_().sum(), (y,), (torch.ones(3),)), y)
print(jacfwd(lambda values, out: out.copy_(values) * 2)(x, torch.zeros(3)))
refused(grad(lambda values: values.sin_().sum()), x.clone())
refused(lambda: jvp(lambda values: (values, x), (x,), (x,), strict=True))
refused(lambda: jacrev(torch.sin, chunk_size=0)(x))
refused(jacfwd(lambda values: values * torch.rand(3)), x)
print(jacfwd(lambda values: values * torch.rand(3), randomness="same")(x).count_nonzero())

print(vmap(vmap(lambda value: debug_unwrap(value).sum() + value))(torch.ones(2, 2)), debug_unwrap(x) is x)


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(1, 1)
        self.bias = self.first.bias

    def forward(self, values):
        return self.first(values) + self.bias


refused(lambda: functional_call(Tied(), {"first.bias": torch.zeros(1), "bias": torch.ones(1)}, torch.ones(1)))
models = [nn.Linear(1, 1), nn.Linear(1, 1).requires_grad_(False)]
refused(lambda: stack_module_state(models))
print(vjp(lambda values: values.exp(), x)[1](torch.ones(3)))

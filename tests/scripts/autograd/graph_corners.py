"""Corners of the graph: changed views twice differentiated, edges, callbacks, functions of one pass, checkpoints, anomalies."""

import gc
import warnings
import weakref

import torch
from torch import nn
from torch.autograd import Function, Variable
from torch.autograd.function import InplaceFunction, once_differentiable
from torch.autograd.graph import get_gradient_edge
from torch.utils.checkpoint import checkpoint, set_checkpoint_early_stop


def attempt(what, limit=100):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            print(what())
        except Exception as error:
            print(type(error).__name__, str(error).split("\n")[0][:limit])
    for each in caught:
        print(" ", each.category.__name__, str(each.message).strip().split("\n")[0][:80], "graph_corners" in str(each.message))


# What a changed view saved of its result lies in the base.
x = torch.tensor([0.3, -1.2, 2.0, 0.7], dtype=torch.double, requires_grad=True)
for name in ("exp_", "tanh_", "sigmoid_", "relu_", "sqrt_"):
    y = (x * x).clone()
    view = getattr(y[1:3], name)()
    (g,) = torch.autograd.grad((y * y * x).sum() + view.sum(), x, create_graph=True)
    (h,) = torch.autograd.grad((g * g).sum(), x, create_graph=True)
    print(name, h.detach(), torch.autograd.grad(h.sum(), x)[0])
net = nn.Sequential(nn.InstanceNorm2d(1), nn.ReLU(True))
z = torch.tensor([[[[1.0, 2.0]]]], requires_grad=True)
(g,) = torch.autograd.grad(net(z).pow(2), [z], grad_outputs=torch.ones(1, 1, 1, 2), create_graph=True)
print(torch.autograd.grad(g.sum(), [z])[0].shape)


class Twice(Function):
    @staticmethod
    def forward(ctx, a, k, b):
        ctx.save_for_backward(a, b)
        return a * b * k

    @staticmethod
    @once_differentiable
    def backward(ctx, g):
        a, b = ctx.saved_variables
        return g * b, None, g * a


def names(node):
    return "None" if node is None else f"{type(node).__name__}({', '.join(names(each) for each, _ in node.next_functions)})"


a, b = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
out = Twice.apply(a, 1, b)
found = []
attempt(lambda: found.extend(torch.autograd.grad(out.sum(), a, torch.ones((), requires_grad=True), create_graph=True)))
print(names(found[0].grad_fn))
attempt(lambda: found[0].sum().backward())
print(Twice._backward_cls is type(out.grad_fn), InplaceFunction is Function, Twice.generate_vmap_rule)

# Edges have no values of their own.
y = a * 2
attempt(lambda: torch.autograd.grad(a.sum(), [a, get_gradient_edge(y)], materialize_grads=True))
attempt(lambda: torch.autograd.grad(get_gradient_edge(y), a, torch.ones(2, dtype=torch.cfloat)))

# What waits for the end of a pass.
engine = Variable._execution_engine
attempt(lambda: engine.queue_callback(print))
a.grad = None
y = a * 2
y.register_hook(lambda g: engine.queue_callback(lambda: engine.queue_callback(lambda: print("last", a.grad))))
y.sum().backward()

# Nothing but the graph holds a function's hooks.
gc.disable()


class Hook:
    def __call__(self, *grads):
        return None


hook = Hook()
kept = weakref.ref(hook)
y = a.clone()
y.grad_fn.register_hook(hook)
torch.relu_(y.view(2))
del y, hook
print(kept())
gc.enable()


class Pair(Function):
    """Gives one gradient to both: the second of them may have its memory."""

    @staticmethod
    def forward(ctx, p, q):
        return p + q

    @staticmethod
    def backward(ctx, g):
        Pair.place = g.data_ptr()
        return g, g


a.grad = b.grad = None
Pair.apply(a, b)[1].backward()
print(a.grad.data_ptr() == b.grad.data_ptr(), Pair.place in (a.grad.data_ptr(), b.grad.data_ptr()))

# Attributes that stay, and that are gone.
for name in ("data", "_grad_fn", "_backward_hooks", "names", "shape", "volatile", "grad"):
    attempt(lambda: delattr(a, name))
attempt(lambda: a.volatile)
attempt(lambda: a.numpy().shape)
with torch.no_grad():
    attempt(lambda: a.numpy().shape)
print(torch.DoubleTensor.dtype, torch.ones(2, dtype=torch.cfloat).requires_grad_().requires_grad)


# A call that is made again must save what it saved; each tensor is given out once in a pass.
def changing(first, again):
    calls = iter([first])
    return lambda t: next(calls, again)(t)


def two(t):
    return t.sin().exp()


def three(t):
    return t.sin().exp().sin()


def wide(t):
    return t.sin() * torch.tensor([1.0, 2.0])


class Greedy(Function):
    @staticmethod
    def forward(ctx, t):
        w = t * t
        ctx.save_for_backward(t, w)
        return w

    @staticmethod
    def backward(ctx, g):
        t, w = ctx.saved_tensors
        attempt(lambda: ctx.saved_tensors)
        return g * t * 2


one = torch.ones(1, requires_grad=True)
attempt(lambda: checkpoint(changing(three, two), one, use_reentrant=False).backward())
attempt(lambda: checkpoint(changing(two, wide), one, use_reentrant=False).backward())
attempt(lambda: checkpoint(changing(two, three), one, use_reentrant=False).backward())
with set_checkpoint_early_stop(False):
    attempt(lambda: checkpoint(changing(two, three), one, use_reentrant=False).backward())
checkpoint(lambda t: Greedy.apply(t * 1), one, use_reentrant=False).backward()
calls = []
y = checkpoint(lambda t: calls.append(1) or torch.exp(t * t), one, use_reentrant=False)
y.grad_fn._saved_result, y.grad_fn._saved_result
y.backward()
print(len(calls))

# Anomalies name the function, and those whose passes made it.
with torch.autograd.detect_anomaly(check_nan=False):
    attempt(lambda: (a * 0 / (a * 0)).sum().backward())
    with torch.autograd.detect_anomaly():
        attempt(lambda: (a * 0 / (a * 0)).sum().backward())
        y = a + 1
        out = y**2
        y += 1
        attempt(lambda: out.sum().backward(), 60)
        y = a.exp()
        y.grad_fn.register_hook(lambda grads, outs: 1 / 0)
        attempt(lambda: y.sum().backward())
        start = torch.zeros(2, requires_grad=True)
        attempt(lambda: torch.autograd.grad(torch.autograd.grad((start**0.5).sum(), start, create_graph=True)[0].sum(), start))


class Deep(Function):
    """Its backward starts a pass, in which another of its kind does, a thousand deep."""

    @staticmethod
    def forward(ctx, t):
        with torch.enable_grad():
            ctx.t = t.detach().requires_grad_() - 1
        return ctx.t.detach()

    @staticmethod
    def backward(ctx, g):
        if ctx.t > 0:
            with torch.enable_grad():
                Deep.apply(ctx.t).backward(g * 1.001)
        elif ctx.t < -0.4:
            raise ValueError("at the bottom")
        else:
            print(g)
        return g


top = torch.tensor(1000.0, requires_grad=True)
attempt(lambda: Deep.apply(top).backward())
attempt(lambda: Deep.apply(torch.tensor(200.5, requires_grad=True)).backward())
print(top.grad, torch.is_grad_enabled())

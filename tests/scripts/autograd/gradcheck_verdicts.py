"""What gradcheck finds: noise, wrong slopes, lost gradients, outputs that change; in both modes."""

import warnings
import weakref

import torch
import torch.autograd.forward_ad as fwAD
from torch.autograd import Function, gradcheck, gradgradcheck
from torch.autograd.gradcheck import GradcheckError, get_analytical_jacobian, get_numerical_jacobian

warnings.simplefilter("ignore")


def verdict(name, *args, check=torch.autograd.gradcheck, **options):
    try:
        print(name, check(*args, **options))
    except Exception as error:
        print(name, type(error).__name__, str(error).split("\n")[0].split(",")[0][:90])


def pushed(x):
    y = x.clone()
    y.register_hook(lambda g: g + 1e-2)
    return y


def strict(x):
    y = x.clone()
    y.register_hook(lambda g: 1 / 0 if g is None else g)
    return y


class Noisy(Function):
    @staticmethod
    def forward(ctx, x, jitter):
        ctx.jitter = jitter
        return x

    @staticmethod
    def backward(ctx, g):
        return Noisy.apply(g, ctx.jitter) * (1 + torch.rand_like(g) * ctx.jitter), None


class Both(Function):
    calls = 0

    @staticmethod
    def forward(ctx, x, y):
        assert fwAD._current_level < 0 or not x.requires_grad
        return x * 2, y * 3

    @staticmethod
    def vjp(ctx, g, h):
        return g * 2, h * 3

    @staticmethod
    def jvp(ctx, s, t):
        Both.calls += 1
        return s * 2, t * 3


def skewed(x, y):
    if fwAD._current_level >= 0:
        primal, tangent = fwAD.unpack_dual(y)
        y = fwAD.make_dual(primal, tangent * 1.1)
    return x + y, y


x = torch.linspace(0.5, 1.5, 4, dtype=torch.double, requires_grad=True)
z = torch.ones(2, dtype=torch.cdouble, requires_grad=True)
for fast in (False, True):
    verdict("slope", pushed, x, fast_mode=fast)
    verdict("noise", lambda x: Noisy.apply(x, 1e-3), x, fast_mode=fast)
    verdict("allowed noise", lambda x: Noisy.apply(x, 1e-9), x, nondet_tol=1e-5, fast_mode=fast)
    verdict("second", lambda x: Noisy.apply(x, 1e-3), x, check=gradgradcheck, fast_mode=fast)
    verdict("forward", skewed, (x, x.detach().clone().requires_grad_()), check_forward_ad=True, fast_mode=fast)
verdict("complex", pushed, z)
verdict("complex forward", skewed, (z, z.detach().clone().requires_grad_()), check_forward_ad=True)
verdict("real to complex", lambda x: pushed(torch.complex(x, x)), x)
verdict("zeros", pushed, x, atol=1.0)
verdict("undefined", strict, x)
verdict("no exception", pushed, x, raise_exception=False)
verdict("shape", lambda x: torch.cat([x, x]) if (x >= 0.5).all() else x, x)
verdict("dtype", lambda x: x.float() if (x >= 0.5).all() else x, x)
verdict("constant", lambda x: torch.tensor([x.detach()[0].item()]), x)
verdict("nothing", lambda x: (), x)
verdict("neither", torch.sin, x, check_backward_ad=False)
y = x.detach().clone().requires_grad_()
for undefined in (False, True):
    Both.calls = 0
    verdict("calls", Both.apply, (x[:1].detach().clone().requires_grad_(), y[:1].detach().clone().requires_grad_()),
            check_forward_ad=True, check_undefined_grad=undefined)
    print(Both.calls)
print(issubclass(GradcheckError, RuntimeError))
print(get_numerical_jacobian(lambda a: a[0] * a[1], (x, y), eps=1e-6)[0].round(decimals=3))
print(get_analytical_jacobian((x, y), x * y)[1:])

# Hooks for saved tensors are a stack: leaving takes the last away, and a pass puts it back.
hooks = torch.autograd.graph.saved_tensors_hooks
outer = hooks(lambda t: print("outer") or t, lambda t: t)
inner = hooks(lambda t: print("inner") or t, lambda t: inner.__exit__() or t)
outer.__enter__()
inner.__enter__()
x.sin().sum().backward()
x.cos().sum()
outer.__exit__()
x.cos().sum()
x.cos().sum()


def passes():
    def unpack(t):
        block().__enter__()
        return t

    own = hooks(lambda t: t, unpack)
    block = weakref.ref(own)
    with own:
        x.sin().sum().backward()
    return weakref.ref(unpack)


print(passes()())

# A view of one element of what was changed in place, under a batch of gradients.
root = torch.ones(1, dtype=torch.double, requires_grad=True)
view = lambda r: torch.zeros(3, dtype=torch.double).add_(r).select(0, 1)  # noqa: E731
print(torch.autograd.gradcheck(view, root, check_batched_grad=True))


def made_before(r):
    whole = torch.zeros(3, dtype=torch.double)
    part = whole.select(0, 1)
    whole.add_(r)
    return part


print(torch.autograd.gradcheck(made_before, root, check_batched_grad=True))

"""Operators of a program's own: custom_op, derivatives, fakes, schemas, checks, and libraries by schema."""

from collections.abc import Sequence
from typing import Optional

import numpy as np
import torch
from torch import Tensor


@torch.library.custom_op("mylib::numpy_sin", mutates_args=())
def numpy_sin(x: Tensor) -> Tensor:
    return torch.from_numpy(np.sin(x.detach().numpy()))


def attempt(call, length=90):
    try:
        print(call())
    except Exception as error:
        print(type(error).__name__, str(error).splitlines()[0][:length])


print(numpy_sin, torch.ops.mylib.numpy_sin, torch.ops.mylib.numpy_sin.default, numpy_sin._opoverload._schema)
x = torch.tensor([0.5, 1.0], requires_grad=True)
y = numpy_sin(x)
print(y)
attempt(lambda: y.sum().backward())


def setup_context(ctx, inputs, output):
    ctx.save_for_backward(*inputs)


def backward(ctx, g):
    (x,) = ctx.saved_tensors
    return g * x.cos()


numpy_sin.register_autograd(backward, setup_context=setup_context)
torch.ops.mylib.numpy_sin(x).sum().backward()
print(x.grad, torch.autograd.gradcheck(numpy_sin, torch.tensor([0.3], dtype=torch.double, requires_grad=True)))


@numpy_sin.register_fake
def _(x):
    return torch.empty_like(x)


print(torch.library.opcheck(numpy_sin, (x,)))


@torch.library.custom_op("mylib::scale_", mutates_args={"x"})
def scale_(x: Tensor, k: float = 2.0, *, n: int = 1) -> None:
    x.mul_(k * n)


z = torch.ones(2)
print(scale_(z), z._version, scale_(z, n=3), z, scale_._opoverload._schema)


@torch.library.custom_op("mylib::total", mutates_args=())
def total(xs: Sequence[Tensor], k: float) -> tuple[Tensor, int]:
    return sum([x.clone() for x in xs]) * k, len(xs)


total.register_autograd(
    lambda ctx, g, _: ([g * ctx.k] * ctx.n, None),
    setup_context=lambda ctx, inputs, output: (setattr(ctx, "k", inputs[1]), setattr(ctx, "n", output[1])),
)
a, b = torch.ones(2, requires_grad=True), torch.ones(2)
out, count = total([a, b], 3.0)
out.sum().backward()
print(out, count, a.grad, b.grad)


def options(a: Tensor, b: Optional[Tensor], c: list[int], d: bool = True, e: str = "q", f: float = 0.5) -> tuple[Tensor, int]: ...


print(torch.library.infer_schema(options, mutates_args={"a"}))
same = torch.library.custom_op("mylib::same", lambda x: x, mutates_args=(), schema="(Tensor x) -> Tensor")
attempt(lambda: torch.library.custom_op("foo", mutates_args=())(options), 0)
attempt(lambda: same(z), 26)
attempt(lambda: numpy_sin(3))

lib = torch.library.Library("mine", "DEF")
lib.define("add3(Tensor a, Tensor b, int c=3) -> Tensor")
attempt(lambda: torch.ops.mine.add3(z, z))
lib.impl("add3", lambda a, b, c=3: a + b + c, "CPU")
print(torch.ops.mine.add3(z, z), torch.ops.mine.add3(z, z, c=4), torch.ops.mine.add3.default, lib)
attempt(lambda: torch.ops.mine.add3(z))
attempt(lambda: torch.ops.mine.nope)
attempt(lambda: torch.ops.unknown.nope)
torch.library.define("mine::mul3", "(Tensor x) -> Tensor")


@torch.library.impl("mine::mul3", "cpu")
def mul3(x):
    return x * 3


torch.library.register_autograd("mine::mul3", lambda ctx, g: g * 3)
out = torch.ops.mine.mul3(x)
(g,) = torch.autograd.grad(out.sum(), x)
print(out.grad_fn.name(), g)
with torch.library._scoped_library("brief", "FRAGMENT") as brief:
    brief.define("two() -> int")
    brief.impl("two", lambda: 2, "CompositeExplicitAutograd")
    print(torch.ops.brief.two())
attempt(lambda: torch.ops.brief.two())

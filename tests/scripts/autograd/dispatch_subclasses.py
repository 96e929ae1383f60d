"""Classes that give the values of operations themselves by `__torch_dispatch__`: wrappers around tensors, forward and backward."""

import torch
from torch.utils._pytree import tree_map

seen = []


class Logging(torch.Tensor):
    """Has another tensor, the memory of its own is never touched."""

    @staticmethod
    def __new__(cls, elem, requires_grad=False):
        made = torch.Tensor._make_wrapper_subclass(
            cls, elem.size(), strides=elem.stride(), dtype=elem.dtype, layout=elem.layout, requires_grad=requires_grad
        )
        made.elem = elem
        return made

    def __repr__(self):
        return f"Logging({self.elem})"

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        seen.append((str(func.overloadpacket), types == (cls,)))
        args, kwargs = tree_map(lambda x: x.elem if isinstance(x, cls) else x, (args, kwargs or {}))
        return tree_map(lambda x: cls(x) if isinstance(x, torch.Tensor) else x, func(*args, **kwargs))


x = Logging(torch.tensor([[1.0, 2.0], [3.0, 4.0]]).t(), requires_grad=True)
w = torch.tensor([[1.0, -1.0], [2.0, 0.5]], requires_grad=True)
print(type(x).__name__, x.shape, x.stride(), x.is_leaf, x.dtype, x)
y = (x * x + 1).sin() @ w
print(y, y.grad_fn.name(), seen)
torch.nn.functional.relu(y).sum().backward()
print(x.grad, w.grad)
print(torch.autograd.grad((x**3).sum(), x))
(first,) = torch.autograd.grad((x**3).sum(), x, create_graph=True)
print(torch.autograd.grad(first.sum(), x))
a, b = x.split(1)
print(a, torch.cat([a, b]), torch.stack([a.detach(), b.detach()]), x.detach()[0], *x.detach().max(dim=1))

net = torch.nn.Linear(2, 2)
with torch.no_grad():
    net.weight.copy_(w)
    net.bias.copy_(torch.ones(2))
out = net(Logging(torch.ones(1, 2)))
(out * 2).sum().backward()
net(Logging(torch.ones(1, 2))).sum().backward()
print(out, net.weight.grad, net.bias.grad)

seen.clear()
changed = Logging(torch.tensor([1.0, 2.0]))
changed.add_(1)
changed *= changed
x = Logging(torch.tensor([1.0, 2.0]), requires_grad=True)
y = x * 2
y.mul_(3).cos_()
y.sum().backward()
print(changed.zero_(), y, x.grad, [name for name, _ in seen if name.endswith("_")])


class Scaled(torch.Tensor):
    """Numbers, and what they are to be multiplied by; knows two operations."""

    @staticmethod
    def __new__(cls, inner, scale):
        return torch.Tensor._make_wrapper_subclass(cls, inner.shape, dtype=torch.float32)

    def __init__(self, inner, scale):
        self.inner, self.scale = inner, scale

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        if func is torch.ops.aten.mul.Tensor and isinstance(args[1], (int, float)):
            return cls(args[0].inner, args[0].scale * args[1])
        if func is torch.ops.aten.mm.default:
            return torch.mm(*[each.inner * each.scale if isinstance(each, cls) else each for each in args])
        return NotImplemented


scaled = Scaled(torch.tensor([[1, 2], [3, 4]], dtype=torch.int8), 0.5)
twice = scaled * 4
print(type(twice).__name__, twice.inner.dtype, twice.scale)
weight = torch.eye(2)
product = torch.mm(twice, weight)
print(type(product).__name__, product.detach(), Scaled.__torch_function__ is torch._C._disabled_torch_function_impl)
for refused in (lambda: scaled + 1, lambda: scaled.cos(), lambda: torch.Tensor._make_wrapper_subclass(torch.Tensor, (2,))):
    try:
        refused()
    except TypeError as error:
        print(str(error).split("\n")[0])


class Seen(torch.Tensor):
    """On the memory of another tensor; computes as all do."""

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        print(func)
        return super().__torch_dispatch__(func, types, args, kwargs)


result = torch.Tensor._make_subclass(Seen, torch.tensor([1.0, 2.0])).exp() * 2
print(type(result).__name__, result)

# Mapped functions are called once, with tensors of all entries: what they print, refuse, change and look at.
import torch
from torch.func import grad, vmap


def refused(call, *args, **words):
    try:
        print(vmap(call, **words)(*args))
    except Exception as error:
        print(type(error).__name__, str(error)[:100])


x = torch.arange(6.0).reshape(2, 3)
calls = []


def told(row):
    calls.append(row.shape)
    print(row, row.dim(), row.stride(), row.requires_grad, row.dtype)
    return (row * 2).sum()


print(vmap(told)(x), calls)
w = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
calls.clear()


def weighted(row):
    calls.append("once")
    return (row * w).sin().sum()


total = vmap(weighted)(x)
print(total, calls)
print(torch.autograd.grad(total.sum(), w))
print(vmap(vmap(lambda a: print(a) or a + 1))(x))

# Values of one entry are not to be had.
refused(lambda row: row.sum().item(), x)
refused(lambda row: float(row.sum()), x)
refused(lambda row: row if row.sum() > 0 else -row, x)
refused(lambda row: row[row > 1], x)
refused(lambda row: row.nonzero(), x)
refused(lambda row: torch.unique(row), x)
refused(lambda row: row.masked_select(row > 1), x)
refused(lambda row: row.numpy(), x)
refused(lambda row: row.data, x)
refused(lambda row: f"{row.sum():.2f}", x)
refused(lambda row: torch.abs(row, out=row), x)
refused(lambda row: w.detach().mul_(row), x)
refused(lambda row: row, x, out_dims=None)
refused(lambda row: row, x, out_dims="last")
refused(lambda row: row, x, out_dims=5)
refused(lambda row: (row, "word"), x)
refused(lambda row: torch.rand(2), x)
refused(lambda pair: pair[0] + pair[1], [x, x], in_dims=((0, 0),))
refused(lambda row: row, 1, in_dims=(None,))

# What is given back is the tensor itself, or a view of it, where nothing was computed.
print(vmap(lambda row: row)(x) is x)
print(vmap(lambda row: row, out_dims=1)(x).data_ptr() == x.data_ptr())
print(vmap(lambda row: (row, "word"), out_dims=(0, None))(x))
print(vmap(lambda row: torch.arange(2))(x))
y = x.clone()
print(vmap(torch.Tensor.sqrt_)(y) is y, y)
vmap(lambda row, value: row.__setitem__(0, value), out_dims=None)(y, torch.tensor([7.0, 8.0]))
print(y)

calls.clear()
print(vmap(weighted, chunk_size=2)(torch.ones(5, 3)), calls)
print(vmap(lambda row: row + torch.rand(1), randomness="same")(torch.zeros(3, 1)).unique().numel())


class Cube(torch.autograd.Function):
    @staticmethod
    def forward(value):
        return value**3

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx, g):
        (value,) = ctx.saved_tensors
        return 3 * value**2 * g

    @staticmethod
    def vmap(info, in_dims, value):
        print("rule for", info.batch_size, in_dims)
        return Cube.apply(value), in_dims[0]


print(vmap(lambda row: Cube.apply(row) + 1)(x))
print(vmap(grad(lambda row: (row**3).sum()))(x))

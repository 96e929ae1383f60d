# Floats of 16 bits: bfloat16 and float16 as they are computed, rounded, promoted, differentiated and printed.
import copy
import io

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
x = torch.tensor([1.0, 2.0, 3.14159, 1e-3, 65504.0, 1 / 3], dtype=torch.bfloat16)
h = torch.tensor([1.0, 2.0, 3.14159, 1e-3, 10.0, 1 / 3], dtype=torch.half)
print(x, h, x.element_size(), x.type(), x.tolist(), x[2].item(), f"{x[5]:.3f}", x[:0], sep="\n")
print(x + 1, x - 0.1, x * 0.1, x / 3, x - h, x.add(x, alpha=0.3), x.addcmul(x, x, value=-0.1))
print([(x + y).dtype for y in (h, x.float(), x.double(), 1.5, torch.tensor(2.0), torch.arange(6))])
print(torch.promote_types(torch.bfloat16, torch.float16), torch.result_type(x, 1.0), torch.bfloat16.itemsize)
print(torch.finfo(torch.bfloat16), torch.finfo(torch.half))
for y in (x, h):
    print(y.sum(), y.mean(), y.sqrt(), y.sigmoid(), y.tanh(), y.softmax(0), y.std(), y.cumsum(0), y.max(), y.sort()[0])
    print(y > 1, y.int(), y.float(), y.to(torch.float16), y.bfloat16())
a, b = torch.randn(4, 5).bfloat16(), torch.randn(5, 3).to(torch.bfloat16)
print(a @ b, a.t().contiguous(), a[1:3, ::2], torch.cat([a, a]).shape, torch.einsum("ij,jk->ik", a, b), F.gelu(a), F.layer_norm(a, (5,)))
print(F.mse_loss(a, a * 1.1), F.cross_entropy(a, torch.tensor([0, 1, 2, 3])), torch.where(a > 0, a, 0.0), a.clamp(-1, 1), a.abs().max())

w = torch.randn(5, requires_grad=True)
y = (w.bfloat16() * 3).tanh().sum()
y.backward()
print(y, w.grad)
p = torch.randn(3, 4, dtype=torch.bfloat16, requires_grad=True)
z = (p * p).sum() + p.exp().mean() * 2
z.backward()
print(z, p.grad)
(p / 2).sum().backward()
print(p.grad, copy.deepcopy(p).dtype)

for made in (torch.full((2,), 0.3, dtype=torch.bfloat16), torch.arange(3, dtype=torch.bfloat16), torch.eye(2).bfloat16(), torch.zeros(2).half()):
    print(made)
x[0] = 0.3
x.add_(1)
x[1:3] += 1.37
x.mul_(0.7)
print(x, x.copy_(torch.linspace(0, 1, 6)), x.fill_(0.1))

layer = nn.Linear(4, 2).bfloat16()
optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
out = layer(torch.ones(1, 4, dtype=torch.bfloat16))
out.sum().backward()
optimizer.step()
print(out, layer.weight, nn.Linear(4, 2).half()(torch.ones(1, 4).half()))
file = io.BytesIO()
torch.save(a, file)
file.seek(0)
print(torch.equal(torch.load(file), a))
for wrong in (lambda: x.numpy(), lambda: a @ b.float()):
    try:
        wrong()
    except (TypeError, RuntimeError) as error:
        print(type(error).__name__, error)

import torch

x = torch.arange(4., requires_grad=True)
y = x * 1
v = y[:2]
w = y.view(2, 2)
print(v.grad_fn.name(), w.grad_fn.name())
v.mul_(10)
print(y, v, w)
print(y.grad_fn, v.grad_fn.name(), w.grad_fn.name())
y.sum().backward()
print(x.grad)

x.grad = None
y = x.clone()
a = y[1:3]
a += x[:2]
y[0] = a[1] * 2
print(y, a)
(y * torch.tensor([1., 10., 100., 1000.])).sum().backward()
print(x.grad)

base = torch.zeros(2, 3)
row, column = base[0], base[:, 1]
row.copy_(torch.tensor([1., 2., 3.]))
column += 100
print(base, row, column, base._version, row._version)
diag = base[:, :2].diagonal()
diag.zero_()
print(base)
e = torch.ones(2, 1).expand(2, 3)
print(e.stride(), e.is_contiguous(), e.contiguous().stride())
try:
    e.add_(1)
except RuntimeError as err:
    print(str(err).split(".")[0])
t = base.t()
t[0, 0] = -1
print(base[0, 0], t.storage_offset(), base[1].storage_offset(), t.is_contiguous())
p = torch.ones(3, requires_grad=True)
q = p.detach()
q[0] = 5
print(p, q, p.requires_grad, q.requires_grad)
s = p.view(3)
print(s.requires_grad, s._base is p, s.is_leaf, p._base is None)
r = p.expand(2, 3).sum() + p.unsqueeze(1).sum() + p.reshape(3, 1).sum()
r.backward()
print(p.grad)
outer = torch.zeros(2, 2)
inner = outer[0]
inner[1] = p.sum()
print(outer, inner.requires_grad, outer.requires_grad)

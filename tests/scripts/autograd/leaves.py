import torch

a = torch.tensor([1.0], requires_grad=True)
b = a * 2
c = torch.tensor([3.0])
d = b + c
e = a.clone()
f = a.detach()
g = torch.zeros(1)
h = g.requires_grad_()
i = torch.rand(1, requires_grad=True) + 0
j = torch.ones(1, requires_grad=True).double()
k = a.data
l = (a > 0)
m = a.view(1)
with torch.no_grad():
    n = a * 5
for name, t in (("a", a), ("b", b), ("c", c), ("d", d), ("e", e), ("f", f), ("g", g), ("h", h), ("i", i), ("j", j), ("k", k), ("l", l), ("m", m), ("n", n)):
    fn = t.grad_fn.name() if t.grad_fn is not None else "-"
    print(f"{name}: requires_grad={t.requires_grad!s:<5} is_leaf={t.is_leaf!s:<5} grad_fn={fn}")
d.backward()
print(a.grad, b.grad if b.is_leaf else "not a leaf", c.grad)
b = a * 2
b.retain_grad()
d = b * b
d.backward()
print(b.grad, a.grad, b.retains_grad)
try:
    c.retain_grad()
except RuntimeError as err:
    print(err)
try:
    b.requires_grad = False
except RuntimeError as err:
    print(str(err).split(". ")[0])
u = b.detach().requires_grad_()
(u ** 2).backward()
print(u.grad, u.is_leaf)
b.detach_()
print(b.requires_grad, b.grad_fn, b.is_leaf)

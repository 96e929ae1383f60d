# Gradients of gradients, and of several outputs.
import torch
x = torch.tensor(2.0, requires_grad=True)
def f(x): return x ** 3 + 2 * x
y = f(x)
(g,) = torch.autograd.grad(y, x, create_graph=True); print(g, g.grad_fn)
(g2,) = torch.autograd.grad(g, x, create_graph=True); print(g2)
(g3,) = torch.autograd.grad(g2, x); print(g3)
xs = torch.linspace(0, 1, 5, requires_grad=True)
ys = torch.sin(xs * 3)
d1 = torch.autograd.grad(ys, xs, torch.ones_like(ys), create_graph=True)[0]
d2 = torch.autograd.grad(d1.sum(), xs, create_graph=True)[0]
print(d1, d2, (d2 + 9 * ys).abs().max() < 1e-5)
def laplacian(f, x):
    g = torch.autograd.grad(f(x).sum(), x, create_graph=True)[0]
    return sum(torch.autograd.grad(g[:, i].sum(), x, retain_graph=True)[0][:, i] for i in range(x.shape[1]))
p = torch.tensor([[1., 2.], [3., 4.]], requires_grad=True)
print(laplacian(lambda q: (q ** 2).sum(1) * q[:, 0], p))
w = torch.randn(3, 3, generator=torch.Generator().manual_seed(0)).requires_grad_()
s = torch.tanh(w @ torch.ones(3)).sum(); gw, = torch.autograd.grad(s, w, create_graph=True); gw.norm().backward(); print(w.grad)
a = torch.tensor(1.0, requires_grad=True); b = a
for _ in range(50): b = b * 1.1
b.backward(); print(a.grad)
v = torch.ones(3, requires_grad=True)
for k in range(3):
    v.grad = None
    ((v * (k + 1)) ** 2).sum().backward(create_graph=False, retain_graph=False)
    print(v.grad.tolist())
try: torch.autograd.grad(v.sum(), [v, w])
except RuntimeError as e: print(str(e)[:50])
print(torch.autograd.grad((v * 2).sum(), [v, w], allow_unused=True)[1])
try: torch.autograd.grad(v * 2, v)
except RuntimeError as e: print(str(e).split(",")[0])
try: (v * 2).backward(torch.ones(2))
except RuntimeError as e: print(str(e)[:60])
(v * 2).backward(torch.tensor([1., 0., 2.])); print(v.grad)
torch.autograd.backward([v.sum(), (v ** 2)], [None, torch.ones(3)]); print(v.grad)
m = torch.ones(2, 2, requires_grad=True); n = m.detach().clone().requires_grad_(); (m @ n).trace().backward(); print(m.grad, n.grad)

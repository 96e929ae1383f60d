# Hooks that replace, watch and go.
import torch
x = torch.ones(2, 2, requires_grad=True)
h = x.register_hook(lambda g: g.mul(2))
y = (x * 3).sum(); y.backward(); print(x.grad)
h.remove(); h.remove()
class Hook:
    def __init__(self): self.seen = []
    def __call__(self, g): self.seen.append(g.shape)
k = Hook(); z = x * 2; z.register_hook(k); z.register_hook(k.seen.append); z.sum().backward(); print(k.seen)
def bad(g): return g.sum()
w = torch.ones(3, requires_grad=True); w.register_hook(bad)
try: w.sum().backward()
except RuntimeError as e: print(str(e).split(",")[0])
a = torch.ones(1, requires_grad=True); b = a * 2; order = []
b.register_hook(lambda g: order.append("1")); b.retain_grad(); b.register_hook(lambda g: order.append("2") or g * 10)
b.backward(); print(order, b.grad, a.grad)
c = torch.ones(1, requires_grad=True)
with c.register_hook(lambda g: g * 5): (c * 1).backward()
print(c.grad)
(c * 1).backward(); print(c.grad)
names = {}
def track(name):
    def hook(g): names[name] = round(float(g.norm()), 3)
    return hook
p = torch.tensor([3., 4.], requires_grad=True); q = p ** 2; r = q.sum()
for n, t in [("p", p), ("q", q), ("r", r)]: t.register_hook(track(n))
r.backward(); print(names)
g1, = torch.autograd.grad((p ** 2).sum(), p); print(g1, names["p"])

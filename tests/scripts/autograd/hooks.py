import torch

x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x * 3
z = y ** 2
log = []
handle = y.register_hook(lambda g: log.append(("y", g.tolist())))
double = x.register_hook(lambda g: g * 2)
z.sum().backward()
print(log, x.grad)
handle.remove()
x.grad = None
(x * 3).pow(2).sum().backward()
print(len(log), x.grad)
double.remove()
x.grad = None
(x * 3).pow(2).sum().backward()
print(x.grad)


def clip(limit):
    def hook(g):
        print("clipping", g)
        return g.clamp(-limit, limit)
    return hook


a = torch.tensor([0.5, -4.0, 10.0], requires_grad=True)
a.register_hook(clip(1.0))
a.register_hook(lambda g: print("after", g))
(a ** 2).sum().backward()
print(a.grad)

b = torch.ones(2, requires_grad=True)
c = b * 2
c.retain_grad()
c.register_hook(lambda g: g + 100)
c.sum().backward()
print(c.grad, b.grad)

saved = {}
activations = {"h1": b * 2}
activations["h2"] = activations["h1"].tanh()
for name, t in activations.items():
    t.register_hook(lambda g, name=name: saved.__setitem__(name, g.norm().item()))
activations["h2"].sum().backward()
print({k: round(v, 4) for k, v in sorted(saved.items())})
try:
    torch.ones(1).register_hook(print)
except RuntimeError as e:
    print(e)
post = []
leaf = torch.tensor(3.0, requires_grad=True)
leaf.register_post_accumulate_grad_hook(lambda p: post.append(p.grad.item()))
(leaf * leaf).backward()
(leaf * 2).backward()
print(post)

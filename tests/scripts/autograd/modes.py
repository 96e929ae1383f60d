# no_grad, enable_grad and what they leave.
import torch
x = torch.tensor(3.0, requires_grad=True)
y = x ** 2
print(y.grad_fn.next_functions)
print(y.backward.__name__ if hasattr(y.backward, "__name__") else "")
with torch.no_grad():
    z = y * 2
    z2 = torch.zeros(2, requires_grad=True)
    x2 = x.clone()
    print(z.requires_grad, z2.requires_grad, x2.requires_grad, x2.is_leaf)
@torch.no_grad()
def f(a): return a * 2
@torch.inference_mode()
def g(a): return a * 2
print(f(x), g(x))
print(torch.is_grad_enabled())
prev = torch.is_grad_enabled()
torch.set_grad_enabled(False); print((x * 2).requires_grad); torch.set_grad_enabled(prev)
with torch.set_grad_enabled(not True): print(torch.is_grad_enabled())
try:
    with torch.no_grad():
        raise ValueError("x")
except ValueError: print(torch.is_grad_enabled())
def h():
    with torch.no_grad():
        return torch.is_grad_enabled()
print(h(), torch.is_grad_enabled())
y.backward(); print(x.grad)
a = torch.ones(2, requires_grad=True)
b = a.detach(); b.requires_grad_(); c = (b * 3).sum(); c.backward(); print(a.grad, b.grad)
a.requires_grad_(False); print((a * 2).requires_grad)
l = [torch.ones(1, requires_grad=True) for _ in range(3)]
torch.stack(l).prod().backward(); print([p.grad for p in l])
torch.autograd.backward(sum(l), retain_graph=True)
print(l[0].grad)
print(torch.autograd.grad(sum(p ** 2 for p in l), l))

"""A small report of gradients, as notebooks print them."""
import torch

torch.manual_seed(6)


def banner(title, width=40, fill="="):
    print(f" {title} ".center(width, fill))


def describe(name, t):
    print(f"{name:>10}: shape={tuple(t.shape)!s:<8} dtype={str(t.dtype).split('.')[-1]:<8} "
          f"requires_grad={t.requires_grad} leaf={t.is_leaf} grad_fn={type(t.grad_fn).__name__}")


x = torch.ones(5)
y = torch.zeros(3)
w = torch.randn(5, 3, requires_grad=True)
b = torch.randn(3, requires_grad=True)
z = torch.matmul(x, w) + b
loss = torch.nn.functional.binary_cross_entropy_with_logits(z, y)

banner("forward")
for name, t in zip(("x", "w", "b", "z", "loss"), (x, w, b, z, loss)):
    describe(name, t)
print(f"Gradient function for z = {z.grad_fn}")
print(f"Gradient function for loss = {loss.grad_fn}")
loss.backward()
banner("backward", fill="-")
print(w.grad)
print(b.grad)
print(z.requires_grad)
with torch.no_grad():
    z = torch.matmul(x, w) + b
print(z.requires_grad)
z_det = (torch.matmul(x, w) + b).detach()
print(z_det.requires_grad)

inp = torch.eye(4, 5, requires_grad=True)
out = (inp + 1).pow(2).t()
out.backward(torch.ones_like(out), retain_graph=True)
print(f"First call\n{inp.grad}")
out.backward(torch.ones_like(out), retain_graph=True)
print(f"\nSecond call\n{inp.grad}")
inp.grad.zero_()
out.backward(torch.ones_like(out), retain_graph=True)
print(f"\nCall after zeroing gradients\n{inp.grad}")
banner("summary")
summary = {"params": w.numel() + b.numel(), "grad norm": torch.cat([w.grad.flatten(), b.grad]).norm().item()}
for key, value in summary.items():
    print("{:<12}{:>10}".format(key, value if isinstance(value, int) else "%.4f" % value))
print("max |grad| = %.4f at %s" % (w.grad.abs().max(), divmod(w.grad.abs().argmax().item(), 3)))

import torch

t = torch.tensor(3.14159265)
r = torch.tensor(2.0, requires_grad=True)
i = torch.tensor(42)
v = torch.tensor([1.23456, 2.0])
print(f"{t}", f"{t:.2f}", f"{t:8.3f}|", f"{t.item():.3f}", f"{t.item()}", f"{t!r}", f"{t!s}")
print(f"{r}", f"{r.item():.1f}", f"{r ** 2}", f"{(r ** 2).item()}", f"{i}", f"{i:5d}|", f"{i:>8}|", f"{i.item():05d}")
print(f"{v}", f"{v[0]:.1f}", f"{v.tolist()}", f"{v.shape}", f"{v.mean():.4f}", f"{v=}")
print("{}".format(t), "{:.3f}".format(t), "{:.2e}".format(t.item()), "{0:.1f} {0}".format(t), "{:>10.4f}|".format(v[1]))
print("%.3f" % t, "%s" % t, "%d" % i, "%5.1f|%-6d|" % (t, i), "%r" % i, "%g" % t.item())
print(str(t), repr(t), str(i), format(t, ".2f"), format(v))
print(round(t.item(), 2), round(2.675, 2), float(t), int(i), int(t), bool(i))
print(torch.tensor(0.1).item(), torch.tensor(1 / 3).item(), torch.tensor(1 / 3, dtype=torch.float64).item(), torch.tensor(1e-8).item(), torch.tensor(16777217).item(), torch.tensor(1e20).item())
print(torch.tensor(True).item(), f"{torch.tensor(True)}", f"{torch.tensor(1.0)}", f"{torch.tensor(float('nan'))}", f"{torch.tensor(-0.0)}")
header = f"{'step':>5} {'x':>10} {'grad':>10}"
print(header)
print("-" * len(header))
x = torch.tensor(1.0, requires_grad=True)
for step in range(4):
    y = (x - 3) ** 2
    y.backward()
    print(f"{step:>5} {x.item():>10.4f} {x.grad.item():>10.4f}")
    x.data -= 0.25 * x.grad
    x.grad.zero_()
print("=" * len(header), f"\n{'done':^{len(header)}}")
rows = [("w", 1.5, torch.Size([2, 3])), ("bias", -0.25, torch.Size([3]))]
for name, value, shape in rows:
    print(f"{name:<6}|{value:+8.3f}|{str(shape):>20}|{tuple(shape)!s:<8}|")
print("\t".join(f"{e:.2f}" for e in v), "a\tb")
print(f"loss: {t:.4f}", f"acc: {0.9876:.1%}", f"{1234567:,}", f"{1e6:.0e}", f"{255:#06x}", f"{3:03}")

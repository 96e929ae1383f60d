# Progress, bars and tables.
import torch
# micro benchmark like loops, enumerate + modulo printing, deque-like windows
torch.manual_seed(0)
losses, window = [], []
w = torch.tensor([0.5, -0.5], requires_grad=True)
data = [(torch.tensor([float(i % 3), float(i % 5)]), float(i % 3) * 2 - float(i % 5)) for i in range(30)]
for step, (x, y) in enumerate(data * 3):
    pred = (w * x).sum(); loss = (pred - y).pow(2)
    loss.backward()
    if (step + 1) % 5 == 0:
        with torch.no_grad(): w -= 0.01 * w.grad / 5
        w.grad.zero_()
    window.append(loss.item()); window = window[-10:]
    losses.append(sum(window) / len(window))
    if step % 30 == 29: print(f"[{step + 1:>3}/{len(data) * 3}] avg {losses[-1]:.3f} w=({w[0]:.3f}, {w[1]:+.3f})")
bar = "".join("#" if l > 1 else "." for l in losses[::10]); print(bar, len(bar))
hist = {}
for l in losses: hist[int(l)] = hist.get(int(l), 0) + 1
for k in sorted(hist): print(f"{k:>3} | {'*' * hist[k]}")
print(max(range(len(losses)), key=losses.__getitem__) if False else losses.index(max(losses)))
matrix = [[round((w[0] * i + w[1] * j).item(), 2) for j in range(3)] for i in range(2)]
for row in matrix: print(" ".join(f"{v:6.2f}" for v in row))
print("\n".join(["%-5s|%5s" % (a, b) for a, b in [("x", 1), ("yy", 22)]]))

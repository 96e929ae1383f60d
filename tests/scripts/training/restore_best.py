# Learning rates compared; the best weights are kept.
import torch
# learning-rate finder, early stop, best-state restore
torch.manual_seed(12)
N = 50
X = torch.randn(N, 3); w_true = torch.tensor([1.5, -2.0, 0.5]); y = X @ w_true + 0.1 * torch.randn(N)
idx = torch.randperm(N); tr, va = idx[:40], idx[40:]
def run(lr, epochs=60, patience=5, verbose=False):
    w = torch.zeros(3, requires_grad=True); b = torch.zeros((), requires_grad=True)
    best = {"loss": float("inf"), "state": None, "epoch": -1}; bad = 0
    for epoch in range(epochs):
        perm = tr[torch.randperm(len(tr))]
        for chunk in perm.split(8):
            loss = ((X[chunk] @ w + b - y[chunk]) ** 2).mean()
            w.grad = b.grad = None
            loss.backward()
            with torch.no_grad():
                w -= lr * w.grad; b -= lr * b.grad
        with torch.no_grad(): val = ((X[va] @ w + b - y[va]) ** 2).mean().item()
        if val < best["loss"] - 1e-3: best.update(loss=val, state=(w.detach().clone(), b.item()), epoch=epoch); bad = 0
        else:
            bad += 1
            if bad >= patience: break
        if verbose and epoch % 5 == 0: print(f"  [{epoch:>3}] val={val:.4f}")
    return best
results = {lr: run(lr) for lr in (0.001, 0.01, 0.1)}
for lr, r in sorted(results.items(), key=lambda kv: kv[1]["loss"]): print(f"lr={lr:<6} best={r['loss']:.3f} epoch={r['epoch']}")
best = min(results, key=lambda k: results[k]["loss"]); print(best, [round(v, 1) for v in results[best]["state"][0].tolist()])

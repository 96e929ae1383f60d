# Attention and layer norm by hand.
import torch
# Module-less attention and layernorm forward/backward
torch.manual_seed(0)
B, T, C, hs = 2, 4, 6, 3
x = torch.randn(B, T, C)
key, query, value = (torch.randn(C, hs) * 0.3 for _ in range(3))
for p in (key, query, value): p.requires_grad_()
k, q, v = x @ key, x @ query, x @ value
wei = q @ k.transpose(-2, -1) * hs ** -0.5
tril = torch.tril(torch.ones(T, T)); wei = wei.masked_fill(tril == 0, float('-inf')); wei = torch.softmax(wei, dim=-1)
out = wei @ v; print(out.shape, wei[0]); (out ** 2).mean().backward(); print(key.grad.shape, f"{key.grad.norm():.4f}", f"{value.grad.norm():.4f}")
def layernorm(t, g, b, eps=1e-5):
    m = t.mean(-1, keepdim=True); s = t.var(-1, keepdim=True, unbiased=False); return (t - m) / torch.sqrt(s + eps) * g + b
g, b = torch.ones(C, requires_grad=True), torch.zeros(C, requires_grad=True)
ln = layernorm(x, g, b); print(ln.mean(-1).abs().max() < 1e-6, ln.std(-1, unbiased=False)[0]); (ln * torch.arange(float(C))).sum().backward(); print(g.grad.shape, b.grad)
a = torch.tril(torch.ones(3, 3)); a = a / torch.sum(a, 1, keepdim=True); bb = torch.randint(0, 10, (3, 2)).float(); print(a, bb, a @ bb)
xbow = torch.zeros(B, T, C)
for i in range(B):
    for t in range(T): xbow[i, t] = torch.mean(x[i, :t + 1], 0)
wei2 = torch.zeros(T, T).masked_fill(tril == 0, float("-inf")).softmax(-1); print(torch.allclose(xbow, wei2 @ x, atol=1e-6), wei2)
h = x.view(B, T, 2, C // 2).permute(0, 2, 1, 3); print(h.shape, h.is_contiguous(), h.contiguous().view(B, -1).shape, h.reshape(B * 2, T, -1).shape, torch.einsum("bthc,bshc->bhts", x.view(B, T, 2, 3), x.view(B, T, 2, 3)).shape)

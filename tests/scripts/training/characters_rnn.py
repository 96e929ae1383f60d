# A recurrent network learns one line of text.
import torch
# RNN by hand with BPTT, character model
text = "hello world"; chars = sorted(set(text)); stoi = {c: i for i, c in enumerate(chars)}; itos = {i: c for c, i in stoi.items()}
V, H = len(chars), 12; torch.manual_seed(1)
Wxh = (torch.randn(V, H) * 0.3).requires_grad_(); Whh = (torch.randn(H, H) * 0.3).requires_grad_(); Why = (torch.randn(H, V) * 0.3).requires_grad_(); bh = torch.zeros(H, requires_grad=True)
def onehot(i): v = torch.zeros(1, V); v[0, i] = 1.0; return v
ids = [stoi[c] for c in text]
for it in range(151):
    h = torch.zeros(1, H); loss = 0.0
    for a, b in zip(ids[:-1], ids[1:]):
        h = torch.tanh(onehot(a) @ Wxh + h @ Whh + bh)
        loss = loss + torch.nn.functional.cross_entropy(h @ Why, torch.tensor([b]))
    for p in (Wxh, Whh, Why, bh): p.grad = None
    loss.backward()
    for p in (Wxh, Whh, Why, bh): p.data -= 0.1 * p.grad.clamp(-1, 1)
    if it % 50 == 0: print(it, f"{loss.item() / (len(ids) - 1):.2f}")
h = torch.zeros(1, H); i = ids[0]; out = itos[i]
with torch.no_grad():
    for _ in range(len(text) - 1):
        h = torch.tanh(onehot(i) @ Wxh + h @ Whh + bh); i = (h @ Why).argmax().item(); out += itos[i]
print(out, V, repr(chars))

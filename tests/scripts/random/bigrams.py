# Names from bigrams: counted, then learnt.
import torch
# bigram model, counts and neural net
words = ["emma", "olivia", "ava", "isabella", "sophia"]
chars = sorted(list(set("".join(words)))); stoi = {s: i + 1 for i, s in enumerate(chars)}; stoi["."] = 0; itos = {i: s for s, i in stoi.items()}
n = len(stoi); N = torch.zeros((n, n), dtype=torch.int32)
for w in words:
    chs = ["."] + list(w) + ["."]
    for a, b in zip(chs, chs[1:]): N[stoi[a], stoi[b]] += 1
print(N.sum(), N[0], N.shape, N.dtype)
P = (N + 1).float(); P /= P.sum(1, keepdim=True); print(P[0].sum(), P[0, :4])
g = torch.Generator().manual_seed(2147483647)
for i in range(3):
    out, ix = [], 0
    while True:
        p = P[ix]
        ix = torch.multinomial(p, num_samples=1, replacement=True, generator=g).item()
        out.append(itos[ix])
        if ix == 0 or len(out) > 20: break
    print("".join(out))
ll, cnt = 0.0, 0
for w in words:
    chs = ["."] + list(w) + ["."]
    for a, b in zip(chs, chs[1:]): ll += torch.log(P[stoi[a], stoi[b]]); cnt += 1
print(f"{ll=}", f"{-ll/cnt}"[:6], cnt)
xs, ys = [], []
for w in words:
    chs = ["."] + list(w) + ["."]
    for a, b in zip(chs, chs[1:]): xs.append(stoi[a]); ys.append(stoi[b])
xs, ys = torch.tensor(xs), torch.tensor(ys); num = xs.nelement()
W = torch.randn((n, n), generator=g, requires_grad=True)
for k in range(30):
    xenc = torch.nn.functional.one_hot(xs, num_classes=n).float()
    logits = xenc @ W; counts = logits.exp(); probs = counts / counts.sum(1, keepdims=True)
    loss = -probs[torch.arange(num), ys].log().mean() + 0.01 * (W ** 2).mean()
    W.grad = None; loss.backward(); W.data += -10 * W.grad
    if k % 10 == 0: print(k, f"{loss.item():.3f}")

import torch


def attempt(f):
    try:
        f()
        print("no error")
    except Exception as e:
        text = str(e).split("\n")[0]
        print(f"{type(e).__name__}: {text}")


a, b, m, n = torch.ones(2), torch.ones(3), torch.ones(2, 3), torch.ones(2, 3)
attempt(lambda: a + b)
attempt(lambda: m @ n)
attempt(lambda: torch.mm(m, n))
attempt(lambda: m.view(4))
attempt(lambda: m.reshape(5, -1))
attempt(lambda: b.view(2, 2))
attempt(lambda: m.sum(dim=3))
attempt(lambda: a.sum(1))
attempt(lambda: a[5])
attempt(lambda: m[0, 7])
attempt(lambda: torch.cat([m, a]))
attempt(lambda: torch.stack([a, b]))
attempt(lambda: torch.dot(a, b))
attempt(lambda: a.item())
attempt(lambda: bool(a))
attempt(lambda: float(m))
attempt(lambda: a.expand(3))
attempt(lambda: m.squeeze(5))
attempt(lambda: torch.ones(0).max())
attempt(lambda: torch.bmm(m, n))
attempt(lambda: torch.mv(m, a))
attempt(lambda: torch.linalg.inv(m))
try:
    torch.linalg.inv(torch.zeros(2, 2))
except RuntimeError as e:
    print(type(e).__name__, "singular" in str(e), isinstance(e, torch.linalg.LinAlgError))
attempt(lambda: m.transpose(0, 2))
attempt(lambda: torch.tensor([[1, 2], [3]]))
attempt(lambda: torch.ones(-1))
attempt(lambda: len(torch.tensor(1.0)))
attempt(lambda: [x for x in torch.tensor(1.0)])
attempt(lambda: m.t().view(6))
attempt(lambda: torch.ones(2, 2, 2).t())
attempt(lambda: m.permute(0, 0))

import torch

z = torch.tensor([1 + 2j, 3 - 4j], dtype=torch.complex128).requires_grad_()
print(z, z * 2, -z.detach(), (z * 2).sum())
for name, options in (
    ("SGD", {"lr": 0.1, "momentum": 0.9}),
    ("Adam", {"lr": 0.1}),
    ("AdamW", {"lr": 0.1, "amsgrad": True}),
    ("RMSprop", {"lr": 0.1}),
    ("Adagrad", {"lr": 0.1}),
    ("NAdam", {"lr": 0.1}),
    ("Rprop", {"lr": 0.1}),
    ("LBFGS", {"lr": 0.5, "line_search_fn": "strong_wolfe"}),
):
    z = torch.tensor([1 + 2j, 3 - 4j], dtype=torch.complex128, requires_grad=True)
    optimizer = getattr(torch.optim, name)([z], **options)

    def closure():
        optimizer.zero_grad()
        loss = ((z - 1j).abs() ** 2).sum() / 8 + (z.real**4).sum() / 100
        loss.backward()
        return loss

    for _ in range(3):
        optimizer.step(closure)
    print(name, z.detach())

a, m = torch.tensor([1, 2, 3]), torch.tensor([True, False])
print(a ^ 2, 2 ^ a, m ^ True, a << 1, a >> 1, 1 << a)
x, w = torch.ones(2), torch.ones(2, dtype=torch.complex64)
A = torch.tensor([[1 + 1j, 2], [0, 3j]])
print(torch.addmm(A, A, A, beta=2, alpha=1j), torch.addr(A, w, w, alpha=1j), w.index_fill(0, torch.tensor([0]), 1j))
print(torch.linspace(0, 1j, 3), torch.logspace(0, 1j, 2), torch.linalg.vecdot(w * 1j, w), torch.constant_pad_nd(w, (1, 0), 2j))
print(A.scatter(1, torch.tensor([[0], [1]]), 1j), torch.zeros(2, 2).fill_(1 + 0j))
for wrong in (
    lambda: x.fill_(1j),
    lambda: x.clone().masked_fill_(x > 0, 1j),
    lambda: torch.full((2,), 1j, dtype=torch.float64),
    lambda: torch.tensor(1j, dtype=torch.float32),
    lambda: float(w[0] * 1j),
    lambda: int(w[0] * 1j),
    lambda: torch.add(x, x, alpha=1j),
    lambda: torch.arange(3, dtype=torch.complex64),
    lambda: torch.linspace(0, 1j, 3, dtype=torch.float32),
    lambda: torch.randint(3, (2,), dtype=torch.complex64),
    lambda: w.max(),
    lambda: w.erf(),
    lambda: torch.softmax(w, 0),
    lambda: w @ 2,
    lambda: x ^ 1,
    lambda: x.requires_grad_().sum().backward(torch.tensor(1j)),
    lambda: (w * 1j).requires_grad_().sum().backward(torch.tensor(1.0)),
):
    try:
        print(wrong())
    except Exception as error:
        print(type(error).__name__, error)
print(x)

torch.manual_seed(0)
print(torch.rand(2, dtype=torch.complex64), torch.zeros(2, dtype=torch.complex64).uniform_())
z = torch.zeros(2, dtype=torch.complex128, requires_grad=True)
print(torch.autograd.grad((0**z).abs().sum() + z.sgn().real.sum() + z.reciprocal().real.sum(), z))
print((z ** (1 + 0.5j)).sum().abs(), torch.tensor([2j]).reciprocal(), torch.tensor(0j).reciprocal())

# LBFGS: Rosenbrock's function and a least-squares fit, with and without a line search.
import torch

torch.set_default_dtype(torch.float64)
for search in (None, "strong_wolfe"):
    x = torch.tensor([-1.5, 2.0], requires_grad=True)
    optimizer = torch.optim.LBFGS([x], lr=0.1 if search is None else 1, max_iter=10, history_size=5, line_search_fn=search)
    calls = 0

    def closure():
        global calls
        calls += 1
        optimizer.zero_grad()
        loss = (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2
        loss.backward()
        return loss

    for step in range(6):
        loss = optimizer.step(closure)
        print(search, step, calls, f"{loss.item():.6f}", [f"{v:.5f}" for v in x.tolist()])
    print(sorted(optimizer.state_dict()["state"][0]), optimizer)

torch.manual_seed(0)
A, b = torch.randn(20, 3), torch.randn(20)
w = torch.zeros(3, requires_grad=True)
optimizer = torch.optim.LBFGS([w], line_search_fn="strong_wolfe")


def residual():
    optimizer.zero_grad()
    loss = ((A @ w - b) ** 2).mean()
    loss.backward()
    return loss


optimizer.step(residual)
print([f"{v:.6f}" for v in w.tolist()], [f"{v:.6f}" for v in torch.linalg.lstsq(A, b[:, None]).solution.flatten().tolist()])
try:
    torch.optim.LBFGS([{"params": [w]}, {"params": [b]}])
except ValueError as error:
    print(error)

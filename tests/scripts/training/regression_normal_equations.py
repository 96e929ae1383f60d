import torch

torch.manual_seed(4)
n = 30
A = torch.cat([torch.ones(n, 1), torch.randn(n, 2)], dim=1).double()
coefficients = torch.tensor([1.0, 2.0, -3.0], dtype=torch.float64)
noise = 0.01 * torch.randn(n).double()
y = A @ coefficients + noise

closed = torch.linalg.inv(A.T @ A) @ A.T @ y
print("closed form:", closed.numpy().round(3).tolist() if False else [round(c, 3) for c in closed.tolist()])

theta = torch.zeros(3, dtype=torch.float64, requires_grad=True)
for k in range(200):
    residual = y - A @ theta
    loss = residual.dot(residual) / n
    loss.backward()
    assert theta.grad is not None
    with torch.no_grad():
        theta -= 0.1 * theta.grad
        theta.grad.zero_()
print("descent:    ", [round(c, 3) for c in theta.tolist()])
print((theta - closed).abs().max() < 1e-3)
print("R^2 = {0:.5f}".format(1 - (residual.var() / y.var()).item()))

penalty = 0.5
ridge = torch.linalg.inv(A.T @ A + penalty * torch.eye(3, dtype=A.dtype)) @ (A.T @ y)
print(ridge.norm() < closed.norm())

# The largest eigenvector by power iteration, and by gradient ascent on the Rayleigh quotient.
import torch

M = torch.tensor([[4.0, 1.0, 0.0], [1.0, 3.0, 1.0], [0.0, 1.0, 2.0]], dtype=torch.float64)
v = torch.ones(3, dtype=torch.float64)
for _ in range(100):
    v = M @ v
    v = v / v.norm()
eigenvalue = v @ M @ v
print(f"power iteration: {eigenvalue:.6f}")

u = torch.tensor([1.0, 0.0, 0.0], dtype=torch.float64, requires_grad=True)
for step in range(300):
    quotient = (u @ M @ u) / (u @ u)
    quotient.backward()
    u.data.add_(u.grad, alpha=0.3)
    u.grad.zero_()
print(f"gradient ascent: {quotient.item():.6f}")
unit = (u / u.norm()).detach()
print(torch.allclose(unit.abs(), v.abs(), atol=1e-5))
print(unit.abs().numpy().round(4).tolist())
print(torch.trace(M), round(torch.outer(unit, unit).trace().item(), 6))
print(f"{torch.linalg.det(M).item():.6f}")

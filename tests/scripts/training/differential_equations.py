# Gradients through a solver, an integrator and a fixed point.
import torch
# Kalman-ish scalar loop, ODE by Euler with gradient wrt parameter
def euler(k, x0, dt=0.1, n=10):
    x = x0; xs = [x]
    for _ in range(n): x = x + dt * (-k * x); xs.append(x)
    return torch.stack(xs)
k = torch.tensor(0.7, requires_grad=True); x0 = torch.tensor(1.0, requires_grad=True)
traj = euler(k, x0); print(traj); traj[-1].backward(); print(k.grad, x0.grad)
target = torch.exp(-0.5 * torch.arange(11) * 0.1)
for step in range(41):
    k.grad = None
    loss = ((euler(k, torch.tensor(1.0)) - target) ** 2).mean(); loss.backward()
    with torch.no_grad(): k -= 2.0 * k.grad
    if step % 20 == 0: print(step, f"{loss.item():.6f}", f"{k.item():.4f}")
# pendulum energy, symplectic
q, p = torch.tensor(0.5, requires_grad=True), torch.tensor(0.0)
H = lambda q, p: p ** 2 / 2 + (1 - torch.cos(q))
for i in range(3):
    dq, = torch.autograd.grad(H(q, p), q); p = p - 0.1 * dq; q = (q + 0.1 * p).detach().requires_grad_()
    print(f"{q.item():.5f} {p.item():.5f} {H(q, p).item():.5f}")
# implicit differentiation: x = cos(a x)
a = torch.tensor(0.8, requires_grad=True)
with torch.no_grad():
    x = torch.tensor(0.5)
    for _ in range(100): x = torch.cos(a * x)
x = x.requires_grad_(); F = x - torch.cos(a * x)
Fa, Fx = torch.autograd.grad(F, (a, x)); print(f"{x.item():.5f} {(-Fa / Fx).item():.5f}")

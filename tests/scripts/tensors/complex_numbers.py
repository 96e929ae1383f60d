"""Complex tensors: made, printed, taken apart, changed in place, differentiated."""

import torch

z = torch.tensor([1 + 2j, 3 - 1j], requires_grad=True)
print(z, z.dtype, z.is_complex(), torch.is_complex(z.real))
print(z.real, z.imag, z.conj(), z.abs(), z.angle(), torch.sgn(z.detach()), sep="\n")
print(torch.view_as_real(z.detach()), torch.view_as_complex(torch.ones(3, 2)))
print(torch.complex(torch.tensor([1.0, 2.0]), torch.tensor([0.0, 1.0])), torch.polar(torch.tensor(2.0), torch.tensor(1.0)))
print(torch.tensor(1 + 2j).item(), complex(torch.tensor(2j)), torch.tensor([1, 2j]).dtype, torch.ones(2) * 2j)

# The gradient of a real number is the direction of steepest ascent; that of a real leaf is real.
(z * z.conj()).real.sum().backward()
print(z.grad)
x = torch.tensor([1.0, 2.0], requires_grad=True)
(x * (1 + 2j)).abs().sum().backward()
print(x.grad)
try:
    (z * z).sum().backward()
except RuntimeError as error:
    print(error)

# Scales of their own for real and imaginary parts; small and large, nan and infinities.
print(torch.tensor([1e-7 + 3j, 2.5e-9 - 1j]), torch.tensor([1.5 + 1e10j, -2 + 3j]), torch.tensor(complex("nan+infj")))
print(torch.tensor([[1 + 1j, 2.25], [0, -1j]], dtype=torch.complex128), torch.empty(0, dtype=torch.cfloat))

a = torch.zeros(3, dtype=torch.complex64)
a[0] = 1j
a[1:] += 2 - 1j
a *= 1j
print(a, a.sum(), a.mean(), a.prod(), a.cumsum(0), a == a.conj(), torch.isreal(a), sep="\n")
m = torch.tensor([[2 + 1j, 1], [1j, 3]])
print(m @ m.mH, m.H, torch.linalg.det(m), torch.allclose(torch.linalg.inv(m) @ m, torch.eye(2) + 0j, atol=1e-6), torch.linalg.norm(m), torch.vdot(m[0], m[1]), sep="\n")
print(torch.linalg.eigvalsh(m + m.mH), torch.linalg.svdvals(m), torch.linalg.solve(m, m[0]))
print(torch.promote_types(torch.float64, torch.complex64), (m * 2.0).dtype, (m.to(torch.complex128) + 1).dtype)
for refuse in (lambda: m < m, lambda: torch.floor(m), lambda: torch.max(m), lambda: m.real.imag, lambda: torch.clamp(m, 0, 1)):
    try:
        refuse()
    except (RuntimeError, NotImplementedError) as error:
        print(type(error).__name__, str(error).partition(" not implemented")[2] or error)

torch.manual_seed(0)
w = torch.randn(2, 2, dtype=torch.complex128, requires_grad=True)
print(w)
print(torch.autograd.gradcheck(lambda w: torch.linalg.inv(w) @ w.mH * w.abs(), w))
print(torch.autograd.gradgradcheck(lambda w: (w.abs() * torch.angle(w), w.conj() ** 3), w))

import torch

functional, func = torch.autograd.functional, torch.func
v = torch.tensor([1j, 1])
for derivative in (
    lambda z: functional.hessian(lambda z: (z.abs() ** 2).sum(), z),
    lambda z: functional.jacobian(lambda z: z**2, z),
    lambda z: functional.jacobian(lambda x: x * 1j, z.real),
    lambda z: functional.jacobian(lambda z: z.abs(), z),
    lambda z: functional.jacobian(lambda z: z.abs(), z, vectorize=True),
    lambda z: functional.jacobian(lambda z: z**2, z, strategy="forward-mode", vectorize=True),
    lambda z: functional.jacobian(lambda z: z.abs(), z, strategy="forward-mode", vectorize=True),
    lambda z: functional.vhp(lambda z: (z * z.conj()).real.sum(), z, v),
    lambda z: functional.jvp(lambda z: z**2, z, v),
    lambda z: functional.vjp(lambda z: z**2, z, v),
    lambda z: func.jacrev(lambda z: z.abs())(z),
    lambda z: func.jacfwd(lambda z: z.abs())(z),
    lambda z: func.jacrev(lambda x: x * 1j)(z.real),
    lambda z: func.jacfwd(lambda x: x * 1j)(z.real),
    lambda z: func.hessian(lambda z: (z.abs() ** 2).sum())(z),
    lambda z: func.grad(lambda z: (z * z.conj()).real.sum())(z),
    lambda z: func.grad(lambda z: (z**2).sum())(z),
    lambda z: func.vjp(lambda z: z**2, z)[1](v),
    lambda z: func.jvp(lambda z: z**2, (z,), (v,)),
    lambda z: func.vmap(func.grad(lambda z: z.abs()))(z),
    lambda z: torch.autograd.gradcheck(lambda z: z.conj() * z.real, (z.cdouble().requires_grad_(),), check_forward_ad=True),
    lambda z: torch.autograd.gradgradcheck(lambda z: torch.fft.fft(z).abs(), (z.cdouble().requires_grad_(),)),
):
    try:
        print(derivative(torch.tensor([1 + 1j, 2])))
    except Exception as error:
        print(type(error).__name__, error)

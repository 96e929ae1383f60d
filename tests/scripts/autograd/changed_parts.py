"""Real and imaginary parts are views: changed in place, or looked at after a change of the complex tensor."""

import torch
import torch.autograd.forward_ad as fwAD

z = torch.tensor([1 + 1j], requires_grad=True)
for part in (torch.real, torch.imag):
    a = z.clone()
    v = part(a)
    a.mul_(2j)
    print(v, v.grad_fn.name(), torch.autograd.grad(v.sum(), z)[0])
    a = z.clone()
    v = part(a)
    v.mul_(5)
    print(a, v.grad_fn.name(), a.grad_fn.name(), torch.autograd.grad(a.abs().sum(), z)[0])

for look in (torch.view_as_real, torch.real, torch.imag, lambda t: t.real[1:], lambda t: t.T.imag, lambda t: t[:, 1].real):
    x = (torch.arange(4.0) + 1j * torch.arange(4.0, 8.0)).reshape(2, 2).to(torch.cdouble).requires_grad_()
    a = x * (1 + 1j)
    v, w = look(a), look(a)
    v.mul_(3)
    a.mul_(a.detach() + 2j)
    v.add_(w)
    (g,) = torch.autograd.grad((v * v).sum() + a.abs().sum(), x, create_graph=True)
    (h,) = torch.autograd.grad((torch.view_as_real(g) ** 2).sum(), x)
    print(v._base is a, torch.view_as_real(g.detach()).round(decimals=6).abs(), torch.view_as_real(h).round(decimals=4).abs())

with fwAD.dual_level():
    dual = fwAD.make_dual(torch.ones(2, dtype=torch.cfloat), torch.tensor([1 + 2j, 3j])) * 1
    v = dual.imag
    v.mul_(5)
    print(fwAD.unpack_dual(dual).tangent, fwAD.unpack_dual(v).tangent)

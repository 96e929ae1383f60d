"""Conjugates and negatives that PyTorch computes later: who has the bit, and who has lost it."""

import torch
import torch.autograd.forward_ad as fwAD

x = torch.tensor([1 + 2j, 3 - 1j], requires_grad=True)
y = x.conj()
print(y, [each.is_conj() for each in (x, y, y.conj(), y.clone(), y[1:], y * 1, y.detach(), y.reshape(2, 1), y.to(torch.complex128))])
print(y.resolve_conj(), y.resolve_conj().is_conj(), x.resolve_conj() is x)
m = torch.tensor([[1 + 2j, 3 - 1j]])
print([torch.is_conj(each) for each in (m, m.H, m.mH, m.adjoint(), m.conj().T, m.conj().contiguous(), torch.conj_physical(m))])
part = m.conj().imag
print(part, [each.is_neg() for each in (part, m.conj().real, part[0], -part, part.resolve_neg())])
n = torch.tensor([1.0, 2.0], requires_grad=True)._neg_view()
print(n, torch.is_neg(n), n._neg_view().is_neg(), torch.resolve_neg(n), torch.tensor([1.0]).conj().is_conj())

kinds = {"as it is": lambda t: t, "conj": lambda t: t.conj(), "neg": lambda t: t._neg_view()}
for one, first in kinds.items():
    for other, second in kinds.items():
        primal, tangent = first(torch.ones(2, dtype=torch.cdouble)), second(torch.ones(2, dtype=torch.cdouble))
        with fwAD.dual_level():
            dual = fwAD.make_dual(primal, tangent)
            print(one, other, fwAD.unpack_dual(dual).tangent is tangent, torch.real(dual).shape)

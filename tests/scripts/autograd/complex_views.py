# Complex numbers that look into the memory of real ones: changes of either reach the other, with their gradients.
import torch
from torch.autograd import gradcheck, gradgradcheck

x = torch.arange(8.0, dtype=torch.double).reshape(2, 2, 2).sub(3.5).requires_grad_()
real = x.clone()
pairs = torch.view_as_complex(real)
print(pairs._is_view(), pairs._base is real)
pairs.select(0, 0).mul_(2)
print(pairs.grad_fn.name(), real.grad_fn.name())
print(torch.autograd.grad(real.abs().sum(), x)[0])

real = x.clone()
pairs = torch.view_as_complex(real)
real.mul_(3)
print(pairs.grad_fn.name(), torch.autograd.grad((pairs * pairs.conj()).real.sum(), x)[0])

y = torch.zeros(3, 2)
torch.view_as_complex(y)[1] = 1 + 2j
print(y, y._version)
leaf = torch.zeros(3, 2, requires_grad=True)
for change in (lambda: torch.view_as_complex(leaf).mul_(2),):
    try:
        change()
    except RuntimeError as error:
        print(error)


def changed(values):
    copy = values.clone()
    torch.view_as_complex(copy)[1:].exp_()
    return copy


q = x.detach().reshape(4, 2).mul(0.1).requires_grad_()
print(gradcheck(changed, q, check_forward_ad=True), gradgradcheck(changed, q))

for odd in (torch.ones(4, 2).t(), torch.ones(4, 6)[:, ::3], torch.ones(4, 3)[:, :2], torch.ones(9)[1:].view(4, 2), torch.ones(0, 2)):
    try:
        print(torch.view_as_complex(odd).shape)
    except RuntimeError as error:
        print(error)

pairs = torch.arange(12.0, dtype=torch.double).reshape(3, 2, 2).mul(0.1).requires_grad_()
for look in (
    lambda values: torch.view_as_real(torch.select(torch.view_as_complex(values), 1, 0)).sum(),
    lambda values: torch.view_as_complex(values.transpose(0, 1)[:, ::2]).exp(),
    lambda values: torch.view_as_real(torch.view_as_complex(values).T).expand(3, 2, 3, 2).sum(0),
):
    print(gradcheck(look, pairs, check_forward_ad=True), gradgradcheck(look, pairs))

"""Views and changes of tensors made in inference mode, memory and its order, and what forward mode refuses."""

import torch
import torch.autograd.forward_ad as fwAD


def attempt(label, call):
    try:
        print(label, call())
    except Exception as error:
        print(label, type(error).__name__, str(error).splitlines()[0])


with torch.inference_mode():
    x = torch.ones(1, 2, 3, requires_grad=True)
    y = x.view(-1)
    print(y._is_view(), y.requires_grad, y.is_leaf, y.is_inference())
    x.transpose_(0, 1)
    x.add_(1)
    print(x.shape, x.requires_grad, y)
    print(x.resize_(1, 2), x.resize_as_(torch.ones(2, 3)).shape)
z = x.view(3, 2)
print(z.is_inference(), z._is_view(), z.requires_grad, (x * x).is_inference())
normal = torch.ones(2, 3, requires_grad=True).clone()
with torch.inference_mode():
    look = normal.view(-1)
    print(look._is_view(), look.requires_grad, look.is_inference())

print("--- memory")
part = torch.arange(5.0)[:4].detach()
print(len(part.storage()), len(part.untyped_storage()), part.untyped_storage().data_ptr() == part.data_ptr())
print(part.storage().tolist())
weights = torch.nn.Parameter(torch.arange(4.0))
for _ in range(2):
    with torch.no_grad():
        weights.set_(weights[1:])
        weights.grad = None
    torch.cat((weights, weights)).sum().backward()
    print(weights, weights.grad)
last = torch.rand(2, 3, 4, 5).to(memory_format=torch.channels_last).requires_grad_()
apart = torch.empty_strided((2, 2), (4, 2)).copy_(torch.eye(2)).requires_grad_()
turned = torch.rand(3, 2).t().requires_grad_()
last.sum().backward()
(apart * torch.ones(2, 2)).sum().backward()
(turned * torch.ones(2, 3)).sum().backward()
print(last.grad.stride(), apart.grad.stride(), turned.grad.stride())
a = torch.arange(6.0).reshape(3, 2).requires_grad_()
first, second, _ = (a + a).unsafe_split(1)
print(first._is_view(), first.mul_(second))
first.sum().backward()
print(a.grad)
print(torch.unbind_copy(a)[0]._is_view(), torch.split_copy(a, 1)[0]._is_view(), a.unbind()[0]._is_view())

print("--- forward mode")
x, t = torch.ones(2), torch.tensor([2.0, 3.0])
with fwAD.dual_level():
    dual = fwAD.make_dual(x, t)
    attempt("out", lambda: torch.add(dual, x, out=x))
    attempt("into", lambda: torch.mul(x, x, out=dual))
    attempt("tangent", lambda: fwAD.make_dual(x, dual))
    plain = dual.clone()
    plain.detach_()
    print(fwAD.unpack_dual(plain * 2).tangent)
    own = fwAD.unpack_dual(dual.view(1, 2)).tangent
    print(own._is_view(), own._base is t)
    moved = fwAD.make_dual(part, torch.ones(4))
    print(fwAD.unpack_dual(moved.as_strided((5,), (1,), 0)).tangent[:4])
    torch._C._set_fwd_grad_enabled(False)
    print(fwAD._is_fwd_grad_enabled(), fwAD.unpack_dual(dual * 2).tangent)
    torch._C._set_fwd_grad_enabled(True)
    print(fwAD.unpack_dual(dual * 2).tangent)
with torch.autograd.set_multithreading_enabled(False):
    print(torch.autograd.is_multithreading_enabled())
print(torch.autograd.is_multithreading_enabled())
attempt("empty", lambda: torch.autograd.gradcheck(torch.diagonal, (torch.rand(0, 1, dtype=torch.double, requires_grad=True),)))

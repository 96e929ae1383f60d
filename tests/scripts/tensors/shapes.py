import torch

x = torch.arange(24)
a = x.view(2, 3, 4)
print(a.shape, a.view(6, -1).shape, a.reshape(-1).shape, a.flatten(1).shape, a.permute(2, 0, 1).shape, a.transpose(0, 2).shape)
print(a.unsqueeze(0).shape, a.unsqueeze(-1).shape, a[None, ..., None].squeeze().shape, a.squeeze(0).shape, torch.squeeze(torch.ones(1, 2, 1), 2).shape)
print(a.sum(0).shape, a.sum((0, 2)).shape, a.sum(dim=1, keepdim=True).shape, a.float().mean(-1).shape, a.max(1)[0].shape)
print(torch.ones(3, 1).expand(3, 4).shape, torch.ones(3).expand(2, -1).shape, torch.ones(2).repeat(3).shape, torch.ones(2, 1).repeat(2, 3).shape)
print((torch.ones(3, 1) + torch.ones(4)).shape, (torch.ones(2, 1, 4) * torch.ones(3, 1)).shape, torch.broadcast_to(torch.ones(2), (3, 2)).shape)
print(torch.matmul(torch.ones(2, 3, 4), torch.ones(4, 5)).shape, (torch.ones(3) @ torch.ones(3)).shape, (torch.ones(2, 3) @ torch.ones(3)).shape, torch.bmm(torch.ones(2, 3, 4), torch.ones(2, 4, 1)).shape)
v = torch.arange(6., requires_grad=True)
for f in (lambda t: t.view(2, 3), lambda t: t.reshape(3, 2), lambda t: t.unsqueeze(0), lambda t: t.view(2, 3).t(), lambda t: t.view(2, 3).permute(1, 0),
          lambda t: t.expand(2, 6), lambda t: t[None], lambda t: t.view(1, 6).squeeze(0), lambda t: t.view(2, 3).transpose(0, 1), lambda t: t.view(2, 3).T.reshape(6),
          lambda t: t.repeat(2), lambda t: torch.cat([t, t]), lambda t: torch.stack([t, t]), lambda t: t.clone(), lambda t: t.view(2, 3).flatten(), lambda t: t.chunk(2)[0],
          lambda t: t.split(4)[1], lambda t: t.unbind()[2], lambda t: t.view(2, 3).mT, lambda t: t.view(2, 3).swapaxes(0, 1), lambda t: t.narrow(0, 1, 2)):
    out = f(v)
    v.grad = None
    out.sum().backward()
    print(f"{out.grad_fn.name():<22} {str(list(out.shape)):<10} {v.grad.tolist()}")
base = torch.zeros(2, 2)
view = base.view(4)
view[0] = 1
base.t()[0, 1] = 5
print(base, view, base.data_ptr() == view.data_ptr())
copy = base.clone()
copy[0] = 9
print(base[0], base.t().is_contiguous(), base.T.reshape(-1))
try:
    base.t().view(4)
except RuntimeError as e:
    print(str(e).split(" (")[0])
print(base.contiguous() is base, view._base is base, base._base)

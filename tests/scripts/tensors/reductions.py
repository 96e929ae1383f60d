import torch

x = torch.tensor([[1., -2., 3.], [4., 5., -6.]], requires_grad=True)
with torch.no_grad():
    print(x.sum(), x.mean(), x.prod(), x.max(), x.min(), x.std(), x.var(), x.norm(), x.abs().sum())
    print(x.sum(0), x.sum(1), x.mean(dim=1), x.prod(1), x.std(dim=0), x.var(0, unbiased=False), x.norm(dim=1), x.cumsum(1))
    print(x.argmax(), x.argmin(dim=1), x.max(dim=0), x.min(1).values, x.amax(1), x.amin((0, 1)), torch.max(x, torch.zeros(3)))
    print((x > 0).all(), (x > 0).any(), (x > 0).sum(), (x > 0).float().mean(), x.numel(), torch.logsumexp(x, 1))
    print(x.sort(dim=1), x.sort(descending=True)[0], x.topk(2, dim=1)[0], x.median(), x.argsort(dim=1), torch.unique(torch.tensor([2, 1, 2])))
    print(x.sum().item(), x.mean((0, 1)), torch.dot(x[0], x[1]))
for f in (torch.sum, torch.mean, torch.prod, torch.max, torch.min, torch.std, torch.var, torch.norm, lambda t: t.abs().max(), lambda t: t.sum(0).max(),
          lambda t: t.mean(1).prod(), lambda t: t.max(1)[0].sum(), lambda t: t.cumsum(0)[1].sum(), lambda t: t.logsumexp(0).sum(), lambda t: t.amax(), lambda t: t.norm(1)):
    y = f(x)
    g, = torch.autograd.grad(y, x)
    print(y, g)
t = torch.tensor([2., 2., 1.], requires_grad=True)
t.max().backward()
print(t.grad)
t.grad = None
t.max(0)[0].backward()
print(t.grad)
result = torch.tensor([[3., 1.], [2., 9.]]).max(1)
print(result.values, result.indices, result[0] is result.values, len(result))
print(result)

import torch

x = torch.arange(12.).reshape(3, 4)
print(x[0], x[-1], x[1, 2], x[:, 0], x[1:], x[::2, 1:3], x[..., -1], x[None].shape, x[:, None, 0].shape)
print(x[x > 6], x[[0, 2]], x[torch.tensor([2, 0])], x[[0, 1], [1, 2]], x[:, [3, 0]], x[torch.tensor([True, False, True])])
print((x > 5).nonzero(), torch.nonzero(x == 4), torch.where(x > 8, x, torch.zeros(3, 4)), (x[0] > 1).nonzero(as_tuple=True))
w = torch.arange(6.).reshape(2, 3).requires_grad_()
y = w[0] * w[1]
print(y)
y.sum().backward()
print(w.grad)
w.grad.zero_()
w[:, [0, 0, 2]].sum().backward()
print(w.grad)
w.grad = None
w[w > 2].pow(2).sum().backward()
print(w.grad)
print(w[0, 1], w[0:1], w[w > 2], w[[1]], w[None, 0], w.select(0, 1), w.narrow(1, 0, 2))
z = torch.zeros(3, 3)
z[0] = torch.tensor([1., 2., 3.])
z[1, 1:] = 5
z[:, 0] += 10
z[z == 0] = -1
z[2, 2] = w[1, 2].detach()
print(z)
out = torch.zeros(4)
for i in range(4):
    out[i] = (w[0, i % 3] + i) ** 2
print(out)
w.grad = None
out.sum().backward()
print(w.grad)
print(x.index_select(1, torch.tensor([0, 2])), x.gather(1, torch.tensor([[0], [1], [2]])), x.masked_select(x > 9), torch.take(x, torch.tensor([0, 5])))
idx = torch.tensor([1, 0, 3])
print(x[torch.arange(3), idx], x.take_along_dim(idx.unsqueeze(1), dim=1).flatten())
print(x.flip(0)[0], x.roll(1, 1)[0], x.diagonal(), x.unbind(1)[0], x.split(2, dim=1)[1], x.chunk(2)[1])
print(bool(torch.tensor(0.0)), 4.0 in x, x.max() in x, int(x[2, 3]), float(x[0, 1]), x[1].tolist().index(6.0))
l = [10, 20, 30]
print(l[torch.tensor(1)], range(5)[torch.tensor(2)], "abc"[torch.tensor(0)])

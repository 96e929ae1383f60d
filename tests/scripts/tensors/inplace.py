import torch

x = torch.tensor([1., 2., 3.])
print(x._version)
x.add_(1); x.mul_(2); x.sub_(1); x.div_(2)
print(x, x._version)
x += 1; x -= 0.5; x *= 4; x /= 2; x **= 2
print(x, x._version)
x.zero_(); x.fill_(3); x.copy_(torch.tensor([1., -2., 3.])); x.abs_(); x.neg_(); x.clamp_(min=-2.5); x.pow_(2); x.sqrt_(); x.exp_(); x.log_()
print(x, x._version)
x[0] = 10; x[1:] = 0
print(x, x._version)
v = x.view(3, 1)
v += 1
print(x, v._version, x._version, v.is_leaf)
d = x.detach()
d[0] = -1
print(x, x._version, d._version)
x.data.add_(5)
print(x, x._version)
print(x.t_() is x, x.unsqueeze_(0).shape, x.squeeze_().shape, x.requires_grad_().requires_grad)

w = torch.ones(3, requires_grad=True)
y = w * 2
y.add_(1)
print(y, y.grad_fn, y._version)
y.mul_(w)
y.relu_()
print(y.grad_fn.name())
y.sum().backward()
print(w.grad)
z = w.clone()
z[1] = 5
print(z)
z[0] *= w[2]
print(z.grad_fn)
z.sum().backward()
print(w.grad)
with torch.no_grad():
    w.add_(w.grad, alpha=-0.125)
    w.clamp_(0.0, 0.5)
    w.sub_(torch.tensor([0.25, 0.5, 0.75]))
print(w, w._version)
buffer = torch.zeros(2, 3)
buffer[0] = w
print(buffer)
buffer[1].copy_(w * 2)
print(buffer.grad_fn, buffer.requires_grad, buffer.is_leaf)
w.grad = None
(buffer ** 2).sum().backward()
print(w.grad)
m = torch.zeros(3, 3); m.diagonal().fill_(2); m[0].add_(1); m.masked_fill_(m == 0, 7); m.T.mul_(torch.tensor([1., 2., 3.]))
print(m, m._version, m.t()._version)

# conv1d on signals: a moving average, a learned filter, dilation and groups, and derivatives of second order.
import torch
import torch.nn.functional as F

torch.manual_seed(4)
t = torch.linspace(0, 6.28, 16)
noisy = torch.sin(t) + 0.2 * torch.randn(16)
average = F.conv1d(noisy.view(1, 1, -1), torch.ones(1, 1, 3) / 3, padding=1)
print(average)
print(F.avg_pool1d(noisy.view(1, 1, -1), 3, stride=1))

kernel = torch.randn(1, 1, 3, requires_grad=True)
for step in range(20):
    loss = F.mse_loss(F.conv1d(noisy.view(1, 1, -1), kernel, padding=1)[..., 1:-1], average[..., 1:-1])
    (grad,) = torch.autograd.grad(loss, kernel)
    with torch.no_grad():
        kernel -= 0.3 * grad
print(kernel, loss.item() < 0.01)

x = torch.randn(2, 4, 9, dtype=torch.float64, requires_grad=True)
w = torch.randn(4, 2, 3, dtype=torch.float64, requires_grad=True)
b = torch.randn(4, dtype=torch.float64, requires_grad=True)
y = F.conv1d(x, w, b, stride=2, padding=2, dilation=2, groups=2)
print(y.shape, y.grad_fn.next_functions[0][0])
gx, gw, gb = torch.autograd.grad((y**2).sum(), (x, w, b), create_graph=True)
print(gx.norm(), gw.norm(), gb)
penalty = gx.pow(2).sum() + gw.pow(2).sum() + gb.sum()
penalty.backward()
print(x.grad[0, 0])
print(w.grad[0])
print(b.grad)
print(torch.autograd.gradcheck(lambda a, c, d: F.conv1d(a, c, d, padding=1, groups=2), (x, w, b)))
print(torch.autograd.gradgradcheck(lambda a, c: F.conv1d(a, c, stride=2, groups=2), (x, w)))
print(torch.autograd.gradcheck(lambda a: F.max_pool1d(a, 3, 2), (x,)), torch.autograd.gradgradcheck(lambda a: F.avg_pool1d(a, 3, 2, 1), (x,)))

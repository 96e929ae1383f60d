# BatchNorm by hand and from nn: batch statistics while training, running ones afterwards, and gradients through both.
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
bn = nn.BatchNorm1d(3)
print(bn, bn.state_dict())
x = torch.randn(5, 3, requires_grad=True)
y = bn(x)
print(y, y.grad_fn)
by_hand = (x - x.mean(0)) / torch.sqrt(x.var(0, unbiased=False) + bn.eps)
print(torch.allclose(y, by_hand, atol=1e-6), y.std(0))
print(bn.running_mean, bn.running_var, bn.num_batches_tracked)
y.pow(3).sum().backward()
print(x.grad, bn.weight.grad, bn.bias.grad)
bn.eval()
print(bn(x))
print(F.batch_norm(x, bn.running_mean, bn.running_var, training=False).shape)

bn2 = nn.BatchNorm2d(2, momentum=None, affine=False)
for _ in range(3):
    bn2(torch.randn(2, 2, 3, 3))
print(bn2, bn2.running_mean, bn2.running_var, bn2.num_batches_tracked, list(bn2.parameters()))
bn2.reset_running_stats()
print(bn2.running_var)
bn3 = nn.BatchNorm1d(2, track_running_stats=False)
print(bn3, bn3(torch.randn(4, 2)), bn3.eval()(torch.randn(4, 2)), bn3.state_dict())

net = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 1))
data, target = torch.randn(16, 4) * 5 + 3, torch.randn(16, 1)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for step in range(20):
    loss = F.mse_loss(net(data), target)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 5 == 4:
        print(f"{step + 1}: {loss.item():.3f}")
net.eval()
print(F.mse_loss(net(data), target).item() > loss.item(), sorted(net.state_dict()))

for broken in (
    lambda: nn.BatchNorm1d(3)(torch.ones(4)),
    lambda: nn.BatchNorm1d(3)(torch.ones(1, 3)),
    lambda: nn.BatchNorm2d(3)(torch.ones(4, 3)),
    lambda: bn(torch.ones(4, 2)),
):
    try:
        broken()
    except Exception as error:
        print(type(error).__name__, error)

"""Views of what was changed in place that go back by their own operations; gradients of a convolution by PyTorch's inner name."""

import torch

replay = torch.autograd._force_original_view_tracking
with replay(True):
    x = torch.ones(2, 3, requires_grad=True)
    y = x.clone()
    v, w = y.t()[1], y.view(-1)[1:4]
    y.mul_(3)
    print(v.grad_fn.name(), w.grad_fn.name(), w.grad_fn.next_functions[0][0].name())
    (v.sum() + 2 * w.sum()).backward()
    print(x.grad, torch.autograd.is_view_replay_enabled())
    y = x.clone()
    v = y.view(-1)
    v.add_(1)
    u = y[0]
    v.mul_(2)
    print(v.grad_fn.name(), u.grad_fn.name())
    (u * u).sum().backward()
    print(x.grad)
y = x.clone().view(-1)
y.add_(1)
print(y.grad_fn.name(), torch.autograd.is_view_replay_enabled())
with replay(False):
    replay(True)
    print(torch.autograd.is_view_replay_enabled())
print(torch.autograd.is_view_replay_enabled())

g = torch.arange(96.0).reshape(2, 3, 4, 4) / 50
image = torch.arange(64.0).reshape(2, 2, 4, 4) / 30
weight = torch.arange(54.0).reshape(3, 2, 3, 3) / 20
back = torch.ops.aten.convolution_backward
by_input, by_weight, by_bias = back(g, image, weight, [3], [1, 1], [1, 1], [1, 1], False, [0, 0], 1, (True, True, True))
print(by_input.shape, by_input.sum(), by_input.requires_grad, by_weight[0, 0], by_bias)
wide = torch.arange(144.0).reshape(2, 2, 6, 6) / 70
print([None if each is None else each.shape for each in back(
    wide, g, weight, [0], [1, 1], [0, 0], [1, 1], True, [0, 0], 1, (True, True, False)
)])  # fmt: skip

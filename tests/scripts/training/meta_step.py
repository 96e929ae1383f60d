# One step of learning inside another: the outer gradient flows through the inner update.
import torch

w = torch.tensor([1.0, -1.0], requires_grad=True)
tasks = [torch.tensor([2.0, 0.0]), torch.tensor([0.0, 2.0]), torch.tensor([-1.0, 1.0])]
inner_lr, outer_lr = 0.1, 0.5


def inner_loss(params, target):
    return ((params - target) ** 2).sum()


for iteration in range(3):
    meta_loss = 0
    for target in tasks:
        loss = inner_loss(w, target)
        (g,) = torch.autograd.grad(loss, w, create_graph=True)
        adapted = w - inner_lr * g
        meta_loss = meta_loss + inner_loss(adapted, target)
    meta_loss = meta_loss / len(tasks)
    meta_loss.backward()
    print(f"{iteration}: meta loss {meta_loss.item():.4f}", w.grad)
    with torch.no_grad():
        w -= outer_lr * w.grad
    w.grad = None

# a learning rate that is learned
lr = torch.tensor(0.05, requires_grad=True)
theta = torch.tensor(3.0, requires_grad=True)
for _ in range(4):
    g, = torch.autograd.grad(theta ** 2, theta, create_graph=True)
    theta = theta - lr * g
final = theta ** 2
hyper, = torch.autograd.grad(final, lr)
print(final, hyper)

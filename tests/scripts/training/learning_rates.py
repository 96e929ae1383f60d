# What the learning rate does to gradient descent on x^2.
import torch


def descend(lr, start=4.0, steps=8):
    x = torch.tensor(start, requires_grad=True)
    path = [x.item()]
    for _ in range(steps):
        y = x ** 2
        y.backward()
        with torch.no_grad():
            x -= lr * x.grad
        x.grad = None
        path.append(x.item())
    return path


table = {lr: descend(lr) for lr in (0.125, 0.25, 0.5, 0.75, 1.0, 1.125)}
print("step  " + "".join(f"{lr:>10}" for lr in table))
for step in range(9):
    print(f"{step:<6}" + "".join(f"{path[step]:10.4f}" for path in table.values()))
for lr, path in table.items():
    last = abs(path[-1])
    if last < 1e-6:
        verdict = "arrives"
    elif last < 4:
        verdict = "on its way"
    elif last == 4:
        verdict = "oscillates"
    else:
        verdict = "diverges"
    print(f"lr={lr}: {verdict}")

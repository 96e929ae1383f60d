import torch

torch.manual_seed(11)
x = torch.linspace(0, 1, 12).unsqueeze(1)
y = x ** 2
train_x, valid_x = x[::2], x[1::2]
train_y, valid_y = y[::2], y[1::2]

w = torch.tensor([[0.0]], requires_grad=True)
b = torch.tensor([0.0], requires_grad=True)

best, best_epoch, patience, waited = float('inf'), -1, 3, 0
epoch = 0
while True:
    loss = ((train_x @ w + b - train_y) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        w -= 0.5 * w.grad; b -= 0.5 * b.grad
        w.grad.zero_(); b.grad.zero_()
        valid = ((valid_x @ w + b - valid_y) ** 2).mean().item()
    if valid < best - 1e-4:
        best, best_epoch, waited = valid, epoch, 0
    else:
        waited += 1
        if waited >= patience:
            print(f"stopped at epoch {epoch}, best {best:.5f} at {best_epoch}")
            break
    epoch += 1
    if epoch > 500:
        print("gave up")
        break
else:
    print("never printed")
print(w.item() > 0, b.item() < 0)
print(tuple(train_x.size()), valid_x.size(0))

import torch

dtype = torch.float
torch.manual_seed(42)
N, D_in, H, D_out = 16, 10, 8, 4

x = torch.randn(N, D_in, dtype=dtype)
y = torch.randn(N, D_out, dtype=dtype)
w1 = torch.randn(D_in, H, dtype=dtype, requires_grad=True)
w2 = torch.randn(H, D_out, dtype=dtype, requires_grad=True)

learning_rate = 2e-4
history = []
for t in range(100):
    y_pred = x.mm(w1).clamp(min=0).mm(w2)
    loss = (y_pred - y).pow(2).sum()
    history.append(loss.item())
    loss.backward()
    with torch.no_grad():
        for w in (w1, w2):
            w -= learning_rate * w.grad
            w.grad.zero_()

for step in (0, 24, 49, 74, 99):
    print('step {:3d}   loss {:8.2f}'.format(step, history[step]))
print("went down:", all(later < earlier for earlier, later in zip(history, history[1:])))
print(w1.grad.abs().sum().item(), w2.grad_fn)

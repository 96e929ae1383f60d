# Products of float32 to the last digit: which sums are added in which order depends on sizes and on how matrices lie.
# Large matrices are left out: their sums are added in the order of the processor's own library.
import torch
import torch.nn.functional as F

torch.manual_seed(0)


def exact(x):
    return f"{x.detach().double().sum().item():.10g} {x.detach().double().pow(2).sum().item():.10g}"


for rows, inner, columns in [
    (1, 10, 10), (1, 1, 7), (2, 16, 6), (3, 20, 35), (3, 64, 4), (5, 5, 5), (7, 13, 1),
    (9, 100, 10), (20, 27, 9), (32, 20, 1), (32, 10, 2), (64, 193, 10),
]:  # fmt: skip
    x, w, b = torch.randn(rows, inner), torch.randn(columns, inner), torch.randn(columns)
    down = x.t().contiguous().t()
    print(rows, inner, columns)
    print(" rows by rows", exact(x @ w.t().contiguous()), "by columns", exact(x @ w.t()), "columns", exact(down @ w.t().contiguous()))
    print(" linear", exact(F.linear(x, w, b)), "addmm", exact(torch.addmm(b, x, w.t().contiguous())))
    print(" vectors", exact(x @ w[0]), exact(down @ w[0]), (x[0] @ w[0]).item())
    pairs = torch.bmm(torch.stack([x, x + 1]), torch.stack([w.t(), w.t() - 1]))
    print(" batches", exact(pairs), exact(torch.stack([x, x + 1]) @ torch.stack([w, w - 1]).transpose(1, 2)) if rows > 1 else "")

model = torch.nn.Sequential(torch.nn.Linear(8, 3), torch.nn.ReLU(), torch.nn.Linear(3, 2))
optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
data, target = torch.randn(64, 8), torch.randn(64, 2)
for step in range(20):
    optimizer.zero_grad()
    loss = F.mse_loss(model(data), target)
    loss.backward()
    optimizer.step()
    if step % 5 == 4:
        print(step, loss.item(), [exact(each.grad) for each in model.parameters()])

import torch


def step(loss):
    loss.backward()


x = torch.tensor(2.0, requires_grad=True)
loss = x ** 3
for i in range(2):
    print("pass", i)
    step(loss)
    print(x.grad)

# The first tutorials, in the spelling of their day.
import torch
from torch.autograd import Variable
x = Variable(torch.randn(2, 2) * 0 + 1, requires_grad=True)
y = x + 2
print(y.grad_fn, x.data, y.data)
z = (y * y * 3).mean()
z.backward(torch.FloatTensor([1.0])) if z.dim() else z.backward(torch.tensor(1.0))
print(x.grad.data, x.grad.data.numpy(), x.grad.numpy().tolist())
a = torch.FloatTensor([[1, 2, 3]])
print(a.size()[0], a.dim(), a.t(), torch.t(a), a.numpy(), a.numpy().shape, a.numpy().dtype)
w = torch.autograd.Variable(torch.Tensor([1.0]), requires_grad=True)
def forward(x): return x * w
def loss(x, y): return (forward(x) - y) * (forward(x) - y)
for epoch in range(3):
    for xv, yv in zip([1.0, 2.0, 3.0], [2.0, 4.0, 6.0]):
        l = loss(xv, yv)
        l.backward()
        print("\tgrad: ", xv, yv, w.grad.data[0])
        w.data = w.data - 0.01 * w.grad.data
        w.grad.data.zero_()
    print("progress:", epoch, l.data[0], l.item())
print("predict (after training)", 4, forward(4).data[0].item())
print(torch.max(torch.tensor([[1., 3.]]), 1), torch.Tensor([[1, 2]]).max(1)[1], torch.LongTensor([1, 2]).sum(), torch.Tensor(2, 3).fill_(1))

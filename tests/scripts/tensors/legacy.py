# Scripts from the days of Variable, as they still run.
from __future__ import print_function
import torch
from torch.autograd import Variable
import torch.autograd as autograd

x = Variable(torch.ones(2, 2), requires_grad=True)
print(x)
print(x.data)
y = Variable(torch.FloatTensor([[1, 2], [3, 4]]))
print(type(x), isinstance(x, Variable), isinstance(x.data, torch.FloatTensor), x.creator if hasattr(x, "creator") else x.grad_fn)
z = torch.mm(x, y) + x.mul(2)
out = torch.mean(z)
print(out.data, out.item())
out.backward()
print(x.grad.data)
x.grad.data.zero_()
print(x.grad)

w1 = Variable(torch.Tensor([[0.5, -0.5], [0.25, 0.75]]).type(torch.FloatTensor), requires_grad=True)
data = Variable(torch.FloatTensor([[1, 0], [0, 1], [1, 1]]), requires_grad=False)
target = Variable(torch.LongTensor([0, 1, 1]))
learning_rate = 0.5
for t in range(5):
    scores = data.mm(w1)
    log_probs = torch.nn.functional.log_softmax(scores, dim=1)
    loss = torch.nn.functional.nll_loss(log_probs, target)
    print(t, "%.4f" % loss.data.item(), round(loss.item(), 3))
    loss.backward()
    w1.data -= learning_rate * w1.grad.data
    w1.grad.data.zero_()
_, predicted = torch.max(data.mm(w1).data, 1)
print(predicted, (predicted == target).sum().item(), "/", target.size(0))
x = torch.randn(3)
x = Variable(x, requires_grad=True)
y = x * 2
gradients = torch.FloatTensor([0.1, 1.0, 0.0001])
y.backward(gradients)
print(x.grad)
g = autograd.grad(outputs=(x ** 2).sum(), inputs=x)[0]
print(torch.equal(g, 2 * x.data), Variable is torch.autograd.Variable)

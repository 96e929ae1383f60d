# An error three calls deep, in a loop, after a warning.
import torch


def layer(x, w):
    return torch.tanh(x @ w)


def model(x, weights):
    for w in weights:
        x = layer(x, w)
    return x


weights = [torch.full((3, 3), 0.1, requires_grad=True), torch.full((2, 3), 0.1, requires_grad=True)]
h = layer(torch.ones(1, 3), weights[0])
h.sum().backward(retain_graph=True)
print(h.grad)
print(weights[0].grad)
out = model(torch.ones(1, 3), weights)

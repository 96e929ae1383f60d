# The same seed gives the same parameters.
import math

import torch
import torch.nn as nn
from torch.nn import init

torch.manual_seed(42)
for layer in (nn.Linear(3, 2), nn.Linear(1, 1), nn.Linear(4, 3, bias=False), nn.Linear(40, 2)):
    print(layer, layer.weight[:, :3], layer.bias)
net = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
print(net[0].weight, net[2].bias.item())
net[0].reset_parameters()
print(net[0].weight, nn.Linear(2, 2, dtype=torch.float64).weight)

for fill in (init.xavier_uniform_, init.xavier_normal_, init.kaiming_uniform_, init.kaiming_normal_):
    print(fill.__name__, fill(torch.empty(3, 4)))
print(init.kaiming_normal_(torch.empty(5, 4), mode="fan_out", nonlinearity="relu"))
print(init.xavier_uniform_(torch.empty(2, 2), gain=init.calculate_gain("tanh")))
print(init.uniform_(torch.empty(3), -1, 1), init.normal_(torch.empty(3), 1.0, 0.02), init.normal_(torch.empty(16)))
print(init.constant_(torch.empty(2), 0.3), init.zeros_(torch.empty(2)), init.ones_(torch.empty(2)), init.eye_(torch.empty(2, 3)))
w = nn.Parameter(torch.empty(2, 3))
print(init.kaiming_uniform_(w, a=math.sqrt(5)) is w, w, w.grad_fn)
for name in ("linear", "sigmoid", "tanh", "relu", "leaky_relu", "selu"):
    print(name, init.calculate_gain(name))
try:
    init.xavier_normal_(torch.empty(3))
except ValueError as error:
    print(error)
torch.manual_seed(1)
drop = nn.Dropout(p=0.3)
print(drop, drop(torch.ones(2, 6)), torch.nn.functional.dropout(torch.ones(8, requires_grad=True), 0.5))
print(torch.rand(1))

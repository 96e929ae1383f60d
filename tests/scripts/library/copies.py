# What a copy shares: tensors, modules, and the best state of a training that goes wrong.
import copy

import torch
from torch import nn

x = torch.tensor([1.0, 2.0], requires_grad=True)
(x * x).sum().backward()
shallow, deep = copy.copy(x), copy.deepcopy(x)
print(shallow, deep, deep.is_leaf, deep.grad, deep.grad is x.grad)
with torch.no_grad():
    x[0] = 10.0
print(shallow.data_ptr() == x.data_ptr(), shallow, deep)
try:
    copy.deepcopy(x * 2)
except RuntimeError as e:
    print(str(e).split(".")[0])
print(copy.deepcopy((x * 2).detach()))

torch.manual_seed(1)
model = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 1))
twin = copy.deepcopy(model)
best = copy.deepcopy(model.state_dict())
alias = model.state_dict()
with torch.no_grad():
    for p in model.parameters():
        p.mul_(0)
print(twin, [round(p.sum().item(), 4) for p in twin.parameters()])
print([p.sum().item() for p in alias.values()], [round(p.sum().item(), 4) for p in best.values()])
print(model.load_state_dict(best), all(torch.equal(a, b) for a, b in zip(model.parameters(), twin.parameters())))
print(isinstance(twin[0].weight, nn.Parameter), twin[0].weight.requires_grad, twin[0].weight is model[0].weight)

shared = torch.zeros(2)
nested = {"a": [shared, shared], "b": (shared, {"c": {1, 2}})}
flat, whole = copy.copy(nested), copy.deepcopy(nested)
shared += 1
print(flat["a"][0], whole["a"][0], whole["a"][0] is whole["a"][1], whole["b"][0] is whole["a"][0], flat["b"] is nested["b"])


class Averaged:
    def __init__(self, values):
        self.values = values
        self.owner = self

    def __copy__(self):
        return Averaged(self.values[:1])


a = Averaged([1, [2]])
b, c = copy.deepcopy(a), copy.copy(a)
a.values[1].append(3)
print(a.values, b.values, c.values, b.owner is b, type(b).__name__)
print(copy.deepcopy(len) is len, copy.deepcopy("text"), copy.copy([1, [2]]), copy.deepcopy(None))

# Tensors as Python objects: attributes, classes derived from them, dir, copies, weak references, isinstance.
import copy
import weakref

import torch


class Named(torch.Tensor):
    def hello(self):
        return f"{type(self).__name__} of {tuple(self.shape)}"


x = torch.ones(2, requires_grad=True)
x.unit = "metre"
print(x.unit, vars(x), hasattr(x, "nothing"), "unit" in dir(x), "add" in dir(x), "shape" in dir(torch.Tensor))
n = torch.randn(2, 3).as_subclass(Named)
print(n.hello(), isinstance(n, torch.Tensor), type(n).__mro__[1])
print(type(x), type(x) is torch.Tensor, isinstance(x, torch.FloatTensor), x.__class__.__name__, torch.Tensor.__name__)
c, d = copy.copy(x), copy.deepcopy(x)
print(c.unit, d.unit, c.data_ptr() == x.data_ptr(), d.data_ptr() == x.data_ptr(), d.requires_grad, d is x)
r = weakref.ref(x)
print(r() is x, x in {x}, {x: 1}[x])
print(torch.Tensor.add(torch.ones(1), 2), list(map(torch.Tensor.item, torch.arange(3))), callable(torch.add), torch.add.__name__)
print(f"{torch.tensor(1.5):.3f}", f"{torch.ones(2)}", "%d" % torch.tensor(3), str(torch.tensor([1])), repr(torch.tensor(True)))
print(int(torch.tensor(2.9)), float(torch.tensor(2)), bool(torch.tensor([0.0])), complex(torch.tensor(1.0)), [1, 2, 3][torch.tensor(2)])
print(len(torch.ones(3, 2)), list(torch.ones(2)), 2 in torch.tensor([1, 2]), sum(torch.ones(3)), max(torch.tensor([1.0, 3.0, 2.0])))
try:
    x.reqires_grad
except AttributeError as error:
    print(error)
try:
    torch.nothing_of_that_name
except AttributeError as error:
    print(str(error).split(";")[0])
import torch.nn.functional as F
from torch import nn as layers

print(F.relu is torch.nn.functional.relu, layers is torch.nn, __import__("torch") is torch)

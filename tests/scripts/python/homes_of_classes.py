# Where modules, classes and functions say that they are at home: in what is printed, and in what is pickled by name.
import importlib
import pickle

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.distributions import exp_family
from torch.optim.adamw import AdamW

print(torch.__name__, nn.__name__, F.__name__, torch.cuda.__name__, torch.optim.lr_scheduler.__name__)
for kind in (nn.Linear, nn.Parameter, nn.utils.rnn.PackedSequence, AdamW, optim.SparseAdam, optim.Adafactor):
    print(kind, kind.__module__, pickle.loads(pickle.dumps(kind)) is kind)
    print(getattr(importlib.import_module(kind.__module__), kind.__name__) is kind)
print(exp_family.ExponentialFamily, torch.typename(nn.ReLU()), type(nn.Linear(1, 1).weight))
for function in (F.relu, torch.sin, torch.linalg.norm, torch.fft.fft, torch.save):
    print(pickle.loads(pickle.dumps(function)) is function)


class Net(nn.Module):
    pass


print(Net.__module__, Net(), Net.__mro__[1], hasattr(nn.Module, "__init_subclass__"))
try:
    torch.cuda.foo
except AttributeError as error:
    print(error)

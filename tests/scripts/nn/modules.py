# What modules are made of, how they print, and what they are saved as.
import torch
import torch.nn as nn
import torch.nn.functional as F
from collections import OrderedDict

torch.manual_seed(0)


class Net(nn.Module):
    def __init__(self, hidden=4):
        super(Net, self).__init__()
        self.fc1 = nn.Linear(3, hidden)
        self.act = nn.ReLU()
        self.head = nn.Sequential(nn.Linear(hidden, 2), nn.Tanh(), nn.Dropout(0.1))
        self.scale = nn.Parameter(torch.ones(2))
        self.register_buffer("seen", torch.zeros(1))
        self.blocks = nn.ModuleList([nn.Linear(2, 2) for _ in range(3)])
        self.extra = nn.ParameterList([torch.zeros(1), torch.ones(2, 2)])
        self.named = nn.ModuleDict({"a": nn.Linear(1, 1, bias=False), "b": nn.Identity()})

    def forward(self, x):
        self.seen += len(x)
        x = self.head(self.act(self.fc1(x))) * self.scale
        for block in self.blocks:
            x = F.relu(block(x))
        return x


net = Net()
print(net)
for name, param in net.named_parameters():
    print(f"{name:16} {tuple(param.shape)} {param.requires_grad}")
print(sum(p.numel() for p in net.parameters() if p.requires_grad))
print([name for name, _ in net.named_children()])
print([type(m).__name__ for m in net.modules()])
print(list(net.named_buffers()))
print(net.state_dict().keys())
print(nn.Linear(2, 1).state_dict())

x = torch.randn(2, 3)
net.eval()
print(net(x))
print(net.training, net.head[2].training, net.seen, len(net.blocks), net.blocks[-1])
net.train()
net(x).sum().backward()
print(net.scale.grad, net.blocks[0].bias.grad, net.named["a"].weight.grad)
net.zero_grad()
print(net.scale.grad)

other = Net()
print(other.load_state_dict(net.state_dict()))
other.eval(), net.eval()
print(torch.equal(other(x), net(x)), other.fc1.weight is net.fc1.weight)
try:
    nn.Linear(2, 2).load_state_dict({"weight": torch.ones(3, 2), "other": torch.ones(1)})
except RuntimeError as error:
    print(error)

stack = nn.Sequential(OrderedDict([("first", nn.Linear(1, 2)), ("then", nn.ReLU())]))
print(stack, stack.first.in_features, stack[0] is stack.first, len(stack))
stack.append(nn.Linear(2, 1))
print(nn.Sequential(*[nn.Linear(2, 2) for _ in range(2)], nn.Flatten())[:2])


def init_weights(m):
    if isinstance(m, nn.Linear):
        nn.init.constant_(m.weight, 0.5)
        m.bias.data.fill_(0.01)


print(stack.apply(init_weights)(torch.ones(1, 1)))
stack.double()
print(stack[0].weight.dtype, stack(torch.ones(1, 1, dtype=torch.double)))
for p in stack.parameters():
    p.requires_grad = False
print([p.requires_grad for p in stack.parameters()], stack[0].weight)
handle = stack[0].register_forward_hook(lambda module, inputs, output: print("hook", module, inputs, output.shape))
stack(torch.ones(1, 1).double())
handle.remove()
stack(torch.ones(1, 1).double())
print(type(net), type(net.fc1), isinstance(net, nn.Module), issubclass(Net, nn.Module), net.__class__.__name__)
print(nn.Linear(2, 3), nn.Linear, net.fc1.weight.is_leaf, net.fc1.extra_repr())


class Custom(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.size = size
        self.weight = nn.Parameter(torch.empty(size))
        nn.init.ones_(self.weight)

    def extra_repr(self):
        return f"size={self.size}"

    def forward(self, x):
        return x * self.weight


print(nn.Sequential(Custom(2), nn.Sigmoid()), Custom(2)(torch.arange(2)))


def tell(what):
    try:
        print(what())
    except Exception as error:
        print(f"{type(error).__name__}: {str(error).splitlines()[0]}")


class Forgot(nn.Module):
    def __init__(self):
        self.layer = nn.Linear(1, 1)


tell(lambda: net.fc2)
tell(lambda: setattr(net, "fc1", 3))
tell(lambda: setattr(net, "scale", torch.ones(2)))
tell(lambda: net.register_parameter("new", torch.ones(1)))
tell(lambda: nn.Linear(2, 3)(torch.ones(1, 5)))
tell(lambda: nn.Module()(1))
tell(lambda: Forgot())
tell(lambda: nn.Dropout(2))
tell(lambda: net.load_state_dict({}))
tell(lambda: stack[5])

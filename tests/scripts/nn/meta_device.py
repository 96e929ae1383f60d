# Tensors and modules on the device "meta": shapes and dtypes without values.
import copy

import torch
import torch.nn as nn

torch.manual_seed(0)
x = torch.rand(2, 3, 10, 10, device="meta")
convolved = nn.Conv2d(3, 5, 2, device="meta")(x)
print(x, convolved.shape, convolved.device, x.is_meta, x.numel(), x.double(), sep="\n")
y = torch.empty(3, 4, device="meta")
print((y @ y.t()).shape, (y + 1).sum(0).shape, y.view(2, 6).shape, torch.cat([y, y]).shape, y.max(0).values.shape, type(y))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.norm, self.fc = nn.Conv2d(3, 6, 5), nn.BatchNorm2d(6), nn.Linear(16, 4)


with torch.device("meta"):
    net = Net()
    print(torch.ones(3))
print(net, net.fc.weight, net.norm.running_mean, isinstance(net.fc.weight, nn.Parameter), len(list(net.parameters())), sep="\n")
print(torch.rand(2))
for wrong in (lambda: net.to("cpu"), lambda: net.fc.weight.sum().item()):
    try:
        wrong()
    except (NotImplementedError, RuntimeError) as error:
        print(type(error).__name__, error)
print({name: (value.device, tuple(value.shape)) for name, value in net.to_empty(device="cpu").state_dict().items()})
with torch.device("meta"):
    layer = nn.Linear(3, 2)
layer.load_state_dict(nn.Linear(3, 2).state_dict(), assign=True)
print(layer.weight.device, layer(torch.ones(1, 3)), nn.utils.skip_init(nn.Linear, 3, 2).weight.shape)
models = [nn.Linear(3, 2) for _ in range(2)]
params, buffers = torch.func.stack_module_state(models)
base = copy.deepcopy(models[0]).to("meta")
print(base.bias)
print(torch.vmap(lambda p, b, x: torch.func.functional_call(base, (p, b), (x,)), (0, 0, None))(params, buffers, torch.ones(4, 3)).detach())
